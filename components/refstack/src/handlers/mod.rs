//! What each URL does: one file per resource.

pub mod auth;
pub mod badge;
pub mod clouds;
pub mod csv;
pub mod details;
pub mod fields;
pub mod guidelines;
pub mod junit;
pub mod meta;
pub mod pages;
pub mod products;
pub mod profile;
pub mod reports;
pub mod results;
pub mod runners;
pub mod submit;
pub mod tests;
pub mod vendors;

use assay_web::json::JsonText;
use assay_web::query::Query;
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderValue, header};
use serde_json::Value;

use crate::asker::Asker;
use crate::domain::pages::Page;
use crate::domain::secrets;
use crate::error::{Error, Result};
use crate::settings;
use crate::store::Listing;
use crate::store::results::Reader;

/// `{"<name>": [...], "pagination": {...}}`, of a list that is JSON already.
fn listing(name: &str, list: &str, pagination: &Value) -> String {
    format!("{{\"{name}\":{list},\"pagination\":{pagination}}}")
}

/// The page that a query asks for.
async fn page(query: &Query) -> Result<Page> {
    let default = settings::get().await.results_per_page;
    let (number, size) = (query.get("page"), query.get("per_page"));
    Page::parse(number, size, default, 100).map_err(Error::invalid)
}

/// Entries of a page where clients know no pages, unless fewer are asked for.
const LONG_PAGE: i64 = 1000;

/// The page that a query asks for of such a list.
fn long_page(query: &Query) -> Result<Page> {
    let (number, size) = (query.get("page"), query.get("per_page"));
    Page::parse(number, size, LONG_PAGE, LONG_PAGE).map_err(Error::invalid)
}

/// The answer with a page of a list.
fn page_listing(name: &str, found: Option<Listing>, page: Page) -> Result<JsonText> {
    let Listing { entries, count } = found.unwrap_or_default();
    let pagination = page.of(count).map_err(Error::invalid)?;
    Ok(JsonText(listing(name, &entries, &pagination)))
}

/// The answer with a page of a list that is a bare array: a `Link` header has the next one.
fn bare_listing(found: Option<Listing>, page: Page) -> Result<Response> {
    let Listing { entries, count } = found.unwrap_or_default();
    page.of(count).map_err(Error::invalid)?;
    let mut response = JsonText(entries).into_response();
    if page.skipped().saturating_add(page.size) < count {
        let next = format!("<?page={}&per_page={}>; rel=\"next\"", page.number + 1, page.size);
        if let Ok(next) = HeaderValue::try_from(next) {
            response.headers_mut().insert(header::LINK, next);
        }
    }
    Ok(response)
}

/// A JSON object's text with more keys at its end.
fn with_more(object: &str, more: &str) -> String {
    let open = object.strip_suffix('}').unwrap_or(object);
    let between = if open.ends_with('{') || more.is_empty() { "" } else { "," };
    format!("{open}{between}{more}}}")
}

impl<S: Sync> FromRequestParts<S> for Reader {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        _state: &S,
    ) -> std::result::Result<Self, Self::Rejection> {
        let asker = parts.extensions.get::<Asker>().cloned().unwrap_or_default();
        let token = parts.headers.get("x-result-token").and_then(|value| value.to_str().ok());
        Ok(Self { asker, token_hash: token.map(secrets::hash) })
    }
}
