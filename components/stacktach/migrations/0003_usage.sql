-- Who used what: instances and images that were launched, deleted, and said to exist by the nightly
-- audits.
--
-- The columns `raw` and `last_raw` are events, which retention may have deleted: answers look
-- whether they are still there.

CREATE TABLE IF NOT EXISTS stacktach_launches (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    instance           TEXT NOT NULL,
    request_id         TEXT NOT NULL,
    launched_us        INTEGER,
    instance_type_id   TEXT,
    instance_flavor_id TEXT,
    tenant             TEXT,
    os_architecture    TEXT,
    os_distro          TEXT,
    os_version         TEXT,
    rax_options        TEXT,
    UNIQUE (instance, request_id)
);
CREATE INDEX IF NOT EXISTS stacktach_launches_by_instance ON stacktach_launches (instance, launched_us);
CREATE INDEX IF NOT EXISTS stacktach_launches_by_launched ON stacktach_launches (launched_us);

CREATE TABLE IF NOT EXISTS stacktach_deletes (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    instance    TEXT NOT NULL,
    launched_us INTEGER,
    deleted_us  INTEGER,
    raw         INTEGER
);
-- NULL is a value here: a delete without a date is still one delete.
CREATE UNIQUE INDEX IF NOT EXISTS stacktach_deletes_once
    ON stacktach_deletes (instance, ifnull(launched_us, -1), ifnull(deleted_us, -1));
CREATE INDEX IF NOT EXISTS stacktach_deletes_by_instance ON stacktach_deletes (instance, launched_us);
CREATE INDEX IF NOT EXISTS stacktach_deletes_by_launched ON stacktach_deletes (launched_us);
CREATE INDEX IF NOT EXISTS stacktach_deletes_by_deleted  ON stacktach_deletes (deleted_us);

CREATE TABLE IF NOT EXISTS stacktach_exists (
    id                   INTEGER PRIMARY KEY AUTOINCREMENT,
    instance             TEXT NOT NULL,
    launched_us          INTEGER,
    deleted_us           INTEGER,
    audit_beginning_us   INTEGER,
    audit_ending_us      INTEGER,
    message_id           TEXT,
    instance_type_id     TEXT,
    instance_flavor_id   TEXT,
    -- pending, verifying, verified, reconciled, failed, sent_unverified, sent_verifying,
    -- sent_failed
    status               TEXT NOT NULL DEFAULT 'pending',
    fail_reason          TEXT,
    raw                  INTEGER,
    usage_id             INTEGER,
    delete_id            INTEGER,
    send_status          INTEGER NOT NULL DEFAULT 0,
    tenant               TEXT,
    os_architecture      TEXT,
    os_distro            TEXT,
    os_version           TEXT,
    rax_options          TEXT,
    bandwidth_public_out INTEGER DEFAULT 0,
    event_id             TEXT,                 -- what billing calls it
    received_us          INTEGER NOT NULL,     -- when the event was
    image_type           INTEGER
);
CREATE INDEX IF NOT EXISTS stacktach_exists_by_instance  ON stacktach_exists (instance, launched_us);
CREATE INDEX IF NOT EXISTS stacktach_exists_by_message   ON stacktach_exists (message_id);
CREATE INDEX IF NOT EXISTS stacktach_exists_by_status    ON stacktach_exists (status, audit_ending_us);
CREATE INDEX IF NOT EXISTS stacktach_exists_by_launched  ON stacktach_exists (launched_us);
CREATE INDEX IF NOT EXISTS stacktach_exists_by_deleted   ON stacktach_exists (deleted_us);
CREATE INDEX IF NOT EXISTS stacktach_exists_by_received  ON stacktach_exists (received_us);
CREATE INDEX IF NOT EXISTS stacktach_exists_by_beginning ON stacktach_exists (audit_beginning_us);
CREATE INDEX IF NOT EXISTS stacktach_exists_by_ending    ON stacktach_exists (audit_ending_us);

-- Corrections from outside: like a launch, and a delete where deleted_us is set.
CREATE TABLE IF NOT EXISTS stacktach_reconciles (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    row_created_us     INTEGER NOT NULL,
    row_updated_us     INTEGER NOT NULL,
    instance           TEXT NOT NULL,
    launched_us        INTEGER,
    deleted_us         INTEGER,
    instance_type_id   TEXT,
    instance_flavor_id TEXT,
    tenant             TEXT,
    os_architecture    TEXT,
    os_distro          TEXT,
    os_version         TEXT,
    rax_options        TEXT,
    source             TEXT
);
CREATE INDEX IF NOT EXISTS stacktach_reconciles_by_instance ON stacktach_reconciles (instance, launched_us);

CREATE TABLE IF NOT EXISTS stacktach_images (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid       TEXT NOT NULL UNIQUE,
    created_us INTEGER,
    owner      TEXT,
    size       INTEGER,
    last_raw   INTEGER
);
CREATE INDEX IF NOT EXISTS stacktach_images_by_created ON stacktach_images (created_us);

CREATE TABLE IF NOT EXISTS stacktach_image_deletes (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid       TEXT NOT NULL,
    deleted_us INTEGER,
    raw        INTEGER
);
CREATE INDEX IF NOT EXISTS stacktach_image_deletes_by_uuid    ON stacktach_image_deletes (uuid);
CREATE INDEX IF NOT EXISTS stacktach_image_deletes_by_deleted ON stacktach_image_deletes (deleted_us);

CREATE TABLE IF NOT EXISTS stacktach_image_exists (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid               TEXT NOT NULL,
    created_us         INTEGER,
    deleted_us         INTEGER,
    audit_beginning_us INTEGER,
    audit_ending_us    INTEGER,
    status             TEXT NOT NULL DEFAULT 'pending',
    fail_reason        TEXT,
    raw                INTEGER,
    usage_id           INTEGER,
    delete_id          INTEGER,
    send_status        INTEGER NOT NULL DEFAULT 0,
    owner              TEXT,
    size               INTEGER,
    message_id         TEXT,
    event_id           TEXT,
    received_us        INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS stacktach_image_exists_by_uuid      ON stacktach_image_exists (uuid);
CREATE INDEX IF NOT EXISTS stacktach_image_exists_by_message   ON stacktach_image_exists (message_id);
CREATE INDEX IF NOT EXISTS stacktach_image_exists_by_status    ON stacktach_image_exists (status, audit_ending_us);
CREATE INDEX IF NOT EXISTS stacktach_image_exists_by_created   ON stacktach_image_exists (created_us);
CREATE INDEX IF NOT EXISTS stacktach_image_exists_by_deleted   ON stacktach_image_exists (deleted_us);
CREATE INDEX IF NOT EXISTS stacktach_image_exists_by_received  ON stacktach_image_exists (received_us);
CREATE INDEX IF NOT EXISTS stacktach_image_exists_by_beginning ON stacktach_image_exists (audit_beginning_us);
CREATE INDEX IF NOT EXISTS stacktach_image_exists_by_ending    ON stacktach_image_exists (audit_ending_us);

-- ---- counted by status ------------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS stacktach_exists_totals (
    svc         INTEGER NOT NULL,
    status      TEXT NOT NULL,
    send_status INTEGER NOT NULL,
    n           INTEGER NOT NULL,
    PRIMARY KEY (svc, status, send_status)
) WITHOUT ROWID;

-- What verification has approved, in the order in which it did: GET /stacktach/feed/?verified=1.
CREATE TABLE IF NOT EXISTS stacktach_verified (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    svc       INTEGER NOT NULL,
    exists_id INTEGER NOT NULL
);

CREATE TRIGGER IF NOT EXISTS stacktach_exists_came AFTER INSERT ON stacktach_exists BEGIN
    INSERT INTO stacktach_exists_totals (svc, status, send_status, n) VALUES (1, NEW.status, NEW.send_status, 1)
        ON CONFLICT (svc, status, send_status) DO UPDATE SET n = n + 1;
END;

CREATE TRIGGER IF NOT EXISTS stacktach_exists_changed AFTER UPDATE OF status, send_status ON stacktach_exists
WHEN (OLD.status, OLD.send_status) <> (NEW.status, NEW.send_status) BEGIN
    UPDATE stacktach_exists_totals SET n = n - 1
     WHERE svc = 1 AND status = OLD.status AND send_status = OLD.send_status;
    INSERT INTO stacktach_exists_totals (svc, status, send_status, n) VALUES (1, NEW.status, NEW.send_status, 1)
        ON CONFLICT (svc, status, send_status) DO UPDATE SET n = n + 1;
    INSERT INTO stacktach_verified (svc, exists_id)
    SELECT 1, NEW.id WHERE OLD.status <> NEW.status AND NEW.status IN ('verified', 'reconciled');
END;

CREATE TRIGGER IF NOT EXISTS stacktach_image_exists_came AFTER INSERT ON stacktach_image_exists BEGIN
    INSERT INTO stacktach_exists_totals (svc, status, send_status, n) VALUES (2, NEW.status, NEW.send_status, 1)
        ON CONFLICT (svc, status, send_status) DO UPDATE SET n = n + 1;
END;

CREATE TRIGGER IF NOT EXISTS stacktach_image_exists_changed
AFTER UPDATE OF status, send_status ON stacktach_image_exists
WHEN (OLD.status, OLD.send_status) <> (NEW.status, NEW.send_status) BEGIN
    UPDATE stacktach_exists_totals SET n = n - 1
     WHERE svc = 2 AND status = OLD.status AND send_status = OLD.send_status;
    INSERT INTO stacktach_exists_totals (svc, status, send_status, n) VALUES (2, NEW.status, NEW.send_status, 1)
        ON CONFLICT (svc, status, send_status) DO UPDATE SET n = n + 1;
    INSERT INTO stacktach_verified (svc, exists_id)
    SELECT 2, NEW.id WHERE OLD.status <> NEW.status AND NEW.status IN ('verified', 'reconciled');
END;
