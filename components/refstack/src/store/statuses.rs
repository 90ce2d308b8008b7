//! What runners report: append only.

use assay_db::{Db, FromRow, Result, Row, params};

/// A status that was recorded, and how the test is doing now.
#[derive(Debug)]
pub struct Recorded {
    /// Its number.
    pub id: i64,
}

impl FromRow for Recorded {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self { id: row.int("id")? })
    }
}

/// Records a status; `None` when there is no such test. Index: primary key.
pub async fn record(
    db: Db,
    test_id: i64,
    message: &str,
    finished: bool,
    error: Option<&str>,
) -> Result<Option<Recorded>> {
    const SQL: &str = "
        INSERT INTO refstack_status (test_id, message, finished, error, at)
        SELECT id, ?2, ?3, ?4, ?5
          FROM refstack_test
         WHERE id = ?1
        RETURNING id";
    db.one(SQL, params![test_id, message, finished, error, assay_web::time::now()]).await
}

/// The last hundred statuses of a test as a JSON array, oldest first. Index:
/// `refstack_status_by_test`.
pub async fn latest(db: Db, test_id: i64) -> Result<String> {
    const SQL: &str = "
        SELECT json_group_array(json_object(
                   'id', id, 'message', message, 'finished', json(iif(finished, 'true', 'false')),
                       'error', error,
                   'timestamp', strftime('%Y-%m-%d %H:%M:%S', at / 1000000, 'unixepoch'))
                       ORDER BY id)
          FROM (SELECT id, message, finished, error, at
                  FROM refstack_status
                 WHERE test_id = ?1
                 ORDER BY id DESC
                 LIMIT 100)";
    Ok(db.text(SQL, params![test_id]).await?.unwrap_or_default())
}
