//! Deployments: the installations that notifications come from.

use axum::Json;
use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};

use crate::answers::Format;
use crate::domain::deployments as names;
use crate::domain::fields::Text;
use crate::error::{Error, Result};
use crate::extract::JsonObject;
use crate::store::{self, deployments};

/// `GET /stacky/deployments/`: all of them, by name.
pub async fn list(format: Format) -> Result<Response> {
    Ok(format.table(deployments::table(store::open().await?).await?))
}

/// `POST /stacktach/deployments/`: makes one, or finds it.
pub async fn create(body: JsonObject) -> Result<(StatusCode, Json<Value>)> {
    let fields = body.fields();
    let is_text = fields.raw("name").is_some_and(|raw| raw.get().starts_with('"'));
    let Text::Text(name) = fields.text("name") else {
        return Err(Error::invalid("'name' must be a string"));
    };
    if !is_text {
        return Err(Error::invalid("'name' must be a string"));
    }
    if let Some(fault) = names::fault(&name) {
        return Err(Error::invalid(fault));
    }
    let (id, is_new) = deployments::create(store::open().await?, &name).await?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(json!({ "deployment": { "id": id, "name": name } }))))
}
