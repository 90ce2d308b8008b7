//! Every URL of the area, nothing else. Written without the last slash, which is taken away before
//! (`assay_web::receive`).

use std::sync::LazyLock;

use axum::Router;
use axum::routing::{delete, get, post, put};

use crate::handlers::{
    auth, clouds, details, guidelines, meta, pages, products, profile, reports, results, runners,
    submit, tests, vendors,
};

/// The table, built once per instance.
pub static ROUTES: LazyLock<Router> = LazyLock::new(|| {
    Router::new()
        .route("/v1", get(pages::index))
        .merge(runners())
        .merge(results())
        .merge(accounts())
        .merge(vendors_and_products())
        .route("/v1/guidelines/refresh", post(guidelines::refresh))
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
        .route("/v1/download-result/{test_id}", get(details::of_test))
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
        .route("/v1/results/schema", get(submit::schema))
        .route("/v1/results/{id}/claim", post(results::claim))
        .route("/v1/results/{id}/tests", get(details::tests))
        .route("/v1/results/{id}/tests/{index}/attachments/{name}", get(details::attachment))
        .route("/v1/results/{id}/file", get(details::file))
        .route("/v1/results/{id}/report", get(reports::show))
        .route("/v1/results/{id}/badge.svg", get(reports::badge))
        .route("/v1/results/{id}/diff/{other}", get(details::diff))
        .route("/v1/history", get(details::history))
        .route("/v1/results/{id}/meta", get(meta::list))
        .route("/v1/results/{id}/meta/{key}", get(meta::show).post(meta::set).delete(meta::delete))
}

/// `/v1/profile` and `/v1/auth`.
fn accounts() -> Router {
    Router::new()
        .route("/v1/profile", get(profile::show).put(profile::update))
        .route("/v1/profile/pubkeys", get(profile::pubkeys).post(profile::add_key))
        .route("/v1/profile/pubkeys/schema", get(profile::key_schema))
        .route("/v1/profile/pubkeys/{id}", delete(profile::remove_key))
        .route("/v1/profile/tokens", get(profile::tokens).post(profile::add_token))
        .route("/v1/profile/tokens/{id}", delete(profile::remove_token))
        .route("/v1/auth/signup", post(auth::sign_up))
        .route("/v1/auth/challenge", post(auth::challenge))
        .route("/v1/auth/signin", post(auth::sign_in).get(auth::to_sign_in))
        .route("/v1/auth/signout", post(auth::sign_out).get(auth::to_sign_out))
}

/// `/v1/vendors` and `/v1/products`. The base64 of a user may have slashes in it.
fn vendors_and_products() -> Router {
    Router::new()
        .route("/v1/vendors", get(vendors::list).post(vendors::create))
        .route("/v1/vendors/{id}", get(vendors::show).put(vendors::update).delete(vendors::delete))
        .route("/v1/vendors/{id}/action", post(vendors::act))
        .route("/v1/vendors/{id}/users", get(vendors::users))
        .route(
            "/v1/vendors/{id}/users/{*user}",
            put(vendors::add_user).delete(vendors::remove_user),
        )
        .route("/v1/products", get(products::list).post(products::create))
        .route(
            "/v1/products/{id}",
            get(products::show).put(products::update).delete(products::delete),
        )
        .route("/v1/products/{id}/versions", get(products::versions).post(products::add_version))
        .route(
            "/v1/products/{id}/versions/{version}",
            get(products::version).put(products::update_version).delete(products::remove_version),
        )
}

#[cfg(test)]
mod tests_of_the_table {
    /// Routes that overlap with different parameter names make the first request panic.
    #[test]
    fn the_table_can_be_built() {
        std::sync::LazyLock::force(&super::ROUTES);
    }
}
