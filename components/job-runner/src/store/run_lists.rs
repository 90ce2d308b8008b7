//! Pages of runs.
//!
//! A store holds hundreds of thousands of runs, and a page must cost what it returns. So a list is
//! cut into partitions that each have an index in the order of the answer: the runs of one project
//! (or job, or worker, or schedule) in one state. Each gives its first `offset + limit` runs, and
//! these few are merged. Totals are added up from counters, or counted where a filter has none.

use assay_db::{Db, Result, params};
use serde_json::{Value, json};

use super::reads::Picked;
use crate::domain::filters::Filters;
use crate::domain::pages::Page;

/// The filters that the counters do not know.
const UNCOUNTED: [&str; 4] = ["worker", "schedule_dts", "schedule_id", "last_completed"];

/// What the runs of a page are found by.
#[derive(Clone, Copy)]
enum By {
    Project,
    Job,
    Worker,
    Schedule,
}

/// Picks a page of runs.
pub async fn pick(db: Db, scope: &str, filters: &Filters, page: Page) -> Result<Picked> {
    let mut filters = filters.clone();
    filters.by.entry("states").or_insert(json!([0, 1, 2, 3, 4]));
    if filters.has("job") {
        filters.by.insert("jobs".into(), ids(db, JOBS, scope, &filters).await?);
    }
    if filters.has("worker__api_key") {
        filters.by.insert("workers".into(), ids(db, super::workers::KEYS, scope, &filters).await?);
    }
    let (by, keys) = partitions(db, scope, &filters).await?;
    let (params, keys) = (filters.json(), keys.to_string());
    let total = if UNCOUNTED.iter().any(|name| filters.has(name)) {
        db.int(count(by), params![scope, &params, &keys]).await?
    } else {
        db.int(COUNTED, params![scope, &params]).await?
    };
    let most = page.limit.saturating_add(page.offset);
    let sql = statement(by, &filters.order);
    let hits = db.text(sql, params![scope, params, keys, page.limit, page.offset, most]).await?;
    Ok(Picked::of(total.unwrap_or_default(), &hits.unwrap_or_default()))
}

/// The narrowest partitions that hold all hits, and their keys, a JSON array.
async fn partitions(db: Db, scope: &str, filters: &Filters) -> Result<(By, Value)> {
    let by = |name: &str| filters.by.get(name).cloned();
    if let Some(schedule) = by("schedule_id") {
        return Ok((By::Schedule, json!([schedule])));
    }
    if filters.has("last_completed") {
        return Ok((By::Schedule, ids(db, LAST_SCHEDULES, scope, filters).await?));
    }
    if let Some(worker) = by("worker").or_else(|| by("worker__id")) {
        return Ok((By::Worker, json!([worker])));
    }
    if let Some(workers) = by("workers") {
        return Ok((By::Worker, workers));
    }
    if let Some(jobs) = by("jobs") {
        return Ok((By::Job, jobs));
    }
    Ok((By::Project, ids(db, PROJECTS, scope, filters).await?))
}

async fn ids(db: Db, sql: &str, scope: &str, filters: &Filters) -> Result<Value> {
    let ids = db.text(sql, params![scope, filters.json()]).await?.unwrap_or_default();
    Ok(serde_json::from_str(&ids).unwrap_or(json!([])))
}

const PROJECTS: &str = "
    SELECT json_group_array(value)
      FROM json_each(?1, '$.projects')
     WHERE ?2 ->> 'project_id' IS NULL OR value = ?2 ->> 'project_id'";

/// Filters by job, template and project. Index: project_id.
const JOBS: &str = "
    SELECT json_group_array(j.id)
      FROM json_each(?1, '$.projects') AS seen
     CROSS JOIN job_runner_projects AS p ON p.id = seen.value
     CROSS JOIN job_runner_jobs AS j ON j.project_id = p.id
     CROSS JOIN job_runner_job_templates AS t ON t.id = j.template_id
     WHERE (?2 ->> 'job' IS NULL OR j.id = ?2 ->> 'job')
       AND (?2 ->> 'job__id' IS NULL OR j.id = ?2 ->> 'job__id')
       AND (?2 ->> 'job__title' IS NULL OR j.title = ?2 ->> 'job__title')
       AND (?2 ->> 'job__job_template' IS NULL OR t.id = ?2 ->> 'job__job_template')
       AND (?2 ->> 'job__job_template__id' IS NULL OR t.id = ?2 ->> 'job__job_template__id')
       AND (?2 ->> 'job__job_template__title' IS NULL OR t.title = ?2 ->> 'job__job_template__title')
       AND (?2 ->> 'job__job_template__project' IS NULL OR p.id = ?2 ->> 'job__job_template__project')
       AND (?2 ->> 'job__job_template__project__id' IS NULL
            OR p.id = ?2 ->> 'job__job_template__project__id')
       AND (?2 ->> 'job__job_template__project__title' IS NULL
            OR p.title = ?2 ->> 'job__job_template__project__title')";

/// The schedules that completed last, of the jobs that the filters leave. Index: project_id.
const LAST_SCHEDULES: &str = "
    SELECT json_group_array(j.last_completed_schedule_id)
      FROM json_each(?1, '$.projects') AS seen
     CROSS JOIN job_runner_jobs AS j ON j.project_id = seen.value
     WHERE j.last_completed_schedule_id IS NOT NULL
       AND (?2 -> 'jobs' IS NULL OR j.id IN (SELECT value FROM json_each(?2, '$.jobs')))";

/// How many hits there are, from the counters. Index: project_id, primary key.
const COUNTED: &str = "
    SELECT ifnull(sum(c.n), 0)
      FROM json_each(?1, '$.projects') AS seen
     CROSS JOIN job_runner_jobs AS j ON j.project_id = seen.value
     CROSS JOIN job_runner_run_counts AS c ON c.job_id = j.id
     WHERE c.state IN (SELECT value FROM json_each(?2, '$.states'))
       AND (?2 ->> 'project_id' IS NULL OR j.project_id = ?2 ->> 'project_id')
       AND (?2 ->> 'is_manual' IS NULL OR c.is_manual = ?2 ->> 'is_manual')
       AND (?2 -> 'jobs' IS NULL OR j.id IN (SELECT value FROM json_each(?2, '$.jobs')))";

/// What is left to check of a run `x` that a partition gives.
macro_rules! checks {
    () => {
        "x.state = state.value
         AND x.project_id IN (SELECT value FROM json_each(?1, '$.projects'))
         AND (?2 ->> 'project_id' IS NULL OR x.project_id = ?2 ->> 'project_id')
         AND (?2 -> 'jobs' IS NULL OR x.job_id IN (SELECT value FROM json_each(?2, '$.jobs')))
         AND (?2 ->> 'worker' IS NULL OR x.worker_id = ?2 ->> 'worker')
         AND (?2 ->> 'worker__id' IS NULL OR x.worker_id = ?2 ->> 'worker__id')
         AND (?2 -> 'workers' IS NULL OR x.worker_id IN (SELECT value FROM json_each(?2, '$.workers')))
         AND (x.worker_id IS NULL OR ?2 -> 'worker' IS NULL AND ?2 -> 'worker__id' IS NULL
              OR x.worker_id IN (SELECT value FROM json_each(?1, '$.workers')))
         AND (?2 ->> 'worker__isnull' IS NULL
              OR ifnull(x.worker_id NOT IN (SELECT value FROM json_each(?1, '$.workers')), 1)
                 = ?2 ->> 'worker__isnull')
         AND (?2 ->> 'is_manual' IS NULL OR x.is_manual = ?2 ->> 'is_manual')
         AND (?2 ->> 'schedule_id' IS NULL OR x.schedule_id = ?2 ->> 'schedule_id')
         AND (?2 ->> 'schedule_dts' IS NULL OR x.schedule_dts = ?2 ->> 'schedule_dts')
         AND (?2 ->> 'schedule_dts__gt' IS NULL OR x.schedule_dts > ?2 ->> 'schedule_dts__gt')
         AND (?2 ->> 'schedule_dts__gte' IS NULL OR x.schedule_dts >= ?2 ->> 'schedule_dts__gte')
         AND (?2 ->> 'schedule_dts__lt' IS NULL OR x.schedule_dts < ?2 ->> 'schedule_dts__lt')
         AND (?2 ->> 'schedule_dts__lte' IS NULL OR x.schedule_dts <= ?2 ->> 'schedule_dts__lte')
         AND (?2 -> 'schedule_dts__range' IS NULL
              OR x.schedule_dts BETWEEN ?2 ->> '$.schedule_dts__range[0]'
                                    AND ?2 ->> '$.schedule_dts__range[1]')
         AND (?2 -> 'schedule_dts__in' IS NULL
              OR x.schedule_dts IN (SELECT value FROM json_each(?2, '$.schedule_dts__in')))
         AND (?2 ->> 'schedule_dts__isnull' IS NULL OR ?2 ->> 'schedule_dts__isnull' = 0)"
    };
}

/// A page: from each partition in each state its first runs, merged.
macro_rules! page {
    ($key:literal, $inner:literal, $outer:literal) => {
        concat!(
            "SELECT json_group_array(json_array(id, 0))
               FROM (SELECT r.id
                       FROM json_each(?3) AS part
                      CROSS JOIN json_each(?2, '$.states') AS state
                      CROSS JOIN job_runner_runs AS r
                         ON r.id IN (SELECT x.id
                                       FROM job_runner_runs AS x
                                      WHERE ",
            $key,
            " = part.value AND ",
            checks!(),
            "
                                      ORDER BY ",
            $inner,
            "
                                      LIMIT ?6 + 0)
                      ORDER BY ",
            $outer,
            "
                      LIMIT ?4 + 0 OFFSET ?5 + 0)"
        )
    };
}

/// The pages in every order, by one key.
macro_rules! pages {
    ($key:literal, $order:expr) => {
        match $order {
            "id" => page!($key, "x.id", "r.id"),
            "-id" => page!($key, "x.id DESC", "r.id DESC"),
            "schedule_dts" => page!($key, "x.schedule_dts, x.id", "r.schedule_dts, r.id"),
            "-schedule_dts" => {
                page!($key, "x.schedule_dts DESC, x.id", "r.schedule_dts DESC, r.id")
            }
            _ => page!(
                $key,
                "x.return_dts DESC, x.start_dts DESC, x.enqueue_dts DESC, x.schedule_dts, x.id",
                "r.return_dts DESC, r.start_dts DESC, r.enqueue_dts DESC, r.schedule_dts, r.id"
            ),
        }
    };
}

/// Index: project_id, job_id, worker_id, each with the state and the order; or schedule_id.
fn statement(by: By, order: &str) -> &'static str {
    match by {
        By::Project => pages!("x.project_id", order),
        By::Job => pages!("x.job_id", order),
        By::Worker => pages!("x.worker_id", order),
        By::Schedule => pages!("x.schedule_id", order),
    }
}

/// How many hits there are where no counter says so.
macro_rules! counting {
    ($key:literal) => {
        concat!(
            "SELECT count(*)
               FROM json_each(?3) AS part
              CROSS JOIN json_each(?2, '$.states') AS state
              CROSS JOIN job_runner_runs AS x ON ",
            $key,
            " = part.value
              WHERE ",
            checks!()
        )
    };
}

/// The same indexes.
fn count(by: By) -> &'static str {
    match by {
        By::Project => counting!("x.project_id"),
        By::Job => counting!("x.job_id"),
        By::Worker => counting!("x.worker_id"),
        By::Schedule => counting!("x.schedule_id"),
    }
}
