//! Answers that several resources give.

use assay_blobs::Hash;
use assay_web::conditional::ETag;
use assay_web::digests;
use assay_web::json::JsonText;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

/// RFC 9530.
pub const REPR_DIGEST: HeaderName = HeaderName::from_static("repr-digest");

/// What chacractl knows as a form without its file.
pub const NO_FILE: &str = "no file object found in \"file\" param in POST request";

/// `{}`, the answer to what was done and has nothing to tell.
pub fn done(status: StatusCode) -> Response {
    (status, JsonText("{}".into())).into_response()
}

/// The answer to an upload.
pub fn stored(status: StatusCode, sha256: &Hash<32>, location: &str) -> Response {
    let mut response = ETag::new(&sha256.to_string()).on(done(status));
    let headers = response.headers_mut();
    headers.insert(REPR_DIGEST, digests::sha256(&sha256.0));
    if let Ok(location) = HeaderValue::try_from(location) {
        headers.insert(header::LOCATION, location);
    }
    response
}

/// Whether a client says yes: any value but an empty one, `0`, `false`, `no` and `off`.
pub fn says_yes(value: &str) -> bool {
    !["", "0", "false", "no", "off"].contains(&value.trim().to_ascii_lowercase().as_str())
}

/// The media type of a request's body in lower case, without parameters; empty if it has none.
pub fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = value.and_then(|value| value.split(';').next()).unwrap_or_default();
    kind.trim().to_ascii_lowercase()
}

/// Whether the body is a form that may have files in it.
pub fn is_form(headers: &HeaderMap) -> bool {
    media_type(headers) == "multipart/form-data"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_but_five_words_are_a_yes() {
        for no in ["", " ", "0", "false", "No", "OFF"] {
            assert!(!says_yes(no), "{no}");
        }
        for yes in ["1", "true", "force", "-1"] {
            assert!(says_yes(yes), "{yes}");
        }
    }
}
