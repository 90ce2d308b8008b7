//! Who is still there: pings, kill requests on their way, silent workers and pools.

use assay_db::{Db, FromRow, Result, Row, params};
use assay_web::time::Micros;

/// Notes that a worker was heard of, at most every 30 seconds, and what it says of itself. Whether it
/// takes runs. A look first, because one that polls has nothing new to tell and every write waits
/// for all others. Index: primary key.
pub async fn heard(
    db: Db,
    worker: i64,
    version: Option<&str>,
    concurrent_jobs: Option<i64>,
    now: Micros,
) -> Result<bool> {
    const LOOK: &str = "
        SELECT enqueue_is_enabled,
               ping_response_dts IS NULL OR ping_response_dts < ?4 - 30000000
                   OR ifnull(?2 <> ifnull(worker_version, ''), 0)
                   OR ifnull(?3 <> ifnull(concurrent_jobs, -1), 0) AS has_news
          FROM job_runner_workers
         WHERE id = ?1";
    const NOTE: &str = "
        UPDATE job_runner_workers
           SET ping_response_dts = ?4,
               worker_version = ifnull(?2, worker_version),
               concurrent_jobs = ifnull(?3, concurrent_jobs)
         WHERE id = ?1";
    let params = || params![worker, version, concurrent_jobs, now];
    let known: Option<Known> = db.one(LOOK, params()).await?;
    let Some(Known { is_enabled, has_news }) = known else { return Ok(false) };
    if has_news {
        db.run(NOTE, params()).await?;
    }
    Ok(is_enabled)
}

struct Known {
    is_enabled: bool,
    has_news: bool,
}

impl FromRow for Known {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self { is_enabled: row.flag("enqueue_is_enabled")?, has_news: row.flag("has_news")? })
    }
}

/// Asks for pings of up to `most` workers whose last one was asked for before `since`. Gives their
/// keys.
pub async fn ask(db: Db, since: Micros, now: Micros, most: i64) -> Result<Vec<String>> {
    const SQL: &str = "
        -- scan: a lab has few workers
        UPDATE job_runner_workers
           SET ping_requested_dts = ?2
         WHERE id IN (SELECT id
                        FROM job_runner_workers
                       WHERE ping_requested_dts IS NULL OR ping_requested_dts <= ?1
                       ORDER BY id
                       LIMIT ?3 + 0)
        RETURNING api_key";
    Ok(db.all::<Key>(SQL, params![since, now, most]).await?.into_iter().map(|key| key.0).collect())
}

struct Key(String);

impl FromRow for Key {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        row.text("api_key").map(Self)
    }
}

/// A kill request that is on its way to a worker.
pub struct Kill {
    /// Its number.
    pub id: i64,
    /// The key of the worker.
    pub api_key: String,
}

impl FromRow for Kill {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self { id: row.int("id")?, api_key: row.text("api_key")? })
    }
}

/// Sends out kill requests whose run has started and has a process, again every 5 seconds until
/// they are taken. Index: the open ones.
pub async fn send_kills(db: Db, now: Micros, most: i64) -> Result<Vec<Kill>> {
    const SQL: &str = "
        UPDATE job_runner_kill_requests
           SET offered_dts = ?1
         WHERE id IN (SELECT k.id
                        FROM job_runner_kill_requests AS k INDEXED BY job_runner_kill_requests_open
                       CROSS JOIN job_runner_runs AS r ON r.id = k.run_id
                       WHERE k.enqueue_dts IS NULL AND k.execute_dts IS NULL
                         AND (k.offered_dts IS NULL OR k.offered_dts <= ?1 - 5000000)
                         AND r.state = 2 AND r.pid IS NOT NULL AND r.worker_id IS NOT NULL
                       ORDER BY k.id
                       LIMIT ?2 + 0)
        RETURNING id,
                  (SELECT w.api_key
                     FROM job_runner_runs AS r
                    CROSS JOIN job_runner_workers AS w ON w.id = r.worker_id
                    WHERE r.id = run_id) AS api_key";
    db.all(SQL, params![now, most]).await
}

/// The enabled workers that do not answer.
pub async fn silent_workers(db: Db, responsive_since: Micros) -> Result<Vec<i64>> {
    const SQL: &str = "
        -- scan: a lab has few workers
        SELECT json_group_array(w.id)
          FROM job_runner_workers AS w
         WHERE w.enqueue_is_enabled = 1 AND ifnull(w.ping_response_dts, 0) < ?1";
    let ids = db.text(SQL, params![responsive_since]).await?.unwrap_or_default();
    Ok(serde_json::from_str(&ids).unwrap_or_default())
}

/// The pools that have enabled workers, none of which answers, their outage is notified once.
pub async fn silent_pools(
    db: Db,
    responsive_since: Micros,
    now: Micros,
    plan: &str,
) -> Result<Vec<i64>> {
    const SQL: &str = "
        -- scan: a lab has few pools
        INSERT INTO job_runner_outages (pool_id, silent, now, plan)
        SELECT o.id,
               EXISTS (SELECT 1
                         FROM job_runner_pool_workers AS pw
                        CROSS JOIN job_runner_workers AS w ON w.id = pw.worker_id
                        WHERE pw.pool_id = o.id AND w.enqueue_is_enabled = 1)
               AND NOT EXISTS (SELECT 1
                                 FROM job_runner_pool_workers AS pw
                                CROSS JOIN job_runner_workers AS w ON w.id = pw.worker_id
                                WHERE pw.pool_id = o.id AND w.enqueue_is_enabled = 1
                                  AND ifnull(w.ping_response_dts, 0) >= ?1),
               ?2, ?3
          FROM job_runner_worker_pools AS o
        RETURNING pool_id, silent";
    let pools: Vec<Silence> = db.all(SQL, params![responsive_since, now, plan]).await?;
    Ok(pools.iter().filter(|pool| pool.silent).map(|pool| pool.id).collect())
}

struct Silence {
    id: i64,
    silent: bool,
}

impl FromRow for Silence {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self { id: row.int("pool_id")?, silent: row.flag("silent")? })
    }
}
