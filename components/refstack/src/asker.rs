//! Who is asking: reads the credentials of a request before anything else happens to it.
//!
//! A wrong `Authorization` is refused on every URL, also on public ones. A browser's cookie that
//! has died is as good as none, because browsers keep sending it.

use assay_web::{secret, time};
use axum::body::Body;
use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, Method, header};

use crate::domain::jwt::{self, Claims};
use crate::domain::{keys, secrets};
use crate::error::{Error, Result};
use crate::settings::Settings;
use crate::store;

/// The name of the operator, who has no account.
pub const OPERATOR: &str = "operator";
const COOKIE: &str = "refstack";

/// Who is asking. Nobody in particular, unless credentials say more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asker {
    /// The account.
    pub openid: Option<String>,
    /// Whether it is an admin: a member of the foundation, or the operator.
    pub admin: bool,
    /// The hash of the session's token, if it is one.
    pub session: Option<String>,
}

impl Asker {
    /// The account, where one is needed.
    pub fn account(&self) -> Result<&str> {
        self.openid.as_deref().ok_or_else(Error::unauthorized)
    }

    /// Refuses everybody but admins.
    pub fn must_be_admin(&self) -> Result<()> {
        self.account()?;
        if self.admin { Ok(()) } else { Err(Error::forbidden("")) }
    }

    /// Whether it is the operator.
    pub fn is_operator(&self) -> bool {
        self.openid.as_deref() == Some(OPERATOR)
    }
}

impl<S: Sync> FromRequestParts<S> for Asker {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        _state: &S,
    ) -> std::result::Result<Self, Self::Rejection> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_default())
    }
}

/// Finds out who is asking and notes it as an extension of the request.
pub async fn identify(request: &mut http::Request<Body>, settings: &Settings) -> Result<()> {
    let asker = match bearer(request.headers())? {
        Some(token) => by_bearer(token, settings).await?,
        None => match cookie(request) {
            Some(token) => by_token(token).await?.unwrap_or_default(),
            None => return Ok(()),
        },
    };
    request.extensions_mut().insert(asker);
    Ok(())
}

/// What stands behind `Bearer` in the `Authorization` header, if there is one.
fn bearer(headers: &HeaderMap) -> Result<Option<&str>> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let text = value.to_str().map_err(|_| invalid())?.trim();
    let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        let title = match token {
            "" => "Token is not valid",
            _ => "Authorization schema 'Bearer' should be used",
        };
        return Err(Error::invalid(title));
    }
    match token.trim() {
        "" => Err(invalid()),
        token => Ok(Some(token)),
    }
}

fn invalid() -> Error {
    Error::invalid("Token is not valid")
}

async fn by_bearer(token: &str, settings: &Settings) -> Result<Asker> {
    let operator = settings.admin_token.as_bytes();
    if !operator.is_empty() && secret::equal(token.as_bytes(), operator) {
        return Ok(Asker { openid: Some(OPERATOR.to_owned()), admin: true, session: None });
    }
    if token.starts_with(secrets::TOKEN) {
        return by_token(token).await?.ok_or(Error::DeadToken);
    }
    by_jwt(token).await
}

/// The account of an API or session token that is alive.
async fn by_token(token: &str) -> Result<Option<Asker>> {
    let hash = secrets::hash(token);
    let found = store::tokens::owner(store::open().await?, &hash, time::now()).await?;
    Ok(found.map(|found| Asker {
        openid: Some(found.openid),
        admin: found.admin,
        session: found.is_session.then_some(hash),
    }))
}

/// The account that a JSON Web Token names, if one of its keys has signed it.
async fn by_jwt(token: &str) -> Result<Asker> {
    let jwt = jwt::Signed::parse(token).ok_or_else(invalid)?;
    let Claims { user_openid: Some(openid), .. } = &jwt.claims else {
        return Err(Error::invalid("Token does not contain user's openid"));
    };
    if !jwt.claims.hold_at(time::now() / time::SECOND) {
        return Err(invalid());
    }
    let account = store::users::keys(store::open().await?, openid).await?.ok_or_else(invalid)?;
    let genuine = account.pubkeys.iter().any(|pubkey| {
        keys::PublicKey::from_base64(pubkey)
            .is_ok_and(|key| key.verifies(&jwt.digest, &jwt.signature))
    });
    if !genuine {
        return Err(invalid());
    }
    Ok(Asker { openid: Some(openid.clone()), admin: account.admin, session: None })
}

/// The session in the cookie. A page of another origin cannot use it to change anything.
fn cookie(request: &http::Request<Body>) -> Option<&str> {
    let cookies = request.headers().get_all(header::COOKIE).iter();
    let mut pairs = cookies.filter_map(|value| value.to_str().ok()).flat_map(|all| all.split(';'));
    let (_, token) =
        pairs.find_map(|pair| pair.trim().split_once('=').filter(|(name, _)| *name == COOKIE))?;
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    (reads || is_our_page(request)).then_some(token)
}

fn is_our_page(request: &http::Request<Body>) -> bool {
    let Some(origin) = request.headers().get(header::ORIGIN) else { return true };
    let host = request.uri().authority().map(|authority| authority.as_str());
    let host = host.or_else(|| request.headers().get(header::HOST)?.to_str().ok());
    let scheme = request.uri().scheme_str().unwrap_or("http");
    let forwarded = request.headers().get("x-forwarded-proto").and_then(|v| v.to_str().ok());
    host.is_some_and(|host| origin == &format!("{}://{host}", forwarded.unwrap_or(scheme)))
}

/// The `Set-Cookie` that begins a session, or ends it (without a token).
pub fn set_cookie(token: Option<&str>) -> String {
    let (value, age) = token.map_or(("", 0), |token| (token, 7 * 86_400));
    format!("{COOKIE}={value}; Max-Age={age}; HttpOnly; SameSite=Lax; Path=/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(value: &str) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, value.parse().unwrap());
        match bearer(&headers) {
            Ok(token) => token.unwrap_or_default().to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn only_bearer_tokens_are_understood() {
        assert_eq!(says("Bearer abc"), "abc");
        assert_eq!(says("bearer  abc "), "abc");
        assert_eq!(says("Bearer"), "Token is not valid");
        assert_eq!(says("Bearerabc"), "Token is not valid");
        assert_eq!(says("Basic abc"), "Authorization schema 'Bearer' should be used");
    }

    fn used(method: Method, origin: Option<&str>) -> bool {
        let mut request = http::Request::builder().method(method).uri("http://lab:3000/v1");
        request = request.header("cookie", "a=b; refstack=rst_x");
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        cookie(&request.body(Body::empty()).unwrap()) == Some("rst_x")
    }

    #[test]
    fn a_foreign_page_cannot_use_the_cookie_to_change_anything() {
        assert!(used(Method::GET, Some("http://evil")));
        assert!(used(Method::POST, None));
        assert!(used(Method::POST, Some("http://lab:3000")));
        assert!(!used(Method::POST, Some("http://evil")));
    }
}
