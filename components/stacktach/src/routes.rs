//! Every URL of the area, nothing else. Written without the last slash, which `assay_web::receive`
//! takes away.

use std::sync::LazyLock;

use axum::Router;
use axum::routing::{any, delete, get, post};

use crate::handlers::{
    confirm, db_stats, db_usage, deployments, events, feed, instances, kpi, maintenance, names,
    notifications, pages, reconciles, rejected, reports, tenants, timings, usage, verifier,
};

/// The table, built once per instance.
pub static ROUTES: LazyLock<Router> = LazyLock::new(|| {
    Router::new()
        // what stacky asks
        .route("/stacky/deployments", get(deployments::list))
        .route("/stacky/events", get(names::events))
        .route("/stacky/hosts", get(names::hosts))
        .route("/stacky/uuid", get(events::of_uuid))
        .route("/stacky/request", get(events::of_request))
        .route("/stacky/search", get(events::search))
        .route("/stacky/show/{event}", get(events::show))
        .route("/stacky/watch/{deployment}", get(events::watch))
        .route("/stacky/timings", get(timings::of_name))
        .route("/stacky/timings/uuid", get(timings::of_uuid))
        .route("/stacky/summary", get(timings::summary))
        .route("/stacky/kpi", get(kpi::list))
        .route("/stacky/kpi/{tenant}", get(kpi::of_tenant))
        .route("/stacky/reports", get(reports::list))
        .route("/stacky/reports/search", get(reports::search))
        .route("/stacky/report/{id}", get(reports::show))
        .route("/stacky/usage/launches", get(usage::launches))
        .route("/stacky/usage/deletes", get(usage::deletes))
        .route("/stacky/usage/exists", get(usage::exists))
        // what billing asks, by two names for nova's
        .route("/db/usage/launches", get(db_usage::launches))
        .route("/db/usage/launches/{id}", get(db_usage::launch))
        .route("/db/usage/deletes", get(db_usage::deletes))
        .route("/db/usage/deletes/{id}", get(db_usage::delete))
        .route("/db/usage/exists", get(db_usage::exists))
        .route("/db/usage/exists/{id}", get(db_usage::exist))
        .route("/db/usage/nova/launches", get(db_usage::launches))
        .route("/db/usage/nova/launches/{id}", get(db_usage::launch))
        .route("/db/usage/nova/deletes", get(db_usage::deletes))
        .route("/db/usage/nova/deletes/{id}", get(db_usage::delete))
        .route("/db/usage/nova/exists", get(db_usage::exists))
        .route("/db/usage/nova/exists/{id}", get(db_usage::exist))
        .route("/db/usage/glance/images", get(db_usage::images))
        .route("/db/usage/glance/images/{id}", get(db_usage::image))
        .route("/db/usage/glance/deletes", get(db_usage::image_deletes))
        .route("/db/usage/glance/deletes/{id}", get(db_usage::image_delete))
        .route("/db/usage/glance/exists", get(db_usage::image_exists))
        .route("/db/usage/glance/exists/{id}", get(db_usage::image_exist))
        .route("/db/stats/nova/exists", get(db_stats::exists))
        .route("/db/stats/glance/exists", get(db_stats::image_exists))
        .route("/db/stats/events", get(db_stats::events))
        // what billing says; upstream refuses other methods with 400
        .route("/db/confirm/usage/exists/batch", any(confirm::batch))
        .route("/db/confirm/usage/exists/{message_id}", any(confirm::one))
        .route("/db/tenant/info/{tenant}", any(tenants::put).get(tenants::show))
        .route("/db/tenant/batch_info", any(tenants::put_all))
        .route("/db/repair", post(confirm::repair))
        // what comes in
        .route("/stacktach/notifications", post(notifications::create))
        .route("/stacktach/{deployment}/data", post(notifications::create_from_form))
        .route("/stacktach/reconciles", post(reconciles::create))
        .route("/stacktach/verifier/run", post(verifier::run))
        .route("/stacktach/reports", post(reports::create))
        .route("/stacktach/deployments", post(deployments::create))
        .route("/stacktach/rejected", get(rejected::list))
        .route("/stacktach/rejected/{id}", delete(rejected::delete))
        // what came of it
        .route("/stacktach/feed", get(feed::list))
        .route("/stacktach/instances/{uuid}", get(instances::show))
        // the area itself
        .route("/stacktach/stats", get(maintenance::stats))
        .route("/stacktach/prune", post(maintenance::prune))
        .route("/stacktach", get(pages::page))
        .route("/stacktach/page.js", get(pages::script))
        .route("/stacktach/health", get(pages::health))
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
