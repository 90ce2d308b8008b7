-- Notifications as they came, and what is counted of them.
--
-- How one is taken in is the last migration script's matter. There are no foreign keys to events:
-- retention deletes events and leaves what was derived from them. Times are integer microseconds
-- since 1970, UTC. A service is a number: 1 nova, 2 glance, 3 generic (domain/services.rs).

CREATE TABLE IF NOT EXISTS stacktach_deployments (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    name      TEXT NOT NULL UNIQUE,
    -- Of all events ever taken in; for /stacktach/stats/.
    events    INTEGER NOT NULL DEFAULT 0,
    bytes     INTEGER NOT NULL DEFAULT 0,
    newest_us INTEGER
);

CREATE TABLE IF NOT EXISTS stacktach_events (
    -- Ascending in order of storage and never used twice: the cursor of the feed.
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    svc           INTEGER NOT NULL,
    deployment_id INTEGER NOT NULL,
    when_us       INTEGER NOT NULL,
    event         TEXT NOT NULL,
    host          TEXT,
    service       TEXT NOT NULL,
    publisher     TEXT NOT NULL,
    routing_key   TEXT NOT NULL,
    tenant        TEXT,
    instance      TEXT,
    uuid          TEXT,                        -- of the image for glance, else the instance
    request_id    TEXT NOT NULL,
    state         TEXT,
    old_state     TEXT,
    old_task      TEXT,
    task          TEXT,
    status        TEXT,
    owner         TEXT,
    image_type    INTEGER,
    dedupe        TEXT NOT NULL,               -- message_id, else 'sha256:' and the digest of the body
    error         TEXT                         -- what went wrong, for an error; else NULL
);
-- A second delivery is found here. The deployment comes second, so that a search for a message_id
-- is served too.
CREATE UNIQUE INDEX IF NOT EXISTS stacktach_events_once ON stacktach_events (dedupe, deployment_id);
CREATE INDEX IF NOT EXISTS stacktach_events_by_when       ON stacktach_events (svc, when_us);
CREATE INDEX IF NOT EXISTS stacktach_events_by_uuid       ON stacktach_events (svc, uuid, when_us) WHERE uuid IS NOT NULL;
CREATE INDEX IF NOT EXISTS stacktach_events_by_request    ON stacktach_events (svc, request_id, when_us)
    WHERE request_id <> '';
CREATE INDEX IF NOT EXISTS stacktach_events_by_deployment ON stacktach_events (svc, deployment_id, when_us);
CREATE INDEX IF NOT EXISTS stacktach_events_by_event      ON stacktach_events (svc, event, when_us);
CREATE INDEX IF NOT EXISTS stacktach_events_by_host       ON stacktach_events (svc, host, when_us) WHERE host IS NOT NULL;
CREATE INDEX IF NOT EXISTS stacktach_events_by_tenant     ON stacktach_events (svc, tenant, when_us)
    WHERE tenant IS NOT NULL;
CREATE INDEX IF NOT EXISTS stacktach_events_in_error      ON stacktach_events (svc, when_us) WHERE state = 'error';
CREATE INDEX IF NOT EXISTS stacktach_events_of_errors     ON stacktach_events (id) WHERE error IS NOT NULL;
CREATE INDEX IF NOT EXISTS stacktach_events_by_error      ON stacktach_events (error, id) WHERE error IS NOT NULL;

-- The notification, exactly as received: big, and of interest only for one event at a time.
CREATE TABLE IF NOT EXISTS stacktach_bodies (
    event_id INTEGER PRIMARY KEY,
    body     TEXT NOT NULL
);

-- How many events of each name, host and hour there have been.
CREATE TABLE IF NOT EXISTS stacktach_names (
    svc   INTEGER NOT NULL,
    event TEXT NOT NULL,
    n     INTEGER NOT NULL,
    PRIMARY KEY (svc, event)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS stacktach_hosts (
    svc  INTEGER NOT NULL,
    host TEXT NOT NULL,
    n    INTEGER NOT NULL,
    PRIMARY KEY (svc, host)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS stacktach_hours (
    svc   INTEGER NOT NULL,
    event TEXT NOT NULL,
    hour  INTEGER NOT NULL,                    -- hours since 1970
    n     INTEGER NOT NULL,
    PRIMARY KEY (svc, event, hour)
) WITHOUT ROWID;

-- What was refused, so that a forwarder can acknowledge it and nothing is lost.
CREATE TABLE IF NOT EXISTS stacktach_rejected (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    received_us INTEGER NOT NULL,
    deployment  TEXT,
    error       TEXT NOT NULL,
    raw         TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS stacktach_counters (
    name TEXT PRIMARY KEY,
    n    INTEGER NOT NULL
) WITHOUT ROWID;
INSERT OR IGNORE INTO stacktach_counters (name, n) VALUES ('rejected', 0);

CREATE TRIGGER IF NOT EXISTS stacktach_rejected_came AFTER INSERT ON stacktach_rejected BEGIN
    UPDATE stacktach_counters SET n = n + 1 WHERE name = 'rejected';
END;

CREATE TRIGGER IF NOT EXISTS stacktach_rejected_went AFTER DELETE ON stacktach_rejected BEGIN
    UPDATE stacktach_counters SET n = n - 1 WHERE name = 'rejected';
END;

-- Retention: the body goes with its event. Counters stay, they are of all that ever came.
CREATE TRIGGER IF NOT EXISTS stacktach_event_went AFTER DELETE ON stacktach_events BEGIN
    DELETE FROM stacktach_bodies WHERE event_id = OLD.id;
END;
