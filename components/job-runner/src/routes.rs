//! Every URL of the area, nothing else.
//!
//! Written without the last slash, which is taken away before (`assay_web::receive`), and with the
//! names that resources have; other spellings are changed to these before (`site`). Every resource
//! gets the same URLs, and the methods that its description gives it.

use std::sync::LazyLock;

use axum::Router;
use axum::routing::{MethodRouter, get, post};

use crate::domain::resources::{ALL, Resource};
use crate::handlers::{
    accounts, administration, broadcasts, claims, kill_requests, notifications, objects, outlooks,
    pages, run_logs, runs,
};

/// The table, built once per instance.
pub static ROUTES: LazyLock<Router> = LazyLock::new(|| {
    ALL.into_iter()
        .fold(Router::new(), with_resource)
        .route("/api/v1", get(pages::index))
        .route("/api/v1/run/claim", post(claims::claim))
        .route("/api/v1/run/{id}/heartbeat", post(claims::heartbeat))
        .route("/api/v1/job/{id}/upcoming", get(outlooks::upcoming))
        .route("/api/v1/stats", get(outlooks::stats))
        .route("/api/v1/broadcast", post(broadcasts::broadcast))
        .route("/api/v1/health_check", post(broadcasts::health_check))
        .route("/accounts/login", get(accounts::form).post(accounts::login))
        .route("/accounts/logout", get(accounts::logout).post(accounts::logout))
        .fallback(pages::no_such_page)
        .method_not_allowed_fallback(pages::wrong_method)
});

fn with_resource(router: Router, resource: Resource) -> Router {
    let root = format!("/api/v1/{}", resource.name());
    let list = get(move |caller, query| objects::list(resource, caller, query));
    let one = get(move |caller, id, query| objects::show(resource, caller, id, query));
    let schema = get(move |caller, query| objects::schema(resource, caller, query));
    let set = get(move |caller, ids, query| objects::show_set(resource, caller, ids, query));
    let (list, one) = with_writes(resource, list, one);
    router
        .route(&root, list)
        .route(&format!("{root}/{{id}}"), one)
        .route(&format!("{root}/schema"), schema)
        .route(&format!("{root}/set/{{ids}}"), set)
}

fn with_writes(
    resource: Resource,
    list: MethodRouter,
    one: MethodRouter,
) -> (MethodRouter, MethodRouter) {
    match resource {
        Resource::KillRequest => {
            (list.post(kill_requests::create), one.patch(kill_requests::update))
        }
        Resource::RunLog => (list.post(run_logs::create), one.patch(run_logs::update)),
        Resource::Run => {
            let one = one.put(runs::replace).patch(runs::update);
            let delete = move |caller, id| administration::delete(resource, caller, id);
            (list.post(runs::create), one.delete(delete))
        }
        Resource::Notification => (list, one.patch(notifications::update)),
        _ => {
            let create =
                move |caller, site, body| administration::create(resource, caller, site, body);
            let replace = move |caller, site, id, body| {
                administration::replace(resource, caller, site, id, body)
            };
            let update = move |caller, site, id, body| {
                administration::update(resource, caller, site, id, body)
            };
            let delete = move |caller, id| administration::delete(resource, caller, id);
            (list.post(create), one.put(replace).patch(update).delete(delete))
        }
    }
}

#[cfg(test)]
mod tests {
    /// Routes that overlap with different parameter names make the first request panic.
    #[test]
    fn the_table_can_be_built() {
        std::sync::LazyLock::force(&super::ROUTES);
    }
}
