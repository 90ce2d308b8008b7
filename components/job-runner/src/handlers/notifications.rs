//! `notification`: the outbox.

use axum::response::Response;

use super::objects::{accepted, reader};
use crate::domain::callers::Caller;
use crate::domain::resources::Resource;
use crate::error::{Error, Result};
use crate::extract::{Id, JsonObject};
use crate::site::Site;
use crate::store::{self, notifications};

/// `PATCH /api/v1/notification/{id}/`: it was sent (or is to be sent again).
pub async fn update(caller: Caller, site: Site, Id(id): Id, body: JsonObject) -> Result<Response> {
    if !caller.runs_the_lab() {
        return Err(Error::Unauthorized);
    }
    let changes = reader(Resource::Notification, &site).await?.change(id, &body.0)?;
    let db = store::open().await?;
    if changes.fields.contains_key("sent_dts")
        && !notifications::set_sent(db, id, changes.int("sent_dts")).await?
    {
        return Err(Error::NotThere);
    }
    accepted(db, Resource::Notification, id, &caller).await
}
