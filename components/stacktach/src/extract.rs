//! Request -> typed arguments; every refusal speaks this area's dialect.
#![expect(
    clippy::disallowed_types,
    reason = "this module is the replacement that clippy.toml names"
)]

use std::io::Read as _;

use assay_web::query::Query;
use assay_web::time::Micros;
use assay_web::{body, json};
use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts};
use bytes::Bytes;
use http::header;

use crate::domain::services::Service;
use crate::domain::{dates, uuids};
use crate::error::{Error, Result};

/// Request bodies may be this long, before and after decompression.
pub const BODY_LIMIT: usize = 8 * 1024 * 1024;
/// Those of billing are a few kilobytes; a thousand messages of yagi have 100.
const BILLING_LIMIT: usize = 2 * 1024 * 1024;
/// JSON that we take apart nests at most this deep.
const DEPTH_LIMIT: usize = 128;
/// Rows in a page that says nothing else.
const DEFAULT_LIMIT: i64 = 50;
/// Rows in any page.
const MOST_ROWS: i64 = 1000;

/// Decoded segments of the path.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(Error))]
pub struct Path<T>(pub T);

/// A body as it was sent, unpacked if it was compressed.
pub struct RawBody(pub Bytes);

impl<S: Sync> FromRequest<S> for RawBody {
    type Rejection = Error;

    async fn from_request(request: http::Request<Body>, _state: &S) -> Result<Self> {
        let encoding = request.headers().get(header::CONTENT_ENCODING);
        let gzip = encoding.is_some_and(|e| e.as_bytes().eq_ignore_ascii_case(b"gzip"));
        let bytes = body::read(request.into_body(), BODY_LIMIT).await?;
        Ok(Self(if gzip { unpacked(&bytes)? } else { bytes }))
    }
}

/// Decompresses at most [`BODY_LIMIT`] bytes; what comes after is never looked at.
fn unpacked(bytes: &[u8]) -> Result<Bytes> {
    let mut unpacked = Vec::new();
    let most = u64::try_from(BODY_LIMIT).unwrap_or(u64::MAX).saturating_add(1);
    let read = flate2::read::MultiGzDecoder::new(bytes).take(most).read_to_end(&mut unpacked);
    if unpacked.len() > BODY_LIMIT {
        return Err(body::Refusal::TooLarge(BODY_LIMIT).into());
    }
    read.map_err(|_| Error::invalid("The body is not gzip."))?;
    Ok(unpacked.into())
}

/// A JSON object as body, whatever its content type says.
pub struct JsonObject(json::Document);

impl JsonObject {
    /// Reads it from a body.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let document = json::Document::parse(bytes, DEPTH_LIMIT)
            .ok_or_else(|| Error::invalid("The body is not JSON."))?;
        match document.object() {
            Some(_) => Ok(Self(document)),
            None => Err(Error::invalid("The body must be a JSON object.")),
        }
    }

    /// The object, its values not built yet.
    pub fn fields(&self) -> crate::domain::fields::Fields<'_> {
        crate::domain::fields::Fields::of(self.0.text())
    }

    /// It as a type of the caller's; the refusal names what is wrong.
    pub fn read<'a, T: serde::Deserialize<'a>>(&'a self) -> Result<T> {
        self.0.read().map_err(|why| Error::invalid(format!("The body is not as expected: {why}")))
    }
}

impl<S: Sync> FromRequest<S> for JsonObject {
    type Rejection = Error;

    async fn from_request(request: http::Request<Body>, _state: &S) -> Result<Self> {
        Self::parse(&body::read(request.into_body(), BODY_LIMIT).await?)
    }
}

/// A JSON object that billing's scripts PUT or POST. Any other method, and no body, are refused in
/// upstream's words.
pub struct Written(pub JsonObject);

impl<S: Sync> FromRequest<S> for Written {
    type Rejection = Error;

    async fn from_request(request: http::Request<Body>, _state: &S) -> Result<Self> {
        if !matches!(*request.method(), http::Method::PUT | http::Method::POST) {
            return Err(Error::invalid("Invalid method"));
        }
        let bytes = body::read(request.into_body(), BILLING_LIMIT).await?;
        if bytes.is_empty() {
            return Err(Error::invalid("Request body required"));
        }
        JsonObject::parse(&bytes).map(Self)
    }
}

/// Which rows of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// So many.
    pub limit: i64,
    /// After so many.
    pub offset: i64,
}

impl Page {
    /// `limit` and `offset` of a query.
    pub fn of(query: &Query) -> Result<Self> {
        let limit = count(query, "limit")?.unwrap_or(DEFAULT_LIMIT).min(MOST_ROWS);
        Ok(Self { limit, offset: count(query, "offset")?.unwrap_or(0) })
    }

    /// The same, or `None` when there is no `limit`.
    pub fn if_asked(query: &Query) -> Result<Option<Self>> {
        let page = Self::of(query)?;
        Ok(query.non_empty("limit").map(|_| page))
    }
}

/// A parameter that is a non-negative integer; empty is as good as none.
pub fn count(query: &Query, name: &str) -> Result<Option<i64>> {
    let Some(text) = query.non_empty(name) else { return Ok(None) };
    let refusal = || Error::invalid(format!("'{name}' must be a non-negative integer."));
    if !text.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(refusal());
    }
    // Beyond 64 bits there are no rows, and 1000 is the most anyway.
    Ok(Some(text.parse().unwrap_or(i64::MAX)))
}

/// A parameter that is a unix time.
pub fn unix_time(query: &Query, name: &str) -> Result<Option<Micros>> {
    let Some(text) = query.non_empty(name) else { return Ok(None) };
    match dates::parse_unix(text) {
        Some(micros) => Ok(Some(micros)),
        None => Err(Error::invalid(format!("'{name}' must be a unix time."))),
    }
}

/// From `when_min` to `when_max`, inclusive.
pub fn when(query: &Query) -> Result<(Micros, Micros)> {
    let from = unix_time(query, "when_min")?.unwrap_or(Micros::MIN);
    Ok((from, unix_time(query, "when_max")?.unwrap_or(Micros::MAX)))
}

/// `service`, or nova.
pub fn service(query: &Query) -> Result<Service> {
    let name = query.non_empty("service").unwrap_or(Service::Nova.name());
    Service::parse(name).ok_or_else(|| Error::invalid(format!("Unknown service '{name}'")))
}

/// `service`, or nova, or `all`.
pub fn services(query: &Query) -> Result<Vec<Service>> {
    match query.get("service") {
        Some("all") => Ok(Service::ALL.to_vec()),
        _ => Ok(vec![service(query)?]),
    }
}

/// A parameter that must be there.
pub fn required<'q>(query: &'q Query, name: &str) -> Result<&'q str> {
    query.get(name).ok_or_else(|| Error::missing_parameter(name))
}

/// Checks that an id looks like one.
pub fn uuid_like(text: &str) -> Result<&str> {
    if uuids::is_uuid(text) {
        return Ok(text);
    }
    Err(Error::invalid(format!("{text} is not uuid-like")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn page(query: &str) -> Result<Page> {
        Page::of(&Query::parse(query.as_bytes()))
    }

    #[test]
    fn a_page_is_50_rows_and_at_most_1000() {
        assert_eq!(page("").unwrap(), Page { limit: 50, offset: 0 });
        assert_eq!(page("limit=&offset=7").unwrap(), Page { limit: 50, offset: 7 });
        assert_eq!(page("limit=0").unwrap().limit, 0);
        assert_eq!(page("limit=99999999999999999999").unwrap().limit, 1000);
        for query in ["limit=abc", "limit=-1", "limit=1e3", "offset=1.5", "offset=+1"] {
            assert!(page(query).is_err(), "{query}");
        }
    }

    #[test]
    fn times_are_unix_times() {
        let query = Query::parse(b"a=1.5&b=nan&c=");
        assert_eq!(unix_time(&query, "a").unwrap(), Some(1_500_000));
        assert!(unix_time(&query, "b").is_err());
        assert_eq!(unix_time(&query, "c").unwrap(), None);
    }

    #[test]
    fn an_unknown_service_is_named() {
        let error = service(&Query::parse(b"service=cinder")).unwrap_err();
        assert_eq!(error.to_string(), "Unknown service 'cinder'");
        assert_eq!(services(&Query::parse(b"service=all")).unwrap().len(), 3);
        assert!(service(&Query::parse(b"service=all")).is_err());
    }

    #[test]
    fn a_bomb_is_not_unpacked_beyond_the_limit() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        for _ in 0..40 {
            gzip.write_all(&vec![b' '; 1024 * 1024]).unwrap();
        }
        let bomb = gzip.finish().unwrap();
        assert!(matches!(unpacked(&bomb), Err(Error::TooLarge(_))));
        assert!(matches!(unpacked(b"no gzip"), Err(Error::Invalid(_))));
    }
}
