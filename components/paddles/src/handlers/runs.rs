//! `/runs` and `/runs/{run}`.

use assay_web::conditional::ETag;
use assay_web::json::JsonText;
use assay_web::query::Query;
use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, Uri};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::{filters, jobs, lists};
use crate::domain::cursors::Page;
use crate::domain::filters::Filters;
use crate::domain::run_names::RunName;
use crate::domain::statuses::parse_declared;
use crate::error::{Error, Result};
use crate::extract::{JsonBody, Path};
use crate::headers;
use crate::site::{Dialect, Site};
use crate::store::{self, Picked, rendered, runs};

/// Every key of a run object, which `fields=` may name.
pub const FIELDS: [&str; 19] = [
    "name",
    "href",
    "user",
    "status",
    "results",
    "jobs_count",
    "posted",
    "scheduled",
    "started",
    "updated",
    "branch",
    "suite",
    "machine_type",
    "sha1",
    "priority",
    "flavor",
    "declared_status",
    "id",
    "jobs",
];

const NO_RUN: Error = Error::NotThere("requested run was not found");

/// `GET /runs/`: the latest runs.
pub async fn list(site: Site, query: Query, uri: Uri) -> Result<Response> {
    let dialect = site.dialect_of_runs(&query)?;
    let filters = Filters::parse_query(&query, assay_web::time::now())?;
    if let (Dialect::Lab, Some(filters)) = (dialect, filters) {
        return filters::list_matching(&site, &filters, &query, &uri).await;
    }
    let default = if dialect == Dialect::Plain { 100 } else { 25 };
    let page = Page::parse(&query, default, 10_000)?;
    let db = store::open().await?;
    let listed = lists::Listed::new(runs::latest(db, &page).await?, &page, &uri, &query);
    let picked = Picked::of(&listed.places);
    if dialect == Dialect::Plain {
        return Ok(headers::plain(listed.respond(runs::plain_list(db, &picked, &site).await?)));
    }
    let array = rendered::runs(db, &picked, &site).await?;
    Ok(listed.respond(lists::slice(array, &query, &FIELDS)?))
}

/// `POST /runs/`: stores a run that must not exist yet.
pub async fn create(body: JsonBody) -> Result<Json<Value>> {
    let object = body.object()?;
    let name = RunName::parse(&read_name(object.get("name"))?)?;
    let declared = object.get("status").map(read_declared).transpose()?.flatten();
    let db = store::open().await?;
    if runs::insert(db, &name, declared).await? {
        return Ok(Json(json!({})));
    }
    Err(Error::invalid(format!("run with name {} already exists", name.as_str())))
}

fn read_name(raw: Option<&RawValue>) -> Result<String> {
    match raw.and_then(|raw| serde_json::from_str(raw.get()).ok()) {
        None | Some(Value::Null) => Err(Error::missing_key("name")),
        Some(Value::String(name)) if name.is_empty() => Err(Error::missing_key("name")),
        Some(Value::String(name)) => Ok(name),
        Some(_) => Err(Error::invalid("invalid run name: it is not text")),
    }
}

/// `GET /runs/{run}/`: the whole run (lab), or its jobs (plain).
pub async fn show(
    site: Site,
    Path(run): Path<String>,
    query: Query,
    given: HeaderMap,
) -> Result<Response> {
    let dialect = site.dialect_of_run(&query)?;
    let db = store::open().await?;
    let head = runs::head(db, &run).await?.ok_or(NO_RUN)?;
    let tag = ETag::new(&format!("{}-{}-{dialect:?}", head.id, head.version));
    if tag.is_known(&given) {
        return Ok(tag.not_modified());
    }
    if dialect == Dialect::Plain {
        let jobs = store::jobs::plain_list(db, head.id, &site).await?;
        return Ok(tag.on(headers::plain(JsonText(jobs))));
    }
    let run = whole_run(&site, head.id, &query).await?;
    Ok(tag.on(JsonText(run).into_response()))
}

/// The run object, and in it its jobs unless the query leaves them out.
async fn whole_run(site: &Site, run_id: i64, query: &Query) -> Result<String> {
    let db = store::open().await?;
    let names = lists::slice_names(query, &FIELDS)?;
    let array = rendered::runs(db, &Picked::one(run_id), site).await?;
    let run = lists::sliced(&array, names.as_deref()).into_iter().next().ok_or(NO_RUN)?;
    let wants_jobs = match names {
        Some(names) => names.contains(&"jobs"),
        None => query.get("jobs") != Some("0"),
    };
    if !wants_jobs {
        return Ok(lists::object(&run));
    }
    let picked = store::jobs::of_run(db, run_id).await?;
    let jobs = jobs::rendered_as_asked(db, &picked, query.get("job_fields"), site).await?;
    Ok(lists::object_with(&run, "jobs", &jobs))
}

/// `PUT /runs/{run}/`: declares the run's status; null goes back to what its jobs say.
pub async fn declare(Path(run): Path<String>, body: Result<JsonBody>) -> Result<Json<Value>> {
    let db = store::open().await?;
    let missing = Error::NotThere("attempted to update a non-existent run");
    let declared = match body.and_then(|body| read_declaration(&body)) {
        Ok(declared) => declared,
        Err(_) if runs::head(db, &run).await?.is_none() => return Err(missing),
        Err(error) => return Err(error),
    };
    if runs::declare(db, &run, declared).await? { Ok(Json(json!({}))) } else { Err(missing) }
}

fn read_declaration(body: &JsonBody) -> Result<Option<&'static str>> {
    let object = body.object()?;
    read_declared(object.get("status").ok_or_else(|| Error::missing_key("status"))?)
}

fn read_declared(raw: &RawValue) -> Result<Option<&'static str>> {
    let refused = || Error::invalid("status must be one of: pass, failed, pending");
    match serde_json::from_str(raw.get()) {
        Ok(Value::Null) => Ok(None),
        Ok(Value::String(word)) => parse_declared(&word).map(Some).ok_or_else(refused),
        _ => Err(refused()),
    }
}

/// `DELETE /runs/{run}/`: deletes the run with its jobs; nodes stay.
pub async fn delete(Path(run): Path<String>) -> Result<Json<Value>> {
    if runs::delete(store::open().await?, &run).await? {
        return Ok(Json(json!({})));
    }
    Err(Error::NotThere("attempted to delete a non-existent run"))
}
