//! Creating, changing and removing what the operator administers (and jobs, which others may change
//! too): one command view with a trigger for each resource (`migrations/0003_edits.sql`). Here is
//! what each may be refused for.

use assay_db::{Db, Result, params};

use super::outcomes::Outcome;
use crate::domain::bodies::Changes;
use crate::domain::resources::Resource;

/// A new object. `$refusal` is asked of the fields ?1, the scope ?2 and the number `o.id`.
macro_rules! create {
    ($resource:literal, $table:literal, $refusal:expr) => {
        concat!(
            "INSERT INTO job_runner_edits (resource, id, made, fields, refusal)
             SELECT '",
            $resource,
            "', o.id, 1, ?1, ",
            $refusal,
            "
               FROM (SELECT 1 + coalesce((SELECT seq FROM sqlite_sequence WHERE name = '",
            $table,
            "'), 0) AS id) AS o
              WHERE ?2 ->> 'kind' = 'operator' OR ?2 ->> 'kind' = 'worker' AND '",
            $resource,
            "' = 'job'
             RETURNING id, refusal"
        )
    };
}

/// A change of the object ?3. `$seen` says whether the caller may change it.
macro_rules! update {
    ($resource:literal, $table:literal, $refusal:expr, $seen:literal) => {
        concat!(
            "INSERT INTO job_runner_edits (resource, id, made, fields, refusal)
             SELECT '",
            $resource,
            "', o.id, 0, ?1, ",
            $refusal,
            "
               FROM ",
            $table,
            " AS o
              WHERE o.id = ?3 AND ",
            $seen,
            "
             RETURNING id, refusal"
        )
    };
}

/// The removal of the object ?2, unless `$uses` says what uses it; ?1 is the scope.
macro_rules! delete {
    ($resource:literal, $table:literal, $uses:literal) => {
        concat!(
            "INSERT INTO job_runner_edits (resource, id, made, fields, refusal)
             SELECT '",
            $resource,
            "', o.id, -1, '{}', ",
            $uses,
            "
               FROM ",
            $table,
            " AS o
              WHERE o.id = ?2 AND ?1 ->> 'kind' = 'operator'
             RETURNING id, refusal"
        )
    };
}

/// The statements of one resource.
struct Statements {
    create: &'static str,
    update: &'static str,
    delete: &'static str,
}

macro_rules! statements {
    ($resource:literal, $table:literal, refused: ($($refusal:tt)*), seen: $seen:literal, uses: $uses:literal) => {
        Statements {
            create: create!($resource, $table, concat!($($refusal)*)),
            update: update!($resource, $table, concat!($($refusal)*), $seen),
            delete: delete!($resource, $table, $uses),
        }
    };
}

const GROUP: Statements = statements!(
    "group", "job_runner_groups",
    refused: ("(SELECT 'taken A group of that name exists already.'
                  FROM job_runner_groups AS x
                 WHERE x.name = ?1 ->> 'name' AND x.id <> o.id)"),
    seen: "?2 ->> 'kind' = 'operator'",
    uses: "(SELECT 'taken The group is in use: ' || n || ' projects.'
              FROM (SELECT count(*) AS n
                      FROM (SELECT pg.project_id
                              FROM job_runner_project_groups AS pg
                             WHERE pg.group_id = o.id
                             UNION
                            SELECT ag.project_id
                              FROM job_runner_project_auth_groups AS ag
                             WHERE ag.group_id = o.id))
             WHERE n > 0)"
);

const USER: Statements = statements!(
    "user", "job_runner_users",
    refused: ("(SELECT 'taken A user of that name exists already.'
                  FROM job_runner_users AS x
                 WHERE x.username = ?1 ->> 'username' AND x.id <> o.id)"),
    seen: "?2 ->> 'kind' = 'operator'",
    uses: "NULL"
);

/// A worker may change itself, but not who it is and whether it is enabled; it is told so before
/// it can learn which keys there are.
const WORKER: Statements = statements!(
    "worker", "job_runner_workers",
    refused: ("coalesce(
        (SELECT 'hidden'
           FROM job_runner_workers AS x
          WHERE x.id = o.id
            AND ?2 ->> 'kind' <> 'operator'
            AND (?1 ->> 'api_key' <> x.api_key OR ?1 -> 'secret' IS NOT NULL
                 OR ?1 ->> 'enqueue_is_enabled' <> x.enqueue_is_enabled)),
        (SELECT 'taken A worker with that api_key exists already.'
           FROM job_runner_workers AS x
          WHERE x.api_key = ?1 ->> 'api_key' AND x.id <> o.id))"),
    seen: "(?2 ->> 'kind' = 'operator' OR ?2 ->> 'kind' = 'worker' AND o.id = ?2 ->> 'id')",
    uses: "(SELECT 'taken The worker is in use: ' || n || ' runs. Disable it instead.'
              FROM (SELECT count(*) AS n FROM job_runner_runs AS r WHERE r.worker_id = o.id)
             WHERE n > 0)"
);

const WORKER_POOL: Statements = statements!(
    "worker_pool", "job_runner_worker_pools",
    refused: ("NULL"),
    seen: "?2 ->> 'kind' = 'operator'",
    uses: "(SELECT 'taken The worker pool is in use: ' || p || ' projects, ' || j || ' jobs.'
              FROM (SELECT (SELECT count(*) FROM job_runner_project_pools AS pp WHERE pp.pool_id = o.id) AS p,
                           (SELECT count(*) FROM job_runner_jobs AS j WHERE j.pool_id = o.id) AS j)
             WHERE p + j > 0)"
);

const PROJECT: Statements = statements!(
    "project", "job_runner_projects",
    refused: ("(SELECT 'taken The pools that the project would lose are in use: ' || n || ' jobs.'
                  FROM (SELECT count(*) AS n
                          FROM job_runner_jobs AS j
                         WHERE j.project_id = o.id
                           AND ?1 -> 'worker_pools' IS NOT NULL
                           AND j.pool_id NOT IN (SELECT value FROM json_each(?1, '$.worker_pools')))
                 WHERE n > 0)"),
    seen: "?2 ->> 'kind' = 'operator'",
    uses: "(SELECT 'taken The project is in use: ' || n || ' job templates.'
              FROM (SELECT count(*) AS n FROM job_runner_job_templates AS t WHERE t.project_id = o.id)
             WHERE n > 0)"
);

const JOB_TEMPLATE: Statements = statements!(
    "job_template", "job_runner_job_templates",
    refused: ("(SELECT 'taken The other project has not the pools of the jobs of this template: ' || n || ' jobs.'
                  FROM (SELECT count(*) AS n
                          FROM job_runner_jobs AS j
                         WHERE j.template_id = o.id
                           AND ?1 -> 'project' IS NOT NULL
                           AND j.pool_id NOT IN (SELECT pp.pool_id
                                                   FROM job_runner_project_pools AS pp
                                                  WHERE pp.project_id = ?1 ->> 'project'))
                 WHERE n > 0)"),
    seen: "?2 ->> 'kind' = 'operator'",
    uses: "(SELECT 'taken The job template is in use: ' || n || ' jobs.'
              FROM (SELECT count(*) AS n FROM job_runner_jobs AS j WHERE j.template_id = o.id)
             WHERE n > 0)"
);

/// A job is also changed by the workers and the admins of its project, and stays within what they
/// may change.
const JOB: Statements = statements!(
    "job", "job_runner_jobs",
    refused: ("(SELECT coalesce(
        (SELECT 'hidden'
           FROM job_runner_job_templates AS t
          WHERE t.id = b.template_id
            AND t.project_id NOT IN (SELECT value FROM json_each(?2, '$.job_projects'))),
        (SELECT 'taken A job of that title exists in the template already.'
           FROM job_runner_jobs AS x
          WHERE x.template_id = b.template_id AND x.title = b.title AND x.id <> o.id),
        (SELECT 'wrong worker_pool The worker pool is not one of the project.'
           FROM job_runner_job_templates AS t
          WHERE t.id = b.template_id
            AND NOT EXISTS (SELECT 1
                              FROM job_runner_project_pools AS pp
                             WHERE pp.project_id = t.project_id AND pp.pool_id = b.pool_id)),
        (WITH RECURSIVE up (id) AS (
             SELECT ?1 ->> 'parent'
              UNION
             SELECT x.parent_id
               FROM up
              CROSS JOIN job_runner_jobs AS x ON x.id = up.id
         )
         SELECT 'refused Recursive loop of jobs detected.' FROM up WHERE up.id = o.id))
       FROM (SELECT coalesce(?1 ->> 'job_template', j.template_id) AS template_id,
                    coalesce(?1 ->> 'worker_pool', j.pool_id) AS pool_id,
                    coalesce(?1 ->> 'title', j.title) AS title
               FROM (SELECT 1) AS once
               LEFT JOIN job_runner_jobs AS j ON j.id = o.id) AS b)"),
    seen: "o.project_id IN (SELECT value FROM json_each(?2, '$.job_projects'))",
    uses: "coalesce(
        (SELECT 'taken The job is in use: it is the parent of ' || n || ' jobs.'
           FROM (SELECT count(*) AS n FROM job_runner_jobs AS child WHERE child.parent_id = o.id)
          WHERE n > 0),
        (SELECT 'taken The job is in use: ' || n || ' active runs.'
           FROM (SELECT ifnull(sum(c.n), 0) AS n
                   FROM job_runner_run_counts AS c
                  WHERE c.job_id = o.id AND c.state IN (1, 2))
          WHERE n > 0))"
);

const RESCHEDULE_EXCLUDE: Statements = statements!(
    "reschedule_exclude", "job_runner_reschedule_excludes",
    refused: ("NULL"),
    seen: "?2 ->> 'kind' = 'operator'",
    uses: "NULL"
);

const DELETE_RUN: &str = delete!(
    "run",
    "job_runner_runs",
    "CASE WHEN o.state IN (1, 2) THEN 'taken Run ' || o.id || ' is active.'
          WHEN o.state = 0
           AND EXISTS (SELECT 1
                         FROM job_runner_runs AS s
                        WHERE s.schedule_id = o.schedule_id AND s.return_dts IS NOT NULL)
           AND NOT EXISTS (SELECT 1
                             FROM job_runner_runs AS s
                            WHERE s.schedule_id = o.schedule_id AND s.id <> o.id AND s.return_dts IS NULL)
          THEN 'taken Run ' || o.id || ' is the last of its schedule that waits: return it instead.' END"
);

/// The statements of a resource that is written in this way.
fn of(resource: Resource) -> Option<&'static Statements> {
    match resource {
        Resource::Group => Some(&GROUP),
        Resource::Project => Some(&PROJECT),
        Resource::WorkerPool => Some(&WORKER_POOL),
        Resource::Worker => Some(&WORKER),
        Resource::JobTemplate => Some(&JOB_TEMPLATE),
        Resource::Job => Some(&JOB),
        Resource::User => Some(&USER),
        Resource::RescheduleExclude => Some(&RESCHEDULE_EXCLUDE),
        Resource::Run | Resource::KillRequest | Resource::RunLog | Resource::Notification => None,
    }
}

/// Creates an object with everything that belongs to it. Index: primary keys, and what is unique.
pub async fn create(
    db: Db,
    resource: Resource,
    changes: &Changes,
    scope: &str,
) -> Result<Option<Outcome>> {
    let Some(statements) = of(resource) else { return Ok(None) };
    db.one(statements.create, params![changes.json(), scope]).await
}

/// Changes what is named of an object; `None` when it is not there or not the caller's to change.
/// Index: primary keys, and what is unique.
pub async fn update(
    db: Db,
    resource: Resource,
    id: i64,
    changes: &Changes,
    scope: &str,
) -> Result<Option<Outcome>> {
    let Some(statements) = of(resource) else { return Ok(None) };
    db.one(statements.update, params![changes.json(), scope, id]).await
}

/// Removes an object that nothing needs; `None` when it is not there or the caller is not the
/// operator. Index: primary keys, and those of what may use it.
pub async fn delete(db: Db, resource: Resource, id: i64, scope: &str) -> Result<Option<Outcome>> {
    let sql = match of(resource) {
        Some(statements) => statements.delete,
        None if resource == Resource::Run => DELETE_RUN,
        None => return Ok(None),
    };
    db.one(sql, params![scope, id]).await
}
