//! Jobs across runs, newest first.

use assay_db::{Db, Result, Value, params};

use super::Place;
use crate::domain::cursors::Page;

/// What jobs must have; what is `None` does not matter.
#[derive(Debug, Default)]
pub struct JobFilter<'a> {
    /// The run's name.
    pub run: Option<&'a str>,
    /// The status, a lab word.
    pub status: Option<&'a str>,
    /// The whole sha1, in any case.
    pub sha1: Option<&'a str>,
    /// The branch.
    pub branch: Option<&'a str>,
    /// The user.
    pub user: Option<&'a str>,
    /// The suite.
    pub suite: Option<&'a str>,
    /// The kind of machine.
    pub machine_type: Option<&'a str>,
    /// A part of the description.
    pub description: Option<&'a str>,
    /// A part of the reason for failing.
    pub failure_reason: Option<&'a str>,
    /// Posted strictly after this.
    pub posted_after: Option<i64>,
    /// Posted strictly before this.
    pub posted_before: Option<i64>,
}

/// See `filters::picking`: one list of conditions, one statement for each index.
macro_rules! picking {
    ($from:literal) => {
        concat!(
            "SELECT j.posted AS at, j.id AS id ",
            $from,
            "
               AND (?2 IS NULL OR j.status = ?2)
               AND (?3 IS NULL OR lower(j.sha1) = ?3)
               AND (?4 IS NULL OR j.branch = ?4)
               AND (?5 IS NULL OR j.user = ?5)
               AND (?6 IS NULL OR j.suite = ?6)
               AND (?7 IS NULL OR j.machine_type = ?7)
               AND (?8 IS NULL OR instr(j.description, ?8) > 0)
               AND (?9 IS NULL OR instr(j.failure_reason, ?9) > 0)
               AND j.posted > ?10
               AND j.posted < ?11
               AND (j.posted, j.id) < (?12, ?13)
             ORDER BY j.posted DESC, j.id DESC
             LIMIT ?14 + 0 OFFSET ?15 + 0"
        )
    };
}

/// A page of the jobs that match. Walks the index of the first filter of this list that is given: run, sha1, user,
/// branch, status; else `paddles_jobs_by_posted`.
pub async fn pick(db: Db, filter: &JobFilter<'_>, page: &Page) -> Result<Vec<Place>> {
    let sql = if filter.run.is_some() {
        picking!(
            "FROM paddles_jobs AS j INDEXED BY paddles_jobs_by_run_posted
             WHERE j.run_id = (SELECT id FROM paddles_runs WHERE name = ?1)"
        )
    } else if filter.sha1.is_some() {
        picking!(
            "FROM paddles_jobs AS j INDEXED BY paddles_jobs_by_sha1
             WHERE j.sha1 IS NOT NULL AND lower(j.sha1) = ?3 AND ?1 IS NULL"
        )
    } else if filter.user.is_some() {
        picking!(
            "FROM paddles_jobs AS j INDEXED BY paddles_jobs_by_user WHERE j.user = ?5 AND ?1 IS NULL"
        )
    } else if filter.branch.is_some() {
        picking!(
            "FROM paddles_jobs AS j INDEXED BY paddles_jobs_by_branch
             WHERE j.branch = ?4 AND ?1 IS NULL"
        )
    } else if filter.status.is_some() {
        picking!(
            "FROM paddles_jobs AS j INDEXED BY paddles_jobs_by_status_posted
             WHERE j.status = ?2 AND ?1 IS NULL"
        )
    } else {
        picking!("FROM paddles_jobs AS j INDEXED BY paddles_jobs_by_posted WHERE ?1 IS NULL")
    };
    db.all(sql, conditions(filter, page)).await
}

fn conditions(filter: &JobFilter<'_>, page: &Page) -> [Value; 15] {
    let after = page.after.map_or((i64::MAX, i64::MAX), |after| (after.at, after.id));
    params![
        filter.run,
        filter.status,
        filter.sha1.map(str::to_lowercase),
        filter.branch,
        filter.user,
        filter.suite,
        filter.machine_type,
        filter.description,
        filter.failure_reason,
        filter.posted_after.unwrap_or(i64::MIN),
        filter.posted_before.unwrap_or(i64::MAX),
        after.0,
        after.1,
        page.limit(),
        page.sql_offset(),
    ]
}
