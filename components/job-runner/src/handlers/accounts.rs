//! `/accounts/`: sessions for people, the way Django's login view and its users' scripts expect
//! them.

use assay_web::json::JsonText;
use assay_web::query::Query;
use assay_web::time::now;
use assay_web::xml::escape;
use assay_web::{body, secret};
use axum::body::Body;
use axum::response::{Html, IntoResponse, Response};
use http::request::Parts;
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

use crate::domain::{next, passwords};
use crate::error::{Error, Result};
use crate::gate;
use crate::site::Site;
use crate::store::{self, sessions};

const FORM_LIMIT: usize = 64 * 1024;

/// What somebody who logs in has sent.
#[derive(Debug, Default)]
struct Login {
    username: String,
    password: String,
    next: String,
    /// Proves that the sender has seen our cookie.
    token: String,
    /// Whether the answer is JSON.
    json: bool,
}

/// `GET /accounts/login/`: the form; sets the cookie that a login must repeat.
pub async fn form(site: Site, query: Query, request: http::Request<Body>) -> Result<Response> {
    let (parts, _body) = request.into_parts();
    let next = query.get("next").unwrap_or_default();
    page(&site, &parts, &Login { next: next.to_owned(), ..Login::default() }, "")
}

/// `POST /accounts/login/`: begins a session.
pub async fn login(site: Site, request: http::Request<Body>) -> Result<Response> {
    let (parts, body) = request.into_parts();
    let login = read(&parts, &body::read(body, FORM_LIMIT).await?)?;
    let cookie = gate::cookie(&parts.headers, "csrftoken").unwrap_or_default();
    let shown = !cookie.is_empty() && secret::equal(login.token.as_bytes(), cookie.as_bytes());
    if !shown || !gate::origin_is_ours(&parts) {
        return Err(Error::Forged);
    }
    let db = store::open().await?;
    let address = client_address(&parts);
    if let Some(seconds) = sessions::begin(db, &login.username, &address, now()).await? {
        return Err(Error::TooMany(seconds));
    }
    let account = sessions::account(db, &login.username).await?;
    // An unknown user costs as much time as a wrong password.
    let mut stored =
        account.as_ref().map_or_else(passwords::nobody, |account| account.password.clone());
    let right = passwords::is_right(&login.password, &stored).await;
    let Some(account) = account.filter(|_| right) else { return refuse(&site, &parts, &login) };
    if passwords::is_old(&stored) {
        let renewed = passwords::hash(&login.password).await?;
        sessions::renew_password(db, account.id, &stored, &renewed).await?;
        stored = renewed;
    }
    let session = random_hex()?;
    if !sessions::create(db, account.id, &stored, &session, now()).await? {
        return refuse(&site, &parts, &login);
    }
    sessions::forget_failures(db, &login.username, &address).await?;
    let response = if login.json {
        let username = json!(login.username);
        let groups = account.groups;
        JsonText(format!("{{\"username\":{username},\"groups\":{groups}}}")).into_response()
    } else {
        redirect(&login.next)
    };
    let seconds = sessions::SESSION / assay_web::time::SECOND;
    with_cookie(response, &site, &format!("sessionid={session}; Max-Age={seconds}; HttpOnly"))
}

/// `GET` and `POST /accounts/logout/`: ends the session.
pub async fn logout(site: Site, query: Query, request: http::Request<Body>) -> Result<Response> {
    if let Some(session) = gate::cookie(request.headers(), "sessionid") {
        sessions::delete(store::open().await?, session).await?;
    }
    let response = redirect(query.get("next").unwrap_or_default());
    with_cookie(response, &site, "sessionid=; Max-Age=0; HttpOnly")
}

fn read(parts: &Parts, body: &[u8]) -> Result<Login> {
    let media = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media = media.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if media.eq_ignore_ascii_case("application/json") {
        let object: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(body)
            .map_err(|_| Error::invalid("The body must be a JSON object."))?;
        let text = |name: &str| {
            object.get(name).and_then(|value| value.as_str()).unwrap_or_default().to_owned()
        };
        let token = parts.headers.get("x-csrftoken").and_then(|value| value.to_str().ok());
        let token = token.unwrap_or_default().to_owned();
        return Ok(Login {
            username: text("username"),
            password: text("password"),
            next: String::new(),
            token,
            json: true,
        });
    }
    if !media.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(Error::NotJson);
    }
    let form = Query::parse(body);
    let text = |name: &str| form.get(name).unwrap_or_default().to_owned();
    Ok(Login {
        username: text("username"),
        password: text("password"),
        next: text("next"),
        token: text("csrfmiddlewaretoken"),
        json: false,
    })
}

fn refuse(site: &Site, parts: &Parts, login: &Login) -> Result<Response> {
    if login.json {
        return Err(Error::Unauthorized);
    }
    page(site, parts, login, "Please enter a correct username and password.")
}

/// The form, with the token of the cookie or a new one.
fn page(site: &Site, parts: &Parts, login: &Login, message: &str) -> Result<Response> {
    let known = gate::cookie(&parts.headers, "csrftoken").filter(|token| is_token(token));
    let token = match known {
        Some(token) => token.to_owned(),
        None => random_hex()?,
    };
    let page = include_str!("login.html")
        .replace("{message}", message)
        .replace("{token}", &token)
        .replace("{next}", &escape(&login.next))
        .replace("{username}", &escape(&login.username));
    let mut response = Html(page).into_response();
    let policy =
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'";
    response
        .headers_mut()
        .insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    with_cookie(response, site, &format!("csrftoken={token}; Max-Age=31449600"))
}

fn is_token(token: &str) -> bool {
    (16..=64).contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn redirect(next: &str) -> Response {
    let location =
        HeaderValue::try_from(next::local(next)).unwrap_or(HeaderValue::from_static("/"));
    let length = HeaderValue::from_static("0");
    (StatusCode::FOUND, [(header::LOCATION, location), (header::CONTENT_LENGTH, length)])
        .into_response()
}

fn with_cookie(mut response: Response, site: &Site, cookie: &str) -> Result<Response> {
    let secure = if site.origin.starts_with("https://") { "; Secure" } else { "" };
    let cookie = HeaderValue::try_from(format!("{cookie}; Path=/; SameSite=Lax{secure}"));
    response.headers_mut().append(header::SET_COOKIE, cookie.map_err(|_| Error::NoSuchPage)?);
    Ok(response)
}

/// Where the request came from, without its port.
fn client_address(parts: &Parts) -> String {
    let address = parts
        .headers
        .get("spin-client-addr")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    address.rsplit_once(':').map_or(address, |(host, _port)| host).to_owned()
}

/// 160 random bits.
fn random_hex() -> Result<String> {
    let mut random = [0; 20];
    getrandom::fill(&mut random).map_err(|_| Error::NoRandomness)?;
    Ok(hex::encode(random))
}
