//! `job/{id}/upcoming/` and `stats/`: what will run, and how much there is.

use assay_web::json::JsonText;
use assay_web::time::now;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use serde_json::{Value, json};

use crate::domain::callers::Caller;
use crate::domain::resources::Resource;
use crate::domain::schedule::{Basis, Next};
use crate::domain::{metrics, times};
use crate::error::{Error, Result};
use crate::extract::{Id, JsonQuery};
use crate::settings;
use crate::store::{self, plans, references, runs};

/// `GET /api/v1/job/{id}/upcoming/`: its scheduled runs, then the times at which it would run after
/// them.
pub async fn upcoming(caller: Caller, Id(id): Id, JsonQuery(query): JsonQuery) -> Result<JsonText> {
    let count = match query.non_empty("count").map(str::parse) {
        None => 10,
        Some(Ok(count)) if (1..=100).contains(&count) => count,
        Some(_) => return Err(Error::invalid("The count must be an integer from 1 to 100.")),
    };
    let db = store::open().await?;
    let zone = settings::get().await.zone()?;
    let Some(outlook) = plans::outlook(db, id, &caller, count).await? else {
        return Err(references::refusal(db, Resource::Job, id, &caller.scope).await?);
    };
    let planned: Vec<(i64, i64)> = serde_json::from_str(&outlook.planned).unwrap_or_default();
    let entry = |at: i64, run: Option<i64>| {
        let run = run.map(|run| Resource::Run.uri(run));
        json!({ "schedule_dts": times::format(at, zone), "run": run })
    };
    let mut objects: Vec<Value> = planned.iter().map(|(at, run)| entry(*at, Some(*run))).collect();
    let mut basis = outlook.basis.as_deref().and_then(Basis::parse);
    let mut earliest = planned.iter().map(|(at, _)| *at + 1).max().unwrap_or_default().max(now());
    while i64::try_from(objects.len()).unwrap_or(i64::MAX) < count
        && let Some(Next::At(at, intended)) =
            basis.as_ref().and_then(|basis| basis.next(earliest, zone))
    {
        objects.push(entry(at, None));
        basis = basis.map(|basis| basis.following(at, intended));
        earliest = at + 1;
    }
    Ok(JsonText(json!({ "objects": objects }).to_string()))
}

/// `GET /api/v1/stats/`: how many runs and workers there are in which state; `?format=prometheus`
/// as text.
pub async fn stats(caller: Caller, query: assay_web::query::Query) -> Result<Response> {
    let text = match query.non_empty("format") {
        None | Some("json") => false,
        Some("prometheus") => true,
        Some(other) => {
            return Err(Error::invalid(format!(
                "The format '{other}' is neither json nor prometheus."
            )));
        }
    };
    let stats = runs::stats(store::open().await?, &caller.scope, now()).await?;
    if !text {
        return Ok(JsonText(stats).into_response());
    }
    let plain = HeaderValue::from_static("text/plain; version=0.0.4");
    let stats = serde_json::from_str(&stats).unwrap_or_default();
    Ok(([(header::CONTENT_TYPE, plain)], metrics::prometheus(&stats)).into_response())
}
