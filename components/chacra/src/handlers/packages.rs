//! The specification's tree: every URL lists the next possible parts, and makes them.

use assay_web::json::JsonText;
use axum::response::Response;
use http::StatusCode;

use super::answers;
use super::entries;
use crate::domain::names;
use crate::error::{Error, Result};
use crate::extract::{self, JsonBody};
use crate::store::{self, levels as stored_levels, projects};

const NOT_THERE: Error = Error::NotThere("no such package or level of it");

/// `GET /packages`: every package with the age of its last change.
pub async fn list(extract::InSlice(slice): extract::InSlice) -> Result<JsonText> {
    let list = stored_levels::packages(store::open().await?, &slice).await?;
    list.map(JsonText).ok_or(NOT_THERE)
}

/// `GET /packages/{p}[/{d}[/{r}]]`: distributions, releases, architectures.
pub async fn levels(
    extract::Path(path): extract::Path,
    extract::InSlice(slice): extract::InSlice,
) -> Result<JsonText> {
    let list = stored_levels::below(store::open().await?, &slice, &path).await?;
    list.map(JsonText).ok_or(NOT_THERE)
}

/// `GET /packages/{p}/{d}/{r}/{a}`: files.
pub async fn files(extract::Collection(folder): extract::Collection) -> Result<JsonText> {
    let list = stored_levels::files(store::open().await?, &folder).await?;
    list.map(JsonText).ok_or(NOT_THERE)
}

/// `POST /packages` with `{"name": ...}`: makes a package.
pub async fn create_package(request: http::Request<axum::body::Body>) -> Result<Response> {
    let body = named_body(request).await?;
    let name = entries::part(&body.object()?)?;
    created(projects::create(store::open().await?, &name).await?, &name)
}

/// `POST /packages/{p}[/{d}[/{r}]]` with `{"name": ...}`: makes the next level, and the ones above
/// it.
pub async fn create_level(
    extract::Path(mut path): extract::Path,
    extract::InSlice(slice): extract::InSlice,
    request: http::Request<axum::body::Body>,
) -> Result<Response> {
    let body = named_body(request).await?;
    let name = entries::part(&body.object()?)?;
    path.push(name.clone());
    if path.get(1).is_some_and(|distro| distro == names::DISTRIBUTIONS) {
        return Err(Error::invalid("'distributions' is a word of the long form, not a name"));
    }
    created(stored_levels::create(store::open().await?, &slice, &path).await?, &name)
}

/// The body of a creation; a form with a file has a URL of another depth.
async fn named_body(request: http::Request<axum::body::Body>) -> Result<JsonBody> {
    if answers::is_form(request.headers()) {
        return Err(Error::invalid(
            "files are posted to /packages/{package}/{distribution}/{release}/{architecture}/",
        ));
    }
    JsonBody::read(request.into_body()).await
}

fn created(new: bool, name: &str) -> Result<Response> {
    if new { Ok(answers::done(StatusCode::OK)) } else { Err(Error::already_exists(name)) }
}
