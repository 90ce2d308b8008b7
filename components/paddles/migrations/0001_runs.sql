-- Runs and their jobs.
--
-- A job report is one statement: an INSERT into the view `paddles_job_reports`, whose triggers (at the end)
-- make the run if it is missing, store or change the job by the status rules, make and link nodes, and
-- touch the run. The counters of a run are kept by triggers on `paddles_jobs` in that same statement, so a list of
-- runs never counts jobs.
--
-- Times are integer microseconds since 1970, UTC.

CREATE TABLE IF NOT EXISTS paddles_runs (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    name            TEXT NOT NULL UNIQUE,
    path            TEXT NOT NULL,             -- '/runs/<name, percent-encoded>/', for links
    posted          INTEGER NOT NULL,
    scheduled       INTEGER NOT NULL,          -- from the name, else posted
    started         INTEGER,                   -- when the first job became running
    updated         INTEGER NOT NULL,
    user            TEXT NOT NULL DEFAULT '',
    suite           TEXT NOT NULL DEFAULT '',
    branch          TEXT NOT NULL DEFAULT '',
    machine_type    TEXT NOT NULL DEFAULT '',
    declared_status TEXT CHECK (declared_status IN ('pass', 'failed', 'pending')),
    -- Of the run's first job (the lowest job_key).
    first_job_key   TEXT,
    sha1            TEXT,
    flavor          TEXT,
    priority        INTEGER,
    -- Jobs per status, kept by triggers.
    n_queued        INTEGER NOT NULL DEFAULT 0,
    n_waiting       INTEGER NOT NULL DEFAULT 0,
    n_running       INTEGER NOT NULL DEFAULT 0,
    n_pass          INTEGER NOT NULL DEFAULT 0,
    n_fail          INTEGER NOT NULL DEFAULT 0,
    n_dead          INTEGER NOT NULL DEFAULT 0,
    n_unknown       INTEGER NOT NULL DEFAULT 0,
    n_jobs          INTEGER NOT NULL GENERATED ALWAYS AS
        (n_queued + n_waiting + n_running + n_pass + n_fail + n_dead + n_unknown) VIRTUAL,
    -- The lab's word for the run: the contract's table, first match.
    status          TEXT NOT NULL GENERATED ALWAYS AS (CASE
        WHEN n_jobs = 0 THEN CASE declared_status
            WHEN 'pass'   THEN 'finished pass'
            WHEN 'failed' THEN 'finished fail'
            ELSE 'empty' END
        WHEN n_queued = n_jobs THEN 'queued'
        WHEN n_running > 0     THEN 'running'
        WHEN n_waiting > 0     THEN 'waiting'
        WHEN n_dead = n_jobs   THEN 'finished dead'
        WHEN n_fail > 0        THEN 'finished fail'
        WHEN n_dead > 0        THEN 'finished fail'
        WHEN n_pass = n_jobs   THEN 'finished pass'
        WHEN n_queued > 0      THEN 'queued'
        ELSE 'unknown' END) VIRTUAL,
    -- Counts the changes of the run and its jobs: with id, the entity tag.
    version         INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX IF NOT EXISTS paddles_runs_by_posted       ON paddles_runs (posted, id);
CREATE INDEX IF NOT EXISTS paddles_runs_by_scheduled    ON paddles_runs (scheduled, id);
CREATE INDEX IF NOT EXISTS paddles_runs_by_user         ON paddles_runs (user, scheduled, id);
CREATE INDEX IF NOT EXISTS paddles_runs_by_suite        ON paddles_runs (suite, scheduled, id);
CREATE INDEX IF NOT EXISTS paddles_runs_by_branch       ON paddles_runs (branch, scheduled, id);
CREATE INDEX IF NOT EXISTS paddles_runs_by_machine_type ON paddles_runs (machine_type, scheduled, id);
CREATE INDEX IF NOT EXISTS paddles_runs_by_status       ON paddles_runs (status, scheduled, id);
CREATE INDEX IF NOT EXISTS paddles_runs_queued          ON paddles_runs (scheduled, id) WHERE n_queued > 0;

CREATE TABLE IF NOT EXISTS paddles_jobs (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id         INTEGER NOT NULL REFERENCES paddles_runs (id) ON DELETE CASCADE,
    job_id         TEXT NOT NULL,
    job_key        TEXT NOT NULL,              -- sorts as people count: decimal ids first, by number
    status         TEXT NOT NULL CHECK
        (status IN ('queued', 'waiting', 'running', 'pass', 'fail', 'dead', 'unknown')),
    posted         INTEGER NOT NULL,
    started        INTEGER,
    updated        INTEGER NOT NULL,
    -- Copies of what is searched or shown in lists; the truth is in paddles_job_details.
    user           TEXT,
    branch         TEXT,
    suite          TEXT,
    machine_type   TEXT,
    flavor         TEXT,
    sha1           TEXT,
    queue          TEXT,
    priority       INTEGER,
    duration       INTEGER,
    description    TEXT,
    failure_reason TEXT,
    UNIQUE (run_id, job_id)
);
CREATE INDEX IF NOT EXISTS paddles_jobs_by_run          ON paddles_jobs (run_id, job_key, id);
CREATE INDEX IF NOT EXISTS paddles_jobs_by_run_status   ON paddles_jobs (run_id, status);
CREATE INDEX IF NOT EXISTS paddles_jobs_by_run_posted   ON paddles_jobs (run_id, posted, id);
CREATE INDEX IF NOT EXISTS paddles_jobs_by_posted       ON paddles_jobs (posted, id);
CREATE INDEX IF NOT EXISTS paddles_jobs_by_sha1         ON paddles_jobs (lower(sha1), run_id) WHERE sha1 IS NOT NULL;
CREATE INDEX IF NOT EXISTS paddles_jobs_by_user         ON paddles_jobs (user, posted, id);
CREATE INDEX IF NOT EXISTS paddles_jobs_by_branch       ON paddles_jobs (branch, posted, id);
CREATE INDEX IF NOT EXISTS paddles_jobs_by_status       ON paddles_jobs (status, updated);
CREATE INDEX IF NOT EXISTS paddles_jobs_by_status_posted ON paddles_jobs (status, posted, id);
CREATE INDEX IF NOT EXISTS paddles_jobs_by_flavor       ON paddles_jobs (flavor, run_id) WHERE flavor IS NOT NULL;
CREATE INDEX IF NOT EXISTS paddles_jobs_by_description  ON paddles_jobs (description, posted, id)
    WHERE description IS NOT NULL;
CREATE INDEX IF NOT EXISTS paddles_jobs_waiting_in_queue
    ON paddles_jobs (queue, coalesce(priority, 9223372036854775807), id) WHERE status = 'queued';

-- The rest of what clients may write. Kept apart, because a run page that asks for `fields=job_id,status` must not
-- read megabytes.
CREATE TABLE IF NOT EXISTS paddles_job_details (
    job_id    INTEGER PRIMARY KEY REFERENCES paddles_jobs (id) ON DELETE CASCADE,
    -- A JSON object of the scalar fields that are not null, in wire form. Nothing in it nests and null means "not
    -- there", so json_patch() is exactly the update that a report makes.
    fields    TEXT NOT NULL,
    -- Any JSON, as text and as it was sent; NULL = null.
    kernel    TEXT,
    overrides TEXT,
    roles     TEXT,
    targets   TEXT,
    tasks     TEXT
);

-- Which flavors a run's jobs have, in the order of the runs: a filter and a list of distinct values.
CREATE TABLE IF NOT EXISTS paddles_run_flavors (
    flavor    TEXT NOT NULL,
    scheduled INTEGER NOT NULL,
    run_id    INTEGER NOT NULL REFERENCES paddles_runs (id) ON DELETE CASCADE,
    PRIMARY KEY (flavor, scheduled, run_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS paddles_run_flavors_by_run ON paddles_run_flavors (run_id);

-- What happened, in order and without gaps (a statement that fails takes its numbers back).
CREATE TABLE IF NOT EXISTS paddles_events (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    at     INTEGER NOT NULL,
    kind   TEXT NOT NULL,
    run    TEXT,
    job_id TEXT,
    node   TEXT,
    was    TEXT,                               -- "from" on the wire
    became TEXT                                -- "to" on the wire
);

-- ---- what is said of runs ------------------------------------------------------------------------------------

CREATE TRIGGER IF NOT EXISTS paddles_run_created AFTER INSERT ON paddles_runs BEGIN
    INSERT INTO paddles_events (at, kind, run, became)
    VALUES (CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER), 'run.created', NEW.name, NEW.status);
END;

CREATE TRIGGER IF NOT EXISTS paddles_run_status
AFTER UPDATE ON paddles_runs WHEN OLD.status <> NEW.status BEGIN
    INSERT INTO paddles_events (at, kind, run, was, became)
    VALUES (CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER), 'run.status', NEW.name, OLD.status, NEW.status);
END;

CREATE TRIGGER IF NOT EXISTS paddles_run_deleted AFTER DELETE ON paddles_runs BEGIN
    INSERT INTO paddles_events (at, kind, run, was)
    VALUES (CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER), 'run.deleted', OLD.name, OLD.status);
END;

-- ---- counters of a run ---------------------------------------------------------------------------------------

CREATE TRIGGER IF NOT EXISTS paddles_job_created AFTER INSERT ON paddles_jobs BEGIN
    UPDATE paddles_runs
       SET n_queued  = n_queued  + (NEW.status = 'queued'),
           n_waiting = n_waiting + (NEW.status = 'waiting'),
           n_running = n_running + (NEW.status = 'running'),
           n_pass    = n_pass    + (NEW.status = 'pass'),
           n_fail    = n_fail    + (NEW.status = 'fail'),
           n_dead    = n_dead    + (NEW.status = 'dead'),
           n_unknown = n_unknown + (NEW.status = 'unknown'),
           started   = coalesce(started, NEW.started),
           version   = version + 1
     WHERE id = NEW.run_id;
    INSERT INTO paddles_events (at, kind, run, job_id, became)
    SELECT CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER), 'job.created', name, NEW.job_id, NEW.status
      FROM paddles_runs
     WHERE id = NEW.run_id;
END;

CREATE TRIGGER IF NOT EXISTS paddles_job_status
AFTER UPDATE OF status ON paddles_jobs WHEN OLD.status <> NEW.status BEGIN
    UPDATE paddles_runs
       SET n_queued  = n_queued  + (NEW.status = 'queued')  - (OLD.status = 'queued'),
           n_waiting = n_waiting + (NEW.status = 'waiting') - (OLD.status = 'waiting'),
           n_running = n_running + (NEW.status = 'running') - (OLD.status = 'running'),
           n_pass    = n_pass    + (NEW.status = 'pass')    - (OLD.status = 'pass'),
           n_fail    = n_fail    + (NEW.status = 'fail')    - (OLD.status = 'fail'),
           n_dead    = n_dead    + (NEW.status = 'dead')    - (OLD.status = 'dead'),
           n_unknown = n_unknown + (NEW.status = 'unknown') - (OLD.status = 'unknown'),
           started   = coalesce(started, NEW.started),
           updated   = NEW.updated,
           version   = version + 1
     WHERE id = NEW.run_id;
    INSERT INTO paddles_events (at, kind, run, job_id, was, became)
    SELECT CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER), 'job.status', name, NEW.job_id,
           OLD.status, NEW.status
      FROM paddles_runs
     WHERE id = NEW.run_id;
END;

CREATE TRIGGER IF NOT EXISTS paddles_job_deleted AFTER DELETE ON paddles_jobs BEGIN
    UPDATE paddles_runs
       SET n_queued  = n_queued  - (OLD.status = 'queued'),
           n_waiting = n_waiting - (OLD.status = 'waiting'),
           n_running = n_running - (OLD.status = 'running'),
           n_pass    = n_pass    - (OLD.status = 'pass'),
           n_fail    = n_fail    - (OLD.status = 'fail'),
           n_dead    = n_dead    - (OLD.status = 'dead'),
           n_unknown = n_unknown - (OLD.status = 'unknown'),
           updated   = CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER),
           version   = version + 1
     WHERE id = OLD.run_id;
    INSERT INTO paddles_events (at, kind, run, job_id, was)
    SELECT CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER), 'job.deleted', name, OLD.job_id, OLD.status
      FROM paddles_runs
     WHERE id = OLD.run_id;
END;

-- ---- what a run shows of its first job -----------------------------------------------------------------------

CREATE TRIGGER IF NOT EXISTS paddles_first_job_came AFTER INSERT ON paddles_jobs BEGIN
    UPDATE paddles_runs
       SET first_job_key = NEW.job_key, sha1 = NEW.sha1, flavor = NEW.flavor, priority = NEW.priority
     WHERE id = NEW.run_id
       AND (first_job_key IS NULL OR NEW.job_key < first_job_key);
END;

CREATE TRIGGER IF NOT EXISTS paddles_first_job_changed
AFTER UPDATE OF sha1, flavor, priority ON paddles_jobs BEGIN
    UPDATE paddles_runs
       SET sha1 = NEW.sha1, flavor = NEW.flavor, priority = NEW.priority
     WHERE id = NEW.run_id
       AND first_job_key = NEW.job_key;
END;

CREATE TRIGGER IF NOT EXISTS paddles_first_job_went AFTER DELETE ON paddles_jobs BEGIN
    UPDATE paddles_runs
       SET (first_job_key, sha1, flavor, priority) =
           (SELECT job_key, sha1, flavor, priority
              FROM paddles_jobs
             WHERE run_id = OLD.run_id
             ORDER BY job_key, id
             LIMIT 1)
     WHERE id = OLD.run_id
       AND first_job_key = OLD.job_key;
END;

CREATE TRIGGER IF NOT EXISTS paddles_flavor_came AFTER INSERT ON paddles_jobs WHEN NEW.flavor IS NOT NULL BEGIN
    INSERT OR IGNORE INTO paddles_run_flavors (flavor, scheduled, run_id)
    SELECT NEW.flavor, scheduled, id FROM paddles_runs WHERE id = NEW.run_id;
END;

CREATE TRIGGER IF NOT EXISTS paddles_flavor_changed
AFTER UPDATE OF flavor ON paddles_jobs WHEN OLD.flavor IS NOT NEW.flavor BEGIN
    DELETE FROM paddles_run_flavors
     WHERE run_id = OLD.run_id
       AND flavor = OLD.flavor
       AND NOT EXISTS (SELECT 1 FROM paddles_jobs WHERE flavor = OLD.flavor AND run_id = OLD.run_id);
    INSERT OR IGNORE INTO paddles_run_flavors (flavor, scheduled, run_id)
    SELECT NEW.flavor, scheduled, id FROM paddles_runs WHERE id = NEW.run_id AND NEW.flavor IS NOT NULL;
END;

CREATE TRIGGER IF NOT EXISTS paddles_flavor_went AFTER DELETE ON paddles_jobs WHEN OLD.flavor IS NOT NULL BEGIN
    DELETE FROM paddles_run_flavors
     WHERE run_id = OLD.run_id
       AND flavor = OLD.flavor
       AND NOT EXISTS (SELECT 1 FROM paddles_jobs WHERE flavor = OLD.flavor AND run_id = OLD.run_id);
END;

-- ---- the command: one job report -----------------------------------------------------------------------------

-- Only ever inserted into.
--   run ... machine_type    the run, made of its name, if it is missing
--   job                     row of the job to change, NULL to store a new one
--   id, job_id, job_key     of a new job
--   word                    the status that was sent, in lab words, or NULL
--   verdict                 what `success` said: pass, fail, unknown, or NULL when it was not sent
--   fields                  the scalar fields that were sent, a JSON object in wire form
--   kernel ... tasks        JSON texts, NULL when not sent
--   hosts                   names of the nodes in targets, a JSON array
--   now, updated            the present time; what the body said, else now
CREATE VIEW IF NOT EXISTS paddles_job_reports AS
SELECT NULL AS run, NULL AS path, NULL AS scheduled, NULL AS user, NULL AS suite, NULL AS branch,
       NULL AS machine_type, NULL AS job, NULL AS id, NULL AS job_id, NULL AS job_key, NULL AS word,
       NULL AS verdict, NULL AS fields, NULL AS kernel, NULL AS overrides, NULL AS roles, NULL AS targets,
       NULL AS tasks, NULL AS hosts, NULL AS now, NULL AS updated
 WHERE 0;

-- The common end of both kinds of report; a view of its own because triggers of one event run in any order.
CREATE VIEW IF NOT EXISTS paddles_report_effects AS
SELECT NULL AS job, NULL AS fields, NULL AS hosts, NULL AS updated WHERE 0;

CREATE TRIGGER IF NOT EXISTS paddles_report_new_job
INSTEAD OF INSERT ON paddles_job_reports WHEN NEW.job IS NULL BEGIN
    INSERT INTO paddles_runs (name, path, posted, scheduled, updated, user, suite, branch, machine_type)
    VALUES (NEW.run, NEW.path, NEW.now, coalesce(NEW.scheduled, NEW.now), NEW.updated,
            NEW.user, NEW.suite, NEW.branch, NEW.machine_type)
        ON CONFLICT (name) DO NOTHING;
    INSERT INTO paddles_jobs (id, run_id, job_id, job_key, status, posted, started, updated, user, branch, suite,
                              machine_type, flavor, sha1, queue, priority, duration, description, failure_reason)
    SELECT NEW.id, r.id, NEW.job_id, NEW.job_key,
           coalesce(NEW.word, NEW.verdict, 'unknown'),
           NEW.now,
           CASE WHEN NEW.word = 'running' THEN NEW.now END,
           NEW.updated,
           NEW.fields ->> 'user', NEW.fields ->> 'branch', NEW.fields ->> 'suite', NEW.fields ->> 'machine_type',
           NEW.fields ->> 'flavor', NEW.fields ->> 'sha1', NEW.fields ->> 'queue',
           NEW.fields ->> 'priority', NEW.fields ->> 'duration', NEW.fields ->> 'description',
           NEW.fields ->> 'failure_reason'
      FROM paddles_runs AS r
     WHERE r.name = NEW.run;
    INSERT INTO paddles_job_details (job_id, fields, kernel, overrides, roles, targets, tasks)
    VALUES (NEW.id, json_patch('{}', NEW.fields), nullif(NEW.kernel, 'null'), nullif(NEW.overrides, 'null'),
            nullif(NEW.roles, 'null'), nullif(NEW.targets, 'null'), nullif(NEW.tasks, 'null'));
    INSERT INTO paddles_report_effects (job, fields, hosts, updated)
    VALUES (NEW.id, NEW.fields, NEW.hosts, NEW.updated);
END;

CREATE TRIGGER IF NOT EXISTS paddles_report_known_job
INSTEAD OF INSERT ON paddles_job_reports WHEN NEW.job IS NOT NULL BEGIN
    UPDATE paddles_job_details
       SET fields    = json_patch(fields, CASE
               WHEN (SELECT status FROM paddles_jobs WHERE id = NEW.job) = 'queued' THEN NEW.fields
               ELSE json_remove(NEW.fields, '$.priority') END),
           kernel    = nullif(coalesce(NEW.kernel, kernel), 'null'),
           overrides = nullif(coalesce(NEW.overrides, overrides), 'null'),
           roles     = nullif(coalesce(NEW.roles, roles), 'null'),
           targets   = nullif(coalesce(NEW.targets, targets), 'null'),
           tasks     = nullif(coalesce(NEW.tasks, tasks), 'null')
     WHERE job_id = NEW.job;
    -- A result sticks: a late "dead" must not overwrite it, only another `success` may.
    UPDATE paddles_jobs
       SET status = CASE
               WHEN NEW.word IS NULL THEN coalesce(NEW.verdict, status)
               WHEN status IN ('pass', 'fail') THEN status
               ELSE NEW.word END,
           started = CASE
               WHEN NEW.word = 'running' AND status NOT IN ('pass', 'fail') THEN coalesce(started, NEW.now)
               ELSE started END,
           updated = NEW.updated
     WHERE id = NEW.job;
    UPDATE paddles_jobs
       SET (user, branch, suite, machine_type, flavor, sha1, queue, priority, duration, description,
            failure_reason) =
           (SELECT d.fields ->> 'user', d.fields ->> 'branch', d.fields ->> 'suite', d.fields ->> 'machine_type',
                   d.fields ->> 'flavor', d.fields ->> 'sha1', d.fields ->> 'queue',
                   d.fields ->> 'priority', d.fields ->> 'duration', d.fields ->> 'description',
                   d.fields ->> 'failure_reason'
              FROM paddles_job_details AS d
             WHERE d.job_id = NEW.job)
     WHERE id = NEW.job
       AND NEW.fields <> '{}';
    INSERT INTO paddles_report_effects (job, fields, hosts, updated)
    VALUES (NEW.job, NEW.fields, NEW.hosts, NEW.updated);
END;

CREATE TRIGGER IF NOT EXISTS paddles_report_touches_run INSTEAD OF INSERT ON paddles_report_effects BEGIN
    UPDATE paddles_runs
       SET suite        = coalesce(NEW.fields ->> 'suite', suite),
           branch       = coalesce(NEW.fields ->> 'branch', branch),
           machine_type = coalesce(NEW.fields ->> 'machine_type', machine_type),
           updated      = NEW.updated,
           version      = version + 1
     WHERE id = (SELECT run_id FROM paddles_jobs WHERE id = NEW.job);
    INSERT INTO paddles_node_targets (job, host, machine_type)
    SELECT NEW.job, host.value, NEW.fields ->> 'machine_type'
      FROM json_each(NEW.hosts) AS host;
END;

-- ---- what is shown -------------------------------------------------------------------------------------------

-- A run as the lab sees it. `rest` is its JSON object without the opening brace and without `href`, which only the
-- request knows: '{"href":' || json_quote(?1 || path) || ',' || rest.
CREATE VIEW IF NOT EXISTS paddles_run_texts AS
SELECT id, name, path, posted, scheduled, status, version, n_queued, user, suite, branch, machine_type, updated,
       substr(json_object(
           'name', name,
           'user', user,
           'status', status,
           'results', json_object(
               'queued', n_queued, 'pass', n_pass, 'running', n_running, 'waiting', n_waiting, 'fail', n_fail,
               'dead', n_dead, 'unknown', n_unknown, 'total', n_jobs,
               'sha1', CASE WHEN n_jobs = 0 THEN 'none' ELSE sha1 END,
               'flavor', CASE WHEN n_jobs = 0 THEN 'none' ELSE flavor END),
           'jobs_count', n_jobs,
           'posted', strftime('%Y-%m-%d %H:%M:%S', posted / 1000000, 'unixepoch')
               || CASE posted % 1000000 WHEN 0 THEN '' ELSE printf('.%06d', posted % 1000000) END,
           'scheduled', strftime('%Y-%m-%d %H:%M:%S', scheduled / 1000000, 'unixepoch')
               || CASE scheduled % 1000000 WHEN 0 THEN '' ELSE printf('.%06d', scheduled % 1000000) END,
           'started', strftime('%Y-%m-%d %H:%M:%S', started / 1000000, 'unixepoch')
               || CASE started % 1000000 WHEN 0 THEN '' ELSE printf('.%06d', started % 1000000) END,
           'updated', strftime('%Y-%m-%d %H:%M:%S', updated / 1000000, 'unixepoch')
               || CASE updated % 1000000 WHEN 0 THEN '' ELSE printf('.%06d', updated % 1000000) END,
           'branch', branch,
           'suite', suite,
           'machine_type', machine_type,
           'sha1', CASE WHEN n_jobs = 0 THEN 'none' ELSE sha1 END,
           'priority', priority,
           'flavor', CASE WHEN n_jobs = 0 THEN 'none' ELSE flavor END,
           'declared_status', declared_status), 2) AS rest
  FROM paddles_runs;

-- A job, all of it, likewise without `href` and `log_href`.
CREATE VIEW IF NOT EXISTS paddles_job_texts AS
SELECT j.id, j.job_id, r.name AS run, r.path AS run_path,
       '"kernel":' || coalesce(d.kernel, 'null') || ',"overrides":' || coalesce(d.overrides, 'null')
           || ',"roles":' || coalesce(d.roles, 'null') || ',"targets":' || coalesce(d.targets, 'null')
           || ',"tasks":' || coalesce(d.tasks, 'null') || ','
           || substr(json_patch(json_object(
               'job_id', j.job_id, 'run', r.name, 'status', j.status,
               'posted', strftime('%Y-%m-%d %H:%M:%S', j.posted / 1000000, 'unixepoch')
                   || CASE j.posted % 1000000 WHEN 0 THEN '' ELSE printf('.%06d', j.posted % 1000000) END,
               'started', strftime('%Y-%m-%d %H:%M:%S', j.started / 1000000, 'unixepoch')
                   || CASE j.started % 1000000 WHEN 0 THEN '' ELSE printf('.%06d', j.started % 1000000) END,
               'updated', strftime('%Y-%m-%d %H:%M:%S', j.updated / 1000000, 'unixepoch')
                   || CASE j.updated % 1000000 WHEN 0 THEN '' ELSE printf('.%06d', j.updated % 1000000) END,
               'archive_path', NULL, 'description', NULL, 'email', NULL, 'failure_reason', NULL, 'flavor', NULL,
               'machine_type', NULL, 'name', NULL, 'os_type', NULL, 'os_version', NULL, 'owner', NULL,
               'pid', NULL, 'sentry_event', NULL, 'branch', NULL, 'sha1', NULL, 'subset', NULL, 'suite', NULL,
               'suite_branch', NULL, 'suite_path', NULL, 'suite_relpath', NULL, 'suite_repo', NULL,
               'suite_sha1', NULL, 'teuthology_branch', NULL, 'pcp_grafana_url', NULL, 'user', NULL,
               'queue', NULL, 'package_source', NULL, 'repo', NULL, 'teuthology_sha1', NULL, 'issue_url', NULL,
               'comment', NULL, 'last_in_suite', NULL, 'nuke_on_error', NULL, 'verbose', NULL, 'success', NULL,
               'duration', NULL, 'priority', NULL, 'seed', NULL, 'sleep_before_teardown', NULL,
               'timestamp', NULL), d.fields), 2) AS rest
  FROM paddles_jobs AS j
  JOIN paddles_runs AS r ON r.id = j.run_id
  JOIN paddles_job_details AS d ON d.job_id = j.id;
