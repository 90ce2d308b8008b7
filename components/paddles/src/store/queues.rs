//! `paddles_queues`, and the jobs that wait in them.

use assay_db::{Db, FromRow, Result, Row, params};

use super::Place;
use crate::domain::cursors::{Cursor, Page};

const BEFORE_ALL: Cursor = Cursor { at: i64::MIN, id: i64::MIN };

/// What is next in a queue.
pub struct Next {
    /// Whether the queue gives nothing now.
    pub paused: bool,
    /// The job's row.
    pub job: Option<i64>,
}

impl FromRow for Next {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self { paused: row.flag("paused")?, job: row.int_or_null("job")? })
    }
}

/// The queues that were created, by name, as a JSON array. Index: primary key.
pub async fn list(
    db: Db,
    queue: Option<&str>,
    paused_by: Option<&str>,
    count: u32,
) -> Result<String> {
    const SQL: &str = "
        -- scan: a lab has a handful of queues
        SELECT '[' || coalesce(group_concat(text, ','), '') || ']'
          FROM (SELECT text
                  FROM paddles_queue_texts
                 WHERE (?1 IS NULL OR queue = ?1)
                   AND (?2 IS NULL OR paused_by = ?2)
                 ORDER BY queue
                 LIMIT ?3 + 0)";
    Ok(db.text(SQL, params![queue, paused_by, count]).await?.unwrap_or_default())
}

/// Whether a queue was created. Index: primary key.
pub async fn exists(db: Db, queue: &str) -> Result<bool> {
    const SQL: &str = "SELECT 1 FROM paddles_queues WHERE queue = ?1";
    db.any(SQL, params![queue]).await
}

/// Creates a queue; false when it is there already.
pub async fn insert(db: Db, queue: &str) -> Result<bool> {
    const SQL: &str = "
        INSERT INTO paddles_queues (queue)
        VALUES (?1)
            ON CONFLICT (queue) DO NOTHING
        RETURNING queue";
    db.any(SQL, params![queue]).await
}

/// Pauses a queue until then; false when it is paused already or not there.
pub async fn pause(db: Db, queue: &str, paused_by: &str, now: i64, until: i64) -> Result<bool> {
    const SQL: &str = "
        UPDATE paddles_queues
           SET paused_by = ?2, paused_since = ?3, paused_until = ?4
         WHERE queue = ?1
           AND coalesce(paused_until, 0) <= ?3
        RETURNING queue";
    db.any(SQL, params![queue, paused_by, now, until]).await
}

/// Lets a queue go on; false when it is not there.
pub async fn resume(db: Db, queue: &str) -> Result<bool> {
    const SQL: &str = "
        UPDATE paddles_queues
           SET paused_by = NULL, paused_since = NULL, paused_until = NULL
         WHERE queue = ?1
        RETURNING queue";
    db.any(SQL, params![queue]).await
}

/// The job that is next. Index: `paddles_jobs_waiting_in_queue`.
pub async fn next(db: Db, queue: &str, now: i64) -> Result<Option<Next>> {
    const SQL: &str = "
        SELECT EXISTS (SELECT 1
                         FROM paddles_queues
                        WHERE queue = ?1
                          AND paused_until > ?2) AS paused,
               (SELECT id
                  FROM paddles_jobs
                 WHERE queue = ?1
                   AND status = 'queued'
                 ORDER BY coalesce(priority, 9223372036854775807), id
                 LIMIT 1) AS job";
    db.one(SQL, params![queue, now]).await
}

/// Takes the job that is next out of the queue: it is waiting then. Nothing when the queue is empty
/// or paused. Index: `paddles_jobs_waiting_in_queue`.
pub async fn claim(db: Db, queue: &str, now: i64) -> Result<Option<i64>> {
    const SQL: &str = "
        UPDATE paddles_jobs
           SET status = 'waiting', updated = ?2
         WHERE id = (SELECT id
                       FROM paddles_jobs
                      WHERE queue = ?1
                        AND status = 'queued'
                      ORDER BY coalesce(priority, 9223372036854775807), id
                      LIMIT 1)
           AND NOT EXISTS (SELECT 1 FROM paddles_queues WHERE queue = ?1 AND paused_until > ?2)
        RETURNING id";
    db.int(SQL, params![queue, now]).await
}

/// How a queue is, and how many jobs wait in it, as a JSON object; `None` when it was not created.
/// Index: `paddles_jobs_waiting_in_queue`.
pub async fn stats(db: Db, queue: &str) -> Result<Option<String>> {
    const SQL: &str = "
        SELECT stats || (SELECT count(*)
                           FROM paddles_jobs
                          WHERE queue = ?1
                            AND status = 'queued') || '}'
          FROM paddles_queue_texts
         WHERE queue = ?1";
    db.text(SQL, params![queue]).await
}

/// A page of the jobs that wait in a queue, of one user or all, the next one first; places are
/// (priority, id). Index: `paddles_jobs_waiting_in_queue`.
pub async fn waiting(db: Db, queue: &str, user: Option<&str>, page: &Page) -> Result<Vec<Place>> {
    const SQL: &str = "
        SELECT coalesce(priority, 9223372036854775807) AS at, id
          FROM paddles_jobs
         WHERE queue = ?1
           AND status = 'queued'
           AND (?2 IS NULL OR user = ?2)
           AND coalesce(priority, 9223372036854775807) >= ?3
           AND (coalesce(priority, 9223372036854775807) > ?3 OR id > ?4)
         ORDER BY coalesce(priority, 9223372036854775807), id
         LIMIT ?5 + 0 OFFSET ?6 + 0";
    let after = page.after.unwrap_or(BEFORE_ALL);
    db.all(SQL, params![queue, user, after.at, after.id, page.limit(), page.sql_offset()]).await
}

/// A page of the queued jobs of a run, whatever their queue, in the same order. Index:
/// `paddles_jobs_by_run_status`.
pub async fn waiting_of_run(db: Db, run: &str, page: &Page) -> Result<Vec<Place>> {
    const SQL: &str = "
        SELECT coalesce(priority, 9223372036854775807) AS at, id
          FROM paddles_jobs
         WHERE run_id = (SELECT id FROM paddles_runs WHERE name = ?1)
           AND status = 'queued'
           AND (coalesce(priority, 9223372036854775807), id) > (?2, ?3)
         ORDER BY coalesce(priority, 9223372036854775807), id
         LIMIT ?4 + 0 OFFSET ?5 + 0";
    let after = page.after.unwrap_or(BEFORE_ALL);
    db.all(SQL, params![run, after.at, after.id, page.limit(), page.sql_offset()]).await
}
