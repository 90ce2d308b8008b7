//! `/v1/clouds`: clouds under test.

use assay_web::json::JsonText;
use assay_web::query::Query;
use http::StatusCode;
use serde_json::Value;

use super::{page, page_listing};
use crate::asker::Asker;
use crate::domain;
use crate::error::{Error, Result};
use crate::extract::{Json, Path};
use crate::settings;
use crate::store::{self, clouds};

fn not_there(id: &str) -> Error {
    Error::NotThere(format!("Cloud {id} not found"))
}

fn checked(body: Json) -> Result<Value> {
    domain::clouds::cloud(&body.object()?).map_err(Error::schema)
}

/// `POST /v1/clouds`: describes a cloud.
pub async fn create(asker: Asker, body: Json) -> Result<(StatusCode, JsonText)> {
    if !settings::get().await.anonymous_upload {
        asker.account()?;
    }
    let fields = checked(body)?;
    let db = store::open().await?;
    let id = clouds::create(db, &fields, asker.openid.as_deref()).await?.unwrap_or_default();
    let cloud = clouds::show(db, id).await?.ok_or_else(|| not_there(""))?;
    Ok((StatusCode::CREATED, JsonText(cloud.text)))
}

/// `GET /v1/clouds`: the clouds that the asker may see, newest first.
pub async fn list(asker: Asker, query: Query) -> Result<JsonText> {
    let page = page(&query).await?;
    let found = clouds::list(store::open().await?, &asker, page).await?;
    page_listing("clouds", found, page)
}

/// `GET /v1/clouds/{id}`: one cloud.
pub async fn show(asker: Asker, Path(id): Path<String>) -> Result<JsonText> {
    Ok(JsonText(readable(&asker, &id).await?.1.text))
}

/// `PUT /v1/clouds/{id}`: replaces what is said of a cloud.
pub async fn update(asker: Asker, Path(id): Path<String>, body: Json) -> Result<JsonText> {
    let (number, cloud) = readable(&asker, &id).await?;
    must_own(&asker, cloud.owner.as_deref())?;
    let fields = checked(body)?;
    let db = store::open().await?;
    clouds::update(db, number, &fields).await?;
    let cloud = clouds::show(db, number).await?.ok_or_else(|| not_there(&id))?;
    Ok(JsonText(cloud.text))
}

/// `DELETE /v1/clouds/{id}`: removes a cloud to which no test refers.
pub async fn delete(asker: Asker, Path(id): Path<String>) -> Result<StatusCode> {
    let (number, cloud) = readable(&asker, &id).await?;
    must_own(&asker, cloud.owner.as_deref())?;
    match clouds::delete(store::open().await?, number).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Error::Conflict(format!("Cloud {id} has tests"))),
    }
}

/// A cloud that the asker may see.
async fn readable(asker: &Asker, id: &str) -> Result<(i64, clouds::Shown)> {
    let number: i64 = id.parse().map_err(|_| not_there(id))?;
    let found = clouds::show(store::open().await?, number).await?;
    let cloud = found.ok_or_else(|| not_there(id))?;
    must_see(asker, cloud.owner.as_deref())?;
    Ok((number, cloud))
}

/// What nobody owns everybody sees; the rest only its owner and admins.
pub fn must_see(asker: &Asker, owner: Option<&str>) -> Result<()> {
    if owner.is_none() { Ok(()) } else { must_own(asker, owner) }
}

/// What nobody owns only admins change.
pub fn must_own(asker: &Asker, owner: Option<&str>) -> Result<()> {
    let account = asker.account()?;
    if asker.admin || owner == Some(account) { Ok(()) } else { Err(Error::forbidden("")) }
}
