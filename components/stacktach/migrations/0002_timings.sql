-- How long operations and requests took, and the last known state of each instance.

CREATE TABLE IF NOT EXISTS stacktach_lifecycles (
    instance        TEXT PRIMARY KEY,
    last_state      TEXT,
    last_task_state TEXT,
    last_event      INTEGER NOT NULL,
    deployment_id   INTEGER NOT NULL
) WITHOUT ROWID;

-- One run of an operation on an instance. The event ids may be gone by retention; all that answers
-- need is here.
CREATE TABLE IF NOT EXISTS stacktach_timings (
    id            INTEGER PRIMARY KEY,
    name          TEXT NOT NULL,
    instance      TEXT NOT NULL,
    start_id      INTEGER,
    start_us      INTEGER,
    end_id        INTEGER,
    end_us        INTEGER,
    diff_us       INTEGER,                     -- NULL until both ends are there
    -- Of the end.
    request_id    TEXT,
    deployment_id INTEGER,
    tenant        TEXT
);
CREATE INDEX IF NOT EXISTS stacktach_timings_by_instance ON stacktach_timings (instance);
CREATE INDEX IF NOT EXISTS stacktach_timings_without_end ON stacktach_timings (instance, name) WHERE end_us IS NULL;
CREATE INDEX IF NOT EXISTS stacktach_timings_without_start ON stacktach_timings (instance, name, end_us)
    WHERE start_us IS NULL;
CREATE INDEX IF NOT EXISTS stacktach_timings_by_diff ON stacktach_timings (name, diff_us) WHERE diff_us IS NOT NULL;
CREATE INDEX IF NOT EXISTS stacktach_timings_by_end ON stacktach_timings (name, end_us) WHERE diff_us IS NOT NULL;
CREATE INDEX IF NOT EXISTS stacktach_timings_by_name ON stacktach_timings (name) WHERE diff_us IS NOT NULL;

-- What /stacky/summary/ shows, of all timings that are not negative (clocks differ).
CREATE TABLE IF NOT EXISTS stacktach_timing_totals (
    name   TEXT PRIMARY KEY,
    n      INTEGER NOT NULL,
    sum_us INTEGER NOT NULL,
    min_us INTEGER NOT NULL,
    max_us INTEGER NOT NULL
) WITHOUT ROWID;

-- For percentiles: how many timings of a name lie in each bucket.
CREATE TABLE IF NOT EXISTS stacktach_timing_buckets (
    name    TEXT NOT NULL,
    from_us INTEGER NOT NULL,
    n       INTEGER NOT NULL,
    PRIMARY KEY (name, from_us)
) WITHOUT ROWID;

-- Where buckets begin: eight of equal width in each doubling, so none is wider than an eighth of
-- its beginning and its middle is at most 6 % wrong. Below 8 us each microsecond has its own.
CREATE TABLE IF NOT EXISTS stacktach_bucket_edges (
    from_us INTEGER PRIMARY KEY
);
INSERT OR IGNORE INTO stacktach_bucket_edges (from_us)
WITH RECURSIVE
part (p)     AS (SELECT 0 UNION ALL SELECT p + 1 FROM part WHERE p < 7),
doubling (d) AS (SELECT 0 UNION ALL SELECT d + 1 FROM doubling WHERE d < 52)
SELECT p FROM part
 UNION ALL
SELECT (8 + p) << d FROM doubling CROSS JOIN part;

-- A user's request, from the API's first word about it to the last end that belongs to it.
CREATE TABLE IF NOT EXISTS stacktach_trackers (
    request_id     TEXT PRIMARY KEY,
    instance       TEXT NOT NULL,
    start_us       INTEGER NOT NULL,
    last_timing_id INTEGER,
    duration_us    INTEGER NOT NULL DEFAULT 0,
    -- Of the last timing and its end.
    event          TEXT,
    deployment_id  INTEGER,
    tenant         TEXT
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS stacktach_trackers_by_start ON stacktach_trackers (start_us) WHERE last_timing_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS stacktach_trackers_by_tenant ON stacktach_trackers (tenant, start_us)
    WHERE last_timing_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS stacktach_trackers_by_instance ON stacktach_trackers (instance, start_us);

CREATE TRIGGER IF NOT EXISTS stacktach_timing_completed
AFTER UPDATE OF diff_us ON stacktach_timings WHEN OLD.diff_us IS NULL AND NEW.diff_us IS NOT NULL BEGIN
    UPDATE stacktach_trackers
       SET last_timing_id = NEW.id,
           duration_us    = NEW.end_us - start_us,
           event          = NEW.name,
           deployment_id  = NEW.deployment_id,
           tenant         = NEW.tenant
     WHERE request_id = NEW.request_id;
    INSERT INTO stacktach_timing_totals (name, n, sum_us, min_us, max_us)
    SELECT NEW.name, 1, NEW.diff_us, NEW.diff_us, NEW.diff_us
     WHERE NEW.diff_us >= 0
        ON CONFLICT (name) DO UPDATE
       SET n = n + 1, sum_us = sum_us + NEW.diff_us, min_us = min(min_us, NEW.diff_us), max_us = max(max_us, NEW.diff_us);
    INSERT INTO stacktach_timing_buckets (name, from_us, n)
    SELECT NEW.name, (SELECT max(from_us) FROM stacktach_bucket_edges WHERE from_us <= NEW.diff_us), 1
     WHERE NEW.diff_us >= 0
        ON CONFLICT (name, from_us) DO UPDATE SET n = n + 1;
END;
