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
    -- As the last lock or unlock left it. Nobody tidies up when a lease ends: who asks whether a
    -- node is free compares `free_from` with the present time.
    locked       INTEGER NOT NULL DEFAULT 0,
    locked_by    TEXT,
    locked_since INTEGER,
    lease_until  INTEGER,
    free_from    INTEGER NOT NULL GENERATED ALWAYS AS   -- always, when the lease ends, never
        (CASE locked WHEN 0 THEN 0 ELSE coalesce(lease_until, 9223372036854775807) END) VIRTUAL
);
CREATE INDEX IF NOT EXISTS paddles_nodes_by_type ON paddles_nodes (machine_type, name);
CREATE INDEX IF NOT EXISTS paddles_nodes_by_locker ON paddles_nodes (locked_by, name)
    WHERE locked_by IS NOT NULL;
CREATE INDEX IF NOT EXISTS paddles_nodes_by_host ON paddles_nodes (vm_host_id)
    WHERE vm_host_id IS NOT NULL;

-- Links are only ever added. By job as they are made, by node newest first as they are read.
CREATE TABLE IF NOT EXISTS paddles_job_nodes (
    job_id  INTEGER NOT NULL REFERENCES paddles_jobs (id) ON DELETE CASCADE,
    node_id INTEGER NOT NULL REFERENCES paddles_nodes (id) ON DELETE CASCADE,
    posted  INTEGER NOT NULL,                  -- of the job, which never changes
    PRIMARY KEY (job_id, node_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS paddles_job_nodes_by_node ON paddles_job_nodes (node_id, posted, job_id);

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
    locked_by   TEXT,                          -- of an unlock: whose lock it was
    description TEXT
);
CREATE INDEX IF NOT EXISTS paddles_lock_log_by_node ON paddles_lock_log (node_id, id);

-- ---- jobs on nodes ------------------------------------------------------------------------------

-- A host named in a job's targets: made a node if it is unknown, and linked. Only ever inserted
-- into.
CREATE VIEW IF NOT EXISTS paddles_node_targets AS
SELECT NULL AS job, NULL AS host, NULL AS machine_type WHERE 0;

CREATE TRIGGER IF NOT EXISTS paddles_target_named INSTEAD OF INSERT ON paddles_node_targets BEGIN
    INSERT INTO paddles_nodes (name, machine_type)
    VALUES (NEW.host, NEW.machine_type)
        ON CONFLICT (name) DO NOTHING;
    INSERT INTO paddles_job_nodes (job_id, node_id, posted)
    SELECT NEW.job, n.id, j.posted
      FROM paddles_nodes AS n
      JOIN paddles_jobs AS j ON j.id = NEW.job
     WHERE n.name = NEW.host
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

-- ---- what is said of locks ----------------------------------------------------------------------

-- One transition. Only ever inserted into.
CREATE VIEW IF NOT EXISTS paddles_lock_changes AS
SELECT NULL AS node_id, NULL AS name, NULL AS at, NULL AS locked, NULL AS locked_by,
       NULL AS description
 WHERE 0;

CREATE TRIGGER IF NOT EXISTS paddles_lock_changed INSTEAD OF INSERT ON paddles_lock_changes BEGIN
    INSERT INTO paddles_lock_log (node_id, at, locked, locked_by, description)
    VALUES (NEW.node_id, NEW.at, NEW.locked, NEW.locked_by, NEW.description);
    INSERT INTO paddles_events (at, kind, node, was, became)
    VALUES (CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER),
            CASE WHEN NEW.locked THEN 'node.locked' ELSE 'node.unlocked' END,
            NEW.name,
            CASE WHEN NEW.locked THEN NULL ELSE NEW.locked_by END,
            CASE WHEN NEW.locked THEN NEW.locked_by END);
END;

CREATE TRIGGER IF NOT EXISTS paddles_node_came_locked
AFTER INSERT ON paddles_nodes WHEN NEW.locked BEGIN
    INSERT INTO paddles_lock_changes (node_id, name, at, locked, locked_by, description)
    VALUES (NEW.id, NEW.name, NEW.locked_since, 1, NEW.locked_by, NEW.description);
END;

-- Whoever takes a node whose lease has ended finds it still marked as locked: that lock ended with
-- its lease.
CREATE TRIGGER IF NOT EXISTS paddles_node_lock_changed
AFTER UPDATE OF locked, locked_since ON paddles_nodes
WHEN OLD.locked_since IS NOT NEW.locked_since BEGIN
    INSERT INTO paddles_lock_changes (node_id, name, at, locked, locked_by, description)
    SELECT NEW.id, NEW.name,
           CASE
               WHEN NEW.locked THEN OLD.lease_until
               ELSE max(OLD.locked_since, CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER))
           END,
           0, OLD.locked_by, OLD.description
     WHERE OLD.locked;
    INSERT INTO paddles_lock_changes (node_id, name, at, locked, locked_by, description)
    SELECT NEW.id, NEW.name, NEW.locked_since, 1, NEW.locked_by, NEW.description
     WHERE NEW.locked;
END;

-- ---- what is shown ------------------------------------------------------------------------------

-- A node as it is now: a lock whose lease has ended is none. `facts` is its JSON object without the
-- braces and without `vm_host`.
CREATE VIEW IF NOT EXISTS paddles_node_states AS
SELECT n.id, n.name, n.vm_host_id,
       n.free_from > clock.now AS locked,
       trim(json_object(
           'name', n.name,
           'description', n.description,
           'up', CASE n.up WHEN 0 THEN json('false') WHEN 1 THEN json('true') END,
           'machine_type', n.machine_type,
           'arch', n.arch,
           'os_type', n.os_type,
           'os_version', n.os_version,
           'mac_address', n.mac_address,
           'ssh_pub_key', n.ssh_pub_key,
           'is_vm', CASE n.is_vm WHEN 0 THEN json('false') ELSE json('true') END,
           'locked', CASE WHEN n.free_from > clock.now THEN json('true') ELSE json('false') END,
           'locked_by', CASE WHEN n.free_from > clock.now THEN n.locked_by END,
           'locked_since', CASE WHEN n.free_from > clock.now THEN
               strftime('%Y-%m-%d %H:%M:%S', n.locked_since / 1000000, 'unixepoch')
               || CASE n.locked_since % 1000000
                   WHEN 0 THEN '' ELSE printf('.%06d', n.locked_since % 1000000) END
               END), '{}')
           || CASE WHEN n.free_from > clock.now AND n.lease_until IS NOT NULL THEN
               ',"lease_until":"'
               || strftime('%Y-%m-%d %H:%M:%S', n.lease_until / 1000000, 'unixepoch')
               || CASE n.lease_until % 1000000
                   WHEN 0 THEN '' ELSE printf('.%06d', n.lease_until % 1000000) END
               || '"' ELSE '' END AS facts
  FROM paddles_nodes AS n
 CROSS JOIN (SELECT CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER) AS now) AS clock;

-- The JSON object of a node, its host's in it.
CREATE VIEW IF NOT EXISTS paddles_node_texts AS
SELECT n.id, n.name,
       '{' || n.facts || ',"vm_host":'
           || coalesce((SELECT '{' || host.facts || ',"vm_host":null}'
                          FROM paddles_node_states AS host
                         WHERE host.id = n.vm_host_id), 'null')
           || '}' AS node
  FROM paddles_node_states AS n;
