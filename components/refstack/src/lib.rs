//! Clouds under test: what their runners report and upload, and how that scores against guidelines.
//! All below `/v1`.
//!
//! A request's way: [`asker`] finds out who is asking (a wrong credential is refused on every URL),
//! [`routes`] picks a function in [`handlers`]; that reads the request through [`extract`], asks
//! [`domain`] whether it makes sense, and
//! [`store`] to do it. Whatever goes wrong becomes a response in [`error`]. [`cors`] is what other
//! origins may see.
//!
//! An upload, the centre: [`uploads`] takes a body apart (form, gzip, signature) and leads its
//! bytes at once to the key-value store and to the parser (the crate `assay-subunit`, or
//! [`domain::parsed`] for JSON); [`store::results`] makes it visible in one statement. Scoring is
//! [`domain::guidelines`] and [`domain::scores`], which know neither.
//!
//! The rest by root: accounts are `profile`, `auth`; vendors are `vendors`, `products`; the
//! specification's own calls are
//! `runners`, `clouds`, `tests`.

pub mod asker;
pub mod cors;
pub mod domain;
pub mod error;
pub mod extract;
pub mod handlers;
pub mod routes;
pub mod settings;
pub mod store;
pub mod uploads;

use axum::response::IntoResponse as _;
use spin_sdk::http::{IntoResponse, Request};

/// The component's entry point.
#[spin_sdk::http_service]
async fn refstack(request: Request) -> impl IntoResponse {
    let settings = settings::get().await;
    let mut request = assay_web::receive(request);
    let origin = cors::allowed_origin(request.headers(), settings);
    let preflight = origin.is_some() && request.method() == http::Method::OPTIONS;
    let response = match asker::identify(&mut request, settings).await {
        Err(refusal) => refusal.into_response(),
        Ok(()) => spelt(assay_web::answer(&routes::ROUTES, request).await),
    };
    cors::finish(response, origin, preflight)
}

/// `Allow: GET, HEAD`, with the blanks that the contract prints and axum leaves out.
fn spelt(mut response: axum::response::Response) -> axum::response::Response {
    let headers = response.headers_mut();
    let allow = headers.get(http::header::ALLOW).and_then(|allow| allow.to_str().ok());
    let allow = allow.map(|allow| allow.split(',').map(str::trim).collect::<Vec<_>>().join(", "));
    if let Some(allow) = allow.and_then(|allow| http::HeaderValue::try_from(allow).ok()) {
        headers.insert(http::header::ALLOW, allow);
    }
    response
}
