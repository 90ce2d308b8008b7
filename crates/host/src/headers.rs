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
