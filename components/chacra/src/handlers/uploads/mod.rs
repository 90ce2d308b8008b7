//! How files arrive: multipart forms and raw bodies, in either tree; and JSON that makes or changes
//! an entry.

mod announced;
mod forms;

use assay_db::Db;
use assay_web::body::next_frame;
use assay_web::query::Query;
use axum::body::Body;
use axum::response::Response;
use http::{HeaderMap, StatusCode, header};

use super::answers;
use super::entries;
use crate::domain::checks::Checks;
use crate::domain::names;
use crate::domain::places::{Folder, Place};
use crate::error::{Error, Result};
use crate::extract::{self, JsonBody};
use crate::settings;
use crate::store::contents::{Arriving, Stored};
use crate::store::files::{self, Notes, Put};
use crate::store::{self, packages};

/// A request that may bring a file.
struct Upload {
    db: Db,
    /// Whether the URL is one of `/packages/`.
    specification: bool,
    headers: HeaderMap,
    query: Query,
    body: Body,
    checks: Checks,
}

/// `POST .../{arch}`: a multipart form with a file, or JSON that makes an entry.
pub async fn post_to_folder(
    extract::Collection(folder): extract::Collection,
    request: http::Request<Body>,
) -> Result<Response> {
    let upload = Upload::new(request).await?;
    match answers::media_type(&upload.headers).as_str() {
        "multipart/form-data" => upload.form(folder, None, false).await,
        _ if upload.specification => {
            entries::create_in_folder(upload.db, folder, upload.body).await
        }
        _ => entries::create_or_refuse(upload.db, folder, upload.body).await,
    }
}

/// `POST .../{binary}`: a multipart form, raw bytes, or JSON.
pub async fn post(
    extract::File(place): extract::File,
    request: http::Request<Body>,
) -> Result<Response> {
    let upload = Upload::new(request).await?;
    match answers::media_type(&upload.headers).as_str() {
        "multipart/form-data" => upload.form(place.folder, Some(place.name), false).await,
        "" | "application/json" | "text/json" | "application/x-www-form-urlencoded" => {
            let body = JsonBody::read(upload.body).await?;
            entries::write(upload.db, place, &body, upload.specification).await
        }
        _ => upload.raw(place, false).await,
    }
}

/// `PUT .../{binary}`: a multipart form or raw bytes; replaces what is there.
pub async fn put(
    extract::File(place): extract::File,
    request: http::Request<Body>,
) -> Result<Response> {
    let upload = Upload::new(request).await?;
    if announced::without_bytes(&upload.headers) {
        return upload.known_content(place).await;
    }
    match answers::media_type(&upload.headers).as_str() {
        "multipart/form-data" => upload.form(place.folder, Some(place.name), true).await,
        _ => upload.raw(place, true).await,
    }
}

impl Upload {
    /// Looks at the headers; nothing of the body is read before they are all right.
    async fn new(request: http::Request<Body>) -> Result<Self> {
        let (parts, body) = request.into_parts();
        let settings = settings::get().await;
        let length = parts.headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok());
        let length: Option<u64> = length.and_then(|length| length.parse().ok());
        // A form is a little longer than its file.
        if length.is_some_and(|length| length > settings.max_upload.saturating_add(1 << 20)) {
            return Err(Error::TooLarge(settings.max_upload));
        }
        Ok(Self {
            db: store::open().await?,
            specification: parts.uri.path().starts_with("/packages/"),
            query: Query::parse(parts.uri.query().unwrap_or_default().as_bytes()),
            checks: announced::checks(&parts.headers)?,
            headers: parts.headers,
            body,
        })
    }

    /// A multipart form. `name` is the file's, when the URL has one.
    async fn form(self, folder: Folder, name: Option<String>, replace: bool) -> Result<Response> {
        let force = replace || self.query.get("force").is_some_and(answers::says_yes);
        let form = forms::read(self.db, &self.headers, self.body).await?;
        let place = folder.file(name.unwrap_or(form.file_name));
        if let Some(problem) = place.problem() {
            form.content.abandon().await;
            return Err(Error::Invalid(problem));
        }
        let end = End { db: self.db, specification: self.specification, checks: self.checks };
        end.keep(place, form.content, force || form.force).await
    }

    /// The body is the file.
    async fn raw(mut self, place: Place, replace: bool) -> Result<Response> {
        if let Some(problem) = place.problem() {
            return Err(Error::Invalid(problem));
        }
        let force = replace || self.query.get("force").is_some_and(answers::says_yes);
        let mut content = Arriving::begin(self.db, settings::get().await.max_upload).await?;
        if let Err(error) = forms::raw(&mut self.body, &mut content).await {
            content.abandon().await;
            return Err(error);
        }
        let end = End { db: self.db, specification: self.specification, checks: self.checks };
        end.keep(place, content, force).await
    }

    /// `X-Checksum-Deploy`: the bytes may be in the store already.
    async fn known_content(mut self, place: Place) -> Result<Response> {
        let Some((_, sha256)) = self.checks.sha256.first() else {
            return Err(Error::invalid("X-Checksum-Deploy needs X-Checksum-Sha256"));
        };
        if let Some(problem) = place.problem() {
            return Err(Error::Invalid(problem));
        }
        while let Some(frame) = next_frame(&mut self.body).await? {
            if !frame.is_empty() {
                return Err(Error::invalid("X-Checksum-Deploy is for a PUT without a body"));
            }
        }
        let stored = packages::known(self.db, sha256).await?;
        let stored = stored.ok_or(Error::NotThere("no content with this checksum is stored"))?;
        let end = End { db: self.db, specification: self.specification, checks: self.checks };
        end.place(place, &stored, true).await
    }
}

/// The last steps of every upload.
pub struct End {
    /// The store.
    pub db: Db,
    /// Whether the client speaks the specification's dialect.
    pub specification: bool,
    /// What it said that its bytes are.
    pub checks: Checks,
}

impl End {
    /// Stores the last bytes and makes the file visible, or leaves nothing behind.
    async fn keep(self, place: Place, content: Arriving, force: bool) -> Result<Response> {
        let stored = content.finish().await?;
        let blob = stored.blob;
        let db = self.db;
        let outcome = self.place(place, &stored, force).await;
        match outcome {
            Err(Error::Swept) => store::sweep::discard_own(db, blob, &stored.chunks).await,
            Err(_) => store::sweep::discard(db, blob).await,
            Ok(_) => {}
        }
        outcome
    }

    /// Checks a stored content, reads it if it is a package, and puts it into its file.
    pub async fn place(self, place: Place, stored: &Stored, force: bool) -> Result<Response> {
        if let Some(header) = self.checks.mismatch(&stored.digests) {
            return Err(Error::invalid(format!("{header} is not the digest of what arrived")));
        }
        let notes = match names::package_kind(&place.name) {
            Some(kind) => packages::read(kind, &stored.chunks, stored.size).await?,
            None => Notes::default(),
        };
        let put = files::put(self.db, &place, stored, &notes, force).await?;
        let status = match put {
            Put::Created => StatusCode::CREATED,
            Put::Replaced => StatusCode::OK,
            Put::Refused if self.specification => return Err(Error::already_exists(&place.name)),
            Put::Refused => return Err(Error::invalid(EXISTS)),
            Put::Swept => return Err(Error::Swept),
        };
        Ok(answers::stored(status, &stored.digests.sha256, &location(&place, self.specification)))
    }
}

const EXISTS: &str = "resource already exists and \"force\" key was not used";

/// The URL of a file in the tree that the client uses.
fn location(place: &Place, specification: bool) -> String {
    match specification {
        true => format!("/packages/{}{}", place.package_slug(), place.folder.slice.query()),
        false => format!("/binaries/{}", place.slug()),
    }
}
