//! One test across runs, as JSON texts.

use assay_db::{Db, Result, params};

/// Which jobs count.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'q> {
    /// Only of this branch.
    pub branch: Option<&'q str>,
    /// Only of this suite.
    pub suite: Option<&'q str>,
}

/// The latest jobs of a description, and their counts. Index: `paddles_jobs_by_description`.
pub async fn of(db: Db, description: &str, scope: Scope<'_>, count: u32) -> Result<String> {
    const SQL: &str = include_str!("history.sql");
    let params = params![description, scope.branch, scope.suite, count];
    Ok(db.text(SQL, params).await?.unwrap_or_default())
}

/// The descriptions whose finished jobs since `since` flip between pass and fail, a hundred at the
/// most. Index: `paddles_jobs_by_posted`.
pub async fn flaky(db: Db, since: i64, at_least: i64, scope: Scope<'_>) -> Result<String> {
    const SQL: &str = include_str!("flaky.sql");
    let params = params![since, at_least, scope.branch, scope.suite];
    Ok(db.text(SQL, params).await?.unwrap_or_default())
}
