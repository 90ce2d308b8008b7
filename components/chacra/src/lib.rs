//! A binary package store, in two dialects over the same files: the specification's tree below
//! `/packages`, and the one below `/binaries` that chacractl speaks. The rest of the area is
//! `/repos`, `/search`, `/health` and `/chacra`.
//!
//! A request's way: [`guard`] asks who may write, [`site`] says which dialect the client speaks and
//! turns the long form of the tree into the short one, [`routes`] picks a function in [`handlers`];
//! that reads the request through [`extract`], asks [`domain`] whether it makes sense, and
//! [`store`] to do it. Whatever goes wrong becomes a response in [`error`].
//!
//! * A content: [`store::contents`] (how it comes in and is read back), `store::sweep` (how it
//!   goes).
//! * A file: [`handlers::files`] over `store::files`; how it is uploaded: [`handlers::uploads`].
//! * What a package says of itself: `domain::debs`, `domain::rpms`, both without any I/O.

pub mod domain;
pub mod error;
pub mod extract;
pub mod guard;
pub mod handlers;
pub mod routes;
pub mod settings;
pub mod site;
pub mod store;

use axum::response::IntoResponse as _;
use http::{Method, StatusCode};
use spin_sdk::http::{IntoResponse, Request};

/// The component's entry point.
#[spin_sdk::http_service]
async fn chacra(request: Request) -> impl IntoResponse {
    let settings = settings::get().await;
    let (request, dialect) = site::enter(assay_web::receive(request));
    let asks_for_methods = request.method() == Method::OPTIONS;
    let response = match guard::refuse_unknown_writer(&request, settings) {
        Some(refusal) => refusal.into_response(),
        None => assay_web::answer(&routes::ROUTES, request).await,
    };
    if asks_for_methods && response.status() == StatusCode::METHOD_NOT_ALLOWED {
        return assay_web::options(response.headers());
    }
    site::leave(dialect, response)
}
