//! What is refused before any route is looked for.

use assay_web::secret;
use axum::body::Body;
use http::{Method, Request};

use crate::error::Error;
use crate::settings::Settings;

/// The refusal of a request, if it deserves one.
pub fn refuse(request: &Request<Body>, settings: &Settings) -> Option<Error> {
    if !is_decodable(request.uri().query().unwrap_or_default()) {
        return Some(Error::invalid("The query string is not percent-encoded UTF-8."));
    }
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if reads || settings.token.is_empty() {
        return None;
    }
    let given = secret::bearer(request.headers()).unwrap_or_default();
    let known = secret::equal(given.as_bytes(), settings.token.as_bytes());
    (!known).then_some(Error::UnknownWriter)
}

/// Whether each `%` begins two hex digits, and the whole is UTF-8 when decoded.
fn is_decodable(query: &str) -> bool {
    let escapes = query.split('%').skip(1);
    let is_escape = |text: &str| {
        text.get(..2).is_some_and(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
    };
    escapes.into_iter().all(is_escape)
        && percent_encoding::percent_decode_str(query).decode_utf8().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_whole_percent_encoded_utf8() {
        for query in ["", "a=1&b=x+y%2F", "a=%C3%BC"] {
            assert!(is_decodable(query), "{query}");
        }
        for query in ["a=%", "a=%4", "a=%zz", "a=%FF", "a=%C3"] {
            assert!(!is_decodable(query), "{query}");
        }
    }

    #[test]
    fn a_token_concerns_writes_only() {
        let settings = Settings { token: "s3".into() };
        let refused = |method: Method, token: &str| {
            let request = Request::builder().method(method).uri("/stacktach/prune");
            let request = request.header("authorization", format!("Bearer {token}"));
            refuse(&request.body(Body::empty()).unwrap(), &settings).is_some()
        };
        assert!(refused(Method::POST, "x") && refused(Method::DELETE, ""));
        assert!(!refused(Method::POST, "s3") && !refused(Method::GET, ""));
    }
}
