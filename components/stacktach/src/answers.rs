//! The shapes of success below `/stacky/`: a table as JSON, as CSV or in columns, whichever the
//! client accepts.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderValue, header};

use crate::domain::tables;

/// JSON text in the content type that the specification gives it.
pub struct StackyJson(pub String);

impl IntoResponse for StackyJson {
    fn into_response(self) -> Response {
        typed("text/json", self.0)
    }
}

/// How the client wants a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// What no client has to ask for.
    Json,
    /// `Accept: text/csv`.
    Csv,
    /// `Accept: text/plain`.
    Columns,
}

impl Format {
    fn of(accept: &str) -> Self {
        let mut types = accept.split(',').map(|range| range.split(';').next().unwrap_or_default());
        types
            .find_map(|range| match range.trim() {
                "text/csv" => Some(Self::Csv),
                "text/plain" => Some(Self::Columns),
                "*/*" | "text/json" | "application/json" => Some(Self::Json),
                _ => None,
            })
            .unwrap_or(Self::Json)
    }

    /// The answer for a table, given as JSON text.
    pub fn table(self, json: String) -> Response {
        match self {
            Self::Json => StackyJson(json).into_response(),
            Self::Csv => typed("text/csv; charset=utf-8", tables::csv(&json).unwrap_or(json)),
            Self::Columns => {
                typed("text/plain; charset=utf-8", tables::aligned(&json).unwrap_or(json))
            }
        }
    }
}

fn typed(content_type: &'static str, body: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(content_type)),
        (header::VARY, HeaderValue::from_static("Accept")),
    ];
    (headers, body).into_response()
}

impl<S: Sync> FromRequestParts<S> for Format {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let accept = parts.headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
        Ok(Self::of(accept.unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_type_that_we_have_is_given() {
        assert_eq!(Format::of("text/csv"), Format::Csv);
        assert_eq!(Format::of("text/html, text/plain;q=0.5"), Format::Columns);
        for accept in ["", "*/*", "application/json, text/csv", "image/png"] {
            assert_eq!(Format::of(accept), Format::Json, "{accept}");
        }
    }
}
