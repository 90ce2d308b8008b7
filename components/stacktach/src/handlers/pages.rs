//! The area's own pages, and what has no page.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::store;

/// The page may load its own script and ask its own server, nothing else; its style is in the page.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'unsafe-inline'",
);

/// `GET /stacktach/`: a page with the live feed, a search, and an instance's timeline.
pub async fn page() -> Response {
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    let headers = [(header::CONTENT_TYPE, html), (header::CONTENT_SECURITY_POLICY, POLICY)];
    (headers, include_str!("../../ui/index.html")).into_response()
}

/// `GET /stacktach/page.js`: what the page does.
pub async fn script() -> Response {
    let script = HeaderValue::from_static("text/javascript; charset=utf-8");
    ([(header::CONTENT_TYPE, script)], include_str!("../../ui/page.js")).into_response()
}

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
