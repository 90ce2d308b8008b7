//! What people look at: the start page that says which areas this application has and where.
//!
//! The pages are files in `ui/`, without a build step, embedded into the component.

use std::sync::LazyLock;

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use http::StatusCode;
use spin_sdk::http::{IntoResponse, Request};

static ROUTES: LazyLock<Router> = LazyLock::new(|| {
    Router::new()
        .route("/", get(start))
        .fallback(async || (StatusCode::NOT_FOUND, "no such page\n"))
});

/// The component's entry point.
#[spin_sdk::http_service]
async fn dashboard(request: Request) -> impl IntoResponse {
    assay_web::answer(&ROUTES, assay_web::receive(request)).await
}

/// `GET /`: the start page.
async fn start() -> Html<&'static str> {
    Html(include_str!("../ui/index.html"))
}
