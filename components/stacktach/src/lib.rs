//! OpenStack notifications: what happened to an instance, how long it took, who used what.
//!
//! A request's way: [`guard`] turns away what needs no route (a broken query, a write without the
//! token), [`routes`] picks a function in [`handlers`]; that reads the request through [`extract`],
//! asks [`domain`] whether it makes sense, and [`store`] to do it. Whatever goes wrong becomes a
//! response in [`error`]; [`answers`] are the shapes of success.
//!
//! Ingestion, the centre: [`domain::items`] unpacks what was sent, [`domain::events`] extracts the
//! fields of an event, [`domain::facts`] says what follows from it, and [`store::arrivals`] hands
//! up to a hundred of them to one statement (`store/arrive.sql`), whose triggers
//! (`migrations/0005_arrivals.sql`) store and derive.
//!
//! The rest by root: `/stacky/` is `events`, `names`, `timings`, `kpi`, `usage` and `reports` in
//! [`handlers`] and [`store`]; `/db/` is `db_usage`, `db_stats`, `confirm`, `tenants`;
//! `/stacktach/` is everything else.

pub mod answers;
pub mod domain;
pub mod error;
pub mod extract;
pub mod guard;
pub mod handlers;
pub mod routes;
pub mod settings;
pub mod store;

use axum::response::IntoResponse as _;
use spin_sdk::http::{IntoResponse, Request};

/// The component's entry point.
#[spin_sdk::http_service]
async fn stacktach(request: Request) -> impl IntoResponse {
    let request = assay_web::receive(request);
    let path = request.uri().path().to_owned();
    let response = match guard::refuse(&request, settings::get().await) {
        Some(refusal) => refusal.into_response(),
        None => assay_web::answer(&routes::ROUTES, request).await,
    };
    error::in_dialect_of(&path, response)
}
