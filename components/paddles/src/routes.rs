//! Every URL of the area, nothing else.
//!
//! Written without the last slash, which is taken away before (`assay_web::receive`), and without the prefix
//! `/paddles`, below which all of this exists too (`site`).

use std::sync::LazyLock;

use axum::Router;
use axum::routing::get;

use crate::handlers::{jobs, pages, runs};

/// The table, built once per instance.
pub static ROUTES: LazyLock<Router> = LazyLock::new(|| {
    Router::new()
        // runs and their jobs
        .route("/runs", get(runs::list).post(runs::create))
        .route(
            "/runs/{run}",
            get(runs::show).put(runs::declare).post(jobs::create_in_run).delete(runs::delete),
        )
        .route(
            "/runs/{run}/jobs",
            get(jobs::list).post(jobs::create).put(jobs::update_many).delete(jobs::delete_many),
        )
        .route("/runs/{run}/jobs/{job}", get(jobs::show).put(jobs::update).delete(jobs::delete))
        .route(
            "/runs/{run}/{job}",
            get(jobs::show_plain).put(jobs::update_plain).delete(jobs::delete_plain),
        )
        // the area itself
        .route("/paddles", get(pages::service_document))
        .route("/paddles/health", get(pages::health))
        .route("/{name}", get(pages::redirect_to_run))
        .fallback(pages::no_such_page)
        .method_not_allowed_fallback(pages::wrong_method)
});

#[cfg(test)]
mod tests {
    /// Routes that overlap with different parameter names make the first request panic.
    #[test]
    fn the_table_can_be_built() {
        std::sync::LazyLock::force(&super::ROUTES);
    }
}
