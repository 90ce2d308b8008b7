//! Who is let in: reads the credentials of a request before anything else happens to it.
//!
//! A worker's signature covers the body, so the whole body is read here; it is kept up to what its
//! route takes, and only if it may be somebody's. Every refusal is the same one, and takes about
//! the same time: an unknown worker is checked against a secret too.

use assay_web::{body, secret, time};
use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http::request::Parts;
use http::{HeaderMap, Method, header};

use crate::domain::callers::{Caller, Who};
use crate::domain::signatures::Expected;
use crate::error::{Error, Result};
use crate::settings::Settings;
use crate::site::Site;
use crate::store;

/// Bodies may be this long.
const BODY_LIMIT: usize = 1 << 20;
/// A key has 255 characters at the most, of up to four bytes, and a signature 40.
const CREDENTIALS_LIMIT: usize = 1100;

/// The credentials that a request presents.
#[derive(Debug, PartialEq, Eq)]
enum Credentials<'a> {
    Signature { key: &'a str, signature: &'a str },
    Bearer(&'a str),
    Session(&'a str),
}

/// Lets a request in, with its [`Caller`] as an extension and its body read. Public pages go
/// through as they are.
pub async fn admit(
    request: http::Request<Body>,
    settings: &Settings,
) -> Result<http::Request<Body>> {
    settings.zone()?;
    if is_public(request.uri().path()) || request.method() == Method::OPTIONS {
        return Ok(request);
    }
    let (mut parts, body) = request.into_parts();
    let limit = body_limit(&parts, settings);
    let (caller, body) = match credentials(&parts.headers).ok_or(Error::Unauthorized)? {
        Credentials::Signature { key, signature } => {
            signed(&parts, body, limit, key, signature, settings).await?
        }
        Credentials::Bearer(token) => {
            let caller = bearer(token, settings).await?.ok_or(Error::Unauthorized)?;
            (caller, body::read_announced(body, limit, content_length(&parts)).await?)
        }
        Credentials::Session(session) => {
            let caller = person(&parts, session, settings).await?.ok_or(Error::Unauthorized)?;
            (caller, body::read_announced(body, limit, content_length(&parts)).await?)
        }
    };
    parts.extensions.insert(caller);
    Ok(http::Request::from_parts(parts, Body::from(body)))
}

fn is_public(path: &str) -> bool {
    path == "/api/v1" || path.starts_with("/accounts")
}

/// A log of short lines is up to twice as long in JSON, where each line's end takes two characters.
fn body_limit(parts: &Parts, settings: &Settings) -> usize {
    let path = parts.uri.path();
    if path.starts_with("/api/v1/run_log") {
        return 2 * settings.max_log_bytes + BODY_LIMIT / 16;
    }
    if path.ends_with("/heartbeat") { 2 * BODY_LIMIT + BODY_LIMIT / 16 } else { BODY_LIMIT }
}

fn content_length(parts: &Parts) -> Option<usize> {
    parts.headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Who signed, and the body. A body that is too long is read to its end, though not kept: only
/// then is it known whether whoever sent it may learn that.
async fn signed(
    parts: &Parts,
    mut body: Body,
    limit: usize,
    key: &str,
    signature: &str,
    settings: &Settings,
) -> Result<(Caller, Bytes)> {
    let since = time::now() - settings.responsive_for;
    let found = store::callers::worker(store::open().await?, key, since).await?;
    let secret = found.as_ref().map_or("nobody's secret", |found| found.secret.as_str());
    let target = parts.extensions.get::<Site>().map(|site| site.target.as_str());
    let mut expected = Expected::new(secret, parts.method.as_str(), target.unwrap_or_default());
    let announced = content_length(parts).unwrap_or_default();
    let (room, mut length) = (if found.is_some() { limit } else { 0 }, 0_usize);
    let mut kept = BytesMut::with_capacity(if announced <= room { announced } else { 0 });
    while let Some(piece) = body::next_frame(&mut body).await? {
        expected.update(&piece);
        length = length.saturating_add(piece.len());
        if announced.max(length) <= room {
            kept.extend_from_slice(&piece);
        }
    }
    let worker = found.filter(|_| expected.is(signature)).ok_or(Error::Unauthorized)?;
    if length > limit {
        return Err(Error::TooLarge(limit));
    }
    Ok((Caller { who: Who::Worker(worker.id), scope: worker.scope }, kept.freeze()))
}

async fn bearer(token: &str, settings: &Settings) -> Result<Option<Caller>> {
    let is = |expected: &str| {
        !expected.is_empty() && secret::equal(token.as_bytes(), expected.as_bytes())
    };
    let who = match (is(&settings.admin_token), is(&settings.bridge_token)) {
        (true, _) => Who::Operator,
        (false, true) => Who::Bridge,
        (false, false) => return Ok(None),
    };
    let since = time::now() - settings.responsive_for;
    let scope = store::callers::everything(store::open().await?, &who, since).await?;
    Ok(Some(Caller { who, scope }))
}

async fn person(parts: &Parts, session: &str, settings: &Settings) -> Result<Option<Caller>> {
    if !reads(&parts.method) && !is_ours(parts) {
        return Ok(None);
    }
    let since = time::now() - settings.responsive_for;
    let found = store::callers::person(store::open().await?, session, since).await?;
    Ok(found.map(|scope| Caller { who: Who::Person, scope }))
}

/// The one kind of credentials that counts: a header wins over the cookie, and two headers must
/// agree.
fn credentials(headers: &HeaderMap) -> Option<Credentials<'_>> {
    let mut given =
        ["authentication", "authorization"].into_iter().flat_map(|name| headers.get_all(name));
    let Some(value) = given.next() else {
        return cookie(headers, "sessionid").filter(|id| !id.is_empty()).map(Credentials::Session);
    };
    if given.any(|other| other != value) || value.len() > CREDENTIALS_LIMIT {
        return None;
    }
    // Keys are any text: header values are bytes, not always ASCII.
    let (scheme, rest) = std::str::from_utf8(value.as_bytes()).ok()?.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return headers
            .contains_key(header::AUTHORIZATION)
            .then_some(Credentials::Bearer(rest.trim()));
    }
    let (key, signature) = rest.trim().split_once(':')?;
    let whole = scheme.eq_ignore_ascii_case("apikey") && !key.is_empty() && !signature.is_empty();
    whole.then_some(Credentials::Signature { key, signature })
}

/// A cookie's value.
pub fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let values =
        headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs =
        values.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
}

fn reads(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

/// Whether a browser's write comes from our own pages: the token of the cookie in a header, which
/// no other site can read, and no foreign origin.
fn is_ours(parts: &Parts) -> bool {
    let token = cookie(&parts.headers, "csrftoken").unwrap_or_default();
    let shown =
        parts.headers.get("x-csrftoken").map(http::HeaderValue::as_bytes).unwrap_or_default();
    let same = !token.is_empty() && secret::equal(token.as_bytes(), shown);
    same && origin_is_ours(parts)
}

/// Whether the `Origin` header, if there is one, is where the client reached us.
pub fn origin_is_ours(parts: &Parts) -> bool {
    let ours = parts.extensions.get::<Site>().map(|site| site.origin.as_str()).unwrap_or_default();
    parts.headers.get(header::ORIGIN).is_none_or(|origin| origin.as_bytes() == ours.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn both_headers_carry_a_signature_and_must_agree() {
        let expected = Some(Credentials::Signature { key: "w", signature: "ab" });
        for name in ["authentication", "authorization"] {
            assert_eq!(credentials(&headers(&[(name, "ApiKey w:ab")])), expected, "{name}");
        }
        let both =
            |second| headers(&[("authentication", "ApiKey w:ab"), ("authorization", second)]);
        assert_eq!(credentials(&both("ApiKey w:ab")), expected);
        assert_eq!(credentials(&both("ApiKey w:cd")), None);
    }

    #[test]
    fn malformed_credentials_are_none_and_never_fall_back_to_the_cookie() {
        for value in
            ["ApiKey", "ApiKey w", "ApiKey :", "ApiKey w:", "ApiKey :ab", "Basic w:ab", "x"]
        {
            let headers = headers(&[("authorization", value), ("cookie", "sessionid=s")]);
            assert_eq!(credentials(&headers), None, "{value}");
        }
        let long = format!("ApiKey w:{}", "a".repeat(10_000));
        assert_eq!(credentials(&headers(&[("authorization", &long)])), None);
        assert_eq!(credentials(&headers(&[("authentication", "Bearer t")])), None);
        assert_eq!(
            credentials(&headers(&[("cookie", "a=b; sessionid=s; x=y")])),
            Some(Credentials::Session("s"))
        );
    }

    #[test]
    fn a_write_needs_the_token_of_our_own_pages() {
        let ours = |pairs: &[(&'static str, &str)]| {
            let mut parts = http::Request::new(()).into_parts().0;
            parts.headers = headers(pairs);
            parts.extensions.insert(Site { target: "/".into(), origin: "http://lab".into() });
            is_ours(&parts)
        };
        let cookie = ("cookie", "sessionid=s; csrftoken=t");
        assert!(ours(&[cookie, ("x-csrftoken", "t")]));
        assert!(ours(&[cookie, ("x-csrftoken", "t"), ("origin", "http://lab")]));
        assert!(!ours(&[cookie, ("x-csrftoken", "t"), ("origin", "http://evil")]));
        assert!(!ours(&[cookie, ("x-csrftoken", "u")]));
        assert!(!ours(&[cookie]));
        assert!(!ours(&[("cookie", "csrftoken="), ("x-csrftoken", "")]));
    }
}
