//! The index of the API, and what has no page.

use axum::Json;
use serde_json::{Map, Value, json};

use crate::domain::resources::ALL;
use crate::error::Error;

/// `GET /api/v1/`: where every resource's list and schema are.
pub async fn index() -> Json<Value> {
    let entry = |name: &str| {
        let list = format!("/api/v1/{name}/");
        json!({ "list_endpoint": list, "schema": format!("{list}schema/") })
    };
    let index: Map<String, Value> =
        ALL.iter().map(|resource| (resource.name().to_owned(), entry(resource.name()))).collect();
    Json(Value::Object(index))
}

/// Any other URL.
pub async fn no_such_page() -> Error {
    Error::NoSuchPage
}

/// Any other method of a URL.
pub async fn wrong_method() -> Error {
    Error::WrongMethod
}
