//! The HTTP edge that Assay's components share: how a request comes in, how an answer goes out, and the
//! small rules of the web that every area needs once (bodies with limits, query parameters, entity
//! tags, secrets, links, dates on the wire, text in XML, badges).
//!
//! A component's entry point is two calls:
//!
//! ```ignore
//! #[spin_sdk::http_service]
//! async fn paddles(request: Request) -> impl IntoResponse {
//!     web::answer(&routes::ROUTES, web::receive(request)).await
//! }
//! ```
//!
//! Nothing here knows an area's error shape: refusals are values ([`body::Refusal`]), and the area's own
//! error type says what they look like.

pub mod badge;
pub mod body;
pub mod conditional;
pub mod dates;
pub mod digests;
pub mod json;
pub mod links;
pub mod multipart;
pub mod query;
pub mod ranges;
pub mod secret;
pub mod stream;
pub mod time;
pub mod variables;
pub mod xml;

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use tower_service::Service;

/// How the client wrote the path, before [`receive`] took its last slash away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrailingSlash(pub bool);

/// Takes a request from the runtime: its path loses the last slash (routes are written without it, and
/// every URL is served alike with and without), which is remembered as the extension [`TrailingSlash`].
pub fn receive(request: spin_sdk::http::Request) -> http::Request<Body> {
    let (mut parts, body) = request.into_parts();
    let slash = trim_slash(&mut parts.uri);
    parts.extensions.insert(TrailingSlash(slash));
    http::Request::from_parts(parts, Body::new(body))
}

/// Routes a request and waits for its answer. Sets `content-length` where the length is known, without
/// which a kept-alive client of Spin waits 44 ms for the end of each answer.
pub async fn answer(routes: &Router, request: http::Request<Body>) -> Response {
    // The clone is an `Arc`; building the table costs 100 us and is done once per instance.
    let mut response = match routes.clone().call(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    // axum counts the bytes of every body, but these two statuses have none: a length would be that
    // of another answer (RFC 9110, section 8.6).
    if matches!(response.status(), StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED) {
        response.headers_mut().remove(header::CONTENT_LENGTH);
    }
    response
}

/// The answer to `OPTIONS`: success, empty, with what a refusal of axum's lists as allowed on this URL.
pub fn options(refusal: &http::HeaderMap) -> Response {
    let allowed = refusal.get(header::ALLOW).and_then(|allow| allow.to_str().ok());
    let allow = format!("{},OPTIONS", allowed.unwrap_or("GET,HEAD"));
    let allow = HeaderValue::try_from(allow).unwrap_or(HeaderValue::from_static("OPTIONS"));
    let length = HeaderValue::from_static("0");
    (StatusCode::OK, [(header::ALLOW, allow), (header::CONTENT_LENGTH, length)]).into_response()
}

/// A refusal that says what helps: a token against 401, time against 503.
pub fn refusal(status: StatusCode, body: impl IntoResponse) -> Response {
    let mut response = (status, body).into_response();
    let advice = match status {
        StatusCode::UNAUTHORIZED => Some((header::WWW_AUTHENTICATE, "Bearer")),
        StatusCode::SERVICE_UNAVAILABLE => Some((header::RETRY_AFTER, "1")),
        _ => None,
    };
    if let Some((name, value)) = advice {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Replaces a request's path, keeping scheme, authority and query. `path` must be a valid path.
pub fn set_path(uri: &mut http::Uri, path: &str) {
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = format!("{path}{query}").parse().ok();
    if let Ok(changed) = http::Uri::from_parts(parts) {
        *uri = changed;
    }
}

fn trim_slash(uri: &mut http::Uri) -> bool {
    let path = uri.path();
    if path.len() < 2 || !path.ends_with('/') {
        return false;
    }
    let trimmed = path.trim_end_matches('/').to_owned();
    set_path(uri, if trimmed.is_empty() { "/" } else { &trimmed });
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_what_helps() {
        let headers = |status| refusal(status, ()).headers().clone();
        assert_eq!(headers(StatusCode::UNAUTHORIZED)[header::WWW_AUTHENTICATE], "Bearer");
        assert_eq!(headers(StatusCode::SERVICE_UNAVAILABLE)[header::RETRY_AFTER], "1");
        let forbidden = headers(StatusCode::FORBIDDEN);
        assert!(
            [header::WWW_AUTHENTICATE, header::RETRY_AFTER]
                .iter()
                .all(|name| !forbidden.contains_key(name))
        );
    }

    fn trimmed(uri: &str) -> (String, bool) {
        let mut uri: http::Uri = uri.parse().unwrap();
        let slash = trim_slash(&mut uri);
        (uri.to_string(), slash)
    }

    #[test]
    fn the_last_slash_goes_and_the_query_stays() {
        assert_eq!(trimmed("http://h/runs/?a=/"), ("http://h/runs?a=/".into(), true));
        assert_eq!(trimmed("http://h/runs?a=/"), ("http://h/runs?a=/".into(), false));
        assert_eq!(trimmed("http://h/"), ("http://h/".into(), false));
        assert_eq!(trimmed("http://h//"), ("http://h/".into(), true));
    }
}
