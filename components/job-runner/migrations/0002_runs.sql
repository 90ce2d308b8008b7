-- Runs of jobs, their logs and the requests to kill them, with the counters that lists add up, and
-- the outbox.

CREATE TABLE IF NOT EXISTS job_runner_runs (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id            INTEGER NOT NULL REFERENCES job_runner_jobs (id) ON DELETE CASCADE,
    project_id        INTEGER NOT NULL,        -- the job's
    schedule_id       INTEGER NOT NULL DEFAULT 0,  -- its own id, or that of the sibling that was there first
    worker_id         INTEGER REFERENCES job_runner_workers (id),
    schedule_dts      INTEGER NOT NULL,
    -- The wall-clock time that was meant, when the clocks made it another one: 2013-03-31T02:30:00.
    intended_local    TEXT,
    enqueue_dts       INTEGER,
    start_dts         INTEGER,
    return_dts        INTEGER,
    return_success    INTEGER,
    pid               INTEGER,
    is_manual         INTEGER NOT NULL DEFAULT 0,
    schedule_children INTEGER NOT NULL DEFAULT 1,
    attempt           INTEGER NOT NULL DEFAULT 1,
    -- Claimed over HTTP: the token that its worker must show, and until when. NULL for the old
    -- workers.
    lease             TEXT,
    lease_seconds     INTEGER,
    lease_expires_dts INTEGER,
    -- Told to a worker over ZeroMQ: to whom, when first, when last.
    offered_worker_id INTEGER,
    offered_dts       INTEGER,
    offered_again_dts INTEGER,
    -- 0 scheduled, 1 in_queue, 2 started, 3 completed_successful, 4 completed_with_errors
    state             INTEGER NOT NULL GENERATED ALWAYS AS (CASE
        WHEN return_dts IS NOT NULL THEN CASE return_success WHEN 1 THEN 3 ELSE 4 END
        WHEN enqueue_dts IS NULL THEN 0
        WHEN start_dts IS NULL THEN 1
        ELSE 2 END) VIRTUAL
);
-- The order of lists in each state, for the runs of a project, a job, a worker.
CREATE INDEX IF NOT EXISTS job_runner_runs_by_project ON job_runner_runs
    (project_id, state, return_dts DESC, start_dts DESC, enqueue_dts DESC, schedule_dts, id);
CREATE INDEX IF NOT EXISTS job_runner_runs_by_job ON job_runner_runs
    (job_id, state, return_dts DESC, start_dts DESC, enqueue_dts DESC, schedule_dts, id);
CREATE INDEX IF NOT EXISTS job_runner_runs_by_worker ON job_runner_runs
    (worker_id, state, return_dts DESC, start_dts DESC, enqueue_dts DESC, schedule_dts, id);
CREATE INDEX IF NOT EXISTS job_runner_runs_by_schedule ON job_runner_runs (schedule_id, id);
-- What a job has to do next, and what it was last planned for.
CREATE INDEX IF NOT EXISTS job_runner_runs_waiting ON job_runner_runs (job_id, is_manual, schedule_dts, id)
    WHERE state = 0;
CREATE INDEX IF NOT EXISTS job_runner_runs_by_plan ON job_runner_runs (job_id, is_manual, id);
-- Not `IS NOT NULL`: beside such an index SQLite prepares every statement with `column = ?1` anew at
-- each binding (docs/ARCHITECTURE.md).
CREATE INDEX IF NOT EXISTS job_runner_runs_by_lease ON job_runner_runs (lease_expires_dts)
    WHERE lease_expires_dts > 0;

-- How many runs a job has of each kind.
CREATE TABLE IF NOT EXISTS job_runner_run_counts (
    job_id    INTEGER NOT NULL REFERENCES job_runner_jobs (id) ON DELETE CASCADE,
    state     INTEGER NOT NULL,
    is_manual INTEGER NOT NULL,
    n         INTEGER NOT NULL,
    PRIMARY KEY (job_id, state, is_manual)
) WITHOUT ROWID;

-- When the first scheduled run of a job is planned for; no row: it has none. Who looks for work
-- walks the jobs that may have some, not all runs that wait (a job may have thousands) and not all
-- jobs; a worker only those of its pools.
CREATE TABLE IF NOT EXISTS job_runner_queues (
    job_id   INTEGER PRIMARY KEY REFERENCES job_runner_jobs (id) ON DELETE CASCADE,
    pool_id  INTEGER NOT NULL,     -- the job's
    next_dts INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS job_runner_queues_by_next ON job_runner_queues (next_dts);
CREATE INDEX IF NOT EXISTS job_runner_queues_by_pool ON job_runner_queues (pool_id, next_dts);
CREATE TRIGGER IF NOT EXISTS job_runner_job_changed_pool AFTER UPDATE OF pool_id ON job_runner_jobs
WHEN NEW.pool_id <> OLD.pool_id BEGIN
    UPDATE job_runner_queues SET pool_id = NEW.pool_id WHERE job_id = NEW.id;
END;

-- Something about the scheduled runs of a job has changed.
CREATE VIEW IF NOT EXISTS job_runner_requeues (job_id) AS SELECT NULL WHERE 0;

CREATE TRIGGER IF NOT EXISTS job_runner_requeue INSTEAD OF INSERT ON job_runner_requeues BEGIN
    DELETE FROM job_runner_queues WHERE job_id = NEW.job_id;
    INSERT INTO job_runner_queues (job_id, pool_id, next_dts)
    SELECT NEW.job_id, (SELECT j.pool_id FROM job_runner_jobs AS j WHERE j.id = NEW.job_id), min(first)
      FROM (SELECT (SELECT min(r.schedule_dts)
                      FROM job_runner_runs AS r
                     WHERE r.job_id = NEW.job_id AND r.is_manual = manual.value AND r.state = 0) AS first
              FROM json_each('[0,1]') AS manual)
    HAVING min(first) IS NOT NULL;
END;

CREATE TRIGGER IF NOT EXISTS job_runner_run_planned AFTER INSERT ON job_runner_runs WHEN NEW.state = 0 BEGIN
    INSERT INTO job_runner_queues (job_id, pool_id, next_dts)
    VALUES (NEW.job_id, (SELECT j.pool_id FROM job_runner_jobs AS j WHERE j.id = NEW.job_id), NEW.schedule_dts)
        ON CONFLICT (job_id) DO UPDATE SET next_dts = excluded.next_dts WHERE excluded.next_dts < next_dts;
END;
CREATE TRIGGER IF NOT EXISTS job_runner_run_replanned
AFTER UPDATE OF schedule_dts, enqueue_dts, return_dts ON job_runner_runs
WHEN (NEW.state = 0) <> (OLD.state = 0) OR NEW.state = 0 AND NEW.schedule_dts <> OLD.schedule_dts BEGIN
    INSERT INTO job_runner_requeues (job_id) VALUES (NEW.job_id);
END;

CREATE TRIGGER IF NOT EXISTS job_runner_run_added AFTER INSERT ON job_runner_runs BEGIN
    UPDATE job_runner_runs SET schedule_id = id WHERE id = NEW.id AND schedule_id = 0;
    INSERT INTO job_runner_run_counts (job_id, state, is_manual, n) VALUES (NEW.job_id, NEW.state, NEW.is_manual, 1)
        ON CONFLICT (job_id, state, is_manual) DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER IF NOT EXISTS job_runner_run_changed
AFTER UPDATE OF enqueue_dts, start_dts, return_dts, return_success, is_manual ON job_runner_runs
WHEN NEW.state <> OLD.state OR NEW.is_manual <> OLD.is_manual BEGIN
    UPDATE job_runner_run_counts SET n = n - 1
     WHERE job_id = OLD.job_id AND state = OLD.state AND is_manual = OLD.is_manual;
    INSERT INTO job_runner_run_counts (job_id, state, is_manual, n) VALUES (NEW.job_id, NEW.state, NEW.is_manual, 1)
        ON CONFLICT (job_id, state, is_manual) DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER IF NOT EXISTS job_runner_run_removed AFTER DELETE ON job_runner_runs BEGIN
    UPDATE job_runner_run_counts SET n = n - 1
     WHERE job_id = OLD.job_id AND state = OLD.state AND is_manual = OLD.is_manual;
    INSERT INTO job_runner_requeues (job_id)
    SELECT j.id FROM job_runner_jobs AS j WHERE j.id = OLD.job_id AND OLD.state = 0;
END;

-- A log's text is in a table of its own, so that lists of logs can be picked without reading it.
CREATE TABLE IF NOT EXISTS job_runner_run_logs (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id INTEGER NOT NULL UNIQUE REFERENCES job_runner_runs (id) ON DELETE CASCADE,
    job_id INTEGER NOT NULL,
    bytes  INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS job_runner_run_logs_by_job ON job_runner_run_logs (job_id, run_id DESC);
CREATE INDEX IF NOT EXISTS job_runner_run_logs_by_id  ON job_runner_run_logs (job_id, id);
CREATE TABLE IF NOT EXISTS job_runner_run_log_texts (
    log_id  INTEGER PRIMARY KEY REFERENCES job_runner_run_logs (id) ON DELETE CASCADE,
    content TEXT
);
CREATE TRIGGER IF NOT EXISTS job_runner_log_added AFTER INSERT ON job_runner_run_logs BEGIN
    UPDATE job_runner_jobs SET n_logs = n_logs + 1 WHERE id = NEW.job_id;
END;
CREATE TRIGGER IF NOT EXISTS job_runner_log_removed AFTER DELETE ON job_runner_run_logs BEGIN
    UPDATE job_runner_jobs SET n_logs = n_logs - 1 WHERE id = OLD.job_id;
END;

CREATE TABLE IF NOT EXISTS job_runner_kill_requests (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id       INTEGER NOT NULL REFERENCES job_runner_runs (id) ON DELETE CASCADE,
    job_id       INTEGER NOT NULL,
    schedule_dts INTEGER NOT NULL,
    enqueue_dts  INTEGER,
    execute_dts  INTEGER,
    offered_dts  INTEGER
);
CREATE INDEX IF NOT EXISTS job_runner_kill_requests_by_run ON job_runner_kill_requests (run_id, id);
CREATE INDEX IF NOT EXISTS job_runner_kill_requests_by_job ON job_runner_kill_requests (job_id, id);
CREATE INDEX IF NOT EXISTS job_runner_kill_requests_open ON job_runner_kill_requests (id)
    WHERE enqueue_dts IS NULL AND execute_dts IS NULL;
CREATE TRIGGER IF NOT EXISTS job_runner_kill_request_added AFTER INSERT ON job_runner_kill_requests BEGIN
    UPDATE job_runner_jobs SET n_kill_requests = n_kill_requests + 1 WHERE id = NEW.job_id;
END;
CREATE TRIGGER IF NOT EXISTS job_runner_kill_request_removed AFTER DELETE ON job_runner_kill_requests BEGIN
    UPDATE job_runner_jobs SET n_kill_requests = n_kill_requests - 1 WHERE id = OLD.job_id;
END;

-- What upstream mails, written in the same statement as its cause.
CREATE TABLE IF NOT EXISTS job_runner_notifications (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    kind        TEXT NOT NULL CHECK
        (kind IN ('run_failed', 'reschedule_failed', 'worker_pool_unresponsive', 'job_disabled')),
    created_dts INTEGER NOT NULL,
    subject     TEXT NOT NULL,
    body        TEXT NOT NULL,
    addresses   TEXT NOT NULL DEFAULT '[]',    -- a JSON array
    run_id      INTEGER,
    job_id      INTEGER,
    sent_dts    INTEGER,
    posted_dts  INTEGER                        -- when the webhook took it
);
CREATE INDEX IF NOT EXISTS job_runner_notifications_by_sent ON job_runner_notifications (sent_dts IS NULL, id);
CREATE INDEX IF NOT EXISTS job_runner_notifications_by_job  ON job_runner_notifications (job_id, id);
CREATE INDEX IF NOT EXISTS job_runner_notifications_unposted ON job_runner_notifications (id)
    WHERE posted_dts IS NULL;

-- Every object there is, for URIs in bodies: what an id of a resource names.
CREATE VIEW IF NOT EXISTS job_runner_objects (resource, id) AS
    SELECT 'group', id FROM job_runner_groups
    UNION ALL SELECT 'project', id FROM job_runner_projects
    UNION ALL SELECT 'worker_pool', id FROM job_runner_worker_pools
    UNION ALL SELECT 'worker', id FROM job_runner_workers
    UNION ALL SELECT 'job_template', id FROM job_runner_job_templates
    UNION ALL SELECT 'job', id FROM job_runner_jobs
    UNION ALL SELECT 'run', id FROM job_runner_runs
    UNION ALL SELECT 'kill_request', id FROM job_runner_kill_requests
    UNION ALL SELECT 'run_log', id FROM job_runner_run_logs
    UNION ALL SELECT 'reschedule_exclude', id FROM job_runner_reschedule_excludes
    UNION ALL SELECT 'user', id FROM job_runner_users
    UNION ALL SELECT 'notification', id FROM job_runner_notifications;
