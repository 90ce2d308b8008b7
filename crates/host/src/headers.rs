//! What Spin adds to a request before a component sees it: the full URI, and headers that tell how it was routed.

use std::net::SocketAddr;

use http::header::{HOST, HeaderMap, HeaderName, HeaderValue};
use http::uri::{Authority, Scheme, Uri};

use crate::routes::Found;

/// Why a request is refused before it reaches a component. Spin answers the same requests with 500 or closes the
/// connection; they are the client's fault, so here it is 400.
pub type Refusal = &'static str;

/// Makes the URI whole: scheme, authority (from `Host`, which must agree with the URI's own) and path.
pub fn complete_uri(uri: Uri, headers: &HeaderMap) -> Result<Uri, Refusal> {
    let mut parts = uri.into_parts();
    let host = headers.get(HOST).map(|value| {
        let text = value.to_str().map_err(|_| "the Host header is not text")?;
        text.parse::<Authority>().map_err(|_| "the Host header is not a host")
    });
    parts.authority = match (host.transpose()?, parts.authority) {
        (Some(host), Some(authority)) if host != authority => {
            return Err("the Host header and the request's URI disagree");
        }
        (None, None) => return Err("there is no Host header"),
        (host, authority) => host.or(authority),
    };
    parts.scheme = Some(Scheme::HTTP);
    Uri::from_parts(parts).map_err(|_| "the request's URI is not understood")
}

/// Adds the `spin-` headers, in place of any that the client sent. `uri` is the complete one.
pub fn add(
    headers: &mut HeaderMap,
    uri: &Uri,
    found: &Found<'_>,
    client: SocketAddr,
) -> Result<(), Refusal> {
    if headers.values().any(|value| std::str::from_utf8(value.as_bytes()).is_err()) {
        return Err("a request header is not UTF-8");
    }
    for (name, value) in &found.route.headers {
        headers.insert(name.clone(), value.clone());
    }
    set(headers, HeaderName::from_static("spin-path-info"), found.path_info.clone());
    set(headers, HeaderName::from_static("spin-full-url"), uri.to_string());
    set(headers, HeaderName::from_static("spin-client-addr"), client.to_string());
    for (name, value) in &found.named {
        let name = format!("spin-path-match-{}", name.to_ascii_lowercase().replace('_', "-"));
        if let Ok(name) = HeaderName::try_from(name) {
            set(headers, name, value.clone());
        }
    }
    Ok(())
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: String) {
    if let Ok(value) = HeaderValue::try_from(value) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes::Routes;

    fn headers(pairs: &[(&str, &[u8])]) -> HeaderMap {
        let header = |(name, value): &(&str, &[u8])| {
            (name.parse::<HeaderName>().unwrap(), HeaderValue::from_bytes(value).unwrap())
        };
        pairs.iter().map(header).collect()
    }

    #[test]
    fn the_uri_is_completed_from_the_host_header() {
        let complete = |uri: &str, host: &[u8]| {
            complete_uri(uri.parse().unwrap(), &headers(&[("host", host)]))
                .map(|uri| uri.to_string())
        };
        assert_eq!(complete("/a?b=c", b"lab:80").unwrap(), "http://lab:80/a?b=c");
        assert_eq!(complete("http://lab/a", b"lab").unwrap(), "http://lab/a");
        assert!(complete("http://other/a", b"lab").is_err());
        assert!(complete("/a", b"not a host").is_err());
        assert!(complete("/a", b"\xff").is_err());
        assert!(complete_uri("/a".parse().unwrap(), &HeaderMap::new()).is_err());
    }

    #[test]
    fn spins_headers_replace_what_the_client_sent() {
        let trigger = toml::from_str("route = '/r/:run_id/...'\ncomponent = 'c'").unwrap();
        let routes = Routes::new([&trigger]).unwrap();
        let found = routes.find("/r/7/jobs/1").unwrap();
        let uri = "http://lab/r/7/jobs/1?x".parse().unwrap();
        let mut map = headers(&[("spin-client-addr", b"1.1.1.1:1"), ("accept", b"*/*")]);
        add(&mut map, &uri, &found, "127.0.0.1:5".parse().unwrap()).unwrap();
        let expected = headers(&[
            ("accept", b"*/*"),
            ("spin-client-addr", b"127.0.0.1:5"),
            ("spin-full-url", b"http://lab/r/7/jobs/1?x"),
            ("spin-path-info", b"/jobs/1"),
            ("spin-path-match-run-id", b"7"),
            ("spin-matched-route", b"/r/:run_id/..."),
            ("spin-raw-component-route", b"/r/:run_id/..."),
            ("spin-component-route", b"/r/:run_id"),
            ("spin-base-path", b"/"),
        ]);
        assert_eq!(map, expected);
        map.insert("x-bad", HeaderValue::from_bytes(b"\xff").unwrap());
        assert!(add(&mut map, &uri, &found, "127.0.0.1:5".parse().unwrap()).is_err());
    }
}
