//! Every URL of the area, nothing else. Written without the last slash, which is taken away before
//! (`assay_web::receive`), and in the short form of the specification's tree (`site`).

use std::sync::LazyLock;

use axum::Router;
use axum::routing::{get, post};

use crate::handlers::{binaries, files, packages, pages, resumable, search, upkeep, uploads};

/// The table, built once per instance.
pub static ROUTES: LazyLock<Router> = LazyLock::new(|| {
    Router::new()
        .merge(packages_tree())
        .merge(binaries_tree())
        .route("/search", get(search::list))
        .route("/health", get(pages::health))
        .merge(the_area_itself())
        .fallback(pages::no_such_page)
        .method_not_allowed_fallback(pages::wrong_method)
});

/// The specification's tree.
fn packages_tree() -> Router {
    Router::new()
        .route("/packages", get(packages::list).post(packages::create_package))
        .route("/packages/{p}", get(packages::levels).post(packages::create_level))
        .route("/packages/{p}/{d}", get(packages::levels).post(packages::create_level))
        .route("/packages/{p}/{d}/{r}", get(packages::levels).post(packages::create_level))
        .route("/packages/{p}/{d}/{r}/{a}", get(packages::files).post(uploads::post_to_folder))
        .route(
            "/packages/{p}/{d}/{r}/{a}/{b}",
            get(files::show).put(uploads::put).post(uploads::post).delete(files::delete),
        )
}

/// The later tree. A word of its own, `flavors`, stands before a flavor.
fn binaries_tree() -> Router {
    const ARCH: &str = "/binaries/{p}/{r}/{s}/{d}/{v}/{a}";
    let file = || get(files::show).put(uploads::put).post(uploads::post).delete(files::delete);
    Router::new()
        .route("/binaries", get(binaries::projects).post(binaries::create_named))
        .route(
            "/binaries/{p}",
            get(binaries::refs).post(binaries::create_project).delete(binaries::delete_project),
        )
        .route("/binaries/{p}/{r}", get(binaries::below_ref))
        .route("/binaries/{p}/{r}/{s}", get(binaries::below_ref))
        .route("/binaries/{p}/{r}/{s}/{d}", get(binaries::below_ref))
        .route("/binaries/{p}/{r}/{s}/{d}/{v}", get(binaries::archs))
        .route(ARCH, get(binaries::files).post(uploads::post_to_folder))
        .route(&format!("{ARCH}/flavors"), get(binaries::flavors))
        .route(
            &format!("{ARCH}/flavors/{{f}}"),
            get(binaries::files_of_flavor).post(uploads::post_to_folder),
        )
        .route(&format!("{ARCH}/{{b}}"), file())
        .route(&format!("{ARCH}/flavors/{{f}}/{{b}}"), file())
        .method_not_allowed_fallback(binaries::wrong_method)
}

/// `/chacra/...`.
fn the_area_itself() -> Router {
    Router::new()
        .route("/chacra", get(upkeep::about))
        .route("/chacra/stats", get(upkeep::stats))
        .route("/chacra/config", get(upkeep::config).put(upkeep::configure))
        .route("/chacra/gc", post(upkeep::sweep))
        .route("/chacra/purge", post(upkeep::purge))
        .route("/chacra/copy", post(upkeep::copy))
        .route("/chacra/blobs/{sha256}", get(upkeep::content))
        .route("/chacra/uploads", post(resumable::create).options(resumable::options))
        .route(
            "/chacra/uploads/{id}",
            get(resumable::show)
                .patch(resumable::append)
                .delete(resumable::delete)
                .options(resumable::options),
        )
}

#[cfg(test)]
mod tests {
    /// Routes that overlap with different parameter names make the first request panic.
    #[test]
    fn the_table_can_be_built() {
        std::sync::LazyLock::force(&super::ROUTES);
    }
}
