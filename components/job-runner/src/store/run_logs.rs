//! Logs of runs; their texts are in a table of their own.

use assay_db::{Db, Result, params};

use super::outcomes::Outcome;
use super::sql::{picked, picked_by_job, shown, text, uri};

/// How all logs that the caller sees are picked, the newest run's first. Index: job_id with run_id,
/// or with id.
pub fn pick_all(order: &str) -> &'static str {
    macro_rules! logs {
        ($inner:literal, $outer:literal) => {
            picked_by_job!("job_runner_run_logs", "n_logs", "y.bytes", $inner, $outer)
        };
    }
    match order {
        "id" => logs!("x.id", "y.id"),
        "-id" => logs!("x.id DESC", "y.id DESC"),
        _ => logs!("x.run_id DESC", "y.run_id DESC"),
    }
}

/// The log of one run, if the caller sees it. Index: run_id.
pub const PICK: &str = picked!(
    "SELECT l.id, l.bytes, NULL, -l.run_id, NULL, NULL
       FROM job_runner_run_logs AS l
      CROSS JOIN job_runner_jobs AS j ON j.id = l.job_id
      WHERE l.run_id = ?2 ->> 'run'
        AND j.project_id IN (SELECT value FROM json_each(?1, '$.projects'))
        AND j.pool_id IN (SELECT value FROM json_each(?1, '$.pools'))"
);

/// Logs as JSON.
pub const SHOW: &str = shown!(
    {
        "id" ("l.id")
        "resource_uri" (uri!("run_log", "l.id"))
        "run" (uri!("run", "l.run_id"))
        "content" (text!("(SELECT content FROM job_runner_run_log_texts AS t WHERE t.log_id = l.id)"))
    },
    "CROSS JOIN job_runner_run_logs AS l ON l.id = picked.value
     CROSS JOIN job_runner_jobs AS j ON j.id = l.job_id
     WHERE j.project_id IN (SELECT value FROM json_each(?2, '$.projects'))
       AND j.pool_id IN (SELECT value FROM json_each(?2, '$.pools'))"
);

/// How long some logs are together. Index: primary key.
pub async fn bytes(db: Db, ids: &[i64]) -> Result<i64> {
    const SQL: &str = "
        SELECT ifnull(sum(l.bytes), 0)
          FROM json_each(?1) AS picked
         CROSS JOIN job_runner_run_logs AS l ON l.id = picked.value";
    let ids = serde_json::Value::from(ids).to_string();
    Ok(db.int(SQL, params![ids]).await?.unwrap_or_default())
}

/// Stores the log of a run that the caller may change, unless it has one; `None` when it may not.
/// Index: primary keys, run_id.
pub async fn create(
    db: Db,
    run: i64,
    content: Option<String>,
    scope: &str,
) -> Result<Option<Outcome>> {
    const SQL: &str = "
        INSERT INTO job_runner_log_edits (id, run_id, job_id, made, content, refusal)
        SELECT 1 + coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'job_runner_run_logs'), 0),
               r.id, r.job_id, 1, ?2,
               (SELECT 'taken Run ' || l.run_id || ' has a log already.'
                  FROM job_runner_run_logs AS l
                 WHERE l.run_id = r.id)
          FROM job_runner_runs AS r
         CROSS JOIN job_runner_jobs AS j ON j.id = r.job_id
         WHERE r.id = ?1
           AND j.pool_id IN (SELECT value FROM json_each(?3, '$.run_pools'))
           AND j.project_id IN (SELECT value FROM json_each(?3, '$.projects'))
        RETURNING id, refusal";
    db.one(SQL, params![run, content, scope]).await
}

/// Changes a log; `run` is what the body says, which must be so already. `content` is outside where
/// it stays as it is. Index: primary keys.
pub async fn update(
    db: Db,
    id: i64,
    run: Option<i64>,
    content: Option<Option<String>>,
    scope: &str,
) -> Result<Option<Outcome>> {
    const SQL: &str = "
        INSERT INTO job_runner_log_edits (id, run_id, job_id, made, content, refusal)
        SELECT l.id, l.run_id, l.job_id, iif(?3, 0, -1), ?4,
               CASE WHEN ?2 <> l.run_id THEN 'wrong run The run of a log cannot be changed.' END
          FROM job_runner_run_logs AS l
         CROSS JOIN job_runner_jobs AS j ON j.id = l.job_id
         WHERE l.id = ?1
           AND j.pool_id IN (SELECT value FROM json_each(?5, '$.run_pools'))
           AND j.project_id IN (SELECT value FROM json_each(?5, '$.projects'))
        RETURNING id, refusal";
    let changes = content.is_some();
    db.one(SQL, params![id, run, changes, content.flatten(), scope]).await
}
