//! `run/claim/` and `run/{id}/heartbeat/`: work for workers that need nothing but HTTP.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use assay_db::Db;
use assay_web::json::JsonText;
use assay_web::time::{SECOND, now};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::planning::{Planner, TRIES};
use crate::domain::callers::Caller;
use crate::domain::orders::{Claim, Heartbeat};
use crate::domain::resources::Resource;
use crate::domain::times;
use crate::error::{Error, Result};
use crate::extract::{Id, JsonObject};
use crate::site::Site;
use crate::store::{self, dispatch, pings, plans, reads, references, runs};

/// Half of the requests that an instance serves at once may wait for work; the other half stays for
/// everything else.
const MOST_WAITING: usize = 8;
static WAITING: AtomicUsize = AtomicUsize::new(0);

/// `POST /api/v1/run/claim/`: gives a worker what is due for it, at the latest after the time it
/// would wait.
pub async fn claim(caller: Caller, site: Site, body: JsonObject) -> Result<JsonText> {
    let worker = caller.worker().ok_or(Error::Unauthorized)?;
    let claim = Claim::parse(&body.0)?;
    let db = store::open().await?;
    let start = now();
    let (version, jobs) = (claim.worker_version.as_deref(), claim.concurrent_jobs);
    if !pings::heard(db, worker, version, jobs, start).await? {
        let nothing = json!({ "objects": [], "retry_after": 5, "reason": "worker is disabled" });
        return Ok(JsonText(nothing.to_string()));
    }
    let mut place = None;
    loop {
        let is_due = dispatch::is_due(db, worker, now()).await?;
        if is_due {
            let taken = take(db, worker, &claim, &site).await?;
            if !taken.is_empty() {
                return answer(db, worker, &taken).await;
            }
        }
        if now() + SECOND > start + claim.wait * SECOND {
            // What was due has gone to others, or comes back to the plan: ask again soon.
            return Ok(nothing(i64::from(is_due)));
        }
        place = place.or_else(Place::find);
        if place.is_none() {
            return Ok(nothing(1 + now().rem_euclid(5)));
        }
        spin_sdk::time::sleep(Duration::from_secs(1)).await;
    }
}

fn nothing(retry_after: i64) -> JsonText {
    JsonText(json!({ "objects": [], "retry_after": retry_after }).to_string())
}

/// A place among those who wait, free again when it is dropped.
struct Place;

impl Place {
    fn find() -> Option<Self> {
        let free = |waiting: usize| (waiting < MOST_WAITING).then_some(waiting + 1);
        WAITING.fetch_update(Ordering::Relaxed, Ordering::Relaxed, free).is_ok().then(|| Self)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        WAITING.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Dispatches, and takes what the worker may have. What must be planned is read before and may be
/// out of date by then; so there are some more plans than runs are wanted, and another look when
/// all of these runs were gone: others have got on meanwhile.
async fn take(db: Db, worker: i64, claim: &Claim, site: &Site) -> Result<Vec<i64>> {
    for _try in 0..TRIES {
        let planner = Planner::new(site).await?;
        planner.settle_leases(db).await?;
        planner.spread(db, Some(worker)).await?;
        let candidates = plans::to_plan(db, worker, planner.now, claim.limit + 20).await?;
        let plans = planner.plans(&candidates);
        let (limit, lease) = (claim.limit, claim.lease_seconds);
        let taken = dispatch::take(db, worker, &plans, limit, lease, planner.now).await?;
        if !taken.is_empty() || candidates.is_empty() {
            return Ok(taken);
        }
    }
    Ok(Vec::new())
}

async fn answer(db: Db, worker: i64, ids: &[i64]) -> Result<JsonText> {
    let scope = runs::taken_scope(db, worker, ids).await?;
    let shown = reads::show(db, Resource::Run, ids, &scope).await?;
    let orders = runs::orders(db, ids).await?;
    let zone = crate::settings::get().await.zone()?;
    let objects = times::localize(format!("[{}]", shown.objects), zone);
    let objects: Vec<&RawValue> = serde_json::from_str(&objects).unwrap_or_default();
    let orders: HashMap<i64, &RawValue> = serde_json::from_str(&orders).unwrap_or_default();
    let whole = |run: &&RawValue| {
        let Numbered { id } = serde_json::from_str(run.get()).ok()?;
        orders.get(&id).map(|order| joined(run.get(), order.get()))
    };
    let whole: Vec<String> = objects.iter().filter_map(whole).collect();
    Ok(JsonText(format!("{{\"objects\":[{}],\"retry_after\":0}}", whole.join(","))))
}

/// The number of a run that is shown.
#[derive(Deserialize)]
struct Numbered {
    id: i64,
}

/// Two objects as one.
fn joined(first: &str, second: &str) -> String {
    let (first, second) = (first.trim_end_matches('}'), second.trim_start_matches('{'));
    format!("{first},{second}")
}

/// `POST /api/v1/run/{id}/heartbeat/`: the worker still runs it.
pub async fn heartbeat(caller: Caller, Id(id): Id, body: JsonObject) -> Result<JsonText> {
    let worker = caller.worker().ok_or(Error::Unauthorized)?;
    let most = crate::settings::get().await.max_log_bytes;
    let Heartbeat { lease, pid, log } = Heartbeat::parse(&body.0, most)?;
    let db = store::open().await?;
    match dispatch::heartbeat(db, id, &lease, pid, log.as_deref(), worker, now()).await? {
        Some(alive) => {
            let zone = crate::settings::get().await.zone()?;
            let expires = times::format(alive.lease_expires_dts, zone);
            let answer: Value = json!({ "lease_expires_dts": expires, "kill": alive.kill });
            Ok(JsonText(answer.to_string()))
        }
        None if reads::show(db, Resource::Run, &[id], &caller.scope).await?.count > 0 => {
            Err(Error::Conflict(format!("The lease of run {id} is lost.")))
        }
        None => Err(references::refusal(db, Resource::Run, id, &caller.scope).await?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use assay_web::json::RawObject;

    #[test]
    fn two_objects_become_one() {
        let whole = joined(r#"{"a":1}"#, r#"{"b":{}}"#);
        assert_eq!(whole, r#"{"a":1,"b":{}}"#);
        assert!(RawObject::parse(&whole).is_some());
    }

    #[test]
    fn only_so_many_wait() {
        let places: Vec<_> = std::iter::from_fn(Place::find).collect();
        assert_eq!(places.len(), MOST_WAITING);
        drop(places);
        assert!(Place::find().is_some());
    }
}
