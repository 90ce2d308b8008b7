//! Request -> typed arguments; every refusal speaks this area's dialect.
#![expect(
    clippy::disallowed_types,
    reason = "this module is the replacement that clippy.toml names"
)]

use assay_web::{body, json};
use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts};

use crate::error::{Error, Result};

/// Request bodies may be this long: teuthology sends 5 to 60 KB a job, and arrays have up to 1000 jobs.
pub const BODY_LIMIT: usize = 4 * 1024 * 1024;
/// And nest this deep.
pub const DEPTH_LIMIT: usize = 128;

/// Decoded segments of the path.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(Error))]
pub struct Path<T>(pub T);

/// A JSON body, whatever its content type says: old clients leave that header out, and curl says form.
#[derive(Debug)]
pub struct JsonBody(json::Document);

impl JsonBody {
    /// The body as an object.
    pub fn object(&self) -> Result<json::RawObject<'_>> {
        self.0.object().ok_or_else(|| Error::invalid("JSON body must be an object"))
    }

    /// The body's elements, if it is an array.
    pub fn array(&self) -> Option<Vec<&serde_json::value::RawValue>> {
        self.0.array()
    }

    fn parse(bytes: &[u8]) -> Result<Self> {
        json::Document::parse(bytes, DEPTH_LIMIT).map(Self).ok_or_else(Error::not_json)
    }
}

impl<S: Sync> FromRequest<S> for JsonBody {
    type Rejection = Error;

    async fn from_request(request: http::Request<Body>, _state: &S) -> Result<Self> {
        Self::parse(&body::read(request.into_body(), BODY_LIMIT).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_json_is_refused_with_one_text() {
        let deep = "[".repeat(129) + &"]".repeat(129);
        for body in ["", "{\"a\":NaN}", &deep] {
            let error = JsonBody::parse(body.as_bytes()).unwrap_err();
            assert_eq!(error.to_string(), "could not decode JSON body", "{body}");
        }
    }

    #[test]
    fn an_array_is_no_object() {
        let body = JsonBody::parse(b"[1]").unwrap();
        assert_eq!(body.object().unwrap_err().to_string(), "JSON body must be an object");
        assert_eq!(body.array().unwrap().len(), 1);
        assert!(JsonBody::parse(b"{}").unwrap().array().is_none());
    }
}
