//! What pages of other origins may do: the operator lists the origins (`refstack_cors_origins`).

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::settings::Settings;

/// The `Origin` of a request, if it is one that the operator lists.
pub fn allowed_origin(headers: &HeaderMap, settings: &Settings) -> Option<HeaderValue> {
    let origin = headers.get(header::ORIGIN)?;
    settings.cors_origins.iter().any(|allowed| origin == allowed.as_str()).then(|| origin.clone())
}

/// Adds the headers for an allowed origin; a preflight request succeeds on every URL.
pub fn finish(response: Response, origin: Option<HeaderValue>, preflight: bool) -> Response {
    let mut response = match preflight {
        true => StatusCode::NO_CONTENT.into_response(),
        false => response,
    };
    let headers = response.headers_mut();
    if let Some(origin) = origin {
        let says = HeaderValue::from_static;
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::VARY, says("Origin"));
        headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, says("true"));
        headers
            .insert(header::ACCESS_CONTROL_ALLOW_METHODS, says("GET, OPTIONS, PUT, POST, DELETE"));
        headers.insert(
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            says("origin, authorization, accept, content-type"),
        );
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listed_origins_are_let_in() {
        let settings = Settings { cors_origins: vec!["http://ui".into()], ..Settings::default() };
        let asked = |origin: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
            allowed_origin(&headers, &settings)
        };
        assert!(asked("http://other").is_none());
        let response = finish(StatusCode::NOT_FOUND.into_response(), asked("http://ui"), true);
        assert_eq!(response.status(), StatusCode::NO_CONTENT);
        assert_eq!(response.headers()[header::ACCESS_CONTROL_ALLOW_ORIGIN], "http://ui");
    }
}
