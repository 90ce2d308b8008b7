//! `/v1/products`: products of vendors, and their versions.

use assay_web::json::JsonText;
use assay_web::query::Query;
use axum::response::Response;
use http::StatusCode;
use serde_json::{Map, Value, json};

use super::fields::{self, LONGEST_TEXT};
use super::{bare_listing, long_page, page_listing};
use crate::asker::Asker;
use crate::domain::parsed::LONGEST_CPID;
use crate::error::{Error, Result};
use crate::extract::{Json, Path};
use crate::store;
use crate::store::products::{self, Changes, NewProduct};
use crate::store::vendors::{self, Known, NewVendor};

const LONGEST_VERSION: usize = 36;
const LONGEST_REF: usize = 80;

fn not_there(id: &str) -> Error {
    Error::NotThere(format!("Product with id \"{id}\" not found"))
}

fn no_version(id: &str) -> Error {
    Error::NotThere(format!("Version with id \"{id}\" not found"))
}

async fn known(asker: &Asker, id: &str) -> Result<Known> {
    products::known(store::open().await?, id, asker).await?.ok_or_else(|| not_there(id))
}

/// A product as the asker may see it.
async fn readable(asker: &Asker, id: &str) -> Result<JsonText> {
    known(asker, id).await?.text.map(JsonText).ok_or_else(|| Error::forbidden(""))
}

/// Refuses who does not manage a product.
async fn must_manage(asker: &Asker, id: &str) -> Result<()> {
    asker.account()?;
    if known(asker, id).await?.manages { Ok(()) } else { Err(Error::forbidden("")) }
}

/// `POST /v1/products`: makes a product, in the asker's default vendor unless another one is named.
pub async fn create(asker: Asker, body: Json) -> Result<(StatusCode, JsonText)> {
    let openid = asker.account()?;
    let body = body.object()?;
    let known = ["name", "product_type", "description", "organization_id", "version"];
    fields::only(&body, &known)?;
    let name = fields::name(&body)?.ok_or_else(|| Error::schema("'name' is missing"))?;
    let product_type = body.get("product_type").and_then(Value::as_i64);
    let product_type = product_type.filter(|kind| (0..=2).contains(kind));
    let product_type =
        product_type.ok_or_else(|| Error::schema("'product_type' must be 0, 1 or 2"))?;
    let description = fields::text(&body, "description", LONGEST_TEXT)?;
    let version = fields::text(&body, "version", LONGEST_VERSION)?;
    let organization_id = match fields::text(&body, "organization_id", LONGEST_VERSION)? {
        Some(id) => {
            super::vendors::must_manage(&asker, &id).await?;
            id
        }
        None if asker.is_operator() => {
            return Err(Error::schema("'organization_id' is missing: the operator has no vendor"));
        }
        None => default_vendor(openid).await?,
    };
    let new = NewProduct {
        name: &name,
        description: description.as_deref(),
        organization_id: &organization_id,
        product_type,
        openid,
        version: version.as_deref().filter(|version| !version.is_empty()),
    };
    let id = products::create(store::open().await?, &asker, &new).await?;
    let id = id.ok_or_else(|| super::vendors::not_there(&organization_id))?;
    Ok((StatusCode::CREATED, JsonText(json!({ "id": id }).to_string())))
}

/// Finds or makes the vendor that an account's products go to. Of two who make it at once one does.
async fn default_vendor(openid: &str) -> Result<String> {
    let db = store::open().await?;
    if let Some(id) = vendors::default_of(db, openid).await? {
        return Ok(id);
    }
    let name = format!("vendor_{openid}");
    let new = NewVendor { name: &name, description: None, openid, default: true };
    match vendors::create(db, &new).await? {
        Some(id) => Ok(id),
        None => {
            vendors::default_of(db, openid).await?.ok_or_else(|| super::vendors::not_there(&name))
        }
    }
}

/// `GET /v1/products`: the products that the asker may see, by name.
pub async fn list(asker: Asker, query: Query) -> Result<JsonText> {
    let (page, organization) = (long_page(&query)?, query.non_empty("organization_id"));
    let found = products::list(store::open().await?, &asker, organization, page).await?;
    page_listing("products", found, page)
}

/// `GET /v1/products/{id}`: one product; those who manage it see more.
pub async fn show(asker: Asker, Path(id): Path<String>) -> Result<JsonText> {
    readable(&asker, &id).await
}

/// `PUT /v1/products/{id}`: changes a product.
pub async fn update(asker: Asker, Path(id): Path<String>, body: Json) -> Result<JsonText> {
    must_manage(&asker, &id).await?;
    let body = body.object()?;
    fields::only(&body, &["name", "description", "product_ref_id", "public", "properties"])?;
    let changes = Changes {
        name: fields::name(&body)?,
        description: fields::clearable(&body, "description", LONGEST_TEXT)?,
        product_ref_id: fields::clearable(&body, "product_ref_id", LONGEST_REF)?,
        properties: fields::properties(&body)?,
        public: public(&body)?,
    };
    if !products::update(store::open().await?, &id, &asker, &changes).await? {
        must_manage(&asker, &id).await?;
        return Err(Error::forbidden("Only products of an official vendor can be public."));
    }
    readable(&asker, &id).await
}

/// `true`, `"yes"`, `1` and their opposites.
fn public(body: &Map<String, Value>) -> Result<Option<bool>> {
    let Some(value) = body.get("public") else { return Ok(None) };
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match text.to_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Ok(Some(true)),
        "false" | "no" | "off" | "0" => Ok(Some(false)),
        _ => Err(Error::schema("'public' must be true or false")),
    }
}

/// `DELETE /v1/products/{id}`: removes a product with its versions.
pub async fn delete(asker: Asker, Path(id): Path<String>) -> Result<StatusCode> {
    must_manage(&asker, &id).await?;
    if products::delete(store::open().await?, &id, &asker).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    must_manage(&asker, &id).await?;
    Err(Error::because(
        "Bad Request",
        "Unable to delete. There are still tests associated to versions of this product.",
    ))
}

/// `GET /v1/products/{id}/versions`: the versions of a product.
pub async fn versions(asker: Asker, Path(id): Path<String>, query: Query) -> Result<Response> {
    readable(&asker, &id).await?;
    let page = long_page(&query)?;
    bare_listing(products::versions(store::open().await?, &id, page).await?, page)
}

/// `POST /v1/products/{id}/versions`: adds a version.
pub async fn add_version(
    asker: Asker,
    Path(id): Path<String>,
    body: Json,
) -> Result<(StatusCode, JsonText)> {
    must_manage(&asker, &id).await?;
    let body = body.object()?;
    fields::only(&body, &["version", "cpid"])?;
    let version = fields::text(&body, "version", LONGEST_VERSION)?.unwrap_or_default();
    if version.trim().is_empty() {
        return Err(Error::invalid("version should not be empty"));
    }
    let cpid = fields::text(&body, "cpid", LONGEST_CPID)?;
    let db = store::open().await?;
    let made = products::add_version(db, &id, &asker, &version, cpid.as_deref()).await?;
    let Some(made) = made else {
        must_manage(&asker, &id).await?;
        return Err(Error::Conflict(format!("Version {version} already exists")));
    };
    let text = products::version(db, &id, &made).await?.ok_or_else(|| no_version(&made))?;
    Ok((StatusCode::CREATED, JsonText(text)))
}

/// `GET /v1/products/{id}/versions/{version}`: one version.
pub async fn version(
    asker: Asker,
    Path((id, version)): Path<(String, String)>,
) -> Result<JsonText> {
    readable(&asker, &id).await?;
    let text = products::version(store::open().await?, &id, &version).await?;
    Ok(JsonText(text.ok_or_else(|| no_version(&version))?))
}

/// `PUT /v1/products/{id}/versions/{version}`: says which cloud it is.
pub async fn update_version(
    asker: Asker,
    Path((id, version)): Path<(String, String)>,
    body: Json,
) -> Result<JsonText> {
    must_manage(&asker, &id).await?;
    let body = body.object()?;
    fields::only(&body, &["cpid"])?;
    let cpid = fields::text(&body, "cpid", LONGEST_CPID)?;
    let db = store::open().await?;
    if !products::set_cpid(db, &id, &version, &asker, cpid.as_deref()).await? {
        must_manage(&asker, &id).await?;
    }
    let text = products::version(db, &id, &version).await?;
    Ok(JsonText(text.ok_or_else(|| no_version(&version))?))
}

/// `DELETE /v1/products/{id}/versions/{version}`: removes a version that has a name and no results.
pub async fn remove_version(
    asker: Asker,
    Path((id, version)): Path<(String, String)>,
) -> Result<StatusCode> {
    must_manage(&asker, &id).await?;
    let db = store::open().await?;
    let text = products::version(db, &id, &version).await?.ok_or_else(|| no_version(&version))?;
    let known: Value = serde_json::from_str(&text).unwrap_or_default();
    if known.get("version").is_none_or(Value::is_null) {
        let detail =
            "Can not delete the empty version as it is used for basic product/test association.";
        return Err(Error::because("Bad Request", detail));
    }
    if products::remove_version(db, &id, &version, &asker).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    must_manage(&asker, &id).await?;
    Err(Error::because(
        "Bad Request",
        "Unable to delete. There are still tests associated to this product version.",
    ))
}
