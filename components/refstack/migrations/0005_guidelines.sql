-- Guideline files, kept as they came.

CREATE TABLE IF NOT EXISTS refstack_guideline (
    file       TEXT PRIMARY KEY,               -- [<group>.]<version>.json
    json       TEXT NOT NULL,
    sha256     TEXT NOT NULL,
    source     TEXT NOT NULL,                  -- 'upload', or the URL that it was fetched from
    fetched_at INTEGER NOT NULL,
    revision   INTEGER NOT NULL DEFAULT 1      -- counts how often it was kept
) WITHOUT ROWID;
