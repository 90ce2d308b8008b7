//! Results of QA runs and their jobs, test nodes and their locks, and the job queue.
//!
//! A request's way: [`site`] says which dialect the client speaks and where it thinks it is, [`routes`] picks a
//! function in [`handlers`]; that reads the request through [`extract`], asks [`domain`] whether it makes sense,
//! and [`store`] to do it. Whatever goes wrong becomes a response in [`error`]. [`headers`] is what every
//! answer carries.

pub mod domain;
pub mod error;
pub mod extract;
pub mod handlers;
pub mod headers;
pub mod routes;
pub mod settings;
pub mod site;
pub mod store;

use axum::response::IntoResponse as _;
use spin_sdk::http::{IntoResponse, Request};

/// The component's entry point.
#[spin_sdk::http_service]
async fn paddles(request: Request) -> impl IntoResponse {
    let settings = settings::get().await;
    let request = site::enter(assay_web::receive(request), settings);
    let method = request.method().clone();
    let response = match headers::refuse_unknown_writer(&request, settings) {
        Some(refusal) => refusal.into_response(),
        None => assay_web::answer(&routes::ROUTES, request).await,
    };
    headers::finish(&method, response)
}
