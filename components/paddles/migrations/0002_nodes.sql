-- Test nodes, their locks, and which jobs ran on them.

CREATE TABLE IF NOT EXISTS paddles_nodes (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    name         TEXT NOT NULL UNIQUE,
    description  TEXT,
    up           INTEGER,
    machine_type TEXT,
    arch         TEXT,
    os_type      TEXT,
    os_version   TEXT,
    mac_address  TEXT,
    ssh_pub_key  TEXT,
    is_vm        INTEGER NOT NULL DEFAULT 0,
    vm_host_id   INTEGER REFERENCES paddles_nodes (id) ON DELETE SET NULL,
    locked       INTEGER NOT NULL DEFAULT 0,
    locked_by    TEXT,
    locked_since INTEGER,
    lease_until  INTEGER                       -- past it a locked node counts as free
);
CREATE INDEX IF NOT EXISTS paddles_nodes_by_type   ON paddles_nodes (machine_type, locked, up);
CREATE INDEX IF NOT EXISTS paddles_nodes_by_locker ON paddles_nodes (locked_by);
CREATE INDEX IF NOT EXISTS paddles_nodes_by_host   ON paddles_nodes (vm_host_id) WHERE vm_host_id IS NOT NULL;

-- Links are only ever added. By job as they are made, by node newest first as they are read.
CREATE TABLE IF NOT EXISTS paddles_job_nodes (
    job_id  INTEGER NOT NULL REFERENCES paddles_jobs (id) ON DELETE CASCADE,
    node_id INTEGER NOT NULL REFERENCES paddles_nodes (id) ON DELETE CASCADE,
    PRIMARY KEY (job_id, node_id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS paddles_job_nodes_by_node ON paddles_job_nodes (node_id, job_id);

-- A node's jobs per status, kept by triggers.
CREATE TABLE IF NOT EXISTS paddles_node_counts (
    node_id INTEGER NOT NULL REFERENCES paddles_nodes (id) ON DELETE CASCADE,
    status  TEXT NOT NULL,
    n       INTEGER NOT NULL,
    PRIMARY KEY (node_id, status)
) WITHOUT ROWID;

-- One row per transition of a lock.
CREATE TABLE IF NOT EXISTS paddles_lock_log (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    node_id     INTEGER NOT NULL REFERENCES paddles_nodes (id) ON DELETE CASCADE,
    at          INTEGER NOT NULL,
    locked      INTEGER NOT NULL,
    locked_by   TEXT,
    description TEXT
);
CREATE INDEX IF NOT EXISTS paddles_lock_log_by_node ON paddles_lock_log (node_id, id);

-- A host named in a job's targets: made a node if it is unknown, and linked. Only ever inserted into.
CREATE VIEW IF NOT EXISTS paddles_node_targets AS
SELECT NULL AS job, NULL AS host, NULL AS machine_type WHERE 0;

CREATE TRIGGER IF NOT EXISTS paddles_target_named INSTEAD OF INSERT ON paddles_node_targets BEGIN
    INSERT INTO paddles_nodes (name, machine_type)
    VALUES (NEW.host, NEW.machine_type)
        ON CONFLICT (name) DO NOTHING;
    INSERT INTO paddles_job_nodes (job_id, node_id)
    SELECT NEW.job, id FROM paddles_nodes WHERE name = NEW.host
        ON CONFLICT (job_id, node_id) DO NOTHING;
END;

CREATE TRIGGER IF NOT EXISTS paddles_node_linked AFTER INSERT ON paddles_job_nodes BEGIN
    INSERT INTO paddles_node_counts (node_id, status, n)
    SELECT NEW.node_id, status, 1 FROM paddles_jobs WHERE id = NEW.job_id
        ON CONFLICT (node_id, status) DO UPDATE SET n = n + 1;
END;

CREATE TRIGGER IF NOT EXISTS paddles_node_job_status
AFTER UPDATE OF status ON paddles_jobs WHEN OLD.status <> NEW.status BEGIN
    UPDATE paddles_node_counts
       SET n = n - 1
     WHERE status = OLD.status
       AND node_id IN (SELECT node_id FROM paddles_job_nodes WHERE job_id = NEW.id);
    INSERT INTO paddles_node_counts (node_id, status, n)
    SELECT node_id, NEW.status, 1 FROM paddles_job_nodes WHERE job_id = NEW.id
        ON CONFLICT (node_id, status) DO UPDATE SET n = n + 1;
END;

-- Before, because the links go with the job.
CREATE TRIGGER IF NOT EXISTS paddles_node_job_deleted BEFORE DELETE ON paddles_jobs BEGIN
    UPDATE paddles_node_counts
       SET n = n - 1
     WHERE status = OLD.status
       AND node_id IN (SELECT node_id FROM paddles_job_nodes WHERE job_id = OLD.id);
END;

CREATE TRIGGER IF NOT EXISTS paddles_node_lock_changed
AFTER UPDATE OF locked ON paddles_nodes WHEN OLD.locked <> NEW.locked BEGIN
    INSERT INTO paddles_lock_log (node_id, at, locked, locked_by, description)
    VALUES (NEW.id, CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER), NEW.locked,
            coalesce(NEW.locked_by, OLD.locked_by), NEW.description);
    INSERT INTO paddles_events (at, kind, node, was, became)
    VALUES (CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER),
            CASE WHEN NEW.locked THEN 'node.locked' ELSE 'node.unlocked' END,
            NEW.name, OLD.locked_by, NEW.locked_by);
END;
