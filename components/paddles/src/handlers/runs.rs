//! `/runs` and `/runs/{run}`.

use assay_db::Db;
use assay_web::conditional::ETag;
use assay_web::json::JsonText;
use assay_web::query::Query;
use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, header};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::{filters, lists};
use crate::domain::cursors::Page;
use crate::domain::fields;
use crate::domain::filters::Filters;
use crate::domain::run_names::RunName;
use crate::domain::statuses::parse_declared;
use crate::error::{Error, Result};
use crate::extract::{JsonBody, Path};
use crate::headers;
use crate::site::{Dialect, Here, Site};
use crate::store::{self, Picked, hot, rendered, runs};

/// Every key of a run object, which `fields=` may name.
pub const FIELDS: [&str; 18] = [
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
];

const NO_RUN: Error = Error::NotThere("requested run was not found");

/// `GET /runs/`: the latest runs.
pub async fn list(site: Site, query: Query, here: Here) -> Result<Response> {
    let dialect = site.dialect_of_runs(&query)?;
    let filters = Filters::parse_query(&query, assay_web::time::now())?;
    if let (Dialect::Lab, Some(filters)) = (dialect, filters) {
        return filters::list_matching(&site, &filters, &query, &here).await;
    }
    let default = if dialect == Dialect::Plain { 100 } else { 25 };
    let page = Page::parse(&query, default, 10_000)?;
    // A cursor alone would make the next page a lab's.
    let kept = (dialect == Dialect::Plain).then_some(("dialect", Some("plain")));
    let linked = Query::parse(query.with(kept.as_slice()).as_bytes());
    let db = store::open().await?;
    if dialect == Dialect::Plain {
        let listing = hot::plain_runs(db, &page, &site).await?;
        return Ok(headers::plain(lists::respond(listing, &here, &linked)));
    }
    if lists::slice_names(&query, &FIELDS)?.is_none() {
        return Ok(lists::respond(hot::lab_runs(db, &page, &site).await?, &here, &linked));
    }
    let mut listing = hot::lab_runs_with_ids(db, &page, &site).await?;
    listing.json = lists::slice(listing.json, &query, &FIELDS)?;
    Ok(lists::respond(listing, &here, &linked))
}

/// Runs as whole objects, or as slices when `fields=` names some.
pub async fn rendered_as_asked(
    db: Db,
    picked: &Picked,
    query: &Query,
    site: &Site,
) -> Result<String> {
    if lists::slice_names(query, &FIELDS)?.is_none() {
        return Ok(rendered::runs(db, picked, site).await?);
    }
    lists::slice(rendered::runs_with_ids(db, picked, site).await?, query, &FIELDS)
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
    let shown = show_in(dialect, &site, &run, &query, &given).await;
    Ok(if dialect == Dialect::Plain { headers::plain(shown) } else { shown.into_response() })
}

async fn show_in(
    dialect: Dialect,
    site: &Site,
    run: &str,
    query: &Query,
    given: &HeaderMap,
) -> Result<Response> {
    let db = store::open().await?;
    let tag = |id, version| ETag::new(&format!("{id}-{version}-{dialect:?}"));
    if dialect == Dialect::Plain && !given.contains_key(header::IF_NONE_MATCH) {
        let shown = hot::plain_run(db, run, site).await?.ok_or(NO_RUN)?;
        return Ok(tag(shown.id, shown.version).on(JsonText(shown.json).into_response()));
    }
    let head = runs::head(db, run).await?.ok_or(NO_RUN)?;
    let tag = tag(head.id, head.version);
    if tag.is_known(given) {
        return Ok(tag.not_modified());
    }
    let text = match dialect {
        Dialect::Plain => hot::plain_run(db, run, site).await?.ok_or(NO_RUN)?.json,
        Dialect::Lab => whole_run(db, site, head.id, query).await?,
    };
    Ok(tag.on(JsonText(text).into_response()))
}

/// The run object, and in it its jobs unless the query leaves them out.
async fn whole_run(db: Db, site: &Site, run_id: i64, query: &Query) -> Result<String> {
    let names = lists::slice_names(query, &[FIELDS.as_slice(), &["jobs"]].concat())?;
    let job_fields = fields::parse_slice(query.get("job_fields").unwrap_or_default())?;
    let wants_jobs = match &names {
        Some(names) => names.contains(&"jobs"),
        None => query.get("jobs") != Some("0"),
    };
    let cut = |array: &str| lists::sliced(array, names.as_deref()).into_iter().next();
    if !wants_jobs {
        let picked = Picked::one(run_id);
        let array = match names {
            None => rendered::runs(db, &picked, site).await?,
            Some(_) => rendered::runs_with_ids(db, &picked, site).await?,
        };
        return Ok(lists::object(&cut(&array).ok_or(NO_RUN)?));
    }
    let whole =
        rendered::whole_run(db, run_id, job_fields.as_deref(), site).await?.ok_or(NO_RUN)?;
    let mut run = cut(&format!("[{}]", whole.run)).ok_or(NO_RUN)?;
    if names.is_none() {
        run.retain(|(key, _)| key != "id");
    }
    Ok(lists::object_with(&run, "jobs", &whole.jobs))
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
