//! `/chacra/uploads`: resumable uploads, the protocol tus 1.0.0 with creation,
//! creation-with-upload, checksum, termination and expiration.

mod metadata;
mod receiving;

use assay_db::Db;
use assay_web::time::{self, DAY};
use assay_web::{dates, links};
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use super::answers;
use super::uploads::End;
use crate::domain::checks::Checks;
use crate::error::{Error, Result};
use crate::extract;
use crate::settings;
use crate::site::TUS_VERSION;
use crate::store::contents::{self, Stored};
use crate::store::resumable::{self, Upload};
use crate::store::{self, blobs, config};
use metadata::Metadata;
use receiving::Receiving;

const RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
const OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const LENGTH: HeaderName = HeaderName::from_static("upload-length");
const EXPIRES: HeaderName = HeaderName::from_static("upload-expires");
const NO_SUCH_UPLOAD: Error = Error::NotThere("no such upload, or it has ended");

/// `OPTIONS /chacra/uploads`: what the server can do.
pub async fn options() -> Response {
    let limit = settings::get().await.max_upload;
    let headers = [
        ("tus-version", TUS_VERSION),
        ("tus-extension", HeaderValue::from_static(EXTENSIONS)),
        ("tus-max-size", limit.into()),
        ("tus-checksum-algorithm", HeaderValue::from_static("sha1,sha256")),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

const EXTENSIONS: &str = "creation,creation-with-upload,checksum,termination,expiration";

/// `POST /chacra/uploads`: begins an upload, perhaps with its first bytes.
pub async fn create(request: http::Request<Body>) -> Result<Response> {
    let (parts, body) = request.into_parts();
    check_version(&parts.headers)?;
    let length = length(&parts.headers).await?;
    let metadata = Metadata::parse(parts.headers.get("upload-metadata"))?;
    let db = store::open().await?;
    let id = format!("{:016x}{:016x}", blobs::new_id()?, blobs::new_id()?);
    let location = location(db, &parts, &id).await?;
    let upload = Upload {
        blob: blobs::new_id()?,
        target: metadata.target,
        force: metadata.force,
        sha256: metadata.sha256,
        length,
        received: 0,
        expires: time::now() + DAY,
    };
    resumable::create(db, &id, &upload).await?;
    let brings_bytes = answers::media_type(&parts.headers) == BYTES;
    let received = match brings_bytes || length == 0 {
        true => receive(&parts, body, &id, &upload, 0).await,
        false => Ok(0),
    };
    if received.is_err() {
        // The client is told no location, so nobody could go on with it.
        give_up(db, &id, &upload).await?;
    }
    let received = received?;
    let mut response = progress(StatusCode::CREATED, received, upload.expires);
    response.headers_mut().insert(header::LOCATION, location);
    Ok(response)
}

/// The URL of an upload.
async fn location(db: Db, parts: &Parts, id: &str) -> Result<HeaderValue> {
    let base = config::base_url(db).await?.unwrap_or_else(|| links::origin(parts));
    HeaderValue::try_from(format!("{}/chacra/uploads/{id}", base.trim_end_matches('/')))
        .map_err(|_| Error::invalid("the Host header is not a host"))
}

/// `HEAD /chacra/uploads/{id}`: how far it is. A GET says the same.
pub async fn show(extract::Path(path): extract::Path, headers: HeaderMap) -> Result<Response> {
    check_version(&headers)?;
    let upload = find(id(&path)?).await?;
    let mut response = progress(StatusCode::OK, upload.received, upload.expires);
    let headers = response.headers_mut();
    headers.insert(LENGTH, upload.length.into());
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// `PATCH /chacra/uploads/{id}`: the next bytes. The last ones make the file visible.
pub async fn append(
    extract::Path(path): extract::Path,
    request: http::Request<Body>,
) -> Result<Response> {
    let (parts, body) = request.into_parts();
    check_version(&parts.headers)?;
    if answers::media_type(&parts.headers) != BYTES {
        return Err(Error::WrongType(BYTES));
    }
    let id = id(&path)?;
    let upload = find(id).await?;
    let offset = number(&parts.headers, &OFFSET)
        .ok_or_else(|| Error::invalid("the header Upload-Offset must be a number"))?;
    let received = receive(&parts, body, id, &upload, offset).await?;
    Ok(progress(StatusCode::NO_CONTENT, received, time::now() + DAY))
}

/// `DELETE /chacra/uploads/{id}`: gives it up.
pub async fn delete(extract::Path(path): extract::Path, headers: HeaderMap) -> Result<StatusCode> {
    check_version(&headers)?;
    let db = store::open().await?;
    let id = id(&path)?;
    let upload = find(id).await?;
    match give_up(db, id, &upload).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(NO_SUCH_UPLOAD),
    }
}

/// Ends an upload without a file; false when it has ended already.
async fn give_up(db: Db, id: &str, upload: &Upload) -> Result<bool> {
    let ended = resumable::delete(db, id).await?;
    if ended {
        store::sweep::discard(db, upload.blob).await;
    }
    Ok(ended)
}

const BYTES: &str = "application/offset+octet-stream";

/// Takes the bytes of a request, and makes the file when they are the last ones. Gives the new
/// offset.
async fn receive(parts: &Parts, body: Body, id: &str, upload: &Upload, offset: u64) -> Result<u64> {
    let announced = number(&parts.headers, &header::CONTENT_LENGTH).unwrap_or(0);
    if offset.saturating_add(announced) > upload.length {
        return Err(Error::invalid("these are more bytes than Upload-Length says"));
    }
    let check = metadata::checksum(parts.headers.get("upload-checksum"))?;
    let db = store::open().await?;
    let mut receiving = Receiving::begin(db, id, upload, offset, check).await?;
    let outcome = take(&mut receiving, body, id, upload).await;
    if matches!(outcome, Err(Error::Conflict(_) | Error::Swept)) {
        receiving.forget().await;
    }
    outcome
}

async fn take(receiving: &mut Receiving<'_>, body: Body, id: &str, upload: &Upload) -> Result<u64> {
    receiving.take(body).await?;
    let received = receiving.finish().await?;
    if received == upload.length {
        complete(id, upload).await?;
    }
    Ok(received)
}

/// Reads the content once more for its digests, and puts it into its file by the rules of every
/// upload. An upload that is refused has ended too; after a failure of ours the client may send its
/// last chunk again.
async fn complete(id: &str, upload: &Upload) -> Result<()> {
    let db = store::open().await?;
    let stored = stored(db, upload).await?;
    let (place, specification) = metadata::target(&upload.target)?;
    let told = upload.sha256.as_deref().and_then(assay_blobs::Hash::from_hex);
    let checks = Checks {
        sha256: told.map(|digest| ("sha256", digest)).into_iter().collect(),
        ..Checks::default()
    };
    let placed = End { db, specification, checks }.place(place, &stored, upload.force).await;
    if placed.as_ref().is_err_and(Error::is_refusal) {
        give_up(db, id, upload).await?;
    }
    placed.map(drop)
}

/// The content of an upload whose last byte is stored, unless another PATCH is writing it anew.
async fn stored(db: Db, upload: &Upload) -> Result<Stored> {
    let (chunks, _) = blobs::chunks(db, upload.blob, 0, upload.length).await?;
    if chunks.iter().map(|chunk| chunk.size).sum::<u64>() != upload.length {
        return Err(receiving::TAKEN_OVER);
    }
    let digests = contents::digest(assay_blobs::Blobs::open().await?, &chunks).await?;
    Ok(Stored { blob: upload.blob, size: upload.length, digests, chunks })
}

fn check_version(headers: &HeaderMap) -> Result<()> {
    match headers.get(RESUMABLE).is_some_and(|version| version == TUS_VERSION) {
        true => Ok(()),
        false => Err(Error::WrongProtocol),
    }
}

async fn length(headers: &HeaderMap) -> Result<u64> {
    let length = number(headers, &LENGTH)
        .ok_or_else(|| Error::invalid("the header Upload-Length must be a number"))?;
    let limit = settings::get().await.max_upload;
    if length > limit { Err(Error::TooLarge(limit)) } else { Ok(length) }
}

async fn find(id: &str) -> Result<Upload> {
    resumable::by_id(store::open().await?, id).await?.ok_or(NO_SUCH_UPLOAD)
}

fn id(path: &[String]) -> Result<&str> {
    path.get(1).map(String::as_str).ok_or(NO_SUCH_UPLOAD)
}

fn number(headers: &HeaderMap, name: &HeaderName) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.parse().ok()
}

fn progress(status: StatusCode, received: u64, expires: time::Micros) -> Response {
    let headers = [(OFFSET, received.into()), (EXPIRES, dates::header(expires))];
    (status, headers).into_response()
}
