//! Every URL of the area, nothing else.
//!
//! Written without the last slash, which is taken away before (`assay_web::receive`), and without the prefix
//! `/paddles`, below which all of this exists too (`site`).

use std::sync::LazyLock;

use axum::Router;
use axum::routing::{get, post};

use crate::handlers::{
    all_jobs, badge, events, expiry, filters, history, jobs, junit, metrics, pages, runs, triage,
};

/// The table, built once per instance.
pub static ROUTES: LazyLock<Router> = LazyLock::new(|| {
    filtered_runs()
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
        .route("/runs/{run}/summary", get(triage::summary))
        .route("/runs/{run}/rerun", get(triage::rerun))
        .route("/runs/{run}/compare/{other}", get(triage::compare))
        .route("/runs/{run}/junit.xml", get(junit::show))
        .route("/runs/{run}/badge.svg", get(badge::show))
        .route("/runs/{run}/jobs/{job}", get(jobs::show).put(jobs::update).delete(jobs::delete))
        .route(
            "/runs/{run}/{job}",
            get(jobs::show_plain).put(jobs::update_plain).delete(jobs::delete_plain),
        )
        .route("/runs/queued", get(filters::queued))
        .route("/jobs", get(all_jobs::list))
        .route("/jobs/history", get(history::show))
        .route("/jobs/flaky", get(history::flaky))
        .route("/jobs/expire", post(expiry::expire))
        // the area itself
        .route("/paddles", get(pages::service_document))
        .route("/paddles/health", get(pages::health))
        .route("/paddles/events", get(events::list))
        .route("/paddles/metrics", get(metrics::show))
        .route("/errors/{kind}", get(pages::errors))
        .route("/{name}", get(pages::redirect_to_run))
        .fallback(pages::no_such_page)
        .method_not_allowed_fallback(pages::wrong_method)
});

/// `/runs/{filter}/...`, for each word that can begin a chain of filters.
fn filtered_runs() -> Router {
    let words =
        ["branch", "suite", "user", "status", "machine_type", "date", "sha1", "flavor", "flavors"];
    words.into_iter().fold(Router::new(), |router, word| {
        router
            .route(&format!("/runs/{word}"), get(filters::list))
            .route(&format!("/runs/{word}/{{*chain}}"), get(filters::list))
    })
}

#[cfg(test)]
mod tests {
    /// Routes that overlap with different parameter names make the first request panic.
    #[test]
    fn the_table_can_be_built() {
        std::sync::LazyLock::force(&super::ROUTES);
    }
}
