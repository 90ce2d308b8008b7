//! Reading: one page of a list, and objects by their numbers.

use assay_db::{Db, FromRow, Result, Row, params};
use serde_json::Value;

use super::{
    groups, job_templates, jobs, kill_requests, notifications, projects, reschedule_excludes,
    run_logs, runs, users, worker_pools, workers,
};
use crate::domain::filters::Filters;
use crate::domain::pages::Page;
use crate::domain::resources::Resource;

/// What a page of a list holds.
#[derive(Clone, Debug, Default)]
pub struct Picked {
    /// How many there are on all pages.
    pub total: i64,
    /// The numbers of the objects on this one.
    pub ids: Vec<i64>,
}

/// A page ends before its texts are longer than this: an instance has little memory.
pub const MOST_BYTES: i64 = 8 << 20;

impl Picked {
    /// The page of these hits, `[[id, weight], ...]`; it has at least one.
    pub fn of(total: i64, hits: &str) -> Self {
        let hits: Vec<(i64, i64)> = serde_json::from_str(hits).unwrap_or_default();
        let mut bytes = 0_i64;
        let within = |(_, weight): &(i64, i64)| {
            let first = bytes == 0;
            bytes = bytes.saturating_add(*weight).saturating_add(1);
            first || bytes <= MOST_BYTES
        };
        let ids = hits.into_iter().take_while(within).map(|(id, _)| id).collect();
        Self { total, ids }
    }
}

impl FromRow for Picked {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self::of(row.int("total")?, &row.text("picked")?))
    }
}

/// Objects as JSON text, separated by commas, with marked instants.
#[derive(Clone, Debug)]
pub struct Shown {
    /// How many.
    pub count: usize,
    /// The text.
    pub objects: String,
}

impl FromRow for Shown {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self { count: row.int("n")?, objects: row.text("objects")? })
    }
}

/// Picks a page of a list. (Runs have their own way: `run_lists`.)
pub async fn pick(
    db: Db,
    resource: Resource,
    scope: &str,
    filters: &Filters,
    page: Page,
) -> Result<Picked> {
    let sql = match resource {
        Resource::Group => groups::PICK,
        Resource::Project => projects::PICK,
        Resource::WorkerPool => worker_pools::PICK,
        Resource::Worker => workers::PICK,
        Resource::JobTemplate => job_templates::PICK,
        Resource::Job => jobs::PICK,
        Resource::KillRequest if filters.has("run") => kill_requests::PICK,
        Resource::KillRequest => kill_requests::pick_all(&filters.order),
        Resource::RunLog if filters.has("run") => run_logs::PICK,
        Resource::RunLog => run_logs::pick_all(&filters.order),
        Resource::User => users::PICK,
        Resource::RescheduleExclude => reschedule_excludes::PICK,
        Resource::Notification => notifications::pick(filters),
        Resource::Run => return super::run_lists::pick(db, scope, filters, page).await,
    };
    let params = params![scope, filters.json(), &filters.order, page.limit, page.offset];
    Ok(db.one(sql, params).await?.unwrap_or_default())
}

/// Those of some objects that the caller sees, in the order given.
pub async fn show(db: Db, resource: Resource, ids: &[i64], scope: &str) -> Result<Shown> {
    let sql = match resource {
        Resource::Group => groups::SHOW,
        Resource::Project => projects::SHOW,
        Resource::WorkerPool => worker_pools::SHOW,
        Resource::Worker => workers::SHOW,
        Resource::JobTemplate => job_templates::SHOW,
        Resource::Job => jobs::SHOW,
        Resource::Run => runs::SHOW,
        Resource::KillRequest => kill_requests::SHOW,
        Resource::RunLog => run_logs::SHOW,
        Resource::User => users::SHOW,
        Resource::RescheduleExclude => reschedule_excludes::SHOW,
        Resource::Notification => notifications::SHOW,
    };
    let shown = db.one(sql, params![Value::from(ids).to_string(), scope]).await?;
    Ok(shown.unwrap_or(Shown { count: 0, objects: String::new() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_ends_before_it_gets_too_long() {
        let megabytes = MOST_BYTES / 2;
        let hits = format!("[[3,{megabytes}],[2,{}],[1,2]]", megabytes - 2);
        assert_eq!(Picked::of(9, &hits).ids, [3, 2]);
        assert_eq!(Picked::of(9, &format!("[[3,{}],[2,0]]", MOST_BYTES * 2)).ids, [3]);
        assert_eq!(Picked::of(9, "[]").ids, Vec::<i64>::new());
    }
}
