//! What the operator does with groups, people, projects, pools, workers, templates, excludes; and
//! what they share with jobs.

use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::StatusCode;
use serde_json::json;

use super::objects::{accepted, created, reader};
use crate::domain::bodies::Changes;
use crate::domain::callers::{Caller, Who};
use crate::domain::resources::Resource;
use crate::domain::{passwords, scripts};
use crate::error::{Error, Result};
use crate::extract::{Id, JsonObject};
use crate::site::Site;
use crate::store::{self, admin, references};

/// `POST /api/v1/{resource}/`: creates an object.
pub async fn create(
    resource: Resource,
    caller: Caller,
    site: Site,
    body: JsonObject,
) -> Result<Response> {
    may_create(resource, &caller)?;
    let mut changes = reader(resource, &site).await?.new_object(&body.0)?;
    let secret = prepare(resource, &mut changes, true).await?;
    let db = store::open().await?;
    references::check(db, &changes.named, &caller.scope).await?;
    let outcome = admin::create(db, resource, &changes, &caller.scope).await?;
    let id = outcome.ok_or(Error::Unauthorized)?.done()?;
    let extra = secret.map(|secret| format!("\"secret\":{}", json!(secret))).unwrap_or_default();
    created(db, resource, id, &refreshed(caller).await?, &site, &extra).await
}

/// `PATCH /api/v1/{resource}/{id}/`: changes what is named.
pub async fn update(
    resource: Resource,
    caller: Caller,
    site: Site,
    Id(id): Id,
    body: JsonObject,
) -> Result<Response> {
    let db = store::open().await?;
    change(resource, &caller, &site, id, &body).await?;
    accepted(db, resource, id, &refreshed(caller).await?).await
}

/// `PUT /api/v1/{resource}/{id}/`: the same, with an empty answer; of workers and people for jobs
/// only.
pub async fn replace(
    resource: Resource,
    caller: Caller,
    site: Site,
    Id(id): Id,
    body: JsonObject,
) -> Result<Response> {
    if resource != Resource::Job && !caller.is_operator() {
        return Err(Error::Unauthorized);
    }
    change(resource, &caller, &site, id, &body).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `DELETE /api/v1/{resource}/{id}/`: removes an object that nothing needs.
pub async fn delete(resource: Resource, caller: Caller, Id(id): Id) -> Result<Response> {
    if !caller.is_operator() {
        return Err(Error::Unauthorized);
    }
    let outcome = admin::delete(store::open().await?, resource, id, &caller.scope).await?;
    outcome.ok_or(Error::NotThere)?.done()?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn change(
    resource: Resource,
    caller: &Caller,
    site: &Site,
    id: i64,
    body: &JsonObject,
) -> Result<()> {
    may_write(resource, caller)?;
    let mut changes = reader(resource, site).await?.change(id, &body.0)?;
    prepare(resource, &mut changes, false).await?;
    let db = store::open().await?;
    references::check(db, &changes.named, &caller.scope).await?;
    match admin::update(db, resource, id, &changes, &caller.scope).await? {
        Some(outcome) => outcome.done().map(|_id| ()),
        None => Err(references::refusal(db, resource, id, &caller.scope).await?),
    }
}

/// Jobs are also created by workers; the statement says in which projects.
fn may_create(resource: Resource, caller: &Caller) -> Result<()> {
    let may = caller.is_operator() || (caller.worker().is_some() && resource == Resource::Job);
    if may { Ok(()) } else { Err(Error::Unauthorized) }
}

/// Jobs are also changed by admins of projects, and a worker by itself; the statements say which.
fn may_write(resource: Resource, caller: &Caller) -> Result<()> {
    let may = matches!(
        (&caller.who, resource),
        (Who::Operator, _) | (Who::Worker(_), Resource::Worker) | (Who::Person, Resource::Job)
    );
    if may { Ok(()) } else { Err(Error::Unauthorized) }
}

/// Adds what follows from the fields: a worker's secret, which is given back once; a script's
/// pieces; a password's hash.
async fn prepare(
    resource: Resource,
    changes: &mut Changes,
    creating: bool,
) -> Result<Option<String>> {
    match resource {
        Resource::Worker if creating && changes.get("secret").is_none() => {
            let mut random = [0; 32];
            getrandom::fill(&mut random).map_err(|_| Error::NoRandomness)?;
            let secret = BASE64_URL_SAFE_NO_PAD.encode(random);
            changes.fields.insert("secret".into(), json!(secret));
            return Ok(Some(secret));
        }
        Resource::JobTemplate => scripts::cut_field(&mut changes.fields)?,
        Resource::User => passwords::hash_field(&mut changes.fields).await?,
        _ => {}
    }
    Ok(None)
}

/// The caller, who sees what was made a moment ago: the operator's scope names every object.
async fn refreshed(caller: Caller) -> Result<Caller> {
    if !caller.is_operator() {
        return Ok(caller);
    }
    let since = assay_web::time::now() - crate::settings::get().await.responsive_for;
    let scope = store::callers::everything(store::open().await?, &caller.who, since).await?;
    Ok(Caller { scope, ..caller })
}
