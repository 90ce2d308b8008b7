//! `paddles_totals`, kept by triggers.

use assay_db::{Db, Result, params};
use serde::Deserialize;

use super::from_json;

/// One number of the lab.
#[derive(Debug, Deserialize)]
pub struct Total {
    /// What is counted: jobs, nodes, queue.
    pub what: String,
    /// The machine type, or the queue's name; empty = none.
    pub label: String,
    /// In which state.
    pub state: String,
    /// How many.
    pub n: i64,
    /// When the oldest job of a queue was posted.
    pub oldest: Option<i64>,
}

/// All totals. Indexes: primary key; `paddles_jobs_oldest_in_queue` for each queue.
pub async fn totals(db: Db) -> Result<Vec<Total>> {
    const SQL: &str = "
        SELECT json_group_array(json_object(
                   'what', what, 'label', label, 'state', state, 'n', n, 'oldest', oldest))
          FROM (SELECT what, label, state, n,
                       CASE WHEN what = 'queue' AND n > 0 THEN
                           (SELECT posted
                              FROM paddles_jobs
                             WHERE status = 'queued'
                               AND coalesce(queue, '') = label
                             ORDER BY posted
                             LIMIT 1) END AS oldest
                  FROM paddles_totals
                 ORDER BY what, label, state
                 LIMIT 10000)";
    from_json(db.text(SQL, params![]).await?)
}

/// How many nodes are locked by a lease that has ended. Index: `paddles_nodes_by_lease`.
pub async fn lapsed_leases(db: Db, now: i64) -> Result<i64> {
    const SQL: &str = "
        SELECT json_array(count(*))
          FROM paddles_nodes
         WHERE locked
           AND lease_until <= ?1";
    let counts: Vec<i64> = from_json(db.text(SQL, params![now]).await?)?;
    Ok(counts.first().copied().unwrap_or_default())
}
