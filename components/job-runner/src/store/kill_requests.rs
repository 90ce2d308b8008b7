//! Requests to kill runs.

use assay_db::{Db, Result, params};

use super::outcomes::Outcome;
use super::sql::{picked, picked_by_job, shown, time, uri};
use crate::domain::bodies::Changes;

/// How all requests that the caller sees are picked. They get their numbers and their times in one
/// order. Index: job_id with id.
pub fn pick_all(order: &str) -> &'static str {
    macro_rules! requests {
        ($inner:literal, $outer:literal) => {
            picked_by_job!("job_runner_kill_requests", "n_kill_requests", "0", $inner, $outer)
        };
    }
    if order.starts_with('-') {
        requests!("x.id DESC", "y.id DESC")
    } else {
        requests!("x.id", "y.id")
    }
}

/// The requests for one run, if the caller sees them. Index: run_id.
pub const PICK: &str = picked!(
    "SELECT k.id, 0, k.schedule_dts, k.id, NULL, NULL
       FROM job_runner_kill_requests AS k
      CROSS JOIN job_runner_jobs AS j ON j.id = k.job_id
      WHERE k.run_id = ?2 ->> 'run'
        AND j.project_id IN (SELECT value FROM json_each(?1, '$.projects'))
        AND j.pool_id IN (SELECT value FROM json_each(?1, '$.pools'))"
);

/// Requests as JSON.
pub const SHOW: &str = shown!(
    {
        "id" ("k.id")
        "resource_uri" (uri!("kill_request", "k.id"))
        "run" (uri!("run", "k.run_id"))
        "schedule_dts" (time!("k.schedule_dts"))
        "enqueue_dts" (time!("k.enqueue_dts"))
        "execute_dts" (time!("k.execute_dts"))
    },
    "CROSS JOIN job_runner_kill_requests AS k ON k.id = picked.value
     CROSS JOIN job_runner_jobs AS j ON j.id = k.job_id
     WHERE j.project_id IN (SELECT value FROM json_each(?2, '$.projects'))
       AND j.pool_id IN (SELECT value FROM json_each(?2, '$.pools'))"
);

/// Asks for the end of a run: a worker for those of its pools, a person for those of the projects
/// whose jobs are his or hers to run; `None` for all others. Index: primary keys.
pub async fn create(db: Db, changes: &Changes, scope: &str, now: i64) -> Result<Option<Outcome>> {
    const SQL: &str = "
        INSERT INTO job_runner_kill_edits (id, run_id, job_id, made, fields, now, refusal)
        SELECT 1 + coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'job_runner_kill_requests'), 0),
               r.id, r.job_id, 1, ?1, ?3,
               CASE WHEN r.return_dts IS NOT NULL
                    THEN 'taken Run ' || r.id || ' has returned already.' END
          FROM job_runner_runs AS r
         CROSS JOIN job_runner_jobs AS j ON j.id = r.job_id
         WHERE r.id = ?1 ->> 'run'
           AND CASE ?2 ->> 'kind'
                   WHEN 'worker' THEN j.pool_id IN (SELECT value FROM json_each(?2, '$.run_pools'))
                   ELSE j.project_id IN (SELECT value FROM json_each(?2, '$.job_projects')) END
        RETURNING id, refusal";
    db.one(SQL, params![changes.json(), scope, now]).await
}

/// Notes what the worker has done about a request; `None` when it is not the caller's. Index:
/// primary keys.
pub async fn update(db: Db, id: i64, changes: &Changes, scope: &str) -> Result<Option<Outcome>> {
    const SQL: &str = "
        INSERT INTO job_runner_kill_edits (id, run_id, job_id, made, fields, now, refusal)
        SELECT k.id, k.run_id, k.job_id, 0, ?2, NULL,
               CASE WHEN ?2 ->> 'run' <> k.run_id
                    THEN 'wrong run The run of a kill request cannot be changed.' END
          FROM job_runner_kill_requests AS k
         CROSS JOIN job_runner_jobs AS j ON j.id = k.job_id
         WHERE k.id = ?1
           AND j.pool_id IN (SELECT value FROM json_each(?3, '$.run_pools'))
           AND j.project_id IN (SELECT value FROM json_each(?3, '$.projects'))
        RETURNING id, refusal";
    db.one(SQL, params![id, changes.json(), scope]).await
}
