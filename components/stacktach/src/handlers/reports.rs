//! Reports that somebody stored, or had made.

use assay_web::query::Query;
use assay_web::time::{self, DAY};
use axum::Json;
use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};

use crate::answers::{Format, StackyJson};
use crate::domain::reports::{self as domain, Content, NewReport, Search};
use crate::error::{Error, Result};
use crate::extract::{self, JsonObject, Page, Path};
use crate::store::{self, reports};

/// `GET /stacky/reports/`: those made lately, or in a period.
pub async fn list(query: Query, format: Format) -> Result<Response> {
    let now = time::now();
    let from = extract::unix_time(&query, "created_from")?.unwrap_or(now - DAY);
    let to = extract::unix_time(&query, "created_to")?.unwrap_or(now);
    let page = Page::of(&query)?;
    Ok(format.table(reports::table(store::open().await?, (from, to), page).await?))
}

/// `GET /stacky/reports/search/`: those with certain fields, latest first.
pub async fn search(query: Query, format: Format) -> Result<Response> {
    let search = Search::parse(query.pairs()).map_err(Error::Invalid)?;
    let page = Page::of(&query)?;
    Ok(format.table(reports::search(store::open().await?, &search, page).await?))
}

/// `GET /stacky/report/{id}/`: the document of one, byte for byte.
pub async fn show(Path(id): Path<String>) -> Result<StackyJson> {
    let missing = || Error::NotFound(format!("Could not find report '{id}'"));
    let number = id.parse().ok().filter(|_| id.bytes().all(|digit| digit.is_ascii_digit()));
    let json = reports::json(store::open().await?, number.ok_or_else(missing)?).await?;
    json.map(StackyJson).ok_or_else(missing)
}

/// `POST /stacktach/reports/`: stores one, or makes one of what is known here and stores that.
pub async fn create(body: JsonObject) -> Result<(StatusCode, Json<Value>)> {
    let fields = body.fields();
    let report = NewReport::read(&fields, time::now()).map_err(Error::Invalid)?;
    let db = store::open().await?;
    let generated = match report.content {
        Content::Given(_) => None,
        Content::Audit(service) => {
            let rows = reports::audit(db, service, report.period).await?;
            Some(domain::audit(&report.name, report.period, &rows))
        }
    };
    let json = match (&report.content, &generated) {
        (Content::Given(json), _) => json,
        (_, generated) => generated.as_deref().unwrap_or_default(),
    };
    let head = (report.name.as_str(), report.version);
    let id = reports::insert(db, head, report.period, report.created, json).await?;
    Ok((StatusCode::CREATED, Json(json!({ "report": { "id": id } }))))
}
