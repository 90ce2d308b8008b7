//! Multipart forms with one file in them.

use assay_db::Db;
use assay_web::body::next_frame;
use assay_web::multipart::{Limits, Multipart, Refusal};
use axum::body::Body;
use http::HeaderMap;

use super::super::answers::{NO_FILE, says_yes};
use crate::error::{Error, Result};
use crate::settings;
use crate::store::contents::Arriving;

/// A form whose file has arrived.
pub struct Form {
    /// What the sender called its file.
    pub file_name: String,
    /// Its bytes, all but the last chunk stored.
    pub content: Arriving,
    /// Whether it may replace a file. The field may come behind the file.
    pub force: bool,
}

/// Fields that are no files are this long at most.
const FIELD_LIMIT: usize = 64 * 1024;
const TWO_FILES: &str = "more than one file object found in \"file\" param in POST request";

/// Reads a form to its end. When it is refused, nothing of it stays behind.
pub async fn read(db: Db, headers: &HeaderMap, body: Body) -> Result<Form> {
    let limit = settings::get().await.max_upload;
    // What is not the file has its own limits; together it is small.
    let limits = Limits { body: limit.saturating_add(64 << 20), parts: 999, headers: 16 * 1024 };
    let mut form = Multipart::new(headers, body, limits)?;
    let mut file = None;
    let mut force = false;
    let outcome = parts(db, &mut form, &mut file, &mut force, limit).await;
    match (outcome, file) {
        (Ok(()), Some((file_name, content))) => Ok(Form { file_name, content, force }),
        (Ok(()), None) => Err(Error::invalid(NO_FILE)),
        (Err(error), file) => {
            if let Some((_, content)) = file {
                content.abandon().await;
            }
            Err(error)
        }
    }
}

async fn parts(
    db: Db,
    form: &mut Multipart,
    file: &mut Option<(String, Arriving)>,
    force: &mut bool,
    limit: u64,
) -> Result<()> {
    while let Some(part) = form.next_part().await? {
        let name = part.name.unwrap_or_default();
        match part.file_name {
            Some(_) if name == "file" && file.is_some() => return Err(Error::invalid(TWO_FILES)),
            Some(file_name) if name == "file" && !file_name.is_empty() => {
                let (_, content) = file.insert((file_name, Arriving::begin(db, limit).await?));
                while let Some(piece) = form.data().await? {
                    content.write(piece).await?;
                }
            }
            _ if name == "file" => return Err(Error::invalid(NO_FILE)),
            _ => {
                let value = form.field(FIELD_LIMIT).await;
                let value = value.map_err(|refusal| in_field(&name, refusal))?;
                if name == "force" {
                    *force = says_yes(&String::from_utf8_lossy(&value));
                }
            }
        }
    }
    Ok(())
}

/// A refusal of a field, which is named when it is the field that is too large and not the body.
fn in_field(name: &str, refusal: Refusal) -> Error {
    match refusal {
        Refusal::TooLarge(limit) if usize::try_from(limit) == Ok(FIELD_LIMIT) => {
            Error::FieldTooLarge { name: name.to_owned(), limit: FIELD_LIMIT }
        }
        refusal => refusal.into(),
    }
}

/// Takes a body that is the file itself.
pub async fn raw(body: &mut Body, content: &mut Arriving) -> Result<()> {
    while let Some(frame) = next_frame(body).await? {
        content.write(frame).await?;
    }
    Ok(())
}
