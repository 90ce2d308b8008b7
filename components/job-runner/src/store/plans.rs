//! What plans are made of: the bases of jobs, and runs that are about to be handed out, spread, or
//! given up, each with the basis of its job.

use assay_db::{Db, FromRow, Result, Row, params};
use assay_web::time::Micros;
use serde_json::{Value, json};

use crate::domain::callers::Caller;

/// A run that something is about to happen to.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The run.
    pub run: i64,
    /// Its job.
    pub job: i64,
    /// What its job's next run is computed from, if the job is scheduled again at all.
    pub basis: Option<String>,
}

impl FromRow for Candidate {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            run: row.int("run_id")?,
            job: row.int("job_id")?,
            basis: row.text_or_null("basis")?,
        })
    }
}

/// Some candidates as the parameter of a command: `[{"run": 1, "job": 1, "plan": {...}, ...}]`, with what
/// `more` adds to each.
pub fn commands(
    candidates: &[Candidate],
    plan: impl Fn(&Candidate) -> Value,
    more: impl Fn(&mut Value),
) -> String {
    let command = |candidate: &Candidate| {
        let mut command =
            json!({ "run": candidate.run, "job": candidate.job, "plan": plan(candidate) });
        more(&mut command);
        command
    };
    Value::Array(candidates.iter().map(command).collect()).to_string()
}

/// A run that its worker or the operator may return. Index: primary keys.
pub async fn of_run(db: Db, run: i64) -> Result<Option<Candidate>> {
    const SQL: &str = "
        SELECT r.id AS run_id,
               r.job_id,
               (SELECT b.basis FROM job_runner_bases AS b WHERE b.job_id = r.job_id) AS basis
          FROM job_runner_runs AS r
         WHERE r.id = ?1";
    db.one(SQL, params![run]).await
}

/// The basis and the scheduled runs of a job that the caller sees, for looking ahead: `[[time,
/// run], ...]`.
pub struct Outlook {
    /// What the next runs are computed from.
    pub basis: Option<String>,
    /// What is planned already.
    pub planned: String,
}

impl FromRow for Outlook {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self { basis: row.text_or_null("basis")?, planned: row.text("planned")? })
    }
}

/// What is known of a job's future; `None` when it is not there or not visible. Index: primary key,
/// job_id with state.
pub async fn outlook(db: Db, job: i64, caller: &Caller, count: i64) -> Result<Option<Outlook>> {
    const SQL: &str = "
        SELECT (SELECT b.basis FROM job_runner_bases AS b WHERE b.job_id = j.id) AS basis,
               (SELECT json_group_array(json_array(schedule_dts, id))
                  FROM (SELECT r.schedule_dts, r.id
                          FROM job_runner_runs AS r
                         WHERE r.job_id = j.id AND r.state = 0
                         ORDER BY r.return_dts DESC, r.start_dts DESC, r.enqueue_dts DESC, r.schedule_dts, r.id
                         LIMIT ?3 + 0)) AS planned
          FROM job_runner_jobs AS j
         WHERE j.id = ?1 AND j.project_id IN (SELECT value FROM json_each(?2, '$.projects'))";
    db.one(SQL, params![job, &caller.scope, count]).await
}

/// Runs for all workers that are due and have some to go to: all, or those in the pools of one worker. Index: next_dts.
pub async fn to_spread(db: Db, worker: Option<i64>, now: Micros) -> Result<Vec<Candidate>> {
    const SQL: &str = "
        SELECT d.run_id, d.job_id, (SELECT b.basis FROM job_runner_bases AS b WHERE b.job_id = d.job_id) AS basis
          FROM job_runner_due AS d
         WHERE d.next_dts <= ?2
           AND d.schedule_dts <= ?2
           AND d.spreads
           AND EXISTS (SELECT 1
                         FROM job_runner_pool_workers AS pw
                        CROSS JOIN job_runner_workers AS w ON w.id = pw.worker_id
                        WHERE pw.pool_id = d.pool_id AND w.enqueue_is_enabled = 1)
           AND (?1 IS NULL OR d.pool_id IN (SELECT pw.pool_id
                                              FROM job_runner_pool_workers AS pw
                                             WHERE pw.worker_id = ?1 + 0))
         ORDER BY d.schedule_dts, d.run_id
         LIMIT 50";
    db.all(SQL, params![worker, now]).await
}

/// The jobs of due runs that a worker may take, each by its first such run, if what it takes to
/// plan their next runs must be read before. Index: pool_id with next_dts.
pub async fn to_plan(db: Db, worker: i64, now: Micros, most: i64) -> Result<Vec<Candidate>> {
    const SQL: &str = "
        SELECT d.run_id, d.job_id, b.basis
          FROM job_runner_due AS d
         CROSS JOIN job_runner_bases AS b ON b.job_id = d.job_id
         WHERE d.next_dts <= ?2
           AND d.schedule_dts <= ?2
           AND NOT d.spreads
           AND (d.worker_id IS NULL OR d.worker_id = ?1 + 0)
           AND d.pool_id IN (SELECT pw.pool_id FROM job_runner_pool_workers AS pw WHERE pw.worker_id = ?1 + 0)
         ORDER BY d.schedule_dts, d.run_id
         LIMIT ?3 + 0";
    db.all(SQL, params![worker, now, most]).await
}

/// Due runs that are to be offered over ZeroMQ now. Index: next_dts.
pub async fn to_offer(db: Db, now: Micros, most: i64) -> Result<Vec<Candidate>> {
    const SQL: &str = "
        SELECT d.run_id, d.job_id, (SELECT b.basis FROM job_runner_bases AS b WHERE b.job_id = d.job_id) AS basis
          FROM job_runner_due AS d
         CROSS JOIN job_runner_runs AS r ON r.id = d.run_id
         WHERE d.next_dts <= ?1
           AND d.schedule_dts <= ?1
           AND NOT d.spreads
           AND (r.offered_again_dts IS NULL OR r.offered_again_dts <= ?1 - 5000000)
           AND EXISTS (SELECT 1
                         FROM job_runner_pool_workers AS pw
                        CROSS JOIN job_runner_workers AS w ON w.id = pw.worker_id
                        WHERE pw.pool_id = d.pool_id AND w.enqueue_is_enabled = 1
                          AND (d.worker_id IS NULL OR d.worker_id = w.id))
         ORDER BY d.schedule_dts, d.run_id
         LIMIT ?2 + 0";
    db.all(SQL, params![now, most]).await
}

/// Runs whose lease is over. Index: lease_expires_dts.
pub async fn expired(db: Db, now: Micros) -> Result<Vec<Candidate>> {
    const SQL: &str = "
        SELECT r.id AS run_id, r.job_id, (SELECT b.basis FROM job_runner_bases AS b WHERE b.job_id = r.job_id) AS basis
          FROM job_runner_runs AS r
         WHERE r.lease_expires_dts > 0 AND r.lease_expires_dts < ?1 AND r.return_dts IS NULL
         ORDER BY r.lease_expires_dts
         LIMIT 20";
    db.all(SQL, params![now]).await
}

/// Due runs of workers that are disabled or not in the pool any more. Index: next_dts.
pub async fn stranded(db: Db, now: Micros) -> Result<Vec<Candidate>> {
    const SQL: &str = "
        SELECT d.run_id, d.job_id, (SELECT b.basis FROM job_runner_bases AS b WHERE b.job_id = d.job_id) AS basis
          FROM job_runner_due AS d
         WHERE d.next_dts <= ?1
           AND d.schedule_dts <= ?1
           AND d.worker_id IS NOT NULL
           AND NOT EXISTS (SELECT 1
                             FROM job_runner_pool_workers AS pw
                            CROSS JOIN job_runner_workers AS w ON w.id = pw.worker_id
                            WHERE pw.pool_id = d.pool_id AND pw.worker_id = d.worker_id
                              AND w.enqueue_is_enabled = 1)
         ORDER BY d.schedule_dts, d.run_id
         LIMIT 20";
    db.all(SQL, params![now]).await
}

/// Runs of enabled workers that do not answer: active ones, and what they should have begun. Index:
/// worker_id with state.
pub async fn abandoned(db: Db, responsive_since: Micros, now: Micros) -> Result<Vec<Candidate>> {
    const SQL: &str = "
        -- scan: a lab has few workers
        SELECT r.id AS run_id, r.job_id, (SELECT b.basis FROM job_runner_bases AS b WHERE b.job_id = r.job_id) AS basis
          FROM job_runner_workers AS w
         CROSS JOIN json_each('[0,1,2]') AS state
         CROSS JOIN job_runner_runs AS r ON r.worker_id = w.id AND r.state = state.value
         WHERE w.enqueue_is_enabled = 1
           AND ifnull(w.ping_response_dts, 0) < ?1
           AND (r.state > 0 OR r.schedule_dts <= ?2)
         ORDER BY r.id
         LIMIT 101";
    db.all(SQL, params![responsive_since, now]).await
}
