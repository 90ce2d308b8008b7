//! Who may write: HTTP Basic credentials, when the operator set a key.

use assay_web::secret;
use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, Method, header};

use crate::error::Error;
use crate::settings::Settings;

/// The refusal of a write without the right credentials. Asked before anything else, so the body is
/// not read.
pub fn refuse_unknown_writer(request: &http::Request<Body>, settings: &Settings) -> Option<Error> {
    if settings.key.is_empty() || is_open(request.method(), request.uri().path()) {
        return None;
    }
    let (user, password) = credentials(request.headers()).unwrap_or_default();
    // Both are compared, so that the time taken does not tell which one was wrong.
    let known = secret::equal(user.as_bytes(), settings.user.as_bytes())
        & secret::equal(password.as_bytes(), settings.key.as_bytes());
    (!known).then_some(Error::UnknownWriter)
}

/// Reads are open, except of the configuration and where chacractl asks with HEAD whether it may
/// write.
fn is_open(method: &Method, path: &str) -> bool {
    match *method {
        Method::GET | Method::HEAD => {
            let asks = path.starts_with("/repos/")
                && (path.ends_with("/update") || path.ends_with("/recreate"));
            !asks && path != "/chacra/config"
        }
        Method::OPTIONS => true,
        _ => false,
    }
}

/// The user and the password, which may have colons in it.
fn credentials(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(token.trim()).ok()?).ok()?;
    let (user, password) = text.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(method: Method, path: &str, authorization: &str) -> bool {
        let settings = Settings { user: "admin".into(), key: "a:b".into(), ..Settings::default() };
        let mut request = http::Request::builder().method(method).uri(path);
        if !authorization.is_empty() {
            request = request.header("authorization", authorization);
        }
        refuse_unknown_writer(&request.body(Body::empty()).unwrap(), &settings).is_some()
    }

    #[test]
    fn a_password_may_have_colons() {
        let right = format!("Basic {}", STANDARD.encode("admin:a:b"));
        assert!(!refused(Method::POST, "/binaries/x", &right));
        assert!(refused(Method::POST, "/binaries/x", &STANDARD.encode("admin:a:b")));
    }

    #[test]
    fn what_is_no_credential_is_refused_and_never_a_fault() {
        for text in ["", "Basic", "Basic ", "Basic !!!", "Basic /w==", "Bearer x", "Basic YTpi"] {
            assert!(refused(Method::PUT, "/packages/p", text), "{text}");
        }
    }

    #[test]
    fn reads_are_open_but_for_three() {
        assert!(!refused(Method::GET, "/binaries", ""));
        assert!(!refused(Method::HEAD, "/repos/p/r", ""));
        assert!(!refused(Method::HEAD, "/binaries/p/r/s/d/v/a/update", ""));
        assert!(refused(Method::HEAD, "/repos/p/r/s/d/v/update", ""));
        assert!(refused(Method::GET, "/repos/p/r/s/d/v/recreate", ""));
        assert!(refused(Method::GET, "/chacra/config", ""));
    }
}
