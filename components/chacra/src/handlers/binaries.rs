//! The lists of the later tree, and its projects.

use assay_web::json::JsonText;
use assay_web::query::Query;
use axum::response::Response;
use http::{HeaderMap, Method, StatusCode};

use super::answers;
use super::entries;
use crate::error::{Error, Result};
use crate::extract::{self, JsonBody};
use crate::store::binaries::{self, Chosen};
use crate::store::{self, projects as stored_projects};

const NOT_THERE: Error = Error::NotThere("no file is below this URL");
const NO_SUCH_PROJECT: Error = Error::NotThere("no such project");

/// `GET /binaries`: every project with its refs.
pub async fn projects() -> Result<JsonText> {
    listed(binaries::projects(store::open().await?).await?)
}

/// `GET /binaries/{project}`: its refs with their sha1s.
pub async fn refs(extract::Path(path): extract::Path) -> Result<JsonText> {
    let project = path.first().ok_or(Error::NoSuchPage)?;
    let list = binaries::refs(store::open().await?, project).await?;
    list.map(JsonText).ok_or(NO_SUCH_PROJECT)
}

/// `GET /binaries/{project}/{ref}[/{sha1}[/{distro}]]`: sha1s with their distributions,
/// distributions with their versions, versions with their architectures.
pub async fn below_ref(extract::Path(path): extract::Path) -> Result<JsonText> {
    listed(binaries::below_ref(store::open().await?, &path).await?)
}

/// `GET /binaries/.../{version}`: architectures with their files.
pub async fn archs(extract::Path(path): extract::Path) -> Result<JsonText> {
    listed(binaries::archs(store::open().await?, &path).await?)
}

/// `GET /binaries/.../{arch}/flavors`: flavors with their files.
pub async fn flavors(extract::Path(path): extract::Path) -> Result<JsonText> {
    let (folder, _) = extract::binaries_folder(path).ok_or(Error::NoSuchPage)?;
    listed(binaries::flavors(store::open().await?, &folder).await?)
}

/// `GET /binaries/.../{arch}`: the files of all flavors.
pub async fn files(
    extract::Collection(folder): extract::Collection,
    query: Query,
) -> Result<JsonText> {
    listed(binaries::files(store::open().await?, &folder, true, &chosen(&query)?).await?)
}

/// `GET /binaries/.../{arch}/flavors/{flavor}`: the files of one flavor.
pub async fn files_of_flavor(
    extract::Collection(folder): extract::Collection,
    query: Query,
) -> Result<JsonText> {
    listed(binaries::files(store::open().await?, &folder, false, &chosen(&query)?).await?)
}

/// `POST /binaries/{project}`: makes the project, if it is not there. A form with a file has a URL
/// of another depth.
pub async fn create_project(
    extract::Path(path): extract::Path,
    request: http::Request<axum::body::Body>,
) -> Result<Response> {
    if answers::is_form(request.headers()) {
        return Err(incomplete_url());
    }
    let project = path.first().ok_or(Error::NoSuchPage)?;
    stored_projects::create(store::open().await?, project).await?;
    Ok(answers::done(StatusCode::OK))
}

/// `POST /binaries` with `{"name": ...}`: makes a project that must be new.
pub async fn create_named(request: http::Request<axum::body::Body>) -> Result<Response> {
    if answers::is_form(request.headers()) {
        return Err(incomplete_url());
    }
    let body = JsonBody::read(request.into_body()).await?;
    let name = entries::part(&body.object()?)?;
    match stored_projects::create(store::open().await?, &name).await? {
        true => Ok(answers::done(StatusCode::OK)),
        false => Err(Error::already_exists(&name)),
    }
}

/// `DELETE /binaries/{project}`: removes an empty project, or with `?recursive=1` one with all that
/// it holds.
pub async fn delete_project(
    extract::Path(path): extract::Path,
    query: Query,
) -> Result<StatusCode> {
    let project = path.first().ok_or(Error::NoSuchPage)?;
    let recursive = query.get("recursive").is_some_and(answers::says_yes);
    let db = store::open().await?;
    if stored_projects::delete(db, project, recursive).await? {
        store::sweep::a_little(db).await;
        return Ok(StatusCode::NO_CONTENT);
    }
    match stored_projects::exists(db, project).await? {
        true => Err(Error::invalid("the project holds files; ?recursive=1 deletes them too")),
        false => Err(NO_SUCH_PROJECT),
    }
}

/// Any URL of the tree with a method that it does not have. A form that is posted between the
/// project and the architecture lacks parts of its URL.
pub async fn wrong_method(method: Method, headers: HeaderMap) -> Error {
    match method == Method::POST && answers::is_form(&headers) {
        true => incomplete_url(),
        false => Error::WrongMethod(method),
    }
}

fn incomplete_url() -> Error {
    Error::invalid(
        "files are posted to /binaries/{project}/{ref}/{sha1}/{distro}/{distro_version}/{arch}/",
    )
}

fn listed(list: Option<String>) -> Result<JsonText> {
    list.map(JsonText).ok_or(NOT_THERE)
}

fn chosen(query: &Query) -> Result<Chosen> {
    let limit = match query.non_empty("limit") {
        None => -1,
        Some(text) => {
            let limit: Option<u32> = text.parse().ok();
            i64::from(limit.ok_or_else(|| Error::invalid("limit must be a number"))?)
        }
    };
    let after = query.get("after").unwrap_or_default().to_owned();
    Ok(Chosen { name: query.non_empty("name").map(str::to_owned), after, limit })
}
