//! Entity tags, `If-None-Match` and `If-Modified-Since` (RFC 9110, section 13.1).

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::dates;
use crate::time::{Micros, SECOND};

/// A strong entity tag, quotes included.
#[derive(Clone, Debug)]
pub struct ETag(HeaderValue);

impl ETag {
    /// A tag from a text of ours; signs that a tag may not have are replaced.
    pub fn new(text: &str) -> Self {
        let safe: String =
            text.chars().map(|c| if c.is_ascii_graphic() && c != '"' { c } else { '-' }).collect();
        Self(
            HeaderValue::try_from(format!("\"{safe}\""))
                .unwrap_or(HeaderValue::from_static("\"-\"")),
        )
    }

    /// Whether the client says that it has this version: `If-None-Match` is `*` or lists the tag,
    /// weak or strong.
    pub fn is_known(&self, headers: &HeaderMap) -> bool {
        let ours = self.0.as_bytes();
        headers.get_all(header::IF_NONE_MATCH).iter().any(|value| {
            value
                .as_bytes()
                .split(|byte| *byte == b',')
                .map(<[u8]>::trim_ascii)
                .any(|tag| tag == b"*" || tag.strip_prefix(b"W/").unwrap_or(tag) == ours)
        })
    }

    /// As a header's value.
    pub fn value(&self) -> &HeaderValue {
        &self.0
    }

    /// Whether the client has this version, also by its date: `If-Modified-Since` counts when there
    /// is no `If-None-Match`.
    pub fn is_fresh(&self, headers: &HeaderMap, modified: Micros) -> bool {
        if headers.contains_key(header::IF_NONE_MATCH) {
            return self.is_known(headers);
        }
        let since = headers.get(header::IF_MODIFIED_SINCE).and_then(dates::parse);
        since.is_some_and(|since| modified.div_euclid(SECOND) * SECOND <= since)
    }

    /// Whether the client wants another version than this one, so that the answer is 412: `If-Match`
    /// does not list the tag (strongly, so a weak one never fits), or, where there is none, the last
    /// change was after `If-Unmodified-Since`.
    pub fn is_unwanted(&self, headers: &HeaderMap, modified: Micros) -> bool {
        if headers.contains_key(header::IF_MATCH) {
            let listed = headers.get_all(header::IF_MATCH).iter().any(|value| {
                let mut tags = value.as_bytes().split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
                tags.any(|tag| tag == b"*" || tag == self.0.as_bytes())
            });
            return !listed;
        }
        let since = headers.get(header::IF_UNMODIFIED_SINCE).and_then(dates::parse);
        since.is_some_and(|since| modified.div_euclid(SECOND) * SECOND > since)
    }

    /// `304 Not Modified` with this tag.
    pub fn not_modified(&self) -> Response {
        (StatusCode::NOT_MODIFIED, [(header::ETAG, self.0.clone())]).into_response()
    }

    /// Puts the tag on an answer.
    pub fn on(&self, mut response: Response) -> Response {
        response.headers_mut().insert(header::ETAG, self.0.clone());
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(tag: &str, given: &'static str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::IF_NONE_MATCH, HeaderValue::from_static(given));
        ETag::new(tag).is_known(&headers)
    }

    #[test]
    fn a_tag_is_known_when_the_list_has_it() {
        assert!(known("7", "\"7\""));
        assert!(known("7", "\"6\", W/\"7\""));
        assert!(known("7", "*"));
        assert!(!known("7", "\"77\""));
        assert!(!ETag::new("7").is_known(&HeaderMap::new()));
    }

    #[test]
    fn another_version_than_the_wanted_one_is_told_apart() {
        let unwanted = |headers: &[(&'static str, &str)]| {
            let headers = headers
                .iter()
                .map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap()));
            ETag::new("7").is_unwanted(&headers.collect(), 784_111_777_250_000)
        };
        for tags in ["\"7\"", "\"6\", \"7\"", "*"] {
            assert!(!unwanted(&[("if-match", tags)]), "{tags}");
        }
        for tags in ["\"6\"", "W/\"7\"", ""] {
            assert!(unwanted(&[("if-match", tags)]), "{tags}");
        }
        let earlier = ("if-unmodified-since", "Sun, 06 Nov 1994 08:49:36 GMT");
        assert!(unwanted(&[earlier]));
        assert!(!unwanted(&[earlier, ("if-match", "*")]));
        assert!(!unwanted(&[("if-unmodified-since", "Sun, 06 Nov 1994 08:49:37 GMT")]));
        assert!(!unwanted(&[("if-unmodified-since", "soon")]));
        assert!(!unwanted(&[]));
    }

    #[test]
    fn a_date_counts_when_there_is_no_tag() {
        let fresh = |headers: &[(&'static str, &str)]| {
            let headers = headers
                .iter()
                .map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap()));
            ETag::new("7").is_fresh(&headers.collect(), 784_111_777_250_000)
        };
        assert!(fresh(&[("if-modified-since", "Sun, 06 Nov 1994 08:49:37 GMT")]));
        assert!(!fresh(&[("if-modified-since", "Sun, 06 Nov 1994 08:49:36 GMT")]));
        assert!(!fresh(&[("if-modified-since", "soon")]));
        let later = ("if-modified-since", "Sun, 06 Nov 2044 08:49:37 GMT");
        assert!(!fresh(&[later, ("if-none-match", "\"6\"")]));
        assert!(fresh(&[later, ("if-none-match", "\"7\"")]));
        assert!(!fresh(&[]));
    }
}
