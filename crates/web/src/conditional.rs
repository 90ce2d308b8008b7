//! Entity tags and `If-None-Match` (RFC 9110, section 13.1.2).

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};

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

    /// Whether the client says that it has this version: `If-None-Match` is `*` or lists the tag, weak or
    /// strong.
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
}
