//! `/runs/{run}/jobs`, `/runs/{run}/jobs/{job}` and the specification's `/runs/{run}/{job}`.

use assay_db::Db;
use assay_web::conditional::ETag;
use assay_web::json::{JsonText, RawObject};
use assay_web::query::Query;
use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, header};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::lists;
use crate::domain::fields;
use crate::domain::job_reports::{JobId, JobReport};
use crate::domain::run_names::RunName;
use crate::domain::statuses::Status;
use crate::error::{Error, Result};
use crate::extract::{JsonBody, Path};
use crate::headers;
use crate::site::Site;
use crate::store::hot::Versioned;
use crate::store::reports::Mode;
use crate::store::{self, Picked, hot, jobs, rendered, reports, runs};

/// How many jobs one array may bring.
const MOST_AT_ONCE: usize = 1000;

const NO_RUN: Error = Error::NotThere("requested run was not found");
const NO_RUN_OF_JOBS: Error = Error::NotThere("associated run was not found");
const NO_JOB: Error = Error::NotThere("requested job was not found");
const NO_JOB_TO_UPDATE: Error = Error::NotThere("attempted to update a non-existent job");
const NO_JOB_TO_DELETE: Error = Error::NotThere("attempted to delete a non-existent job");

/// Jobs as whole objects, or as slices when `fields` names some.
pub async fn rendered_as_asked(
    db: Db,
    picked: &Picked,
    fields: Option<&str>,
    site: &Site,
) -> Result<String> {
    match fields::parse_slice(fields.unwrap_or_default())? {
        None => Ok(rendered::jobs(db, picked, site).await?),
        Some(names) => Ok(rendered::job_slices(db, picked, &names, site).await?),
    }
}

/// `GET /runs/{run}/jobs/`: all jobs of the run, newest first; `status=` and `fields=` cut them down.
pub async fn list(
    site: Site,
    Path(run): Path<String>,
    query: Query,
    given: HeaderMap,
) -> Result<Response> {
    let db = store::open().await?;
    let statuses = query.non_empty("status").map(Status::parse_list).transpose();
    let names = fields::parse_slice(query.get("fields").unwrap_or_default());
    let (statuses, names) = match (statuses, names) {
        (Ok(statuses), Ok(names)) => (statuses, names),
        _ if runs::head(db, &run).await?.is_none() => return Err(NO_RUN_OF_JOBS),
        (Err(error), _) | (_, Err(error)) => return Err(error),
    };
    let tag = |id, version| ETag::new(&format!("{id}-{version}-jobs"));
    if given.contains_key(header::IF_NONE_MATCH) {
        let head = runs::head(db, &run).await?.ok_or(NO_RUN_OF_JOBS)?;
        if tag(head.id, head.version).is_known(&given) {
            return Ok(tag(head.id, head.version).not_modified());
        }
    }
    let statuses = statuses.as_deref();
    let listed = match &names {
        None => hot::jobs_of_run(db, &run, statuses, &site).await?,
        Some(names) if names.len() <= hot::FIELDS_AT_ONCE => {
            hot::job_slices_of_run(db, &run, statuses, names, &site).await?
        }
        Some(names) => long_slices(db, &run, statuses, names, &site).await?,
    };
    let listed = listed.ok_or(NO_RUN_OF_JOBS)?;
    Ok(tag(listed.id, listed.version).on(JsonText(listed.json).into_response()))
}

/// Slices with any number of fields: picked, then shown.
async fn long_slices(
    db: Db,
    run: &str,
    statuses: Option<&[Status]>,
    names: &[&str],
    site: &Site,
) -> Result<Option<Versioned>> {
    let Some(head) = runs::head(db, run).await? else { return Ok(None) };
    let picked = jobs::of_run_latest_first(db, head.id, statuses).await?;
    let json = rendered::job_slices(db, &picked, names, site).await?;
    Ok(Some(Versioned { id: head.id, version: head.version, json }))
}

/// `POST /runs/{run}/jobs/`: stores a job, or an array of them, and the run if it is missing. teuthology looks for
/// a refusal that ends in `already exists`.
pub async fn create(Path(run): Path<String>, query: Query, body: JsonBody) -> Result<Json<Value>> {
    let run = RunName::parse(&run)?;
    let mode = if upserts(&query) { Mode::Upsert } else { Mode::Create };
    if let Some(elements) = body.array() {
        return create_many(&run, mode, &elements).await;
    }
    let object = body.object()?;
    if object.is_empty() {
        return Err(Error::not_json()); // the original's rule
    }
    let report = JobReport::parse_new(&object)?;
    let job_id = store_new(&run, mode, &[report], false).await?.into_iter().next();
    Ok(Json(json!({ "job_id": job_id })))
}

/// `POST /runs/{run}/`: the specification's "jobs: Create"; the run must be there and the job must have an id.
pub async fn create_in_run(Path(run): Path<String>, body: Result<JsonBody>) -> Result<Json<Value>> {
    let db = store::open().await?;
    let report = match body.and_then(|body| read_named(&body)) {
        Ok(report) => report,
        Err(_) if runs::head(db, &run).await?.is_none() => return Err(NO_RUN),
        Err(error) => return Err(error),
    };
    let run = RunName::parse(&run).map_err(|_| NO_RUN)?;
    let job_id = store_new(&run, Mode::Create, &[report], true).await?.into_iter().next();
    Ok(Json(json!({ "job_id": job_id })))
}

fn read_named(body: &JsonBody) -> Result<JobReport> {
    let report = JobReport::parse_new(&body.object()?)?;
    if report.job_id.is_none() { Err(Error::missing_key("job_id")) } else { Ok(report) }
}

async fn create_many(run: &RunName, mode: Mode, elements: &[&RawValue]) -> Result<Json<Value>> {
    if !(1..=MOST_AT_ONCE).contains(&elements.len()) {
        return Err(Error::invalid(format!("an array must have 1 to {MOST_AT_ONCE} jobs")));
    }
    let reports: Vec<JobReport> = elements
        .iter()
        .enumerate()
        .map(|(index, raw)| read_element(raw).map_err(|error| at_element(index, &error)))
        .collect::<Result<_>>()?;
    refuse_repeated_ids(&reports)?;
    let job_ids = store_new(run, mode, &reports, false).await?;
    Ok(Json(json!({ "job_ids": job_ids })))
}

fn read_element(raw: &RawValue) -> Result<JobReport> {
    let object =
        RawObject::parse(raw.get()).ok_or_else(|| Error::invalid("a job must be an object"))?;
    JobReport::parse_new(&object)
}

fn at_element(index: usize, error: &Error) -> Error {
    Error::invalid(format!("job {index}: {error}"))
}

fn refuse_repeated_ids(reports: &[JobReport]) -> Result<()> {
    let mut seen = std::collections::HashSet::new();
    for (index, report) in reports.iter().enumerate() {
        let Some(job_id) = &report.job_id else { continue };
        if !seen.insert(job_id.as_str()) {
            return Err(at_element(index, &already_exists(job_id.as_str())));
        }
    }
    Ok(())
}

fn already_exists(job_id: &str) -> Error {
    Error::invalid(format!("job with job_id {job_id} already exists"))
}

/// Stores new jobs, all or none, and gives their ids.
async fn store_new(
    run: &RunName,
    mode: Mode,
    new: &[JobReport],
    run_must_exist: bool,
) -> Result<Vec<String>> {
    let db = store::open().await?;
    let commands: Vec<Value> = new.iter().map(|report| report.to_command(None)).collect();
    let stored = reports::store(db, run, &commands, mode, run_must_exist).await?;
    if !stored.is_empty() {
        return Ok(stored);
    }
    if run_must_exist && runs::head(db, run.as_str()).await?.is_none() {
        return Err(NO_RUN);
    }
    let ids: Vec<&str> =
        new.iter().filter_map(|report| report.job_id.as_ref()).map(JobId::as_str).collect();
    // Deleted again since it was in the way: the id is as good as any.
    let taken = jobs::first_taken(db, run.as_str(), &ids).await?;
    let taken = taken.or_else(|| ids.first().map(|id| (*id).to_owned())).unwrap_or_default();
    let refusal = already_exists(&taken);
    let index =
        new.iter().position(|report| report.job_id.as_ref().is_some_and(|id| id.as_str() == taken));
    Err(if new.len() > 1 { at_element(index.unwrap_or_default(), &refusal) } else { refusal })
}

fn upserts(query: &Query) -> bool {
    query.get("upsert") == Some("1")
}

/// `GET /runs/{run}/jobs/{job}/`: one job.
pub async fn show(
    site: Site,
    Path((run, job)): Path<(String, String)>,
    query: Query,
) -> Result<JsonText> {
    let db = store::open().await?;
    let names = fields::parse_slice(query.get("fields").unwrap_or_default());
    if let Ok(None) = names {
        return hot::job(db, &run, &job, &site).await?.map(JsonText).ok_or(NO_JOB);
    }
    let id = jobs::find(db, &run, &job).await?.ok_or(NO_JOB)?;
    let array = rendered_as_asked(db, &Picked::one(id), query.get("fields"), &site).await?;
    only_element(&array).map(JsonText)
}

/// The element of an array of one; none when the job went away meanwhile.
fn only_element(array: &str) -> Result<String> {
    let element =
        array.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or_default();
    if element.is_empty() { Err(NO_JOB) } else { Ok(element.to_owned()) }
}

/// `GET /runs/{run}/{job}/`: one job in the specification's words, with an `href` of this form.
pub async fn show_plain(site: Site, Path((run, job)): Path<(String, String)>) -> Response {
    headers::plain(plain_job(&site, &run, &job).await)
}

async fn plain_job(site: &Site, run: &str, job: &str) -> Result<JsonText> {
    let db = store::open().await?;
    let text = hot::job(db, run, job, site).await?.ok_or(NO_JOB)?;
    let mut object = lists::sliced(&format!("[{text}]"), None).into_iter().next().ok_or(NO_JOB)?;
    let path = RunName::parse(run).map_err(|_| NO_JOB)?.path();
    for (key, value) in &mut object {
        let text = match (key.as_str(), value.get()) {
            ("status", r#""pass""#) => "pass".to_owned(),
            ("status", r#""fail""# | r#""dead""#) => "failed".to_owned(),
            ("status", _) => "pending".to_owned(),
            ("href", _) => format!("{}{path}{job}/", site.base),
            _ => continue,
        };
        *value = serde_json::value::to_raw_value(&text).map_err(|_| NO_JOB)?;
    }
    Ok(JsonText(lists::object(&object)))
}

/// `PUT /runs/{run}/jobs/{job}/`: changes what the body names; `?upsert=1` creates the job if it is missing.
pub async fn update(
    Path((run, job)): Path<(String, String)>,
    query: Query,
    body: Result<JsonBody>,
) -> Result<Json<Value>> {
    let report = body.and_then(|body| JobReport::parse_change(&body.object()?));
    if upserts(&query) {
        let (name, job_id) = (RunName::parse(&run)?, JobId::parse(&job)?);
        let command = report?.to_command(Some(&job_id));
        reports::store(store::open().await?, &name, &[command], Mode::Upsert, false).await?;
        return Ok(Json(json!({})));
    }
    let db = store::open().await?;
    let report = match report {
        Ok(report) => report,
        Err(_) if jobs::find(db, &run, &job).await?.is_none() => return Err(NO_JOB_TO_UPDATE),
        Err(error) => return Err(error),
    };
    let name = RunName::parse(&run).map_err(|_| NO_JOB_TO_UPDATE)?;
    let job_id = JobId::parse(&job).map_err(|_| NO_JOB_TO_UPDATE)?;
    let command = report.to_command(Some(&job_id));
    let stored = reports::store(db, &name, &[command], Mode::Update, true).await?;
    if stored.is_empty() { Err(NO_JOB_TO_UPDATE) } else { Ok(Json(json!({}))) }
}

/// `PUT /runs/{run}/{job}/`: the same at the specification's URL.
pub async fn update_plain(
    path: Path<(String, String)>,
    query: Query,
    body: Result<JsonBody>,
) -> Response {
    headers::plain(update(path, query, body).await)
}

/// `DELETE /runs/{run}/jobs/{job}/`: deletes a job; an emptied run stays.
pub async fn delete(Path((run, job)): Path<(String, String)>) -> Result<Json<Value>> {
    let deleted = jobs::delete(store::open().await?, &run, &job).await?;
    if deleted { Ok(Json(json!({}))) } else { Err(NO_JOB_TO_DELETE) }
}

/// `DELETE /runs/{run}/{job}/`: the same at the specification's URL.
pub async fn delete_plain(path: Path<(String, String)>) -> Response {
    headers::plain(delete(path).await)
}

/// `PUT /runs/{run}/jobs/?status=queued,running`: one body for all jobs that match.
pub async fn update_many(
    Path(run): Path<String>,
    query: Query,
    body: Result<JsonBody>,
) -> Result<Json<Value>> {
    let db = store::open().await?;
    let head = runs::head(db, &run).await?.ok_or(NO_RUN_OF_JOBS)?;
    let report = JobReport::parse_change(&body?.object()?)?;
    let statuses = query.non_empty("status").map(Status::parse_list).transpose()?;
    let words = statuses.as_deref().map(jobs::words);
    let updated =
        reports::store_for_all(db, head.id, words.as_deref(), &report.to_command(None)).await?;
    Ok(Json(json!({ "updated": updated })))
}

/// `DELETE /runs/{run}/jobs/?status=dead`: deletes all jobs that match; which ones must be said.
pub async fn delete_many(Path(run): Path<String>, query: Query) -> Result<Json<Value>> {
    let db = store::open().await?;
    let head = runs::head(db, &run).await?.ok_or(NO_RUN_OF_JOBS)?;
    let statuses = query.non_empty("status").ok_or_else(|| Error::missing_key("status"))?;
    let deleted = jobs::delete_some(db, head.id, &Status::parse_list(statuses)?).await?;
    Ok(Json(json!({ "deleted": deleted })))
}
