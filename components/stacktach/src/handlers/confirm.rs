//! What billing has sent, and what it sent too early.

use assay_web::query::Query;
use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};

use crate::domain::confirmations::{self, Confirmation};
use crate::domain::services::Service;
use crate::error::{Error, Result};
use crate::extract::{JsonObject, Path, RawBody, Written};
use crate::store;
use crate::store::confirmations::{self as store_confirmations, Found};

/// Message ids of which one answer speaks.
const MOST_TOLD: usize = 10_000;

/// `PUT /db/confirm/usage/exists/{message_id}/`: one exists of nova was sent.
pub async fn one(Path(message_id): Path<String>, Written(body): Written) -> Result<Response> {
    let confirmation = Confirmation::of_one(&message_id, &body.fields()).map_err(Error::Invalid)?;
    let db = store::open().await?;
    let found = store_confirmations::confirm_and_tell(db, &[confirmation]).await?;
    match found.first().map_or(0, |found| found.rows) {
        1 => Ok(empty()),
        0 => Err(Error::NotFound(format!(
            "Could not find Exists record with message_id = '{message_id}'"
        ))),
        _ => Err(Error::Ambiguous(format!(
            "Multiple Exists records with message_id = '{message_id}'"
        ))),
    }
}

/// `PUT /db/confirm/usage/exists/batch/`: many were sent. The unknown and the ambiguous are
/// skipped, because yagi accepts nothing but 200.
pub async fn batch(query: Query, Written(body): Written) -> Result<Response> {
    let confirmations = Confirmation::of_batch(&body.fields()).map_err(Error::Invalid)?;
    let db = store::open().await?;
    if query.get("verbose") != Some("1") {
        store_confirmations::confirm(db, &confirmations).await?;
        return Ok(empty());
    }
    at_most(confirmations.len())?;
    let found = store_confirmations::confirm_and_tell(db, &confirmations).await?;
    Ok(Json(told(&found)).into_response())
}

fn told(found: &[Found]) -> Value {
    let ids = |wanted: fn(&Found) -> bool| {
        let ids = found.iter().filter(|found| wanted(found));
        ids.map(|found| found.message_id.as_str()).collect::<Vec<_>>()
    };
    let is_ambiguous = |found: &Found| found.svc == Service::Nova.number() && found.rows > 1;
    let (absent, ambiguous) = (ids(|found| found.rows == 0), ids(is_ambiguous));
    let updated = found.len() - absent.len() - ambiguous.len();
    json!({ "updated": updated, "absent": absent, "ambiguous": ambiguous })
}

/// `POST /db/repair/`: pending exists were sent, whatever the verifier will say.
pub async fn repair(headers: HeaderMap, RawBody(body): RawBody) -> Result<Json<Value>> {
    let is_form = headers.get(header::CONTENT_TYPE).is_some_and(|content_type| {
        content_type.as_bytes().starts_with(b"application/x-www-form-urlencoded")
    });
    let (message_ids, service) = if is_form && !body.trim_ascii_start().starts_with(b"{") {
        of_form(&Query::parse(&body))
    } else {
        let body = JsonObject::parse(&body)?;
        confirmations::to_repair(&body.fields()).map_err(Error::Invalid)?
    };
    if message_ids.is_empty() {
        return Err(Error::invalid("'message_ids' missing from request body"));
    }
    at_most(message_ids.len())?;
    let service = service.as_deref().unwrap_or(Service::Nova.name());
    let service = confirmations::billed(service).map_err(Error::Invalid)?;
    let repaired = store_confirmations::repair(store::open().await?, service, &message_ids).await?;
    let (known, absent): (Vec<_>, Vec<_>) = repaired.into_iter().partition(|one| one.is_known);
    let not_pending = known.into_iter().filter(|one| !one.was_pending);
    Ok(Json(json!({
        "exists_not_pending": not_pending.map(|one| one.message_id).collect::<Vec<_>>(),
        "absent_exists": absent.into_iter().map(|one| one.message_id).collect::<Vec<_>>(),
    })))
}

fn of_form(form: &Query) -> (Vec<String>, Option<String>) {
    let ids = form.pairs().filter(|(name, id)| *name == "message_ids" && !id.is_empty());
    let ids = ids.map(|(_, id)| id.to_owned()).collect();
    (ids, form.non_empty("service").map(str::to_owned))
}

fn at_most(ids: usize) -> Result<()> {
    if ids <= MOST_TOLD {
        return Ok(());
    }
    Err(Error::invalid(format!("At most {MOST_TOLD} message ids at a time.")))
}

/// Success, and not one byte: what yagi knows.
pub fn empty() -> Response {
    StatusCode::OK.into_response()
}
