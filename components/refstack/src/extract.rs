//! Request -> typed arguments; every refusal speaks this area's dialect.
#![expect(
    clippy::disallowed_types,
    reason = "this module is the replacement that clippy.toml names"
)]

use std::convert::Infallible;

use assay_web::{body, json, links};
use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts};
use http::request::Parts;
use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::settings;

/// Bodies that are no uploads may be this long.
pub const BODY_LIMIT: usize = 1 << 20;
/// And nest this deep.
pub const DEPTH_LIMIT: usize = 64;

/// Decoded segments of the path.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(Error))]
pub struct Path<T>(pub T);

/// A JSON body, whatever its content type says.
#[derive(Debug)]
pub struct Json(pub Value);

impl Json {
    /// The body as an object.
    pub fn object(self) -> Result<Map<String, Value>> {
        match self.0 {
            Value::Object(object) => Ok(object),
            _ => Err(Error::schema("the body must be an object")),
        }
    }

    /// Reads a body; an empty one is an empty object.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let bytes = without_bom(bytes);
        if bytes.trim_ascii().is_empty() {
            return Ok(Self(Value::Object(Map::new())));
        }
        if json::depth(bytes) > DEPTH_LIMIT {
            return Err(Error::because("Malformed request", "the body nests too deep"));
        }
        let parsed = serde_json::from_slice(bytes);
        parsed.map(Self).map_err(|error| Error::because("Malformed request", error.to_string()))
    }
}

/// What stands behind a byte order mark, with which some editors begin a file.
pub fn without_bom(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)
}

impl<S: Sync> FromRequest<S> for Json {
    type Rejection = Error;

    async fn from_request(request: http::Request<Body>, _state: &S) -> Result<Self> {
        Self::parse(&body::read(request.into_body(), BODY_LIMIT).await?)
    }
}

/// Where the client reached us.
#[derive(Clone, Debug)]
pub struct Site {
    /// `http://lab.example:3000`.
    pub origin: String,
    /// What links for people begin with: the operator's setting, or the origin.
    pub ui: String,
}

impl Site {
    /// The page of a result, for people.
    pub fn result(&self, id: &str) -> String {
        format!("{}/#/results/{id}", self.ui)
    }
}

impl<S: Sync> FromRequestParts<S> for Site {
    type Rejection = Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        _state: &S,
    ) -> std::result::Result<Self, Infallible> {
        let origin = links::origin(parts);
        let ui = match settings::get().await.ui_url.as_str() {
            "" => origin.clone(),
            url => url.to_owned(),
        };
        Ok(Self { origin, ui })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_body_is_an_empty_object() {
        assert!(Json::parse(b" \n").unwrap().object().unwrap().is_empty());
        assert!(Json::parse(b"\xEF\xBB\xBF{\"a\":1}").is_ok());
    }

    #[test]
    fn what_is_not_json_is_malformed() {
        let deep = "[".repeat(100) + &"]".repeat(100);
        for body in ["{", "NaN", "{\"a\":1e400}", "\"\\ud800\"", &deep] {
            assert_eq!(Json::parse(body.as_bytes()).unwrap_err().to_string(), "Malformed request");
        }
        assert!(Json::parse(b"[1]").unwrap().object().is_err());
    }
}
