//! The feed with a cursor: follow it, and nothing is missed.

use assay_web::json::JsonText;
use assay_web::query::Query;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, header};
use serde_json::json;
use serde_json::value::RawValue;

use crate::domain::services::Service;
use crate::error::{Error, Result};
use crate::extract;
use crate::store;
use crate::store::feed::{self, Filter, Piece};

/// Events in an answer that says nothing else.
const DEFAULT_LIMIT: i64 = 100;
/// Events in any answer.
const MOST_EVENTS: i64 = 1000;
/// What follows a stream line by line.
const NDJSON: &str = "application/x-ndjson";

/// `GET /stacktach/feed/`: events in order of arrival, after a cursor; `errors=1` the errors among
/// them (`group=1` counted by text), `verified=1` the audits that were approved.
pub async fn list(query: Query, headers: HeaderMap) -> Result<Response> {
    let limit = extract::count(&query, "limit")?.unwrap_or(DEFAULT_LIMIT).clamp(1, MOST_EVENTS);
    let is_set = |name: &str| query.get(name) == Some("1");
    let (at_end, after) = match query.non_empty("after") {
        Some("end") => (true, 0),
        Some(cursor) => (false, cursor_at(cursor)?),
        None => (false, 0),
    };
    let db = store::open().await?;
    let piece = match (is_set("verified"), is_set("errors")) {
        (true, _) if at_end => empty(feed::end_of_verified(db).await?),
        (true, _) => feed::verified(db, after, limit).await?,
        (false, _) if at_end => empty(feed::end(db).await?),
        (false, true) if is_set("group") => {
            let groups = feed::errors_by_text(db, after, limit).await?;
            return Ok(JsonText(format!(r#"{{"groups":{groups}}}"#)).into_response());
        }
        (false, true) => feed::errors(db, after, limit, &filter(&query)?).await?,
        (false, false) => feed::events(db, after, limit, &filter(&query)?).await?,
    };
    let Piece { events, next } = piece.unwrap_or(Piece { events: "[]".into(), next: after });
    let accepts = |name| headers.get(name).is_some_and(|value: &HeaderValue| value == NDJSON);
    if accepts(header::ACCEPT) {
        return Ok(lines(&events, next));
    }
    Ok(JsonText(format!(r#"{{"events":{events},"next":"{next}"}}"#)).into_response())
}

fn empty(next: i64) -> Option<Piece> {
    Some(Piece { events: "[]".into(), next })
}

fn cursor_at(text: &str) -> Result<i64> {
    let refusal = || Error::invalid("'after' must be a cursor of this feed, or 'end'.");
    if !text.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(refusal());
    }
    text.parse().map_err(|_| refusal())
}

fn filter(query: &Query) -> Result<Filter<'_>> {
    let service = match query.non_empty("service") {
        None | Some("all") => None,
        Some(_) => Some(extract::service(query)?),
    };
    Ok(Filter {
        service: service.map(Service::number),
        deployment: query.non_empty("deployment"),
        event: query.non_empty("event"),
        instance: query.non_empty("instance"),
    })
}

/// One event a line, and a last line with the cursor.
fn lines(events: &str, next: i64) -> Response {
    let events: Vec<&RawValue> = serde_json::from_str(events).unwrap_or_default();
    let mut body: String = events.iter().flat_map(|event| [event.get(), "\n"]).collect();
    body.push_str(&json!({ "next": next.to_string() }).to_string());
    body.push('\n');
    ([(header::CONTENT_TYPE, HeaderValue::from_static(NDJSON))], body).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_a_number_of_ours() {
        assert_eq!(cursor_at("412").unwrap(), 412);
        for text in ["-1", "x", "1.5", "99999999999999999999"] {
            assert!(cursor_at(text).is_err(), "{text}");
        }
    }
}
