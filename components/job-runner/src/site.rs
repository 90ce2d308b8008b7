//! What a request's address and method say besides its route.
//!
//! The specification prints `/api/vi/worker-pools/{id}/` and `/api/vi/run_log/{id}/`; one rule here
//! serves those names for everything. Signatures cover the request as it was sent, so its target is
//! noted before anything is changed.

use std::convert::Infallible;

use assay_web::links;
use axum::body::Body;
use axum::extract::FromRequestParts;
use http::Method;
use http::request::Parts;

use crate::domain::uris;

/// Where the client thinks it is.
#[derive(Clone, Debug, Default)]
pub struct Site {
    /// Path and query as they were sent.
    pub target: String,
    /// `http://lab.example:3000`.
    pub origin: String,
}

/// Path and query of a request as it came.
pub fn target(uri: &http::Uri) -> String {
    uri.path_and_query().map_or_else(|| "/".to_owned(), |target| target.as_str().to_owned())
}

/// Notes the [`Site`] of a request, gives its path the names that the routes have, and honours the
/// method that tastypie's clients send in a header where a proxy knows no PATCH.
pub fn enter(request: http::Request<Body>, target: String) -> http::Request<Body> {
    let (mut parts, body) = request.into_parts();
    let path = canonical(parts.uri.path());
    if path != parts.uri.path() {
        assay_web::set_path(&mut parts.uri, &path);
    }
    let wanted = parts.headers.get("x-http-method-override").map(http::HeaderValue::as_bytes);
    if parts.method == Method::POST && wanted == Some(b"PATCH") {
        parts.method = Method::PATCH;
    }
    let origin = links::origin(&parts);
    parts.extensions.insert(Site { target, origin });
    http::Request::from_parts(parts, body)
}

fn canonical(path: &str) -> String {
    let Some(rest) = path.strip_prefix("/api/vi").or_else(|| path.strip_prefix("/api/v1")) else {
        return path.to_owned();
    };
    let Some(rest) = rest.strip_prefix('/') else {
        return if rest.is_empty() { "/api/v1".to_owned() } else { path.to_owned() };
    };
    let (name, below) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    format!("/api/v1/{}{below}", uris::canonical(name))
}

impl<S: Sync> FromRequestParts<S> for Site {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_rule_serves_the_names_that_the_specification_prints() {
        assert_eq!(canonical("/api/vi/worker-pools/1"), "/api/v1/worker_pool/1");
        assert_eq!(canonical("/api/v1/worker-pools"), "/api/v1/worker_pool");
        assert_eq!(canonical("/api/vi/run_log/1"), "/api/v1/run_log/1");
        assert_eq!(canonical("/api/vi"), "/api/v1");
        assert_eq!(canonical("/api/video/x"), "/api/video/x");
        assert_eq!(canonical("/accounts/login"), "/accounts/login");
    }

    #[test]
    fn a_post_may_be_a_patch() {
        let request = |wanted: &str| {
            let request = http::Request::post("http://h/api/v1/run/1")
                .header("x-http-method-override", wanted);
            enter(request.body(Body::empty()).unwrap(), "/api/v1/run/1/".into())
        };
        assert_eq!(request("PATCH").method(), Method::PATCH);
        assert_eq!(request("DELETE").method(), Method::POST);
        assert_eq!(request("PATCH").extensions().get::<Site>().unwrap().origin, "http://h");
    }
}
