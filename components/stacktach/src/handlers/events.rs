//! Events: of an instance, of a request, by any field, one alone, and as they happen.

use assay_web::query::Query;
use assay_web::time::{self, Micros, SECOND};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::json;

use crate::answers::{Format, StackyJson};
use crate::domain::lookups::Lookup;
use crate::domain::services::Service;
use crate::domain::{layout, uuids};
use crate::error::{Error, Result};
use crate::extract::{self, Page, Path};
use crate::store::events::{self, Titles};
use crate::store::watches::{self, Watch};
use crate::store::{self, bodies, searches};

/// `GET /stacky/uuid/`: the events of an instance or image, oldest first.
pub async fn of_uuid(query: Query, format: Format) -> Result<Response> {
    let uuid = extract::uuid_like(extract::required(&query, "uuid")?)?;
    let (service, when) = (extract::service(&query)?, extract::when(&query)?);
    let page = Page::of(&query)?;
    let db = store::open().await?;
    let picked = events::of_uuid(db, service, uuid, when, page).await?;
    if picked.is_empty() {
        return Ok(format.table("[]".into()));
    }
    Ok(format.table(events::table(db, service, Titles::Instance, &picked).await?))
}

/// `GET /stacky/request/`: nova's events of a request, oldest first.
pub async fn of_request(query: Query, format: Format) -> Result<Response> {
    let request_id = extract::required(&query, "request_id")?;
    if !uuids::is_request(request_id) {
        return Err(Error::invalid(format!("{request_id} is not request-id-like")));
    }
    let (when, page) = (extract::when(&query)?, Page::of(&query)?);
    let db = store::open().await?;
    let picked = events::of_request(db, request_id, when, page).await?;
    Ok(format.table(events::table(db, Service::Nova, Titles::Other, &picked).await?))
}

/// `GET /stacky/search/`: events by any field, newest first.
pub async fn search(query: Query, format: Format) -> Result<Response> {
    let service = extract::service(&query)?;
    let field = extract::required(&query, "field")?;
    let value = extract::required(&query, "value")?;
    let lookup = Lookup::parse(service, field, value).map_err(Error::Invalid)?;
    let (when, page) = (extract::when(&query)?, Page::of(&query)?);
    let db = store::open().await?;
    let picked = searches::pick(db, service, &lookup, when, page).await?;
    if picked.is_empty() {
        return Ok(format.table("[]".into()));
    }
    Ok(format.table(events::table(db, service, Titles::Other, &picked).await?))
}

/// `GET /stacky/show/{event}/`: one event with its notification. An unknown one is an empty answer,
/// because stacky exits at any status but 200 and says "not found" itself.
pub async fn show(Path(id): Path<String>, query: Query) -> Result<Response> {
    let service = extract::service(&query)?;
    let id = number(&id)?;
    let Some(event) = bodies::show(store::open().await?, service, id).await? else {
        return Ok((StatusCode::OK, StackyJson(String::new())).into_response());
    };
    let pair = format!("[{},{}]", json!(event.routing_key), event.body);
    let text = json!(layout::indented(&pair));
    let whole = format!("[{},{text},{}]", event.table, json!(event.uuid));
    Ok(StackyJson(whole).into_response())
}

/// `GET /stacky/watch/{deployment}/`: what happened since the last look.
pub async fn watch(Path(deployment): Path<String>, query: Query) -> Result<StackyJson> {
    let deployment = number(&deployment)?;
    let service = extract::service(&query)?;
    let now = time::now();
    let until = now - now.rem_euclid(SECOND);
    let since = extract::unix_time(&query, "since")?.unwrap_or(now - 2 * SECOND);
    let event = query.non_empty("event_name");
    let deployment = (deployment != 0).then_some(deployment);
    let watch = Watch { service, deployment, event, since, until };
    let seen = watches::look(store::open().await?, &watch).await?;
    let seen = seen.ok_or_else(|| Error::NotFound("nothing to see".into()))?;
    let widths = json!([10, 1, 15, 20, seen.longest_name.max(5), 36]);
    let next = seen.cut_at.map_or_else(|| (until / SECOND).to_string(), unix);
    Ok(StackyJson(format!("[{widths},{},\"{next}\"]", seen.rows)))
}

/// A moment in unix seconds with six decimals.
fn unix(micros: Micros) -> String {
    format!("{}.{:06}", micros.div_euclid(SECOND), micros.rem_euclid(SECOND))
}

/// A number in a path; beyond 64 bits it is one that nothing has.
fn number(text: &str) -> Result<i64> {
    if text.is_empty() || !text.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(Error::NotFound(format!("'{text}' is not a number")));
    }
    Ok(text.parse().unwrap_or(i64::MAX))
}
