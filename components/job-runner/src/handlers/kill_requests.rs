//! `kill_request`: asking for the end of a run.

use assay_web::time::now;
use axum::response::Response;

use super::objects::{accepted, created, reader};
use crate::domain::callers::Caller;
use crate::domain::resources::Resource;
use crate::error::{Error, Result};
use crate::extract::{Id, JsonObject};
use crate::site::Site;
use crate::store::{self, kill_requests, references};

/// `POST /api/v1/kill_request/`: asks for the end of a run.
pub async fn create(caller: Caller, site: Site, body: JsonObject) -> Result<Response> {
    let changes = reader(Resource::KillRequest, &site).await?.new_object(&body.0)?;
    let db = store::open().await?;
    references::check(db, &changes.named, &caller.scope).await?;
    let outcome = kill_requests::create(db, &changes, &caller.scope, now()).await?;
    let id = outcome.ok_or(Error::Unauthorized)?.done()?;
    created(db, Resource::KillRequest, id, &caller, &site, "").await
}

/// `PATCH /api/v1/kill_request/{id}/`: a worker has heard of it, or has killed the run.
pub async fn update(caller: Caller, site: Site, Id(id): Id, body: JsonObject) -> Result<Response> {
    let changes = reader(Resource::KillRequest, &site).await?.change(id, &body.0)?;
    let db = store::open().await?;
    references::check(db, &changes.named, &caller.scope).await?;
    match kill_requests::update(db, id, &changes, &caller.scope).await? {
        Some(outcome) => outcome.done()?,
        None => {
            return Err(references::refusal(db, Resource::KillRequest, id, &caller.scope).await?);
        }
    };
    accepted(db, Resource::KillRequest, id, &caller).await
}
