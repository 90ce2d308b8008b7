//! How a content goes out: conditions, ranges, and the headers of a download. Files, and contents
//! by their digest.

use assay_blobs::{Blobs, Hash};
use assay_db::Db;
use assay_web::conditional::ETag;
use assay_web::ranges::{self, Part};
use assay_web::time::Micros;
use assay_web::{dates, digests, stream};
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use super::answers::REPR_DIGEST;
use crate::error::{Error, Result};
use crate::store::blobs;

/// A content that somebody asks for.
#[derive(Clone, Debug)]
pub struct Content {
    /// Its row.
    pub blob: i64,
    /// Its digest in hex.
    pub sha256: String,
    /// Its bytes.
    pub size: u64,
    /// The date that clients are told.
    pub modified: Micros,
    /// What caches may do with it.
    pub cache_control: &'static str,
    /// The headers that only this kind of download has.
    pub headers: HeaderMap,
}

/// The answer to a GET or HEAD of a content.
pub async fn answer(
    db: Db,
    method: &Method,
    headers: &HeaderMap,
    content: &Content,
) -> Result<Response> {
    let tag = ETag::new(&content.sha256);
    if tag.is_unwanted(headers, content.modified) {
        return Err(Error::AnotherVersion);
    }
    if tag.is_fresh(headers, content.modified) {
        return Ok(described(tag.not_modified(), content));
    }
    let size = content.size;
    let (status, part) = match ranges::wanted(headers, size, &tag, content.modified) {
        Part::Whole => (StatusCode::OK, 0..size),
        Part::Bytes(part) => (StatusCode::PARTIAL_CONTENT, part),
        Part::Nothing => return Ok(unsatisfied(content)),
    };
    let length = part.end - part.start;
    let body = match *method {
        Method::HEAD => stream::sized(futures::stream::empty::<Result<_>>(), length),
        _ => pieces(db, content.blob, part.clone()).await?,
    };
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LENGTH, length.into());
    if status == StatusCode::PARTIAL_CONTENT {
        headers.insert(header::CONTENT_RANGE, ranges::content_range(&part, size));
    }
    Ok(described(response, content))
}

/// The bytes `part` of a content, fetched when the client gets near them.
async fn pieces(db: Db, blob: i64, part: std::ops::Range<u64>) -> Result<Body> {
    let length = part.end - part.start;
    let (chunks, first) = blobs::chunks(db, blob, part.start, part.end).await?;
    let within = part.start.saturating_sub(first)..part.end.saturating_sub(first);
    Ok(stream::sized(Blobs::open().await?.read(chunks, within), length))
}

fn unsatisfied(content: &Content) -> Response {
    let mut response = Error::Unsatisfiable.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_RANGE, ranges::unsatisfied(content.size));
    headers.insert(header::ETAG, ETag::new(&content.sha256).value().clone());
    response
}

/// Puts on an answer what is true of the content, whichever part of it is sent.
fn described(mut response: Response, content: &Content) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::ETAG, ETag::new(&content.sha256).value().clone());
    headers.insert(header::LAST_MODIFIED, dates::header(content.modified));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(content.cache_control));
    if let Some(Hash(digest)) = Hash::<32>::from_hex(&content.sha256) {
        headers.insert(REPR_DIGEST, digests::sha256(&digest));
    }
    headers.extend(content.headers.clone());
    response
}
