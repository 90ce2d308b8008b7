//! Secrets, compared without telling by the time taken how much was right.

use http::{HeaderMap, header};
use subtle::ConstantTimeEq;

/// Whether two secrets are equal, in constant time for texts of one length.
pub fn equal(given: &[u8], expected: &[u8]) -> bool {
    given.ct_eq(expected).into()
}

/// The token of `Authorization: Bearer <token>`, if there is one.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn a_bearer_token_is_found_and_compared() {
        let mut headers = HeaderMap::new();
        assert_eq!(bearer(&headers), None);
        headers.insert(header::AUTHORIZATION, HeaderValue::from_static("bearer  s3"));
        assert_eq!(bearer(&headers), Some("s3"));
        assert!(equal(b"s3", b"s3"));
        assert!(!equal(b"s3", b"s33"));
        assert!(!equal(b"", b"s"));
    }
}
