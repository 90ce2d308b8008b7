-- Clouds, triggered tests and what their runners report.
--
-- The state of a test is derived (0006_shown.sql), so it cannot disagree with what was reported.

CREATE TABLE IF NOT EXISTS refstack_cloud (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    label          TEXT NOT NULL,
    endpoint       TEXT NOT NULL,
    endpoint_v3    TEXT,
    admin_endpoint TEXT,
    test_user      TEXT,
    alt_user       TEXT,
    admin_user     TEXT,
    version        TEXT,
    extra_conf     TEXT NOT NULL DEFAULT '{}', -- a JSON object of objects
    owner          TEXT,
    created_at     INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS refstack_cloud_by_owner ON refstack_cloud (owner, id);

CREATE TABLE IF NOT EXISTS refstack_test (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    cloud_id        INTEGER REFERENCES refstack_cloud (id),
    owner           TEXT,
    label           TEXT,
    extra_conf      TEXT NOT NULL DEFAULT '{}',
    testcases       TEXT,                      -- a JSON array of names
    guideline       TEXT,                      -- instead of testcases, with target
    target          TEXT,
    timeout_seconds INTEGER NOT NULL,
    token_hash      TEXT,                      -- of a protected test
    finished        INTEGER NOT NULL DEFAULT 0,
    error           TEXT,                      -- of the last status that had one
    status_id       INTEGER,                   -- the last status
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,          -- the last sign of life
    finished_at     INTEGER
);
CREATE INDEX IF NOT EXISTS refstack_test_by_owner ON refstack_test (owner, id);
CREATE INDEX IF NOT EXISTS refstack_test_by_cloud ON refstack_test (cloud_id, id) WHERE cloud_id IS NOT NULL;

CREATE TABLE IF NOT EXISTS refstack_status (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    test_id  INTEGER NOT NULL REFERENCES refstack_test (id) ON DELETE CASCADE,
    message  TEXT NOT NULL,
    finished INTEGER NOT NULL,
    error    TEXT,
    at       INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS refstack_status_by_test ON refstack_status (test_id, id);

-- `finished` only ever becomes true. An error stays to be read, also when a result makes the test finished.
CREATE TRIGGER IF NOT EXISTS refstack_status_reported AFTER INSERT ON refstack_status BEGIN
    UPDATE refstack_test
       SET status_id   = NEW.id,
           error       = coalesce(NEW.error, error),
           finished_at = CASE WHEN NEW.finished AND NOT finished THEN NEW.at ELSE finished_at END,
           finished    = finished OR NEW.finished,
           updated_at  = max(updated_at, NEW.at)
     WHERE id = NEW.test_id;
END;
