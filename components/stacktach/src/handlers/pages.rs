//! The area's own pages, and what has no page.

use axum::Json;
use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::store;

/// `GET /stacktach/health/`: whether the store answers.
pub async fn health() -> Result<Json<Value>> {
    store::open().await?.run("SELECT 1", []).await?;
    Ok(Json(json!({ "status": "ok" })))
}

/// Any other URL.
pub async fn no_such_page() -> Error {
    Error::NoSuchPage
}

/// Any other method of a URL.
pub async fn wrong_method() -> Error {
    Error::WrongMethod
}
