//! `/v1/results/{id}/meta`: sharing, and what a result is for.

use assay_web::body;
use assay_web::json::JsonText;
use axum::body::Body;
use http::StatusCode;
use serde_json::{Value, json};

use super::results::{must_own, readable};
use crate::domain::meta::{LONGEST_VALUE, MetaKey};
use crate::error::{Error, Result};
use crate::extract::Path;
use crate::store::results::{Reader, Role};
use crate::store::{self, result_meta};

const ADD_VERIFIED: &str = "Can not add/alter a new metadata key for a verified test run.";
const DELETE_VERIFIED: &str = "Can not delete a metadata key for a verified test run.";

/// `GET /v1/results/{id}/meta`: all that the asker may know.
pub async fn list(reader: Reader, Path(id): Path<String>) -> Result<JsonText> {
    must_see(&reader, &id).await?;
    Ok(JsonText(all(&reader, &id).await?.to_string()))
}

/// `GET /v1/results/{id}/meta/{key}`: one value, or null.
pub async fn show(reader: Reader, Path((id, key)): Path<(String, String)>) -> Result<JsonText> {
    let role = must_see(&reader, &id).await?;
    if MetaKey::parse(&key).is_none() && !role.owns() {
        return Err(Error::forbidden(""));
    }
    let value = all(&reader, &id).await?.get(&key).cloned();
    Ok(JsonText(value.unwrap_or_default().to_string()))
}

/// `POST /v1/results/{id}/meta/{key}`: sets a value, which is the raw body.
pub async fn set(
    reader: Reader,
    Path((id, key)): Path<(String, String)>,
    body: Body,
) -> Result<(StatusCode, JsonText)> {
    let known = must_own(&reader, &id).await?;
    let Some(key) = MetaKey::parse(&key) else { return Err(Error::forbidden("")) };
    let value = body::read(body, LONGEST_VALUE).await?;
    let value = str::from_utf8(&value);
    let value = value.map_err(|_| Error::because("Malformed request", "the value is not UTF-8"))?;
    key.check(value).map_err(|detail| Error::because("Malformed request", detail))?;
    if known.verified || !result_meta::set(store::open().await?, &id, key, Some(value)).await? {
        return Err(Error::forbidden(ADD_VERIFIED));
    }
    Ok((StatusCode::CREATED, JsonText(Value::Null.to_string())))
}

/// `DELETE /v1/results/{id}/meta/{key}`: unsets a value.
pub async fn delete(reader: Reader, Path((id, key)): Path<(String, String)>) -> Result<StatusCode> {
    let known = must_own(&reader, &id).await?;
    if known.verified {
        return Err(Error::forbidden(DELETE_VERIFIED));
    }
    let not_there = || Error::NotThere(format!("Metadata key {key} not found for test run {id}"));
    if all(&reader, &id).await?.get(&key).is_none() {
        return Err(not_there());
    }
    let Some(name) = MetaKey::parse(&key) else { return Err(Error::forbidden("")) };
    match result_meta::set(store::open().await?, &id, name, None).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Error::forbidden(DELETE_VERIFIED)),
    }
}

/// The metadata of a private result are forbidden, other than the result itself, which wants an
/// account.
async fn must_see(reader: &Reader, id: &str) -> Result<Role> {
    match readable(reader, id).await {
        Ok(known) => Ok(known.role),
        Err(Error::Unauthorized(_)) => Err(Error::forbidden("")),
        Err(error) => Err(error),
    }
}

async fn all(reader: &Reader, id: &str) -> Result<Value> {
    let meta = result_meta::of(store::open().await?, id, reader).await?;
    Ok(meta.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_else(|| json!({})))
}
