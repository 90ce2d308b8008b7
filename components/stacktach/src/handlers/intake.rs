//! From texts that were sent to what became of each: shared by the URLs that take notifications in.

use std::collections::HashMap;

use assay_db::Db;
use http::StatusCode;
use serde::Serialize;
use serde_json::{Value, json};

use crate::domain::events::Event;
use crate::domain::items::{self, Item};
use crate::domain::services::Service;
use crate::domain::{deployments as names, items::ITEM_LIMIT};
use crate::error::Result;
use crate::store::arrivals::{self, Arrival};
use crate::store::rejected::{self, Refused};
use crate::store::{self, deployments};

/// Items that are stored by one statement: a large batch does not hold the write lock for long.
const GROUP: usize = 100;
/// What is kept of a refused item.
const KEPT_BYTES: usize = 64 * 1024;

/// What holds for items that say nothing else.
#[derive(Debug)]
pub struct Defaults {
    /// Where they come from.
    pub deployment: String,
    /// Whose they are.
    pub service: Option<Service>,
}

/// What became of one item.
#[derive(Debug, Serialize)]
pub struct Outcome {
    index: usize,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<&'static str>,
    message_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deployment: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Value>,
}

/// What became of all of them, in their order.
#[derive(Debug, Default)]
pub struct Report(Vec<Outcome>);

impl Report {
    /// How many are of this status: `stored`, `duplicate` or `error`.
    pub fn count(&self, status: &str) -> usize {
        self.0.iter().filter(|outcome| outcome.status == status).count()
    }

    /// The status of the answer: 201 when something was stored, 200 when nothing was to do, 207
    /// when some failed and 400 when all did.
    pub fn status(&self) -> StatusCode {
        match (self.count("error"), self.count("stored")) {
            (0, 0) => StatusCode::OK,
            (0, _) => StatusCode::CREATED,
            (failed, _) if failed == self.0.len() => StatusCode::BAD_REQUEST,
            _ => StatusCode::MULTI_STATUS,
        }
    }

    /// The answer.
    pub fn json(&self) -> Value {
        json!({
            "received": self.0.len(), "stored": self.count("stored"),
            "duplicates": self.count("duplicate"), "failed": self.count("error"),
            "results": self.0,
        })
    }

    fn failed(&mut self, index: usize, why: &str) {
        let error = json!({ "type": "Bad Request", "message": why });
        self.0.push(Outcome {
            index,
            status: "error",
            id: None,
            service: None,
            message_id: None,
            deployment: None,
            warnings: Vec::new(),
            error: Some(error),
        });
    }
}

/// Takes in items in their order, a group at a time; what is refused is kept apart.
pub async fn take_in(texts: &[&str], defaults: &Defaults) -> Result<Report> {
    let db = store::open().await?;
    let mut report = Report::default();
    for (nth, group) in texts.chunks(GROUP).enumerate() {
        take_group(db, group, nth * GROUP, defaults, &mut report).await?;
    }
    report.0.sort_by_key(|outcome| outcome.index);
    Ok(report)
}

/// An item that makes sense.
struct Accepted<'a> {
    index: usize,
    event: Event,
    item: Item<'a>,
    deployment: String,
}

async fn take_group(
    db: Db,
    texts: &[&str],
    first: usize,
    defaults: &Defaults,
    report: &mut Report,
) -> Result<()> {
    let (mut accepted, mut refused) = (Vec::with_capacity(texts.len()), Vec::new());
    for (at, text) in texts.iter().enumerate() {
        match read(text, first + at, defaults) {
            Ok(item) => accepted.push(item),
            Err((why, deployment)) => refused.push((first + at, why, deployment)),
        }
    }
    store_accepted(db, accepted, report).await?;
    for (index, why, _) in &refused {
        report.failed(*index, why);
    }
    keep_refused(db, texts, first, &refused).await
}

/// Reads one item; a refusal says why and for which deployment it was meant.
fn read<'a>(
    text: &'a str,
    index: usize,
    defaults: &Defaults,
) -> std::result::Result<Accepted<'a>, (String, String)> {
    let default = || defaults.deployment.clone();
    let item = items::unpack(text).map_err(|why| (why, default()))?;
    let deployment = item.deployment.as_deref().map_or_else(default, str::to_owned);
    if let Some(fault) = names::fault(&deployment) {
        return Err((fault.to_owned(), default()));
    }
    match Event::read(&item, defaults.service) {
        Ok(event) => Ok(Accepted { index, event, item, deployment }),
        Err(why) => Err((why, deployment)),
    }
}

async fn store_accepted(db: Db, accepted: Vec<Accepted<'_>>, report: &mut Report) -> Result<()> {
    if accepted.is_empty() {
        return Ok(());
    }
    let numbers = numbers_of_deployments(db, &accepted).await?;
    let mut firsts: HashMap<(i64, String), usize> = HashMap::new();
    // For each item the arrival that it is, or that it repeats.
    let mut places = Vec::with_capacity(accepted.len());
    let (mut arrivals, mut bodies) = (Vec::new(), Vec::new());
    let mut told = Vec::with_capacity(accepted.len());
    for Accepted { index, mut event, item, deployment } in accepted {
        event.deployment_id = numbers.get(&deployment).copied().unwrap_or_default();
        let service = Service::ALL.into_iter().find(|service| service.number() == event.svc);
        let warnings = std::mem::take(&mut event.warnings);
        told.push((
            index,
            service.map(Service::name),
            event.message_id.clone(),
            deployment,
            warnings,
        ));
        let next = arrivals.len();
        let first = *firsts.entry((event.deployment_id, event.dedupe.clone())).or_insert(next);
        places.push((first, first == next));
        if first == next {
            arrivals.push(event);
            bodies.push(item.body);
        }
    }
    let arrivals: Vec<Arrival<'_>> =
        arrivals.into_iter().zip(&bodies).map(|(event, body)| Arrival { event, body }).collect();
    let mut arrived = arrivals::store(db, arrivals).await?;
    arrived.sort_by_key(|arrived| arrived.at);
    for ((place, is_first), (index, service, message_id, deployment, warnings)) in
        places.into_iter().zip(told)
    {
        let arrived = arrived.get(place);
        let is_stored = is_first && arrived.is_some_and(|arrived| !arrived.is_known);
        report.0.push(Outcome {
            index,
            status: if is_stored { "stored" } else { "duplicate" },
            id: arrived.map(|arrived| arrived.id),
            service,
            message_id,
            deployment: Some(deployment),
            warnings: if is_stored { warnings } else { Vec::new() },
            error: None,
        });
    }
    Ok(())
}

async fn numbers_of_deployments(db: Db, accepted: &[Accepted<'_>]) -> Result<HashMap<String, i64>> {
    let mut names: Vec<&str> = accepted.iter().map(|item| item.deployment.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    Ok(deployments::numbers(db, &names).await?)
}

async fn keep_refused(
    db: Db,
    texts: &[&str],
    first: usize,
    refused: &[(usize, String, String)],
) -> Result<()> {
    if refused.is_empty() {
        return Ok(());
    }
    let refused: Vec<Refused<'_>> = refused
        .iter()
        .map(|(index, error, deployment)| {
            let raw = texts.get(index - first).copied().unwrap_or_default();
            Refused { deployment: Some(deployment), error, raw: beginning(raw) }
        })
        .collect();
    Ok(rejected::keep(db, &refused).await?)
}

/// The first bytes of a text, whole characters only.
fn beginning(text: &str) -> &str {
    text.get(..text.floor_char_boundary(KEPT_BYTES.min(ITEM_LIMIT))).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_tells_whether_all_some_or_none_were_stored() {
        let report = |statuses: &[&'static str]| {
            let mut report = Report::default();
            for status in statuses {
                report.failed(0, "");
                report.0.last_mut().unwrap().status = status;
            }
            report.status().as_u16()
        };
        assert_eq!(report(&[]), 200);
        assert_eq!(report(&["duplicate", "duplicate"]), 200);
        assert_eq!(report(&["stored", "duplicate"]), 201);
        assert_eq!(report(&["stored", "error"]), 207);
        assert_eq!(report(&["duplicate", "error"]), 207);
        assert_eq!(report(&["error", "error"]), 400);
    }

    #[test]
    fn only_whole_characters_are_kept() {
        let text = "ü".repeat(KEPT_BYTES);
        assert_eq!(beginning(&text).len(), KEPT_BYTES);
        assert_eq!(beginning("short"), "short");
    }
}
