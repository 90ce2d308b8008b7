-- Queues that were created. A job belongs to the queue that its `queue` field names, created or not.

CREATE TABLE IF NOT EXISTS paddles_queues (
    queue        TEXT PRIMARY KEY,
    paused_by    TEXT,
    paused_since INTEGER,
    paused_until INTEGER
) WITHOUT ROWID;
