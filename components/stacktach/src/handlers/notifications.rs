//! Notifications, as they are sent.

use assay_web::query::Query;
use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};

use crate::domain::deployments as names;
use crate::domain::items;
use crate::domain::services::Service;
use crate::error::{Error, Result};
use crate::extract::{Path, RawBody};
use crate::handlers::intake::{self, Defaults};
use crate::store::{self, deployments, rejected};

/// Items in one request.
const MOST_ITEMS: usize = 1000;
/// Where notifications come from that do not say so.
const DEFAULT_DEPLOYMENT: &str = "default";

/// `POST /stacktach/notifications/`: takes in one or many; each is stored, known already, or
/// refused.
pub async fn create(query: Query, headers: HeaderMap, RawBody(body): RawBody) -> Result<Response> {
    let defaults = defaults(&query, &headers)?;
    let text = std::str::from_utf8(&body).map_err(|_| Error::invalid("The body is not UTF-8."))?;
    let content_type = headers.get(header::CONTENT_TYPE).map(|value| value.as_bytes());
    let lines = content_type.is_some_and(|value| value.starts_with(b"application/x-ndjson"));
    let texts = if lines {
        items::of_lines(text)
    } else {
        items::of_json(text).ok_or_else(|| Error::invalid("The body is not JSON."))?
    };
    if texts.len() > MOST_ITEMS {
        return Err(Error::TooLarge(format!("{MOST_ITEMS} items")));
    }
    let report = intake::take_in(&texts, &defaults).await?;
    Ok((report.status(), Json(report.json())).into_response())
}

fn defaults(query: &Query, headers: &HeaderMap) -> Result<Defaults> {
    let header = headers.get("x-stacktach-deployment").map(|value| value.to_str());
    let header = header.transpose().map_err(|_| Error::invalid("The header is not ASCII."))?;
    let deployment = query.get("deployment").or(header).unwrap_or(DEFAULT_DEPLOYMENT);
    if let Some(fault) = names::fault(deployment) {
        return Err(Error::invalid(fault));
    }
    let service = match query.non_empty("service") {
        Some(name) => Some(
            Service::parse(name)
                .ok_or_else(|| Error::invalid(format!("Unknown service '{name}'")))?,
        ),
        None => None,
    };
    Ok(Defaults { deployment: deployment.to_owned(), service })
}

/// `POST /stacktach/{deployment}/data/`: what the worker of 2012 sends, a pair in the field `args`
/// of a form.
pub async fn create_from_form(
    Path(deployment): Path<String>,
    RawBody(body): RawBody,
) -> Result<Response> {
    let db = store::open().await?;
    let name = match deployment.parse() {
        Ok(id) => deployments::name(db, id).await?,
        Err(_) => None,
    };
    let name = name.ok_or(Error::UnknownWorker)?;
    let form = Query::parse(&body);
    let args = form.get("args").ok_or_else(|| Error::invalid("'args' missing"))?;
    if is_abandoned(args) {
        let refused =
            rejected::Refused { deployment: Some(&name), error: "routing key 'tach'", raw: args };
        rejected::keep(db, &[refused]).await?;
        return Ok((StatusCode::OK, "ignored").into_response());
    }
    let defaults = Defaults { deployment: name, service: None };
    let report = intake::take_in(&[args], &defaults).await?;
    match report.count("error") {
        0 => Ok((StatusCode::OK, "stored").into_response()),
        _ => Err(Error::invalid("'args' is not a notification")),
    }
}

/// An experiment of that time, whose messages are no notifications.
fn is_abandoned(args: &str) -> bool {
    serde_json::from_str::<(String, serde::de::IgnoredAny)>(args)
        .is_ok_and(|(key, _)| key == "tach")
}
