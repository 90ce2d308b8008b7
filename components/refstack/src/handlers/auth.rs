//! `/v1/auth`: accounts are made and entered by proving that one has a key.

use assay_web::json::JsonText;
use assay_web::time;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

use super::fields;
use super::profile::{LONGEST_NAME, Proven, must_verify, read_key, shown};
use crate::asker::{self, Asker, OPERATOR};
use crate::domain::secrets;
use crate::error::{Error, Result};
use crate::extract::{Json, Site};
use crate::settings;
use crate::store::accounts::{self, NewToken};
use crate::store::{self, users};

const LONGEST_KEY: usize = 8192;
const LONGEST_SIGNATURE: usize = 4096;
/// Seconds in which a challenge must be used.
const CHALLENGE_LIVES: i64 = 300;
const SESSION_LIVES: time::Micros = 7 * time::DAY;

/// `POST /v1/auth/signup`: makes an account with its first key.
pub async fn sign_up(asker: Asker, body: Json) -> Result<(StatusCode, JsonText)> {
    if settings::get().await.operator_signup && !asker.is_operator() {
        return Err(Error::forbidden("Accounts are created by the operator."));
    }
    let body = body.object()?;
    let known = ["raw_key", "self_signature", "challenge", "openid", "email", "fullname"];
    fields::only(&body, &known)?;
    let named = fields::text(&body, "openid", LONGEST_NAME)?;
    let email = fields::text(&body, "email", LONGEST_NAME)?;
    let fullname = fields::text(&body, "fullname", LONGEST_NAME)?;
    if named.as_deref().is_some_and(|name| !may_be_named(name)) {
        return Err(Error::schema("'openid' must be a text without blanks"));
    }
    let proven = Proven::read(&body).await?;
    let openid = named.unwrap_or_else(|| format!("key:{}", proven.ssh_fingerprint()));
    let fingerprint = proven.fingerprint();
    let key = proven.new_key(&fingerprint);
    let db = store::open().await?;
    if accounts::sign_up(db, &openid, email.as_deref(), fullname.as_deref(), &key).await? {
        let answer = json!({ "openid": openid, "pubkey_id": proven.id() });
        return Ok((StatusCode::CREATED, JsonText(answer.to_string())));
    }
    let taken =
        accounts::exists(db, &openid).await? && users::of_key(db, &fingerprint).await?.is_none();
    let title = if taken { "User already exists" } else { "Public key already exists." };
    Err(Error::Conflict(title.to_owned()))
}

fn may_be_named(name: &str) -> bool {
    let bad = |c: char| c.is_whitespace() || c.is_control();
    !name.is_empty() && name != OPERATOR && !name.contains(bad)
}

/// `POST /v1/auth/challenge`: a text to be signed.
pub async fn challenge(body: Json) -> Result<(StatusCode, JsonText)> {
    let body = body.object()?;
    fields::only(&body, &["raw_key"])?;
    if let Some(key) = fields::text(&body, "raw_key", LONGEST_KEY)? {
        read_key(&key)?;
    }
    let text = secrets::fresh(secrets::CHALLENGE);
    let expires_at = time::now() + CHALLENGE_LIVES * time::SECOND;
    accounts::challenge(store::open().await?, &text, expires_at).await?;
    let answer = json!({ "challenge": text, "expires_in": CHALLENGE_LIVES });
    Ok((StatusCode::CREATED, JsonText(answer.to_string())))
}

/// `POST /v1/auth/signin`: begins a session with a signed challenge.
pub async fn sign_in(body: Json) -> Result<Response> {
    let body = body.object()?;
    fields::only(&body, &["raw_key", "challenge", "signature"])?;
    let (key, _, _) = read_key(&fields::needed(&body, "raw_key", LONGEST_KEY)?)?;
    let challenge = fields::needed(&body, "challenge", LONGEST_NAME)?;
    let signature = fields::needed(&body, "signature", LONGEST_SIGNATURE)?;
    must_verify(&key, &challenge, &signature)?;
    let db = store::open().await?;
    if !accounts::use_challenge(db, &challenge).await? {
        return Err(Error::Unauthorized("The challenge is used or too old".to_owned()));
    }
    let openid = users::of_key(db, &key.fingerprint()).await?;
    let openid = openid.ok_or_else(|| Error::Unauthorized("Nobody has this key".to_owned()))?;
    let (token, expires_at) = (secrets::fresh(secrets::TOKEN), time::now() + SESSION_LIVES);
    let new = NewToken {
        id: &secrets::uuid(),
        kind: "session",
        name: "",
        hash: &secrets::hash(&token),
        expires_at: Some(expires_at),
    };
    accounts::add_token(db, &openid, &new).await?;
    let answer = json!({ "token": token, "expires_at": shown(expires_at), "openid": openid });
    let cookie = with_cookie(Some(&token));
    Ok((StatusCode::CREATED, cookie, JsonText(answer.to_string())).into_response())
}

/// `POST /v1/auth/signout`: ends this session.
pub async fn sign_out(asker: Asker) -> Result<Response> {
    end(&asker).await?;
    Ok((StatusCode::NO_CONTENT, with_cookie(None)).into_response())
}

/// `GET /v1/auth/signin`: to the page where people sign in.
pub async fn to_sign_in(site: Site) -> Response {
    redirect(&format!("{}/#/signin", site.ui))
}

/// `GET /v1/auth/signout`: ends the session of the cookie, and to the page that says so.
pub async fn to_sign_out(asker: Asker, site: Site) -> Result<Response> {
    end(&asker).await?;
    let response = redirect(&format!("{}/#/logout", site.ui));
    Ok((with_cookie(None), response).into_response())
}

async fn end(asker: &Asker) -> Result<()> {
    match &asker.session {
        Some(hash) => Ok(accounts::end_session(store::open().await?, hash).await?),
        None => Ok(()),
    }
}

fn with_cookie(token: Option<&str>) -> [(header::HeaderName, HeaderValue); 1] {
    let value = HeaderValue::try_from(asker::set_cookie(token));
    [(header::SET_COOKIE, value.unwrap_or(HeaderValue::from_static("")))]
}

fn redirect(to: &str) -> Response {
    let to = HeaderValue::try_from(to).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::FOUND, [(header::LOCATION, to)]).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_no_blanks_and_is_not_the_operators() {
        assert!(may_be_named("https://me.example/"));
        for name in ["", "operator", "a b", "a\n", "a\u{a0}b"] {
            assert!(!may_be_named(name), "{name:?}");
        }
    }
}
