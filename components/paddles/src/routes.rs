//! Every URL of the area, nothing else.
//!
//! Written without the last slash, which is taken away before (`assay_web::receive`), and without the prefix
//! `/paddles`, below which all of this exists too (`site`).

use std::sync::LazyLock;

use axum::Router;
use axum::routing::{get, post, put};

use crate::handlers::{
    all_jobs, badge, events, expiry, filters, history, jobs, junit, locks, metrics, node_jobs,
    nodes, pages, queues, runs, triage,
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
        .merge(nodes_and_queues())
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

/// `/nodes/...` and `/queue/...`.
fn nodes_and_queues() -> Router {
    Router::new()
        .route("/nodes", get(nodes::list).post(nodes::create))
        .route("/nodes/{node}", get(nodes::show).put(nodes::update).delete(nodes::delete))
        .route("/nodes/machine_types", get(nodes::machine_types))
        .route(
            "/nodes/{node}/lock",
            put(locks::change).post(locks::change).get(locks::change_by_get),
        )
        .route("/nodes/lock_many", post(locks::lock_many).get(locks::change_many_by_get))
        .route("/nodes/unlock_many", post(locks::unlock_many).get(locks::change_many_by_get))
        .route("/nodes/stale", get(locks::stale))
        .route("/nodes/{node}/history", get(locks::history))
        .route("/nodes/job_stats", get(node_jobs::recent_counts))
        .route("/nodes/{node}/job_stats", get(node_jobs::counts))
        .route("/nodes/{node}/jobs", get(node_jobs::list))
        .route("/queue", get(queues::list).post(queues::create).put(queues::update))
        .route("/queue/pop_queue", get(queues::peek))
        .route("/queue/claim", post(queues::claim))
        .route("/queue/stats", get(queues::stats).post(queues::stats_by_post))
        .route("/queue/queued_jobs", get(queues::waiting).post(queues::waiting_by_post))
}

#[cfg(test)]
mod tests {
    /// Routes that overlap with different parameter names make the first request panic.
    #[test]
    fn the_table_can_be_built() {
        std::sync::LazyLock::force(&super::ROUTES);
    }
}
