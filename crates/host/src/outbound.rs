//! Requests that a component sends: only to the hosts that the manifest allows, to none by default.
//!
//! A pattern is `scheme://host[:port]`. The scheme may be `*`; the host may be `*` or start with `*.` (any subdomain);
//! the port may be `*` or a range `8000..8100`, and without one the scheme's own port is meant. Spin's other forms
//! (networks, templates, `self`, service chaining) are refused at start.

use std::ops::Range;
use std::sync::Arc;

use http::{Request, Response, Uri};
use wasmtime::error::Context as _;
use wasmtime::{Result, ensure, format_err};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks, default_hooks};

type Sent = (Response<WasiBody>, Box<dyn Future<Output = std::result::Result<(), Error>> + Send>);

/// The hosts that one component may reach.
#[derive(Debug, Clone, Default)]
pub struct Allowed(Arc<[Pattern]>);

#[derive(Debug, PartialEq)]
struct Pattern {
    scheme: Option<String>,
    host: Host,
    ports: Range<u32>,
}

#[derive(Debug, PartialEq)]
enum Host {
    Any,
    Under(String),
    Exactly(String),
}

impl Allowed {
    /// Reads the `allowed_outbound_hosts` of a component.
    pub fn parse<'a>(patterns: impl IntoIterator<Item = &'a String>) -> Result<Self> {
        let parse = |text: &String| {
            Pattern::parse(text).with_context(|| format!("allowed_outbound_hosts: '{text}'"))
        };
        Ok(Self(patterns.into_iter().map(parse).collect::<Result<_>>()?))
    }

    fn allows(&self, uri: &Uri) -> bool {
        let scheme = uri.scheme_str().unwrap_or("https");
        let Some(host) = uri.host() else { return false };
        let port = uri.port_u16().map(u32::from).or_else(|| default_port(scheme));
        port.is_some_and(|port| self.0.iter().any(|pattern| pattern.matches(scheme, host, port)))
    }
}

impl Pattern {
    fn parse(text: &str) -> Result<Self> {
        let (scheme, rest) = text.split_once("://").context("there is no scheme")?;
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let is_port = |port: &str| !port.ends_with(']') && !port.is_empty();
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if is_port(port) => (host, Some(port)),
            _ => (rest, None),
        };
        ensure!(matches!(scheme, "*" | "http" | "https"), "the scheme is not http, https or *");
        ensure!(
            !host.is_empty() && !host.contains(['/', '{', '@', '?']),
            "the host is not understood"
        );
        let ports = match port {
            Some(port) => ports(port)?,
            None if scheme == "*" => 0..65536,
            None => default_port(scheme).map(|port| port..port + 1).unwrap_or_default(),
        };
        let scheme = (scheme != "*").then(|| scheme.to_owned());
        Ok(Self { scheme, host: Host::parse(host)?, ports })
    }

    fn matches(&self, scheme: &str, host: &str, port: u32) -> bool {
        let scheme_fits = self.scheme.as_ref().is_none_or(|own| own == scheme);
        let host = host.to_ascii_lowercase();
        let host_fits = match &self.host {
            Host::Any => true,
            Host::Exactly(own) => *own == host,
            Host::Under(domain) => {
                host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
            }
        };
        scheme_fits && host_fits && self.ports.contains(&port)
    }
}

impl Host {
    fn parse(text: &str) -> Result<Self> {
        let text = text.to_ascii_lowercase();
        let (host, domain) = match text.strip_prefix("*.") {
            Some(domain) => (Self::Under(domain.to_owned()), domain),
            None if text == "*" => return Ok(Self::Any),
            None => (Self::Exactly(text.clone()), text.as_str()),
        };
        ensure!(!domain.contains('*'), "a '*' may only be the whole host or its first part");
        ensure!(domain != "self" && domain != "self.alt", "requests to oneself are not supported");
        ensure!(!domain.ends_with(".spin.internal"), "service chaining is not supported");
        Ok(host)
    }
}

fn ports(text: &str) -> Result<Range<u32>> {
    let number = |text: &str| {
        text.parse::<u16>().map(u32::from).map_err(|_| format_err!("'{text}' is not a port"))
    };
    match text.split_once("..") {
        _ if text == "*" => Ok(0..65536),
        Some((first, end)) => Ok(number(first)?..number(end)?),
        None => number(text).map(|port| port..port + 1),
    }
}

fn default_port(scheme: &str) -> Option<u32> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}

impl WasiHttpHooks for Allowed {
    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        end: Box<dyn Future<Output = std::result::Result<(), Error>> + Send>,
    ) -> Box<dyn Future<Output = std::result::Result<Sent, Error>> + Send> {
        if self.allows(request.uri()) {
            default_hooks().send_request(request, options, end)
        } else {
            Box::new(std::future::ready(Err(Error::HttpRequestDenied)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(pattern: &str, uri: &str) -> bool {
        Allowed::parse([&pattern.to_owned()]).unwrap().allows(&uri.parse().unwrap())
    }

    #[test]
    fn nothing_is_allowed_by_default() {
        assert!(!Allowed::default().allows(&"http://127.0.0.1/".parse().unwrap()));
    }

    #[test]
    fn patterns_allow_what_they_say() {
        for (pattern, uri) in [
            ("https://example.com", "https://example.com/a?b"),
            ("https://example.com", "https://EXAMPLE.com:443/"),
            ("http://127.0.0.1:*", "http://127.0.0.1:8080/"),
            ("http://[::1]:80", "http://[::1]/"),
            ("*://*:*", "https://example.com:1/"),
            ("https://*.example.com", "https://a.b.example.com/"),
            ("http://example.com:8000..8002", "http://example.com:8001/"),
        ] {
            assert!(allows(pattern, uri), "{pattern} {uri}");
        }
    }

    #[test]
    fn patterns_allow_nothing_else() {
        for (pattern, uri) in [
            ("https://example.com", "http://example.com/"),
            ("https://example.com", "https://example.com:8443/"),
            ("https://example.com", "https://example.com.evil.org/"),
            ("https://*.example.com", "https://example.com/"),
            ("https://*.example.com", "https://badexample.com/"),
            ("http://example.com:8000..8002", "http://example.com:8002/"),
        ] {
            assert!(!allows(pattern, uri), "{pattern} {uri}");
        }
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for pattern in [
            "example.com",
            "redis://example.com",
            "http://self",
            "http://a.spin.internal",
            "http://a.*.org",
            "http://",
            "http://a:b",
            "http://{{ host }}",
            "http://a/path",
        ] {
            assert!(Allowed::parse([&pattern.to_owned()]).is_err(), "{pattern}");
        }
    }
}
