//! Scheduled scripts: jobs, their runs, logs, and the workers that run them, under `/api/v1/` and
//! `/accounts/`.
//!
//! A request's way: [`site`] notes what was sent and gives the path its one name, [`gate`] finds
//! out who is asking, [`routes`] picks a function in [`handlers`]; that reads the request through
//! [`extract`], asks [`domain`] whether it makes sense, and [`store`] to do it. Whatever goes wrong
//! becomes a response in [`error`].
//!
//! tastypie's conventions exist once: `domain::resources` describes each resource's fields, filters
//! and methods, and bodies, filters, schemas and routes are derived from that; `handlers::objects`
//! serves reads of all of them and `handlers::administration` most writes. What is special about a
//! resource is in the files of its name.
//!
//! Where the rest is: when a job runs next is `domain::schedule` (pure), who gets which run
//! `store::dispatch`; both are used by `handlers::claims` (work by HTTP alone) and
//! `handlers::broadcasts` (bridges to old workers, and health checks).

pub mod domain;
pub mod error;
pub mod extract;
pub mod gate;
pub mod handlers;
pub mod routes;
pub mod settings;
pub mod site;
pub mod store;

use axum::response::IntoResponse as _;
use http::Method;
use spin_sdk::http::{IntoResponse, Request};

/// The component's entry point.
#[spin_sdk::http_service]
async fn job_runner(request: Request) -> impl IntoResponse {
    let settings = settings::get().await;
    let target = site::target(request.uri());
    let request = site::enter(assay_web::receive(request), target);
    let asks_for_methods = request.method() == Method::OPTIONS;
    let response = match gate::admit(request, settings).await {
        Ok(request) => assay_web::answer(&routes::ROUTES, request).await,
        Err(refusal) => refusal.into_response(),
    };
    if asks_for_methods { assay_web::options(response.headers()) } else { response }
}
