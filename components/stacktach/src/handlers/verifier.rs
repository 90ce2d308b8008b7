//! Verification on demand: what upstream's daemon did all the time.

use assay_db::Db;
use assay_web::time::{self, Micros, SECOND};
use axum::Json;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::domain::confirmations::billed;
use crate::domain::image_verification::ImageAudit;
use crate::domain::services::Service;
use crate::domain::verdicts::Verdict;
use crate::domain::verification::{Audit, FlavorField, Level, Rules};
use crate::error::{Error, Result};
use crate::extract::{JsonObject, RawBody};
use crate::store::{self, verifications};

/// Audits of a service that one pass verifies when it does not say, and at most.
const DEFAULT_LIMIT: i64 = 500;
const MOST_AUDITS: i64 = 1000;
/// An audit is left alone for so long, because its launch or delete may still be on the way.
const DEFAULT_SETTLE: i64 = 300;

/// What `POST /stacktach/verifier/run/` takes.
#[derive(Default, Deserialize)]
struct Asked {
    service: Option<String>,
    limit: Option<i64>,
    settle_seconds: Option<i64>,
    validation_level: Option<String>,
    flavor_field_name: Option<String>,
}

/// What a pass did for one service.
#[derive(Default, Serialize)]
struct Tally {
    checked: usize,
    verified: usize,
    reconciled: usize,
    failed: usize,
}

/// `POST /stacktach/verifier/run/`: one bounded pass, meant for cron.
pub async fn run(RawBody(body): RawBody) -> Result<Json<Value>> {
    let asked: Asked = match body.trim_ascii() {
        [] => Asked::default(),
        body => JsonObject::parse(body)?.read()?,
    };
    let services = match asked.service.as_deref() {
        Some(name) => vec![billed(name).map_err(Error::Invalid)?],
        None => vec![Service::Nova, Service::Glance],
    };
    let limit = non_negative("limit", asked.limit, DEFAULT_LIMIT)?.min(MOST_AUDITS);
    let settle = non_negative("settle_seconds", asked.settle_seconds, DEFAULT_SETTLE)?;
    let rules = Rules {
        level: level(asked.validation_level.as_deref())?,
        flavor: flavor(asked.flavor_field_name.as_deref())?,
        now: time::now(),
    };
    let ended_by = rules.now.saturating_sub(settle.saturating_mul(SECOND));
    let db = store::open().await?;
    let (mut answer, mut remaining) = (Map::new(), 0);
    for service in services {
        let tally = pass(db, service, ended_by, limit, &rules).await?;
        answer.insert(service.name().to_owned(), json!(tally));
        remaining += verifications::remaining(db, service, ended_by).await?;
    }
    answer.insert("remaining".to_owned(), json!(remaining));
    Ok(Json(Value::Object(answer)))
}

async fn pass(
    db: Db,
    service: Service,
    ended_by: Micros,
    limit: i64,
    rules: &Rules,
) -> Result<Tally> {
    let audits = verifications::next(db, service, ended_by, limit).await?;
    let verdicts: serde_json::Result<Vec<Verdict>> = if service == Service::Glance {
        serde_json::from_str(&audits).map(|audits: Vec<ImageAudit>| {
            audits.into_iter().map(|audit| audit.verdict(rules.now)).collect()
        })
    } else {
        serde_json::from_str(&audits).map(|audits: Vec<Audit>| {
            audits.into_iter().map(|audit| audit.verdict(rules)).collect()
        })
    };
    let verdicts =
        verdicts.map_err(|why| assay_db::Error::Failed(format!("audits to verify: {why}")))?;
    if verdicts.is_empty() {
        return Ok(Tally::default());
    }
    let mut tally = Tally::default();
    for status in verifications::settle(db, service, &verdicts).await? {
        tally.checked += 1;
        match status.0.as_str() {
            "verified" => tally.verified += 1,
            "reconciled" => tally.reconciled += 1,
            _ => tally.failed += 1,
        }
    }
    Ok(tally)
}

fn non_negative(name: &str, number: Option<i64>, default: i64) -> Result<i64> {
    let number = number.unwrap_or(default);
    if number >= 0 { Ok(number) } else { Err(Error::invalid(format!("'{name}' is negative"))) }
}

fn level(name: Option<&str>) -> Result<Level> {
    match name {
        None | Some("all") => Ok(Level::All),
        Some("basic") => Ok(Level::Basic),
        Some("none") => Ok(Level::Nothing),
        Some(_) => Err(Error::invalid("'validation_level' must be all, basic or none")),
    }
}

fn flavor(name: Option<&str>) -> Result<FlavorField> {
    match name {
        None | Some("instance_type_id") => Ok(FlavorField::Type),
        Some("instance_flavor_id") => Ok(FlavorField::Flavor),
        Some(_) => Err(Error::invalid(
            "'flavor_field_name' must be instance_type_id or instance_flavor_id",
        )),
    }
}
