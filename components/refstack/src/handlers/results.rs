//! `/v1/results`: lists, shows, changes and removes results. What is in them is `details`.

use assay_db::Db;
use assay_web::json::JsonText;
use assay_web::query::Query;
use assay_web::stream::sized;
use assay_web::time;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::future::ready;
use futures::{Stream, StreamExt, stream};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use super::{listing, page, with_more};
use crate::error::{Error, Result};
use crate::extract::{Json, Path, Site};
use crate::store;
use crate::store::details;
use crate::store::result_lists::{self, Filter, List};
use crate::store::results::{self, Changes, Known, Reader, Role};
use crate::uploads::{self, unfold::unfold};

const VERSION_OF_VERIFIED: &str = "Can not update product_version_id for a verified test run.";
const NOT_AN_ADMIN: &str = "You do not have permission to change a verification status.";
const NOT_READY: &str = "In order to mark a test verified, the test must be shared and \
    have been associated to a guideline and target program.";

fn not_there(id: &str) -> Error {
    Error::NotThere(format!("Test result {id} not found"))
}

/// A result that the reader may see.
pub async fn readable(reader: &Reader, id: &str) -> Result<Known> {
    let known = results::known(store::open().await?, id, reader).await?;
    let known = known.ok_or_else(|| not_there(id))?;
    if known.role == Role::Stranger { Err(Error::unauthorized()) } else { Ok(known) }
}

/// What was read of a result is whole if the result is there now: it goes with all of its tests at
/// once.
pub async fn still_there(db: Db, known: &Known, id: &str) -> Result<()> {
    let is_there = results::is_there(db, known.upload).await?;
    if is_there { Ok(()) } else { Err(not_there(id)) }
}

/// A result that is the reader's. A stranger is told apart: what he cannot see wants an account,
/// what he may read is only forbidden to change.
pub async fn must_own(reader: &Reader, id: &str) -> Result<Known> {
    let known = readable(reader, id).await?;
    if known.role.owns() { Ok(known) } else { Err(Error::forbidden("")) }
}

/// `GET /v1/results`: results, newest first.
pub async fn list(reader: Reader, site: Site, query: Query) -> Result<Response> {
    let page = page(&query).await?;
    let list = List::of(&filter(&query)?, &reader, &query).await?;
    let db = store::open().await?;
    let count = result_lists::count(db, &list).await?;
    let pagination = page.of(count).map_err(Error::invalid)?;
    let base = site.result("");
    match query.non_empty("format") {
        None | Some("json") => {
            let results = result_lists::page(db, &list, &reader, page, &base).await?;
            Ok(JsonText(listing("results", &results, &pagination)).into_response())
        }
        Some("csv") => {
            let rows = result_lists::rows(db, &list, &reader, page, &base).await?;
            Ok(super::csv::results(&rows, query.get("download") == Some("1")))
        }
        Some(_) => Err(Error::invalid("Invalid format")),
    }
}

/// Reads the filters of a list; products are looked up later.
fn filter(query: &Query) -> Result<Filter> {
    let text = |name| query.non_empty(name).map(str::to_owned);
    let verification_status = match query.non_empty("verification_status") {
        None => None,
        Some("0") => Some(0),
        Some("1") => Some(1),
        Some(_) => return Err(Error::invalid("Invalid verification_status value")),
    };
    let test_id = match query.non_empty("test_id").map(str::parse::<i64>) {
        None => None,
        Some(Ok(id)) => Some(id),
        Some(Err(_)) => return Err(Error::invalid("Invalid test ID")),
    };
    let start = date(query.non_empty("start_date"), false)?;
    let end = date(query.non_empty("end_date"), true)?;
    if start.zip(end).is_some_and(|(start, end)| start > end) {
        return Err(Error::invalid("Invalid dates: start_date more than end_date"));
    }
    Ok(Filter {
        cpid: text("cpid"),
        start,
        end,
        verification_status,
        test_id,
        target: text("target"),
        guideline: text("guideline"),
    })
}

/// A moment, or a whole day: then its begin or its end.
fn date(text: Option<&str>, end: bool) -> Result<Option<time::Micros>> {
    let Some(text) = text else { return Ok(None) };
    let day = || {
        let midnight = time::midnight(time::parse_day(text)?)?;
        Some(if end { midnight + time::DAY - 1 } else { midnight })
    };
    let rfc3339 = || text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_microsecond);
    let found = time::parse(text).or_else(day).or_else(rfc3339);
    let invalid = || Error::invalid(format!("Invalid date format: {text}"));
    found.map(Some).ok_or_else(invalid)
}

/// `GET /v1/results/{id}`: one result with the names of what passed.
pub async fn show(reader: Reader, Path(id): Path<String>) -> Result<Response> {
    let known = readable(&reader, &id).await?;
    let db = store::open().await?;
    unfold(db, &known).await?;
    let shown = results::show(db, &id, &reader, true).await?.ok_or_else(|| not_there(&id))?;
    if let Some(names) = &shown.names {
        let results = format!("\"results\":[{names}]");
        return Ok(JsonText(with_more(&shown.text, &results)).into_response());
    }
    let whole = with_more(&shown.text, "\"results\":[]");
    let Some((head, foot)) = whole.split_at_checked(whole.len() - "]}".len()) else {
        return Err(not_there(&id));
    };
    let length = shown.bytes.saturating_add(u64::try_from(whole.len()).unwrap_or_default());
    let (head, foot) = (Bytes::from(head.to_owned()), Bytes::from(foot.to_owned()));
    let pieces = stream::once(ready(Ok(head)))
        .chain(names(db, shown.upload))
        .chain(stream::once(ready(Ok(foot))));
    let mut response = sized(pieces, length).into_response();
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    Ok(response)
}

/// The names of what passed in an upload, piece by piece, with commas between them.
fn names(db: Db, upload: i64) -> impl Stream<Item = assay_db::Result<Bytes>> + Send + 'static {
    stream::try_unfold((-1, false), move |(after, begun)| async move {
        let Some(passed) = details::passed_after(db, upload, after).await? else { return Ok(None) };
        let comma = if begun && !passed.names.is_empty() { "," } else { "" };
        let piece = Bytes::from(format!("{comma}{}", passed.names));
        Ok(Some((piece, (passed.first, begun || !passed.names.is_empty()))))
    })
}

/// `PUT /v1/results/{id}`: binds a result to a product version, or verifies it.
pub async fn update(
    reader: Reader,
    Path(id): Path<String>,
    body: Json,
) -> Result<(StatusCode, JsonText)> {
    let known = must_own(&reader, &id).await?;
    let changes = changes(body)?;
    may_change(&reader, &known, &changes).await?;
    let db = store::open().await?;
    unfold(db, &known).await?;
    if !results::update(db, &id, &changes, &reader.asker).await? {
        return Err(Error::Conflict("The result has changed meanwhile".to_owned()));
    }
    let shown = results::show(db, &id, &reader, false).await?;
    Ok((StatusCode::CREATED, JsonText(shown.ok_or_else(|| not_there(&id))?.text)))
}

fn changes(body: Json) -> Result<Changes> {
    let mut changes = Changes::default();
    let body = body.object()?;
    if body.is_empty() {
        return Err(Error::schema("there is nothing to change"));
    }
    for (key, value) in body {
        match (key.as_str(), value) {
            ("product_version_id", Value::Null) => changes.product_version_id = Some(None),
            ("product_version_id", Value::String(id)) => {
                changes.product_version_id = Some(Some(id))
            }
            ("verification_status", value) if value == json!(0) => {
                changes.verification_status = Some(false);
            }
            ("verification_status", value) if value == json!(1) => {
                changes.verification_status = Some(true);
            }
            ("verification_status", value) => {
                let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                let detail = format!("Invalid verification_status value: {shown}");
                return Err(Error::because("Bad Request", detail));
            }
            (key, _) => return Err(Error::schema(format!("'{key}' cannot be changed so"))),
        }
    }
    Ok(changes)
}

async fn may_change(reader: &Reader, known: &Known, changes: &Changes) -> Result<()> {
    if let Some(version) = &changes.product_version_id {
        if known.verified && changes.verification_status != Some(false) {
            return Err(Error::forbidden(VERSION_OF_VERIFIED));
        }
        if let Some(version) = version {
            let openid = reader.asker.openid.as_deref();
            let is_in = results::is_in_vendor(store::open().await?, version, openid).await?;
            let missing = || Error::NotThere(format!("Version with id \"{version}\" not found"));
            if !is_in.ok_or_else(missing)? && !reader.asker.admin {
                return Err(Error::forbidden("Forbidden."));
            }
        }
    }
    if let Some(verified) = changes.verification_status {
        if !reader.asker.admin {
            return Err(Error::forbidden(NOT_AN_ADMIN));
        }
        if verified && !(known.shared && known.guideline.is_some() && known.target.is_some()) {
            return Err(Error::forbidden(NOT_READY));
        }
    }
    Ok(())
}

/// `DELETE /v1/results/{id}`: removes a result and everything of it.
pub async fn delete(reader: Reader, Path(id): Path<String>) -> Result<StatusCode> {
    let known = results::known(store::open().await?, &id, &reader).await?;
    let known = known.ok_or_else(|| not_there(&id))?;
    if !known.role.owns() {
        return Err(Error::forbidden(""));
    }
    let db = store::open().await?;
    let stored = store::uploads::by_id(db, known.upload).await?;
    match results::delete(db, &id).await? {
        Some(upload) => {
            let keys = stored.map(|stored| stored.keys()).unwrap_or_default();
            uploads::forget(upload, &keys).await;
            Ok(StatusCode::NO_CONTENT)
        }
        None => match results::known(db, &id, &reader).await? {
            Some(_) => Err(Error::forbidden("Can not delete a verified test run.")),
            None => Err(not_there(&id)),
        },
    }
}

/// `POST /v1/results/{id}/claim`: gives an anonymous result to the asker, who shows its token.
pub async fn claim(reader: Reader, Path(id): Path<String>) -> Result<JsonText> {
    let openid = reader.asker.account()?;
    let db = store::open().await?;
    let known = results::known(db, &id, &reader).await?.ok_or_else(|| not_there(&id))?;
    unfold(db, &known).await?;
    let token = reader.token_hash.as_deref().unwrap_or_default();
    if !results::claim(db, &id, token, openid).await? {
        return Err(Error::forbidden("The token is not that of an anonymous result."));
    }
    let shown = results::show(db, &id, &reader, false).await?;
    Ok(JsonText(shown.ok_or_else(|| not_there(&id))?.text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_come_in_three_forms() {
        let read = |text| date(Some(text), false).unwrap().map(time::format).unwrap();
        assert_eq!(read("2024-02-29 23:59:58"), "2024-02-29 23:59:58");
        assert_eq!(read("2024-02-29T23:59:58Z"), "2024-02-29 23:59:58");
        assert_eq!(read("2024-02-29T23:59:58+01:00"), "2024-02-29 22:59:58");
        assert_eq!(read("2024-02-29"), "2024-02-29 00:00:00");
        let end = date(Some("2024-02-29"), true).unwrap().unwrap();
        assert_eq!(time::format(end), "2024-02-29 23:59:59.999999");
        for text in ["2020", "2020-13-01 00:00:00", "soon"] {
            let title = date(Some(text), false).unwrap_err().to_string();
            assert!(title.starts_with("Invalid date format: "), "{title}");
        }
    }

    #[test]
    fn a_verification_status_is_zero_or_one() {
        let read = |body: &str| changes(Json::parse(body.as_bytes()).unwrap());
        assert_eq!(read(r#"{"verification_status":1}"#).unwrap().verification_status, Some(true));
        for value in ["9", "\"1\"", "true", "1.0"] {
            assert!(read(&format!(r#"{{"verification_status":{value}}}"#)).is_err(), "{value}");
        }
    }
}
