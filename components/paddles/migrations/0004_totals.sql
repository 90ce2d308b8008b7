-- Totals for `GET /paddles/metrics`, kept by triggers in the statements that change what they
-- count, so that a scrape reads a few rows however many jobs there are; and what else reads across
-- runs.

CREATE TABLE IF NOT EXISTS paddles_totals (
    what  TEXT NOT NULL CHECK (what IN ('jobs', 'nodes', 'queue')),
    label TEXT NOT NULL,                       -- machine type, or the queue's name; '' = none
    state TEXT NOT NULL,                       -- a job's status; locked, free or down; 'queued'
    n     INTEGER NOT NULL,
    PRIMARY KEY (what, label, state)
) WITHOUT ROWID;

-- One more, one less. Only ever inserted into, by the triggers below.
CREATE VIEW IF NOT EXISTS paddles_total_changes AS
SELECT NULL AS what, NULL AS label, NULL AS state, NULL AS n WHERE 0;

CREATE TRIGGER IF NOT EXISTS paddles_total_changed INSTEAD OF INSERT ON paddles_total_changes BEGIN
    INSERT INTO paddles_totals (what, label, state, n)
    VALUES (NEW.what, coalesce(NEW.label, ''), NEW.state, NEW.n)
        ON CONFLICT (what, label, state) DO UPDATE SET n = n + excluded.n;
END;

-- A store of an older release is counted once.
INSERT OR REPLACE INTO paddles_totals (what, label, state, n)
SELECT 'jobs', coalesce(machine_type, ''), status, count(*)
  FROM paddles_jobs                            -- scan: once, when this script is applied
 GROUP BY 2, 3;
INSERT OR REPLACE INTO paddles_totals (what, label, state, n)
SELECT 'queue', coalesce(queue, ''), 'queued', count(*)
  FROM paddles_jobs                            -- scan: once, when this script is applied
 WHERE status = 'queued'
 GROUP BY 2;
INSERT OR REPLACE INTO paddles_totals (what, label, state, n)
SELECT 'nodes', coalesce(machine_type, ''),
       CASE WHEN locked THEN 'locked' WHEN up THEN 'free' ELSE 'down' END, count(*)
  FROM paddles_nodes                           -- scan: once, when this script is applied
 GROUP BY 2, 3;

-- ---- jobs ---------------------------------------------------------------------------------------

CREATE TRIGGER IF NOT EXISTS paddles_job_counted AFTER INSERT ON paddles_jobs BEGIN
    INSERT INTO paddles_total_changes VALUES ('jobs', NEW.machine_type, NEW.status, 1);
END;

CREATE TRIGGER IF NOT EXISTS paddles_job_recounted
AFTER UPDATE OF status, machine_type ON paddles_jobs
WHEN OLD.status <> NEW.status OR OLD.machine_type IS NOT NEW.machine_type BEGIN
    INSERT INTO paddles_total_changes VALUES ('jobs', OLD.machine_type, OLD.status, -1);
    INSERT INTO paddles_total_changes VALUES ('jobs', NEW.machine_type, NEW.status, 1);
END;

CREATE TRIGGER IF NOT EXISTS paddles_job_discounted AFTER DELETE ON paddles_jobs BEGIN
    INSERT INTO paddles_total_changes VALUES ('jobs', OLD.machine_type, OLD.status, -1);
END;

-- ---- queues -------------------------------------------------------------------------------------

CREATE TRIGGER IF NOT EXISTS paddles_queue_counted
AFTER INSERT ON paddles_jobs WHEN NEW.status = 'queued' BEGIN
    INSERT INTO paddles_total_changes VALUES ('queue', NEW.queue, 'queued', 1);
END;

CREATE TRIGGER IF NOT EXISTS paddles_queue_recounted
AFTER UPDATE OF status, queue ON paddles_jobs
WHEN (OLD.status = 'queued') <> (NEW.status = 'queued')
  OR (NEW.status = 'queued' AND OLD.queue IS NOT NEW.queue) BEGIN
    INSERT INTO paddles_total_changes
    SELECT 'queue', OLD.queue, 'queued', -1 WHERE OLD.status = 'queued';
    INSERT INTO paddles_total_changes
    SELECT 'queue', NEW.queue, 'queued', 1 WHERE NEW.status = 'queued';
END;

CREATE TRIGGER IF NOT EXISTS paddles_queue_discounted
AFTER DELETE ON paddles_jobs WHEN OLD.status = 'queued' BEGIN
    INSERT INTO paddles_total_changes VALUES ('queue', OLD.queue, 'queued', -1);
END;

-- How long the oldest one has been in its queue.
CREATE INDEX IF NOT EXISTS paddles_jobs_oldest_in_queue
    ON paddles_jobs (coalesce(queue, ''), posted) WHERE status = 'queued';

-- ---- nodes --------------------------------------------------------------------------------------

CREATE TRIGGER IF NOT EXISTS paddles_node_counted AFTER INSERT ON paddles_nodes BEGIN
    INSERT INTO paddles_total_changes
    VALUES ('nodes', NEW.machine_type,
            CASE WHEN NEW.locked THEN 'locked' WHEN NEW.up THEN 'free' ELSE 'down' END, 1);
END;

CREATE TRIGGER IF NOT EXISTS paddles_node_recounted
AFTER UPDATE OF machine_type, locked, up ON paddles_nodes
WHEN OLD.machine_type IS NOT NEW.machine_type
  OR OLD.locked <> NEW.locked
  OR OLD.up IS NOT NEW.up BEGIN
    INSERT INTO paddles_total_changes
    VALUES ('nodes', OLD.machine_type,
            CASE WHEN OLD.locked THEN 'locked' WHEN OLD.up THEN 'free' ELSE 'down' END, -1);
    INSERT INTO paddles_total_changes
    VALUES ('nodes', NEW.machine_type,
            CASE WHEN NEW.locked THEN 'locked' WHEN NEW.up THEN 'free' ELSE 'down' END, 1);
END;

CREATE TRIGGER IF NOT EXISTS paddles_node_discounted AFTER DELETE ON paddles_nodes BEGIN
    INSERT INTO paddles_total_changes
    VALUES ('nodes', OLD.machine_type,
            CASE WHEN OLD.locked THEN 'locked' WHEN OLD.up THEN 'free' ELSE 'down' END, -1);
END;

-- Locks whose lease has ended: they count as locked above, because no statement happens at that
-- moment.
CREATE INDEX IF NOT EXISTS paddles_nodes_by_lease
    ON paddles_nodes (lease_until) WHERE locked AND lease_until IS NOT NULL;

-- ---- runs ---------------------------------------------------------------------------------------

-- The run before a run: what a summary calls new, it calls new since then.
CREATE INDEX IF NOT EXISTS paddles_runs_by_suite_and_branch
    ON paddles_runs (suite, branch, scheduled, id);

-- Followers of the events learn of each job. Before, because when the jobs go with the run, the
-- trigger on them does not find its name any more.
CREATE TRIGGER IF NOT EXISTS paddles_run_deleted_with_jobs BEFORE DELETE ON paddles_runs BEGIN
    INSERT INTO paddles_events (at, kind, run, job_id, was)
    SELECT CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER), 'job.deleted', OLD.name, job_id,
           status
      FROM paddles_jobs
     WHERE run_id = OLD.id
     ORDER BY job_key, id;
END;
