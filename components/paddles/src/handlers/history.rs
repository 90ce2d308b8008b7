//! `/jobs/history` and `/jobs/flaky`: one test across runs.

use assay_web::json::JsonText;
use assay_web::query::Query;
use assay_web::time::{self, DAY};

use crate::domain::numbers;
use crate::error::{Error, Result};
use crate::store;
use crate::store::history::{self, Scope};

/// `GET /jobs/history/?description=`: the latest jobs of exactly this description (25 unless
/// `count` says how many, 1000 at the most), only of a `branch` or `suite` if given. The counts and
/// the rate are of the jobs listed.
pub async fn show(query: Query) -> Result<JsonText> {
    let description = query
        .non_empty("description")
        .ok_or_else(|| Error::invalid("description must be given"))?;
    let count = numbers::count(&query, 25, 1000)?;
    let db = store::open().await?;
    Ok(JsonText(history::of(db, description, scope(&query), count).await?))
}

/// `GET /jobs/flaky/`: what passed and failed by turns in the last `days` (14), with `min` (4)
/// finished jobs at least.
pub async fn flaky(query: Query) -> Result<JsonText> {
    let days = numbers::bounded(&query, "days", 14, 1..=366)?;
    let at_least = numbers::bounded(&query, "min", 4, 1..=1_000_000)?;
    let db = store::open().await?;
    Ok(JsonText(history::flaky(db, time::now() - days * DAY, at_least, scope(&query)).await?))
}

fn scope(query: &Query) -> Scope<'_> {
    Scope { branch: query.non_empty("branch"), suite: query.non_empty("suite") }
}
