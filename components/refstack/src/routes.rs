//! Every URL of the area, nothing else. Written without the last slash, which is taken away before (`assay_web::receive`).

use std::sync::LazyLock;

use axum::Router;
use axum::routing::{get, post};

use crate::handlers::{clouds, guidelines, meta, pages, results, runners, submit, tests};

/// The table, built once per instance.
pub static ROUTES: LazyLock<Router> = LazyLock::new(|| {
    Router::new()
        .route("/v1", get(pages::index))
        .merge(runners())
        .merge(results())
        .route("/v1/guidelines", get(guidelines::list))
        .route(
            "/v1/guidelines/{file}",
            get(guidelines::show).put(guidelines::keep).delete(guidelines::delete),
        )
        .route("/v1/guidelines/{file}/tests", get(guidelines::tests))
        .fallback(pages::no_such_page)
        .method_not_allowed_fallback(pages::wrong_method)
});

/// What runners call, and the tests that they run.
fn runners() -> Router {
    Router::new()
        .route("/v1/update-test-status", post(runners::update_status))
        .route("/v1/update-test-status/{test_id}", post(runners::update_status))
        .route("/v1/post-result", post(submit::post_result))
        .route("/v1/post-result/{test_id}", post(submit::post_result))
        .route("/v1/get-miniconf", get(runners::miniconf))
        .route("/v1/get-testcases", get(runners::testcases))
        .route("/v1/get-script", get(runners::script))
        .route("/v1/clouds", get(clouds::list).post(clouds::create))
        .route("/v1/clouds/{id}", get(clouds::show).put(clouds::update).delete(clouds::delete))
        .route("/v1/tests", get(tests::list).post(tests::create))
        .route("/v1/tests/{id}", get(tests::show).delete(tests::delete))
        .route("/v1/tests/{id}/statuses", get(tests::statuses))
}

/// `/v1/results/...`
fn results() -> Router {
    Router::new()
        .route("/v1/results", get(results::list).post(submit::create))
        .route("/v1/results/{id}", get(results::show).put(results::update).delete(results::delete))
        .route("/v1/results/{id}/claim", post(results::claim))
        .route("/v1/results/{id}/meta", get(meta::list))
        .route("/v1/results/{id}/meta/{key}", get(meta::show).post(meta::set).delete(meta::delete))
}

#[cfg(test)]
mod tests_of_the_table {
    /// Routes that overlap with different parameter names make the first request panic.
    #[test]
    fn the_table_can_be_built() {
        std::sync::LazyLock::force(&super::ROUTES);
    }
}
