//! Request -> typed arguments; every refusal speaks this area's dialect.
#![expect(
    clippy::disallowed_types,
    reason = "this module is the replacement that clippy.toml names"
)]

use std::borrow::Cow;

use assay_web::body;
use assay_web::json::{self, RawObject};
use assay_web::query::Query;
use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, RawPathParams};
use http::request::Parts;
use http::{HeaderMap, header};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::domain::callers::Caller;
use crate::domain::uris;
use crate::error::{Error, Result};

/// A body may nest this deep.
const DEPTH_LIMIT: usize = 64;

/// The number in the path; anything else names nothing.
pub struct Id(pub i64);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let params = RawPathParams::from_request_parts(parts, state).await;
        let params = params.map_err(|_| Error::NotThere)?;
        let id =
            params.iter().find(|(name, _)| *name == "id").and_then(|(_, id)| uris::parse_id(id));
        id.map(Self).ok_or(Error::NotThere)
    }
}

/// Decoded segments of the path.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(Error))]
pub struct Path<T>(pub T);

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self> {
        parts.extensions.get::<Self>().cloned().ok_or(Error::Unauthorized)
    }
}

/// The query of a request that is answered in JSON: tastypie's other formats are refused, because
/// its JSONP would let any page read a signed-in person's data.
pub struct JsonQuery(pub Query);

impl<S: Sync> FromRequestParts<S> for JsonQuery {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self> {
        let query = Query::parse(parts.uri.query().unwrap_or_default().as_bytes());
        match query.non_empty("format") {
            None | Some("json") => Ok(Self(query)),
            Some(other) => {
                Err(Error::invalid(format!("The format '{other}' is not available, only json.")))
            }
        }
    }
}

/// A JSON object. Its length was limited where the caller was found.
pub struct JsonObject(pub Map<String, Value>);

impl JsonObject {
    fn parse(headers: &HeaderMap, bytes: &[u8]) -> Result<Self> {
        let wrong = || Error::invalid("The body must be a JSON object.");
        if !is_json(headers) {
            return Err(Error::NotJson);
        }
        if json::depth(bytes) > DEPTH_LIMIT {
            return Err(wrong());
        }
        let text = std::str::from_utf8(bytes).map_err(|_| wrong())?;
        let object = RawObject::parse(text).ok_or_else(wrong)?;
        let pair = |(name, raw): (Cow<'_, str>, &RawValue)| {
            json::value(raw).map(|value| (name.into_owned(), value))
        };
        object
            .into_pairs()
            .map(pair)
            .collect::<serde_json::Result<_>>()
            .map(Self)
            .map_err(|_| wrong())
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(given) = headers.get(header::CONTENT_TYPE) else { return true };
    let media = given.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
    media.trim().eq_ignore_ascii_case("application/json")
}

impl<S: Sync> FromRequest<S> for JsonObject {
    type Rejection = Error;

    async fn from_request(request: http::Request<Body>, _state: &S) -> Result<Self> {
        let (parts, body) = request.into_parts();
        Self::parse(&parts.headers, &body::read(body, usize::MAX).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(content_type: Option<&str>, body: &[u8]) -> std::result::Result<usize, String> {
        let mut headers = HeaderMap::new();
        if let Some(value) = content_type {
            headers.insert(header::CONTENT_TYPE, value.parse().unwrap());
        }
        JsonObject::parse(&headers, body)
            .map(|body| body.0.len())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_body_is_a_json_object_of_bounded_depth() {
        assert_eq!(parse(None, b"{\"a\": 1}"), Ok(1));
        assert_eq!(parse(Some("application/json; charset=utf-8"), b"{}"), Ok(0));
        let deep = "[".repeat(64) + &"]".repeat(64);
        let deep = format!("{{\"a\": {deep}}}");
        for body in [&b""[..], b"{", b"[]", b"null", b"{\"a\": \"\xff\"}", deep.as_bytes()] {
            assert_eq!(parse(None, body), Err("The body must be a JSON object.".into()));
        }
    }

    #[test]
    fn another_content_type_is_refused() {
        for given in ["text/plain", "application/x-www-form-urlencoded", ""] {
            assert_eq!(
                parse(Some(given), b"{}"),
                Err("The content type must be application/json.".into())
            );
        }
    }
}
