-- Who may see what, jobs, and their runs.
--
-- Times are integer microseconds since 1970, UTC. What is kept twice is kept by triggers in the
-- same statement: the project of jobs and runs (lists are picked project by project), and the
-- counters (lists say how many there are without counting them).

-- ---- people ---------------------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS job_runner_groups (
    id   INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE
);

CREATE TABLE IF NOT EXISTS job_runner_users (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    username  TEXT NOT NULL UNIQUE,
    password  TEXT NOT NULL DEFAULT '!',       -- pbkdf2_sha256$iterations$salt$hash; nothing hashes to '!'
    is_active INTEGER NOT NULL DEFAULT 1
);

CREATE TABLE IF NOT EXISTS job_runner_user_groups (
    user_id  INTEGER NOT NULL REFERENCES job_runner_users (id) ON DELETE CASCADE,
    group_id INTEGER NOT NULL REFERENCES job_runner_groups (id) ON DELETE CASCADE,
    PRIMARY KEY (user_id, group_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS job_runner_user_groups_by_group ON job_runner_user_groups (group_id);

CREATE TABLE IF NOT EXISTS job_runner_sessions (
    token_hash TEXT PRIMARY KEY,               -- SHA-256 of the cookie: the store alone lets nobody in
    user_id    INTEGER NOT NULL REFERENCES job_runner_users (id) ON DELETE CASCADE,
    expires    INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS job_runner_sessions_by_user    ON job_runner_sessions (user_id);
CREATE INDEX IF NOT EXISTS job_runner_sessions_by_expires ON job_runner_sessions (expires);

-- Logins that failed lately, by name and address.
CREATE TABLE IF NOT EXISTS job_runner_login_failures (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    username TEXT NOT NULL,
    address  TEXT NOT NULL,
    at       INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS job_runner_login_failures_by_who ON job_runner_login_failures (username, address, at);
CREATE INDEX IF NOT EXISTS job_runner_login_failures_by_at  ON job_runner_login_failures (at);

-- A new password, and being switched off, end a person's sessions.
CREATE TRIGGER IF NOT EXISTS job_runner_user_changed AFTER UPDATE OF password, is_active ON job_runner_users
WHEN NEW.is_active = 0 OR NEW.password <> OLD.password BEGIN
    DELETE FROM job_runner_sessions WHERE user_id = NEW.id;
END;

-- ---- machines -------------------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS job_runner_workers (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    title              TEXT NOT NULL,
    api_key            TEXT NOT NULL UNIQUE,
    secret             TEXT NOT NULL,          -- in the clear: signatures are checked with it
    description        TEXT NOT NULL DEFAULT '',
    enqueue_is_enabled INTEGER NOT NULL DEFAULT 1,
    ping_response_dts  INTEGER,
    ping_requested_dts INTEGER,                -- when a broadcast last asked for a ping
    worker_version     TEXT,
    concurrent_jobs    INTEGER
);

CREATE TABLE IF NOT EXISTS job_runner_worker_pools (
    id                     INTEGER PRIMARY KEY AUTOINCREMENT,
    title                  TEXT NOT NULL,
    description            TEXT NOT NULL DEFAULT '',
    enqueue_is_enabled     INTEGER NOT NULL DEFAULT 1,
    notification_addresses TEXT NOT NULL DEFAULT '',
    outage_dts             INTEGER             -- since when all its workers are silent, once that was notified
);

CREATE TABLE IF NOT EXISTS job_runner_pool_workers (
    pool_id   INTEGER NOT NULL REFERENCES job_runner_worker_pools (id) ON DELETE CASCADE,
    worker_id INTEGER NOT NULL REFERENCES job_runner_workers (id) ON DELETE CASCADE,
    PRIMARY KEY (pool_id, worker_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS job_runner_pool_workers_by_worker ON job_runner_pool_workers (worker_id);

-- ---- projects -------------------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS job_runner_projects (
    id                     INTEGER PRIMARY KEY AUTOINCREMENT,
    title                  TEXT NOT NULL,
    description            TEXT NOT NULL DEFAULT '',
    enqueue_is_enabled     INTEGER NOT NULL DEFAULT 1,
    notification_addresses TEXT NOT NULL DEFAULT ''
);

-- Who may see a project.
CREATE TABLE IF NOT EXISTS job_runner_project_groups (
    project_id INTEGER NOT NULL REFERENCES job_runner_projects (id) ON DELETE CASCADE,
    group_id   INTEGER NOT NULL REFERENCES job_runner_groups (id),
    PRIMARY KEY (project_id, group_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS job_runner_project_groups_by_group ON job_runner_project_groups (group_id);

-- Who may also change its jobs and start runs.
CREATE TABLE IF NOT EXISTS job_runner_project_auth_groups (
    project_id INTEGER NOT NULL REFERENCES job_runner_projects (id) ON DELETE CASCADE,
    group_id   INTEGER NOT NULL REFERENCES job_runner_groups (id),
    PRIMARY KEY (project_id, group_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS job_runner_project_auth_groups_by_group ON job_runner_project_auth_groups (group_id);

CREATE TABLE IF NOT EXISTS job_runner_project_pools (
    project_id INTEGER NOT NULL REFERENCES job_runner_projects (id) ON DELETE CASCADE,
    pool_id    INTEGER NOT NULL REFERENCES job_runner_worker_pools (id),
    PRIMARY KEY (project_id, pool_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS job_runner_project_pools_by_pool ON job_runner_project_pools (pool_id);

CREATE TABLE IF NOT EXISTS job_runner_job_templates (
    id                     INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id             INTEGER NOT NULL REFERENCES job_runner_projects (id),
    title                  TEXT NOT NULL,
    description            TEXT NOT NULL DEFAULT '',
    enqueue_is_enabled     INTEGER NOT NULL DEFAULT 1,
    notification_addresses TEXT NOT NULL DEFAULT '',
    body                   TEXT NOT NULL DEFAULT '',
    -- The body cut at its placeholders, a JSON array: text as text, 1 = the partial, 2 = the
    -- partial escaped for HTML.
    pieces                 TEXT NOT NULL DEFAULT '[]',
    -- How many times as long as a job's part the pieces 1 and 2 are at the most.
    part_shares            INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS job_runner_job_templates_by_project ON job_runner_job_templates (project_id, title);

CREATE TABLE IF NOT EXISTS job_runner_jobs (
    id                          INTEGER PRIMARY KEY AUTOINCREMENT,
    template_id                 INTEGER NOT NULL REFERENCES job_runner_job_templates (id),
    project_id                  INTEGER NOT NULL REFERENCES job_runner_projects (id),      -- the template's
    pool_id                     INTEGER NOT NULL REFERENCES job_runner_worker_pools (id),
    parent_id                   INTEGER REFERENCES job_runner_jobs (id),
    title                       TEXT NOT NULL,
    description                 TEXT NOT NULL DEFAULT '',
    script_content_partial      TEXT NOT NULL DEFAULT '',
    enqueue_is_enabled          INTEGER NOT NULL DEFAULT 1,
    reschedule_interval         INTEGER CHECK (reschedule_interval > 0),
    reschedule_interval_type    TEXT NOT NULL DEFAULT ''
        CHECK (reschedule_interval_type IN ('', 'MINUTE', 'HOUR', 'DAY', 'MONTH')),
    run_on_all_workers          INTEGER NOT NULL DEFAULT 0,
    schedule_children_on_error  INTEGER NOT NULL DEFAULT 0,
    notification_addresses      TEXT NOT NULL DEFAULT '',
    disable_enqueue_after_fails INTEGER,
    max_attempts                INTEGER NOT NULL DEFAULT 1,
    fail_times                  INTEGER NOT NULL DEFAULT 0,
    last_completed_schedule_id  INTEGER,
    -- Kept by triggers, for the totals of lists.
    n_logs                      INTEGER NOT NULL DEFAULT 0,
    n_kill_requests             INTEGER NOT NULL DEFAULT 0,
    UNIQUE (template_id, title)
);
CREATE INDEX IF NOT EXISTS job_runner_jobs_by_project ON job_runner_jobs (project_id, template_id);
CREATE INDEX IF NOT EXISTS job_runner_jobs_by_pool    ON job_runner_jobs (pool_id, project_id);
CREATE INDEX IF NOT EXISTS job_runner_jobs_by_parent  ON job_runner_jobs (parent_id);

-- Times of day, seconds since midnight in the lab's time zone, in which a job is not scheduled
-- again. Both ends belong to it; a start after the end spans midnight.
CREATE TABLE IF NOT EXISTS job_runner_reschedule_excludes (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id     INTEGER NOT NULL REFERENCES job_runner_jobs (id) ON DELETE CASCADE,
    start_time INTEGER NOT NULL,
    end_time   INTEGER NOT NULL,
    note       TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS job_runner_reschedule_excludes_by_job ON job_runner_reschedule_excludes (job_id);

CREATE TRIGGER IF NOT EXISTS job_runner_template_moved AFTER UPDATE OF project_id ON job_runner_job_templates
WHEN NEW.project_id <> OLD.project_id BEGIN
    UPDATE job_runner_jobs SET project_id = NEW.project_id WHERE template_id = NEW.id;
END;
CREATE TRIGGER IF NOT EXISTS job_runner_job_moved AFTER UPDATE OF project_id ON job_runner_jobs
WHEN NEW.project_id <> OLD.project_id BEGIN
    UPDATE job_runner_runs SET project_id = NEW.project_id WHERE job_id = NEW.id;
END;

-- Each login sweeps out what is over.
CREATE TRIGGER IF NOT EXISTS job_runner_session_added AFTER INSERT ON job_runner_sessions BEGIN
    DELETE FROM job_runner_sessions WHERE expires < NEW.expires - 14 * 86400 * 1000000;
END;
CREATE TRIGGER IF NOT EXISTS job_runner_login_failed AFTER INSERT ON job_runner_login_failures BEGIN
    DELETE FROM job_runner_login_failures WHERE at < NEW.at - 900 * 1000000;
END;
