//! `broadcast/` and `health_check/`: what a ZeroMQ bridge or a cron job calls. Any number of them
//! may.

use assay_web::time::SECOND;
use axum::Json;
use serde_json::{Value, json};

use super::planning::Planner;
use super::webhooks;
use crate::domain::callers::Caller;
use crate::error::{Error, Result};
use crate::site::Site;
use crate::store::{self, dispatch, notifications, pings, plans};

/// The most messages in an answer.
const MOST_MESSAGES: usize = 500;
/// The most runs that a health check gives up.
const MOST_FAILED: usize = 100;

/// `POST /api/v1/broadcast/`: dispatches, and says what workers are to be told over ZeroMQ.
pub async fn broadcast(caller: Caller, site: Site) -> Result<Json<Value>> {
    if !caller.runs_the_lab() {
        return Err(Error::Unauthorized);
    }
    let planner = Planner::new(&site).await?;
    let db = store::open().await?;
    planner.settle_leases(db).await?;
    planner.settle_stranded(db).await?;
    planner.spread(db, None).await?;
    let responsive_since = planner.now - planner.settings.responsive_for;
    let mut messages = Vec::new();
    let room = |messages: &Vec<Value>| {
        i64::try_from(MOST_MESSAGES - messages.len().min(MOST_MESSAGES)).unwrap_or(0)
    };

    let candidates = plans::to_offer(db, planner.now, room(&messages)).await?;
    if !candidates.is_empty() {
        let commands = planner.commands(&candidates, |_| ());
        let patience = planner.settings.offer_patience;
        let offered =
            dispatch::offer(db, &commands, responsive_since, patience, planner.now).await?;
        let message = |offer: &dispatch::Offered| {
            message(&offer.api_key, json!({ "run_id": offer.run, "action": "enqueue" }))
        };
        messages.extend(offered.iter().map(message));
    }
    let kills = pings::send_kills(db, planner.now, room(&messages)).await?;
    messages.extend(kills.iter().map(|kill| {
        message(&kill.api_key, json!({ "kill_request_id": kill.id, "action": "kill" }))
    }));
    let since = planner.now - planner.settings.ping_interval * SECOND;
    let asked = pings::ask(db, since, planner.now, room(&messages)).await?;
    messages.extend(asked.iter().map(|api_key| message(api_key, json!({ "action": "ping" }))));

    webhooks::post(db, &planner).await?;
    let more = messages.len() >= MOST_MESSAGES;
    let mut answer = json!({ "messages": messages, "next_in": if more { 0 } else { 5 } });
    if more && let Some(answer) = answer.as_object_mut() {
        answer.insert("more".into(), json!(true));
    }
    Ok(Json(answer))
}

fn message(api_key: &str, body: Value) -> Value {
    json!({ "address": format!("master.broadcast.{api_key}"), "body": body })
}

/// `POST /api/v1/health_check/`: gives up what silent workers and lost leases hold.
pub async fn health_check(caller: Caller, site: Site) -> Result<Json<Value>> {
    if !caller.runs_the_lab() {
        return Err(Error::Unauthorized);
    }
    let planner = Planner::new(&site).await?;
    let db = store::open().await?;
    let responsive_since = planner.now - planner.settings.responsive_for;
    let (released, mut failed) = planner.settle_leases(db).await?;
    let expired = released.len() + failed.len();
    let stranded = planner.settle_stranded(db).await?;

    let mut candidates = plans::abandoned(db, responsive_since, planner.now).await?;
    let beyond = candidates.len() > MOST_FAILED;
    candidates.truncate(MOST_FAILED);
    let given_up = if candidates.is_empty() {
        Vec::new()
    } else {
        let commands = planner.commands(&candidates, |_| ());
        dispatch::fail(db, &commands, "Worker does not respond to ping requests.", planner.now)
            .await?
    };
    let more = beyond || given_up.len() < candidates.len() || expired >= 20 || stranded.len() >= 20;
    failed.extend(stranded);
    failed.extend(given_up);

    let plan = planner.no_plan().to_string();
    let workers = pings::silent_workers(db, responsive_since).await?;
    let pools = pings::silent_pools(db, responsive_since, planner.now, &plan).await?;
    notifications::prune(db, planner.now - planner.settings.notifications_for).await?;
    webhooks::post(db, &planner).await?;
    Ok(Json(json!({
        "failed_runs": failed,
        "released_runs": released,
        "unresponsive_workers": workers,
        "unresponsive_pools": pools,
        "more": more,
    })))
}
