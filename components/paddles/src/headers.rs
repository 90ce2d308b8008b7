//! What every answer of this area carries, and who may write.

use assay_web::secret;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, Method, header};

use crate::error::Error;
use crate::settings::Settings;

const DIALECT: HeaderName = HeaderName::from_static("x-paddles-dialect");

/// Reads that are sent as POST by old clients; a write token does not concern them.
const READS_BY_POST: [&str; 2] = ["/queue/stats", "/queue/queued_jobs"];

/// Marks an answer as one of the specification's shapes; all others say `lab`.
pub fn plain(response: impl IntoResponse) -> Response {
    let mut response = response.into_response();
    response.headers_mut().insert(DIALECT, HeaderValue::from_static("plain"));
    response
}

/// When a write token is set: the refusal of a write without it.
pub fn refuse_unknown_writer(request: &http::Request<Body>, settings: &Settings) -> Option<Error> {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS)
        || READS_BY_POST.contains(&request.uri().path());
    if reads || settings.write_token.is_empty() {
        return None;
    }
    let given = secret::bearer(request.headers()).unwrap_or_default();
    let known = secret::equal(given.as_bytes(), settings.write_token.as_bytes());
    (!known).then_some(Error::UnknownWriter)
}

/// Adds the CORS headers (pulpito-ng is a browser application on another origin) and the dialect, and makes
/// `OPTIONS` of any URL a success.
pub fn finish(method: &Method, response: Response) -> Response {
    let mut response =
        if method == Method::OPTIONS { assay_web::options(response.headers()) } else { response };
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, OPTIONS"));
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static("origin, authorization, accept"),
    );
    headers.entry(DIALECT).or_insert(HeaderValue::from_static("lab"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::StatusCode;

    fn refused(method: Method, path: &str, token: &str) -> bool {
        let settings = Settings { write_token: "s3".into(), ..Settings::default() };
        let mut request = http::Request::builder().method(method).uri(path);
        if !token.is_empty() {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        refuse_unknown_writer(&request.body(Body::empty()).unwrap(), &settings).is_some()
    }

    #[test]
    fn a_write_token_concerns_writes_only() {
        assert!(refused(Method::POST, "/runs", ""));
        assert!(refused(Method::DELETE, "/runs/x", "wrong"));
        assert!(!refused(Method::POST, "/runs", "s3"));
        assert!(!refused(Method::GET, "/runs", ""));
        assert!(!refused(Method::POST, "/queue/stats", ""));
    }

    #[test]
    fn options_is_a_success_with_what_is_allowed() {
        let refusal =
            (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET,HEAD")], "no").into_response();
        let response = finish(&Method::OPTIONS, refusal);
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[header::ALLOW], "GET,HEAD,OPTIONS");
        assert_eq!(response.headers()["x-paddles-dialect"], "lab");
        assert_eq!(response.headers()[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
    }
}
