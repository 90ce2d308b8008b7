-- Stored reports, and the names of tenants.

CREATE TABLE IF NOT EXISTS stacktach_reports (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    name            TEXT NOT NULL,
    version         INTEGER NOT NULL DEFAULT 1,
    period_start_us INTEGER NOT NULL,
    period_end_us   INTEGER NOT NULL,
    created_us      INTEGER NOT NULL,
    json            TEXT NOT NULL              -- as it was sent
);
CREATE INDEX IF NOT EXISTS stacktach_reports_by_created ON stacktach_reports (created_us);
CREATE INDEX IF NOT EXISTS stacktach_reports_by_name    ON stacktach_reports (name);
CREATE INDEX IF NOT EXISTS stacktach_reports_by_start   ON stacktach_reports (period_start_us);
CREATE INDEX IF NOT EXISTS stacktach_reports_by_end     ON stacktach_reports (period_end_us);

CREATE TABLE IF NOT EXISTS stacktach_tenants (
    tenant          TEXT PRIMARY KEY,
    name            TEXT NOT NULL,
    types           TEXT NOT NULL,             -- a JSON object: name -> value
    last_updated_us INTEGER NOT NULL
) WITHOUT ROWID;
