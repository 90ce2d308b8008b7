//! Links: where the client reached us, and names as path segments.

use http::header;
use http::request::Parts;
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

/// What RFC 3986 does not allow in a path segment (so `:` and `@` stay as they are).
const SEGMENT: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'/')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// A name as one path segment, encoded only where it must be.
pub fn segment(name: &str) -> String {
    utf8_percent_encode(name, SEGMENT).to_string()
}

/// The decoded segments of a path, split before decoding, so that `%2F` is part of a name. `None` if one is
/// not UTF-8.
pub fn segments(path: &str) -> Option<Vec<String>> {
    path.split('/')
        .skip(1)
        .map(|part| Some(percent_decode_str(part).decode_utf8().ok()?.into_owned()))
        .collect()
}

/// The host (with port) that the client asked for, or `localhost`.
pub fn host(parts: &Parts) -> &str {
    let header = || parts.headers.get(header::HOST).and_then(|value| value.to_str().ok());
    parts.uri.authority().map(http::uri::Authority::as_str).or_else(header).unwrap_or("localhost")
}

/// Scheme and host under which the client reached us, such as `http://lab.example:3000`. A proxy's
/// `X-Forwarded-Proto` and `X-Forwarded-Host` win.
pub fn origin(parts: &Parts) -> String {
    let forwarded = |name| {
        let value = parts.headers.get(name)?.to_str().ok()?;
        value.split(',').next().map(str::trim).filter(|value| !value.is_empty())
    };
    let scheme =
        forwarded("x-forwarded-proto").or_else(|| parts.uri.scheme_str()).unwrap_or("http");
    let host = forwarded("x-forwarded-host").unwrap_or_else(|| host(parts));
    format!("{scheme}://{host}")
}

/// `<url?query>; rel="next"`, the value of a `Link` header (RFC 8288).
pub fn next_page(url: &str, query: &str) -> String {
    format!("<{url}?{query}>; rel=\"next\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_segment_cannot_hold_is_encoded() {
        assert_eq!(segment("ana-2024-05-06_07:08:09-a@b+c"), "ana-2024-05-06_07:08:09-a@b+c");
        assert_eq!(segment("a b/ü%"), "a%20b%2F%C3%BC%25");
    }

    #[test]
    fn segments_are_split_before_they_are_decoded() {
        assert_eq!(segments("/runs/wip%2Fx/%C3%BC").unwrap(), ["runs", "wip/x", "ü"]);
        assert!(segments("/runs/%FF").is_none());
    }

    #[test]
    fn the_origin_is_what_the_client_saw() {
        let mut parts =
            http::Request::get("http://lab.example:3000/x").body(()).unwrap().into_parts().0;
        assert_eq!(origin(&parts), "http://lab.example:3000");
        parts.headers.insert("x-forwarded-proto", "https".parse().unwrap());
        parts.headers.insert("x-forwarded-host", "qa.example".parse().unwrap());
        assert_eq!(origin(&parts), "https://qa.example");
    }
}
