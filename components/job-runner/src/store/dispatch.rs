//! Handing runs out. Every command checks again what its candidates were picked by, so that of many
//! who hand out at once each run goes to one, and a plan that is not the present one any more is
//! left out (its caller looks again).

use assay_db::{Db, FromRow, Result, Row, Value, params};
use assay_web::time::Micros;

use super::reads::MOST_BYTES;

/// Spreads runs over the enabled workers of their pools. Index: primary keys.
pub async fn spread(db: Db, commands: &str, now: Micros) -> Result<usize> {
    const SQL: &str = "
        INSERT INTO job_runner_spreads (run_id, now, plan)
        SELECT d.run_id, ?2, c.value -> 'plan'
          FROM json_each(?1) AS c
         CROSS JOIN job_runner_due AS d
            ON d.job_id = c.value ->> 'job' AND d.run_id = c.value ->> 'run'
         WHERE d.spreads
           AND EXISTS (SELECT 1
                         FROM job_runner_pool_workers AS pw
                        CROSS JOIN job_runner_workers AS w ON w.id = pw.worker_id
                        WHERE pw.pool_id = d.pool_id AND w.enqueue_is_enabled = 1)
           AND (SELECT b.basis FROM job_runner_bases AS b WHERE b.job_id = d.job_id) IS c.value ->> '$.plan.basis'
        RETURNING run_id";
    db.count(SQL, params![commands, now]).await
}

/// Gives a worker up to `limit` of the runs that are due for it, in their order: picks and takes in
/// one step, so that a run that others take meanwhile costs nothing but the next one in its place.
/// It stops before their scripts are longer than an answer may be, but gives at least one.
/// Of jobs that are scheduled again only those whose next run is planned in `plans` (`{"7": plan}`)
/// and from what is still so. Index: pool_id with next_dts, primary keys.
pub async fn take(
    db: Db,
    worker: i64,
    plans: &str,
    limit: i64,
    lease_seconds: i64,
    now: Micros,
) -> Result<Vec<i64>> {
    const SQL: &str = "
        INSERT INTO job_runner_takes (run_id, worker_id, lease, lease_seconds, now, plan)
        SELECT due.run_id, ?1, lower(hex(randomblob(16))), ?4, ?5, due.plan
          FROM (SELECT next.*, sum(next.bytes) OVER (ORDER BY next.schedule_dts, next.run_id) AS sum
                  FROM (SELECT d.run_id, d.schedule_dts, ?2 -> CAST(d.job_id AS TEXT) AS plan,
                               octet_length(t.body)
                                   + octet_length(j.script_content_partial) * json_array_length(t.pieces)
                                   AS bytes
                          FROM job_runner_workers AS w
                         CROSS JOIN job_runner_due AS d
                         CROSS JOIN job_runner_jobs AS j ON j.id = d.job_id
                         CROSS JOIN job_runner_job_templates AS t ON t.id = j.template_id
                         WHERE w.id = ?1 + 0
                           AND w.enqueue_is_enabled = 1
                           AND d.next_dts <= ?5
                           AND d.schedule_dts <= ?5
                           AND NOT d.spreads
                           AND (d.worker_id IS NULL OR d.worker_id = w.id)
                           AND d.pool_id IN (SELECT pw.pool_id
                                               FROM job_runner_pool_workers AS pw
                                              WHERE pw.worker_id = ?1 + 0)
                           AND (SELECT b.basis FROM job_runner_bases AS b WHERE b.job_id = d.job_id)
                               IS (?2 -> CAST(d.job_id AS TEXT)) ->> 'basis'
                         ORDER BY d.schedule_dts, d.run_id
                         LIMIT ?3 + 0) AS next) AS due
         WHERE due.sum <= ?6 OR due.sum = due.bytes
         ORDER BY due.schedule_dts, due.run_id
        RETURNING run_id AS id";
    ids(db, SQL, params![worker, plans, limit, lease_seconds, now, MOST_BYTES]).await
}

/// A run that a worker is told of over ZeroMQ.
pub struct Offered {
    /// The run.
    pub run: i64,
    /// The worker's key.
    pub api_key: String,
}

impl FromRow for Offered {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self { run: row.int("run_id")?, api_key: row.text("api_key")? })
    }
}

/// Offers runs each to one worker: its own, the one that was offered it within `patience`, or
/// another one, responsive ones first, then those with the fewest active runs. Index: primary
/// keys, pool_id, worker_id with state.
pub async fn offer(
    db: Db,
    commands: &str,
    responsive_since: Micros,
    patience: Micros,
    now: Micros,
) -> Result<Vec<Offered>> {
    const SQL: &str = include_str!("sql/offer.sql");
    db.all(SQL, params![commands, responsive_since, now, patience]).await
}

/// Whether anything is due for a worker, or a lease is over: the cheap look of those who wait.
/// Index: pool_id with next_dts, lease_expires_dts.
pub async fn is_due(db: Db, worker: i64, now: Micros) -> Result<bool> {
    const SQL: &str = "
        SELECT 1
          FROM job_runner_due AS d
         WHERE d.next_dts <= ?2
           AND d.schedule_dts <= ?2
           AND (d.worker_id IS NULL OR d.worker_id = ?1 + 0)
           AND d.pool_id IN (SELECT pw.pool_id FROM job_runner_pool_workers AS pw WHERE pw.worker_id = ?1 + 0)
        UNION ALL
        SELECT 1 FROM job_runner_runs AS r WHERE r.lease_expires_dts > 0 AND r.lease_expires_dts < ?2
         LIMIT 1";
    db.any(SQL, params![worker, now]).await
}

/// Releases those of some runs that may be tried again: back to the plan, for any worker unless
/// they were spread. Index: primary keys, schedule_id.
pub async fn release(db: Db, commands: &str, now: Micros) -> Result<Vec<i64>> {
    const SQL: &str = "
        UPDATE job_runner_runs
           SET enqueue_dts = NULL, start_dts = NULL, pid = NULL, return_success = NULL,
               lease = NULL, lease_seconds = NULL, lease_expires_dts = NULL,
               attempt = attempt + 1,
               worker_id = iif((SELECT j.run_on_all_workers FROM job_runner_jobs AS j WHERE j.id = job_id)
                               OR EXISTS (SELECT 1
                                            FROM job_runner_runs AS sibling
                                           WHERE sibling.schedule_id = job_runner_runs.schedule_id
                                             AND sibling.id <> job_runner_runs.id), worker_id, NULL)
         WHERE id IN (SELECT c.value ->> 'run' FROM json_each(?1) AS c)
           AND lease_expires_dts < ?2
           AND return_dts IS NULL
           AND (start_dts IS NULL
                OR attempt < (SELECT j.max_attempts FROM job_runner_jobs AS j WHERE j.id = job_id))
        RETURNING id";
    ids(db, SQL, params![commands, now]).await
}

/// Lets those of some scheduled runs that were not spread go to any worker. Index: primary keys,
/// schedule_id.
pub async fn unpin(db: Db, commands: &str) -> Result<usize> {
    const SQL: &str = "
        UPDATE job_runner_runs
           SET worker_id = NULL
         WHERE id IN (SELECT c.value ->> 'run' FROM json_each(?1) AS c)
           AND state = 0
           AND NOT (SELECT j.run_on_all_workers FROM job_runner_jobs AS j WHERE j.id = job_id)
           AND NOT EXISTS (SELECT 1
                             FROM job_runner_runs AS sibling
                            WHERE sibling.schedule_id = job_runner_runs.schedule_id
                              AND sibling.id <> job_runner_runs.id)
        RETURNING id";
    db.count(SQL, params![commands]).await
}

/// Gives up those of some runs that have not returned, with the reason in their logs. Index:
/// primary keys.
pub async fn fail(db: Db, commands: &str, reason: &str, now: Micros) -> Result<Vec<i64>> {
    const SQL: &str = "
        INSERT INTO job_runner_failures (run_id, reason, now, plan)
        SELECT r.id AS run_id, ?2, ?3, c.value -> 'plan'
          FROM json_each(?1) AS c
         CROSS JOIN job_runner_runs AS r ON r.id = c.value ->> 'run'
         WHERE r.return_dts IS NULL
           AND (SELECT b.basis FROM job_runner_bases AS b WHERE b.job_id = r.job_id) IS c.value ->> '$.plan.basis'
           AND (c.value ->> 'lost' IS NULL OR r.lease_expires_dts < ?3)
           AND (c.value ->> 'stranded' IS NULL OR r.state = 0 AND r.worker_id IS NOT NULL)
         ORDER BY c.key
        RETURNING run_id AS id";
    ids(db, SQL, params![commands, reason, now]).await
}

async fn ids<const N: usize>(db: Db, sql: &str, params: [Value; N]) -> Result<Vec<i64>> {
    Ok(db.all::<Id>(sql, params).await?.into_iter().map(|id| id.0).collect())
}

struct Id(i64);

impl FromRow for Id {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        row.int("id").map(Self)
    }
}

/// What came of a heartbeat.
pub struct Heartbeat {
    /// Until when the lease holds now.
    pub lease_expires_dts: Micros,
    /// Whether the run is to be killed.
    pub kill: bool,
}

impl FromRow for Heartbeat {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self { lease_expires_dts: row.int("lease_expires_dts")?, kill: row.flag("kill")? })
    }
}

/// Notes that a worker still runs something; `None` when the lease is not its own any more. Index:
/// primary key, run_id.
pub async fn heartbeat(
    db: Db,
    run: i64,
    lease: &str,
    pid: Option<i64>,
    log: Option<&str>,
    worker: i64,
    now: Micros,
) -> Result<Option<Heartbeat>> {
    const SQL: &str = "
        INSERT INTO job_runner_heartbeats (run_id, pid, log, now, lease_expires_dts, kill)
        SELECT r.id, ?3, ?4, ?6, ?6 + r.lease_seconds * 1000000,
               EXISTS (SELECT 1
                         FROM job_runner_kill_requests AS k
                        WHERE k.run_id = r.id AND k.execute_dts IS NULL)
          FROM job_runner_runs AS r
         WHERE r.id = ?1 AND r.lease = ?2 AND r.worker_id = ?5 AND r.return_dts IS NULL
        RETURNING lease_expires_dts, kill";
    db.one(SQL, params![run, lease, pid, log, worker, now]).await
}
