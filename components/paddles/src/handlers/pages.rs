//! The area's own pages, and what has no page.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use assay_web::links;
use assay_web::query::Query;

use crate::error::{Error, Result};
use crate::extract::Path;
use crate::site::Site;
use crate::store::{self, runs};

/// `GET /{name}`: the specification's second example links a run like this.
pub async fn redirect_to_run(site: Site, Path(name): Path<String>) -> Result<Response> {
    let db = store::open().await?;
    if runs::head(db, &name).await?.is_none() {
        return Err(Error::NoSuchPage);
    }
    let location = format!("{}/runs/{}/", site.base, links::segment(&name));
    let location = HeaderValue::try_from(location).map_err(|_| Error::NoSuchPage)?;
    Ok((StatusCode::FOUND, [(header::LOCATION, location)]).into_response())
}

/// `GET /paddles/`: what there is.
pub async fn service_document(site: Site) -> Json<Value> {
    let link = |path: &str| format!("{}{path}", site.base);
    Json(json!({
        "name": "paddles",
        "description": "results of QA runs and their jobs, test nodes and their locks, the job queue",
        "links": {
            "runs": link("/paddles/runs/"),
            "jobs": link("/paddles/jobs/"),
            "nodes": link("/paddles/nodes/"),
            "queue": link("/paddles/queue/"),
            "events": link("/paddles/events/"),
            "metrics": link("/paddles/metrics"),
            "health": link("/paddles/health/"),
        },
    }))
}

/// `GET /paddles/health/`: whether the store answers.
pub async fn health() -> Result<Json<Value>> {
    store::open().await?.run("SELECT 1", []).await?;
    Ok(Json(json!({ "status": "ok" })))
}

/// `GET /errors/{kind}/`: the refusal of that kind, with the text in `error_message`; pecan's error pages, which old
/// clients were redirected to.
pub async fn errors(Path(kind): Path<String>, query: Query) -> Error {
    let given = query.non_empty("error_message");
    let or = |default: &str| given.unwrap_or(default).to_owned();
    match kind.as_str() {
        "invalid" => Error::Invalid(or("invalid request")),
        "forbidden" => Error::Forbidden(or("forbidden")),
        "not_found" => Error::NotFound(or("resource was not found")),
        "unavailable" => Error::Unavailable(or("service unavailable")),
        _ => Error::NoSuchPage,
    }
}

/// Any other URL.
pub async fn no_such_page() -> Error {
    Error::NoSuchPage
}

/// Any other method of a URL.
pub async fn wrong_method() -> Error {
    Error::WrongMethod
}
