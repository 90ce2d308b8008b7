//! `run`: planning runs, and what workers say of them.

use assay_web::time::now;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::Value;

use super::objects::{accepted, created, reader};
use super::planning::{Planner, TRIES};
use crate::domain::callers::Caller;
use crate::domain::resources::Resource;
use crate::error::{Error, Result};
use crate::extract::{Id, JsonObject};
use crate::site::Site;
use crate::store::{self, plans, references, runs};

/// `POST /api/v1/run/`: plans a run.
pub async fn create(caller: Caller, site: Site, body: JsonObject) -> Result<Response> {
    let mut fields = body.0;
    // Everything but these is the server's or comes later; old clients send whole objects.
    fields.retain(|name, _| CREATED_WITH.contains(&name.as_str()));
    let changes = reader(Resource::Run, &site).await?.new_object(&fields)?;
    let db = store::open().await?;
    references::check(db, &changes.named, &caller.scope).await?;
    let outcome = runs::create(db, &changes, &caller.scope, now()).await?;
    let id = outcome.ok_or(Error::Unauthorized)?.done()?;
    created(db, Resource::Run, id, &caller, &site, "").await
}

const CREATED_WITH: [&str; 5] = ["job", "schedule_dts", "is_manual", "schedule_children", "worker"];

/// `PATCH /api/v1/run/{id}/`: a worker takes a run, starts it, returns it, gives it back.
pub async fn update(caller: Caller, site: Site, Id(id): Id, body: JsonObject) -> Result<Response> {
    change(&caller, &site, id, body).await?;
    accepted(store::open().await?, Resource::Run, id, &caller).await
}

/// `PUT /api/v1/run/{id}/`: the same for the operator, with an empty answer.
pub async fn replace(caller: Caller, site: Site, Id(id): Id, body: JsonObject) -> Result<Response> {
    if !caller.is_operator() {
        return Err(Error::Unauthorized);
    }
    change(&caller, &site, id, body).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// A schedule that is compared with the run's own: it cannot be changed.
fn schedule_id(given: &Value) -> Result<i64> {
    let number = given.as_i64().or_else(|| given.as_str()?.parse().ok());
    number.ok_or_else(|| Error::field("schedule_id", "the number that it is"))
}

async fn change(caller: &Caller, site: &Site, id: i64, body: JsonObject) -> Result<()> {
    let mut changes = reader(Resource::Run, site).await?.change(id, &body.0)?;
    if let Some(given) = body.0.get("schedule_id") {
        changes.fields.insert("schedule_id".into(), schedule_id(given)?.into());
    }
    let db = store::open().await?;
    references::check(db, &changes.named, &caller.scope).await?;
    let lease = body.0.get("lease").and_then(Value::as_str);
    for _try in 0..TRIES {
        let planner = Planner::new(site).await?;
        let plan = plans::of_run(db, id).await?.map(|run| planner.plan(&run).to_string());
        let outcome =
            runs::update(db, id, &changes, lease, plan.as_deref(), &caller.scope, planner.now);
        match outcome.await? {
            Some(outcome) if outcome.is_stale() => {}
            Some(outcome) => return outcome.done().map(|_id| ()),
            None => return Err(references::refusal(db, Resource::Run, id, &caller.scope).await?),
        }
    }
    Err(Error::Conflict(format!("Run {id} is being changed by others: try again.")))
}
