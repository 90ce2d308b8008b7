//! `/paddles/events`: what happened, for bots and pages that follow the lab.

use assay_web::json::JsonText;
use assay_web::query::Query;

use crate::domain::numbers;
use crate::error::Result;
use crate::store::{self, events};

/// Far beyond what a lab can do, and exact as a number of JSON.
const LAST_EVENT: i64 = 9_007_199_254_740_991;

/// `GET /paddles/events/?after=&count=`: the events after one, the oldest first: 100 unless `count`
/// says how many, 1000 at the most. `next` is where to go on.
pub async fn list(query: Query) -> Result<JsonText> {
    let after = numbers::bounded(&query, "after", 0, 0..=LAST_EVENT)?;
    let count = numbers::count(&query, 100, 1000)?;
    Ok(JsonText(events::after(store::open().await?, after, count).await?))
}
