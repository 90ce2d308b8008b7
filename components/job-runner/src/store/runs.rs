//! Runs. Picking pages of them is in [`super::run_lists`].

use assay_db::{Db, Result, params};

use super::jobs::script;
use super::outcomes::Outcome;
use super::sql::{flag, number, shown, time, uri};
use crate::domain::bodies::Changes;

/// Runs as JSON, without the worker and the log that the caller does not see.
pub const SHOW: &str = shown!(
    {
        "id" ("r.id")
        "resource_uri" (uri!("run", "r.id"))
        "job" (uri!("job", "r.job_id"))
        "schedule_id" ("r.schedule_id")
        "worker" (uri!("worker",
            "(SELECT r.worker_id WHERE r.worker_id IN (SELECT value FROM json_each(?2, '$.workers')))"))
        "schedule_dts" (time!("r.schedule_dts"))
        "enqueue_dts" (time!("r.enqueue_dts"))
        "start_dts" (time!("r.start_dts"))
        "return_dts" (time!("r.return_dts"))
        "return_success" (flag!("r.return_success"))
        "pid" (number!("r.pid"))
        "is_manual" (flag!("r.is_manual"))
        "schedule_children" (flag!("r.schedule_children"))
        "run_log" (uri!("run_log",
            "(SELECT l.id
                FROM job_runner_run_logs AS l
               CROSS JOIN job_runner_jobs AS j ON j.id = l.job_id
               WHERE l.run_id = r.id AND j.pool_id IN (SELECT value FROM json_each(?2, '$.pools')))"))
        "attempt" ("r.attempt")
        "lease_expires_dts" (time!("r.lease_expires_dts"))
    },
    "CROSS JOIN job_runner_runs AS r ON r.id = picked.value
     WHERE r.project_id IN (SELECT value FROM json_each(?2, '$.projects'))"
);

/// What a worker gets beside the runs that it takes over HTTP: a JSON object from the number of a
/// run to what belongs to it. Index: primary keys.
pub async fn orders(db: Db, ids: &[i64]) -> Result<String> {
    const SQL: &str = concat!(
        "SELECT json_group_object(r.id, json_object('job_title', j.title, 'script_content', ",
        script!(),
        ", 'lease', r.lease, 'kill', json('false')))
           FROM json_each(?1) AS picked
          CROSS JOIN job_runner_runs AS r ON r.id = picked.value
          CROSS JOIN job_runner_jobs AS j ON j.id = r.job_id
          CROSS JOIN job_runner_job_templates AS t ON t.id = j.template_id"
    );
    let ids = serde_json::Value::from(ids).to_string();
    Ok(db.text(SQL, params![ids]).await?.unwrap_or_default())
}

/// The scope of a worker that has just taken these runs. It sees them even if its pools are others
/// than when it asked. Index: primary keys.
pub async fn taken_scope(db: Db, worker: i64, ids: &[i64]) -> Result<String> {
    const SQL: &str = "
        SELECT json_object('workers', json_array(?1), 'projects', json_group_array(r.project_id),
                           'pools', json_group_array(j.pool_id))
          FROM json_each(?2) AS taken
         CROSS JOIN job_runner_runs AS r ON r.id = taken.value
         CROSS JOIN job_runner_jobs AS j ON j.id = r.job_id";
    let ids = serde_json::Value::from(ids).to_string();
    Ok(db.text(SQL, params![worker, ids]).await?.unwrap_or_default())
}

/// Plans a run of a job that the caller may run, by a worker of the job's pool if one is named;
/// `None` when it may not. Index: primary keys.
pub async fn create(db: Db, changes: &Changes, scope: &str, now: i64) -> Result<Option<Outcome>> {
    const SQL: &str = "
        INSERT INTO job_runner_new_runs (id, job_id, worker_id, schedule_dts, is_manual, schedule_children, refusal)
        SELECT 1 + coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'job_runner_runs'), 0),
               j.id,
               ?1 ->> 'worker',
               coalesce(?1 ->> 'schedule_dts', ?3),
               ?1 ->> 'is_manual',
               ?1 ->> 'schedule_children',
               CASE WHEN ?1 ->> 'worker' IS NOT NULL
                     AND NOT EXISTS (SELECT 1
                                       FROM job_runner_pool_workers AS pw
                                      WHERE pw.pool_id = j.pool_id AND pw.worker_id = ?1 ->> 'worker')
                    THEN 'wrong worker The worker is not in the pool of the job.' END
          FROM job_runner_jobs AS j
         WHERE j.id = ?1 ->> 'job'
           AND j.project_id IN (SELECT value FROM json_each(?2, '$.job_projects'))
        RETURNING id, refusal";
    db.one(SQL, params![changes.json(), scope, now]).await
}

/// How many runs of each state the caller sees, what is due, and its workers: the numbers of
/// `stats/`. Index: project_id, primary keys.
pub async fn stats(db: Db, scope: &str, now: i64) -> Result<String> {
    const SQL: &str = include_str!("sql/stats.sql");
    Ok(db.text(SQL, params![scope, now]).await?.unwrap_or_default())
}

/// Changes a run as its worker or the operator asks, by the rules of the contract's section 5.2;
/// `None` when it is not theirs. `lease` is what the body shows; `plan` is for what follows from a
/// return (`domain::schedule`). Index: primary keys.
pub async fn update(
    db: Db,
    id: i64,
    changes: &Changes,
    lease: Option<&str>,
    plan: Option<&str>,
    scope: &str,
    now: i64,
) -> Result<Option<Outcome>> {
    const SQL: &str = include_str!("sql/run_update.sql");
    db.one(SQL, params![id, changes.json(), scope, lease, now, plan]).await
}
