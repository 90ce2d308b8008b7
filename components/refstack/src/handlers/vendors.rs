//! `/v1/vendors`: vendors, how they become official, and their people.

use assay_web::json::JsonText;
use assay_web::query::Query;
use axum::response::Response;
use base64::Engine;
use base64::engine::DecodePaddingMode::Indifferent;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use http::StatusCode;
use serde_json::{Map, Value, json};

use super::fields::{self, LONGEST_TEXT};
use super::{bare_listing, long_page, page_listing};
use crate::asker::Asker;
use crate::error::{Error, Result};
use crate::extract::{Json, Path};
use crate::settings;
use crate::store;
use crate::store::vendors::{self, Changes, Known, NewVendor, Step};

const STILL_BOUND: &str =
    "Unable to delete. There are still tests associated to products for this vendor.";
const ACTIONS: [&str; 4] = ["register", "cancel", "approve", "deny"];

/// There is no such vendor.
pub fn not_there(id: &str) -> Error {
    Error::NotThere(format!("Organization with id {id} is not found"))
}

async fn known(asker: &Asker, id: &str) -> Result<Known> {
    let foundation = &settings::get().await.foundation_name;
    let known = vendors::known(store::open().await?, id, asker, foundation).await?;
    known.ok_or_else(|| not_there(id))
}

/// A vendor as the asker may see it.
async fn readable(asker: &Asker, id: &str) -> Result<JsonText> {
    known(asker, id).await?.text.map(JsonText).ok_or_else(|| Error::forbidden(""))
}

/// Refuses who does not manage a vendor.
pub async fn must_manage(asker: &Asker, id: &str) -> Result<()> {
    asker.account()?;
    if known(asker, id).await?.manages { Ok(()) } else { Err(Error::forbidden("")) }
}

/// `POST /v1/vendors`: makes a private vendor, whose first member is the asker.
pub async fn create(asker: Asker, body: Json) -> Result<(StatusCode, JsonText)> {
    let openid = asker.account()?;
    let body = body.object()?;
    fields::only(&body, &["name", "description"])?;
    let name = fields::name(&body)?.ok_or_else(|| Error::schema("'name' is missing"))?;
    let description = fields::text(&body, "description", LONGEST_TEXT)?;
    let new =
        NewVendor { name: &name, description: description.as_deref(), openid, default: false };
    let id = vendors::create(store::open().await?, &new).await?;
    Ok((StatusCode::CREATED, JsonText(json!({ "id": id }).to_string())))
}

/// `GET /v1/vendors`: the vendors that the asker may see, newest first.
pub async fn list(asker: Asker, query: Query) -> Result<JsonText> {
    let page = long_page(&query)?;
    let foundation = &settings::get().await.foundation_name;
    let found = vendors::list(store::open().await?, &asker, foundation, page).await?;
    page_listing("vendors", found, page)
}

/// `GET /v1/vendors/{id}`: one vendor; those who manage it see more.
pub async fn show(asker: Asker, Path(id): Path<String>) -> Result<JsonText> {
    readable(&asker, &id).await
}

/// `PUT /v1/vendors/{id}`: changes a vendor.
pub async fn update(asker: Asker, Path(id): Path<String>, body: Json) -> Result<JsonText> {
    must_manage(&asker, &id).await?;
    let body = body.object()?;
    fields::only(&body, &["name", "description", "properties"])?;
    let changes = Changes {
        name: fields::name(&body)?,
        description: fields::clearable(&body, "description", LONGEST_TEXT)?,
        properties: fields::properties(&body)?,
    };
    let db = store::open().await?;
    if !vendors::update(db, &id, &asker, &changes).await? {
        must_manage(&asker, &id).await?;
        return Err(Error::forbidden(match vendors::is_foundation(db, &id).await? {
            true => "The foundation is named by a setting.",
            false => "Name change for an official vendor is not allowed.",
        }));
    }
    readable(&asker, &id).await
}

/// `DELETE /v1/vendors/{id}`: removes a vendor with its products.
pub async fn delete(asker: Asker, Path(id): Path<String>) -> Result<StatusCode> {
    must_manage(&asker, &id).await?;
    let db = store::open().await?;
    if vendors::delete(db, &id, &asker).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    must_manage(&asker, &id).await?;
    Err(match vendors::is_foundation(db, &id).await? {
        true => Error::forbidden(""),
        false => Error::because("Bad Request", STILL_BOUND),
    })
}

/// `POST /v1/vendors/{id}/action`: one step on the way to an official vendor, or back.
pub async fn act(asker: Asker, Path(id): Path<String>, body: Json) -> Result<JsonText> {
    asker.account()?;
    let body = body.object()?;
    let named: Vec<&str> =
        ACTIONS.into_iter().filter(|action| body.contains_key(*action)).collect();
    let step = match named.as_slice() {
        ["register"] => Step::Register,
        ["cancel"] => Step::Cancel,
        ["approve"] => Step::Approve,
        ["deny"] => Step::Deny,
        other => {
            let list: Vec<String> = other.iter().map(|action| format!("'{action}'")).collect();
            let title = format!("Invalid actions in the body: [{}]", list.join(", "));
            return Err(Error::invalid(title));
        }
    };
    must_manage(&asker, &id).await?;
    let db = store::open().await?;
    let may = match step.is_for_admins() {
        true => asker.admin,
        false => vendors::has_member(db, &id, &asker).await?,
    };
    if !may {
        return Err(Error::forbidden(""));
    }
    let reason = match step {
        Step::Deny => Some(reason(&body)?),
        _ => None,
    };
    match vendors::step(db, &id, &asker, step, reason.as_deref()).await? {
        true => Ok(JsonText(Value::Null.to_string())),
        false => Err(Error::invalid("Invalid organization state for this action.")),
    }
}

fn reason(body: &Map<String, Value>) -> Result<String> {
    let reason = fields::text(body, "registration_decline_reason", LONGEST_TEXT)?;
    let reason = reason.filter(|reason| !reason.trim().is_empty());
    reason.ok_or_else(|| Error::invalid("The decline reason can not be empty"))
}

/// `GET /v1/vendors/{id}/users`: the people of a vendor.
pub async fn users(asker: Asker, Path(id): Path<String>, query: Query) -> Result<Response> {
    must_manage(&asker, &id).await?;
    let page = long_page(&query)?;
    bare_listing(vendors::users(store::open().await?, &id, page).await?, page)
}

/// `PUT /v1/vendors/{id}/users/{base64 of openid}`: makes somebody a member.
pub async fn add_user(
    asker: Asker,
    Path((id, encoded)): Path<(String, String)>,
) -> Result<StatusCode> {
    must_manage(&asker, &id).await?;
    let openid = decoded(&encoded)?;
    if vendors::add_user(store::open().await?, &id, &asker, &openid).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    must_manage(&asker, &id).await?;
    Err(Error::NotThere(format!("User {openid} not found")))
}

/// `DELETE /v1/vendors/{id}/users/{base64 of openid}`: ends a membership.
pub async fn remove_user(
    asker: Asker,
    Path((id, encoded)): Path<(String, String)>,
) -> Result<StatusCode> {
    must_manage(&asker, &id).await?;
    vendors::remove_user(store::open().await?, &id, &asker, &decoded(&encoded)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Standard or URL-safe base64, padded or not.
fn decoded(text: &str) -> Result<String> {
    const TOLERANT: GeneralPurpose = GeneralPurpose::new(
        &base64::alphabet::STANDARD,
        GeneralPurposeConfig::new().with_decode_padding_mode(Indifferent),
    );
    let standard: String = text
        .chars()
        .map(|c| {
            if c == '-' {
                '+'
            } else if c == '_' {
                '/'
            } else {
                c
            }
        })
        .collect();
    let bytes = TOLERANT.decode(standard).ok();
    let openid = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    openid.ok_or_else(|| Error::because("Malformed request", "the user is not in base64"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_named_in_any_base64() {
        let openid = "https://me.example/?>";
        for text in ["aHR0cHM6Ly9tZS5leGFtcGxlLz8+", "aHR0cHM6Ly9tZS5leGFtcGxlLz8-"] {
            assert_eq!(decoded(text).unwrap(), openid);
        }
        assert_eq!(decoded("YQ").unwrap(), "a");
        assert_eq!(decoded("YQ==").unwrap(), "a");
        assert!(decoded("%").is_err());
        assert!(decoded("/w==").is_err(), "no UTF-8");
    }
}
