//! `/jobs/expire`: jobs that nobody reports on any more.

use axum::Json;
use serde_json::{Value, json};

use crate::domain::expiry::Patience;
use crate::error::Result;
use crate::extract::JsonBody;
use crate::store::{self, expiry};

/// `POST /jobs/expire/`: jobs without a report for too long become dead; with `{}`, 30 minutes for
/// those at work and 14 days for those in a queue. What was a cron job with access to the database.
pub async fn expire(body: JsonBody) -> Result<Json<Value>> {
    let patience = Patience::parse(&body.object()?)?;
    let expired = expiry::expire(store::open().await?, &patience).await?;
    Ok(Json(json!({ "expired": expired })))
}
