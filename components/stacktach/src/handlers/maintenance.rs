//! For operators: numbers about the area, and retention.

use assay_web::json::JsonText;
use assay_web::query::Query;
use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::domain::{dates, metrics};
use crate::error::{Error, Result};
use crate::extract::JsonObject;
use crate::store::{self, prunes, rejected, statistics};

/// Events that one call deletes when it does not say.
const DEFAULT_LIMIT: i64 = 5000;
/// And at most: the write lock is held meanwhile.
const MOST_EVENTS: i64 = 50_000;

/// `GET /stacktach/stats/`: counters, sizes and lags, as JSON or for Prometheus.
pub async fn stats(query: Query) -> Result<Response> {
    let stats = statistics::show(store::open().await?).await?;
    match query.non_empty("format") {
        None | Some("json") => Ok(JsonText(stats).into_response()),
        Some("prometheus") => {
            let stats: Value = serde_json::from_str(&stats).unwrap_or_default();
            let text = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
            Ok(([(header::CONTENT_TYPE, text)], metrics::samples(&stats)).into_response())
        }
        Some(_) => Err(Error::invalid("'format' must be json or prometheus")),
    }
}

/// What `POST /stacktach/prune/` takes.
#[derive(Deserialize)]
struct Prune {
    before: String,
    limit: Option<i64>,
}

/// `POST /stacktach/prune/`: deletes old events and their bodies, the oldest first, and refused items
/// that nobody has looked after since. `deleted` counts events.
pub async fn prune(body: JsonObject) -> Result<Json<Value>> {
    let prune: Prune = body.read()?;
    let before = dates::parse(&prune.before).or_else(|| dates::parse_day(&prune.before));
    let before = before.ok_or_else(|| Error::invalid("'before' must be a date."))?;
    let limit = prune.limit.unwrap_or(DEFAULT_LIMIT);
    if !(0..=MOST_EVENTS).contains(&limit) {
        return Err(Error::invalid(format!("'limit' must be from 0 to {MOST_EVENTS}.")));
    }
    let db = store::open().await?;
    let deleted = prunes::events(db, before, limit).await?;
    let refused_left = rejected::prune(db, before, limit).await?;
    let remaining = refused_left || prunes::any_left(db, before).await?;
    Ok(Json(json!({ "deleted": deleted, "remaining": remaining })))
}
