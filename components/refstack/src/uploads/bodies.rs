//! Finds the content of an upload in a body, and the parameters beside it.

use std::sync::{Arc, Mutex, PoisonError};

use assay_web::body::next_frame;
use assay_web::multipart::{Limits, Multipart};
use assay_web::query::Query;
use axum::body::Body;
use bytes::Bytes;
use futures::StreamExt;
use http::{HeaderMap, header};
use sha2::{Digest, Sha256};

use super::intake::Intake;
use super::{Door, Signature, Upload, gunzip};
use crate::domain::forms::Form;
use crate::error::{Error, Result};
use crate::settings;

/// What stands around the content of a form.
const FRAMING: u64 = 1 << 20;
const MOST_PARTS: usize = 100;
const LONGEST_HEADERS: usize = 16 * 1024;
/// All fields beside the file.
const LONGEST_FIELD: usize = 64 * 1024;
const NO_FILE: &str = "only valid with file post";

/// A request that was read.
#[derive(Debug)]
pub struct Received {
    /// The content.
    pub upload: Upload,
    /// Parameters of form and query; the form wins.
    pub parameters: Vec<(String, String)>,
    /// The signature, and the SHA-256 of what was signed: the body as it was sent.
    pub signature: Option<(Signature, [u8; 32])>,
}

impl Received {
    /// A parameter that is there and not empty.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }
}

/// How the content is wrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrapping {
    Multipart,
    Form,
    Bare,
    /// Bare, and JSON unless it begins as a packet.
    Json,
}

/// Reads an upload from a request. Nothing stays behind when it fails.
pub async fn receive(request: http::Request<Body>, door: Door) -> Result<Received> {
    let (parts, body) = request.into_parts();
    let query = Query::parse(parts.uri.query().unwrap_or_default().as_bytes());
    let signature = Signature::read(&parts.headers);
    let (body, hash) = match signature {
        Some(_) => hashed(body),
        None => (body, Arc::default()),
    };
    let body = if is_packed(&parts.headers)? { gunzip::unpack(body) } else { body };
    let limit = settings::get().await.max_upload_bytes;
    let announced = parts.headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    let announced = announced.and_then(|length| length.parse().ok());
    let mut intake = Intake::begin(door, limit, announced).await?;
    let form = match read(&mut intake, &parts.headers, body, door, limit).await {
        Ok(form) => form,
        Err(error) => {
            intake.abandon().await;
            return Err(error);
        }
    };
    let upload = intake.finish().await?;
    let sha256 = hash.lock().unwrap_or_else(PoisonError::into_inner).clone().finalize().into();
    let from_query = query.pairs().map(|(key, value)| (key.to_owned(), value.to_owned()));
    Ok(Received {
        upload,
        parameters: form.into_iter().chain(from_query).collect(),
        signature: signature.map(|signature| (signature, sha256)),
    })
}

fn is_packed(headers: &HeaderMap) -> Result<bool> {
    let encoding = headers.get(header::CONTENT_ENCODING).map(|value| value.as_bytes().trim_ascii());
    match encoding {
        None | Some(b"" | b"identity") => Ok(false),
        Some(b"gzip" | b"x-gzip") => Ok(true),
        Some(_) => Err(Error::because("Malformed request", "the only Content-Encoding is gzip")),
    }
}

/// The body, and the hash of its bytes once they have passed.
fn hashed(body: Body) -> (Body, Arc<Mutex<Sha256>>) {
    let hash = Arc::new(Mutex::new(Sha256::new()));
    let filled = hash.clone();
    let body = body.into_data_stream().inspect(move |frame| {
        if let Ok(bytes) = frame {
            filled.lock().unwrap_or_else(PoisonError::into_inner).update(bytes);
        }
    });
    (Body::from_stream(body), hash)
}

async fn read(
    intake: &mut Intake,
    headers: &HeaderMap,
    mut body: Body,
    door: Door,
    limit: u64,
) -> Result<Vec<(String, String)>> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let wrapping = wrapping(kind.unwrap_or_default(), door);
    if wrapping == Wrapping::Multipart {
        let limits = Limits {
            body: limit.saturating_add(FRAMING),
            parts: MOST_PARTS,
            headers: LONGEST_HEADERS,
        };
        return multipart(intake, Multipart::new(headers, body, limits)?).await;
    }
    let mut first = next_frame(&mut body).await?.unwrap_or_default();
    while first.is_empty() {
        let Some(next) = next_frame(&mut body).await? else { break };
        first = next;
    }
    if wrapping == Wrapping::Form && first.first() != Some(&assay_subunit::v2::SIGNATURE) {
        return urlencoded(intake, first, body).await;
    }
    if wrapping == Wrapping::Json && first.first() != Some(&assay_subunit::v2::SIGNATURE) {
        intake.expect_json();
    }
    intake.write(first).await?;
    while let Some(frame) = next_frame(&mut body).await? {
        intake.write(frame).await?;
    }
    match (intake.size(), wrapping) {
        (0, Wrapping::Json) => Err(Error::because("Malformed request", "the body is empty")),
        (0, _) => Err(Error::invalid(NO_FILE)),
        _ => Ok(Vec::new()),
    }
}

fn wrapping(content_type: &str, door: Door) -> Wrapping {
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_lowercase();
    match (kind.as_str(), door) {
        ("multipart/form-data", _) => Wrapping::Multipart,
        ("application/x-www-form-urlencoded", Door::PostResult) => Wrapping::Form,
        (
            "application/vnd.subunit"
            | "application/x-subunit"
            | "text/x-subunit"
            | "application/octet-stream",
            _,
        )
        | (_, Door::PostResult) => Wrapping::Bare,
        _ => Wrapping::Json,
    }
}

async fn multipart(intake: &mut Intake, mut form: Multipart) -> Result<Vec<(String, String)>> {
    let mut fields = Vec::new();
    let mut files = 0;
    while let Some(part) = form.next_part().await? {
        let name = part.name.unwrap_or_default();
        if name != "file" && part.file_name.is_some() {
            // A file of another name is nobody's; the limit of the body holds for it too.
            while form.data().await?.is_some() {}
            continue;
        }
        if name != "file" {
            let value = form.field(LONGEST_FIELD).await?;
            fields.push((name, text(&value)?));
            continue;
        }
        files += 1;
        if files > 1 {
            return Err(Error::because("Malformed request", "there is more than one file"));
        }
        while let Some(piece) = form.data().await? {
            intake.write(piece).await?;
        }
    }
    if intake.size() == 0 { Err(Error::invalid(NO_FILE)) } else { Ok(fields) }
}

async fn urlencoded(
    intake: &mut Intake,
    first: Bytes,
    mut body: Body,
) -> Result<Vec<(String, String)>> {
    let malformed = |reason| Error::because("Malformed request", reason);
    let (mut form, mut file) = (Form::default(), Vec::new());
    form.push(&first, &mut file).map_err(malformed)?;
    while let Some(frame) = next_frame(&mut body).await? {
        if !file.is_empty() {
            intake.write(std::mem::take(&mut file).into()).await?;
        }
        form.push(&frame, &mut file).map_err(malformed)?;
    }
    let fields = form.finish(&mut file).map_err(malformed)?;
    if !file.is_empty() {
        intake.write(file.into()).await?;
    }
    if intake.size() == 0 {
        return Err(Error::invalid(NO_FILE));
    }
    fields.into_iter().map(|(name, value)| Ok((text(&name)?, text(&value)?))).collect()
}

/// Where text is due, bytes that are none are refused.
pub fn text(bytes: &[u8]) -> Result<String> {
    let text = str::from_utf8(bytes).map(str::to_owned);
    text.map_err(|_| Error::because("Malformed request", "a field is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_type_decides_at_one_door_and_hardly_at_the_other() {
        let form = "application/x-www-form-urlencoded";
        assert_eq!(wrapping(form, Door::PostResult), Wrapping::Form);
        assert_eq!(wrapping(form, Door::Results), Wrapping::Json);
        assert_eq!(wrapping("", Door::PostResult), Wrapping::Bare);
        assert_eq!(wrapping("application/json", Door::PostResult), Wrapping::Bare);
        assert_eq!(wrapping("text/x-subunit; charset=x", Door::Results), Wrapping::Bare);
        assert_eq!(wrapping("Multipart/Form-Data; boundary=x", Door::Results), Wrapping::Multipart);
    }
}
