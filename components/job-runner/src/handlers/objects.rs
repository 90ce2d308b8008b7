//! What every resource has: a list, its objects, several of them at once, its schema; and how a
//! written object is answered.

use assay_db::Db;
use assay_web::json::JsonText;
use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use crate::domain::bodies::Reader;
use crate::domain::callers::Caller;
use crate::domain::filters::Filters;
use crate::domain::pages::{MOST, Page};
use crate::domain::resources::Resource;
use crate::domain::{schemas, times, uris};
use crate::error::{Error, Result};
use crate::extract::{Id, JsonQuery, Path};
use crate::settings;
use crate::site::Site;
use crate::store::{self, reads, references, run_logs};

/// `GET /api/v1/{resource}/`: one page of what the caller sees.
pub async fn list(
    resource: Resource,
    caller: Caller,
    JsonQuery(query): JsonQuery,
) -> Result<JsonText> {
    may_read(resource, &caller)?;
    let zone = settings::get().await.zone()?;
    let (filters, page) = (Filters::parse(resource, &query, zone)?, Page::parse(&query)?);
    let db = store::open().await?;
    let picked = reads::pick(db, resource, &caller.scope, &filters, page).await?;
    let shown = reads::show(db, resource, &picked.ids, &caller.scope).await?;
    let count = i64::try_from(picked.ids.len()).unwrap_or(i64::MAX);
    let path = format!("/api/v1/{}/", resource.name());
    let meta = page.meta(&path, &query, count, picked.total);
    let objects = times::localize(shown.objects, zone);
    // In room that is made at once: the objects may be a quarter of the instance's memory.
    Ok(JsonText(["{\"meta\":", &meta.to_string(), ",\"objects\":[", &objects, "]}"].concat()))
}

/// `GET /api/v1/{resource}/{id}/`: one object.
pub async fn show(
    resource: Resource,
    caller: Caller,
    Id(id): Id,
    _query: JsonQuery,
) -> Result<JsonText> {
    may_read(resource, &caller)?;
    let db = store::open().await?;
    match object(db, resource, id, &caller).await? {
        Some(object) => Ok(JsonText(object)),
        None => Err(references::refusal(db, resource, id, &caller.scope).await?),
    }
}

/// `GET /api/v1/{resource}/set/{id};{id}/`: several objects, in the order asked for.
pub async fn show_set(
    resource: Resource,
    caller: Caller,
    Path(ids): Path<String>,
    _query: JsonQuery,
) -> Result<JsonText> {
    may_read(resource, &caller)?;
    let names: Vec<&str> = ids.split(';').filter(|id| !id.is_empty()).collect();
    if names.len() > usize::try_from(MOST).unwrap_or_default() {
        return Err(Error::invalid(format!("A set has at most {MOST} objects.")));
    }
    let ids: Vec<i64> = names.iter().filter_map(|id| uris::parse_id(id)).collect();
    let db = store::open().await?;
    let present = references::present(db, resource, &ids, &caller.scope).await?;
    let most = reads::MOST_BYTES;
    if resource == Resource::RunLog
        && present.len() > 1
        && run_logs::bytes(db, &present).await? > most
    {
        return Err(Error::invalid(format!("A set of logs has at most {most} bytes.")));
    }
    let shown = reads::show(db, resource, &present, &caller.scope).await?;
    if shown.count < present.len() {
        return Err(Error::Unauthorized);
    }
    let is_there = |name: &&&str| uris::parse_id(name).is_some_and(|id| present.contains(&id));
    let not_found: Vec<&str> = names.iter().filter(|name| !is_there(name)).copied().collect();
    let objects = times::localize(shown.objects, settings::get().await.zone()?);
    let rest = if not_found.is_empty() {
        String::new()
    } else {
        format!(",\"not_found\":{}", json!(not_found))
    };
    Ok(JsonText(["{\"objects\":[", &objects, "]", &rest, "}"].concat()))
}

/// `GET /api/v1/{resource}/schema/`: fields, methods and filters.
pub async fn schema(resource: Resource, caller: Caller, _query: JsonQuery) -> Result<Json<Value>> {
    may_read(resource, &caller)?;
    Ok(Json(schemas::schema(resource.description())))
}

/// Some resources are the operator's alone.
pub fn may_read(resource: Resource, caller: &Caller) -> Result<()> {
    if resource.is_operators() && !caller.runs_the_lab() {
        Err(Error::Unauthorized)
    } else {
        Ok(())
    }
}

/// An object as JSON, if the caller sees it.
pub async fn object(
    db: Db,
    resource: Resource,
    id: i64,
    caller: &Caller,
) -> Result<Option<String>> {
    let shown = reads::show(db, resource, &[id], &caller.scope).await?;
    let zone = settings::get().await.zone()?;
    Ok((shown.count > 0).then(|| times::localize(shown.objects, zone)))
}

/// How bodies about this resource are read.
pub async fn reader(resource: Resource, site: &Site) -> Result<Reader<'_>> {
    Ok(Reader { resource, zone: settings::get().await.zone()?, origin: &site.origin })
}

/// The answer to a POST: 201, where the object is, and the object, into which `extra` (JSON pairs)
/// may be put.
pub async fn created(
    db: Db,
    resource: Resource,
    id: i64,
    caller: &Caller,
    site: &Site,
    extra: &str,
) -> Result<Response> {
    let object = object(db, resource, id, caller).await?.unwrap_or_else(|| "{}".to_owned());
    let object = match object.strip_suffix('}') {
        Some("{") => format!("{{{extra}}}"),
        Some(open) if !extra.is_empty() => format!("{open},{extra}}}"),
        _ => object,
    };
    let mut response = (StatusCode::CREATED, JsonText(object)).into_response();
    let location = format!("{}{}", site.origin, resource.uri(id));
    if let Ok(location) = HeaderValue::try_from(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// The answer to a PATCH: 202 and the object.
pub async fn accepted(db: Db, resource: Resource, id: i64, caller: &Caller) -> Result<Response> {
    let object = object(db, resource, id, caller).await?.unwrap_or_else(|| "{}".to_owned());
    Ok((StatusCode::ACCEPTED, JsonText(object)).into_response())
}
