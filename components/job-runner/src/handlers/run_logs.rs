//! `run_log`: what runs have printed.

use axum::response::Response;

use super::objects::{accepted, created, reader};
use crate::domain::bodies::Changes;
use crate::domain::callers::Caller;
use crate::domain::resources::Resource;
use crate::error::{Error, Result};
use crate::extract::{Id, JsonObject};
use crate::settings;
use crate::site::Site;
use crate::store::{self, references, run_logs};

/// `POST /api/v1/run_log/`: stores the log of a run that has none.
pub async fn create(caller: Caller, site: Site, body: JsonObject) -> Result<Response> {
    let changes = reader(Resource::RunLog, &site).await?.new_object(&body.0)?;
    drop(body);
    let db = store::open().await?;
    references::check(db, &changes.named, &caller.scope).await?;
    let run = changes.int("run").ok_or(Error::NotThere)?;
    let content = content(changes).await?.flatten();
    let outcome = run_logs::create(db, run, content, &caller.scope).await?;
    let id = outcome.ok_or(Error::Unauthorized)?.done()?;
    created(db, Resource::RunLog, id, &caller, &site, "").await
}

/// `PATCH /api/v1/run_log/{id}/`: replaces the text.
pub async fn update(caller: Caller, site: Site, Id(id): Id, body: JsonObject) -> Result<Response> {
    let changes = reader(Resource::RunLog, &site).await?.change(id, &body.0)?;
    drop(body);
    let db = store::open().await?;
    references::check(db, &changes.named, &caller.scope).await?;
    let run = changes.int("run");
    let content = content(changes).await?;
    match run_logs::update(db, id, run, content, &caller.scope).await? {
        Some(outcome) => outcome.done()?,
        None => return Err(references::refusal(db, Resource::RunLog, id, &caller.scope).await?),
    };
    accepted(db, Resource::RunLog, id, &caller).await
}

/// The text, taken out of the body so that it is in memory once; outside `None` when the body does
/// not name it.
async fn content(mut changes: Changes) -> Result<Option<Option<String>>> {
    let limit = settings::get().await.max_log_bytes;
    match changes.fields.remove("content") {
        None => Ok(None),
        Some(serde_json::Value::String(text)) if text.len() > limit => Err(Error::TooLarge(limit)),
        Some(serde_json::Value::String(text)) => Ok(Some(Some(text))),
        Some(_) => Ok(Some(None)),
    }
}
