//! The command that declares jobs dead.

use assay_db::{Db, Result, params};

use crate::domain::expiry::Patience;

/// Makes every job dead that was not updated for as long as `patience` says, and says how many they
/// were. Triggers do the rest: counters, run statuses, events. Index: `paddles_jobs_by_status`.
pub async fn expire(db: Db, patience: &Patience) -> Result<usize> {
    const SQL: &str = "
        UPDATE paddles_jobs
           SET status = 'dead', updated = ?1
         WHERE id IN (SELECT id
                        FROM paddles_jobs
                       WHERE status IN ('running', 'waiting', 'unknown')
                         AND updated <= ?1 - ?2
                       UNION ALL
                      SELECT id
                        FROM paddles_jobs
                       WHERE status = 'queued'
                         AND updated <= ?1 - ?3)
        RETURNING id";
    let params = params![assay_web::time::now(), patience.running, patience.queued];
    db.count(SQL, params).await
}
