//! What runners report: append only.

use assay_db::{Db, Result, params};

use super::Listing;
use crate::domain::pages::Page;

/// Records a status and gives its number; `None` when there is no such test. Index: primary key.
pub async fn record(
    db: Db,
    test_id: i64,
    message: &str,
    finished: bool,
    error: Option<&str>,
) -> Result<Option<i64>> {
    const SQL: &str = "
        INSERT INTO refstack_status (test_id, message, finished, error, at)
        SELECT id, ?2, ?3, ?4, ?5
          FROM refstack_test
         WHERE id = ?1
        RETURNING id";
    db.int(SQL, params![test_id, message, finished, error, assay_web::time::now()]).await
}

/// A page of the statuses of a test, oldest first; the first page has the latest ones. Index:
/// `refstack_status_by_test`.
pub async fn latest(db: Db, test_id: i64, page: Page) -> Result<Option<Listing>> {
    const SQL: &str = "
        -- scan: the statuses of the page, which were picked
        SELECT (SELECT json_group_array(json_object(
                           'id', id, 'message', message,
                           'finished', json(iif(finished, 'true', 'false')), 'error', error,
                           'timestamp',
                           strftime('%Y-%m-%d %H:%M:%S', at / 1000000, 'unixepoch')) ORDER BY id)
                  FROM (SELECT id, message, finished, error, at
                          FROM refstack_status
                         WHERE test_id = ?1
                         ORDER BY id DESC
                         LIMIT ?2 + 0 OFFSET ?3 + 0)) AS entries,
               (SELECT count(*) FROM refstack_status WHERE test_id = ?1) AS count";
    db.one(SQL, params![test_id, page.size, page.skipped()]).await
}
