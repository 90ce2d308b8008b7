//! Pages that are about the area itself, and what is said where there is none.

use axum::Json;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::error::Error;
use crate::extract::Site;

/// `GET /v1`: names and links of everything below.
pub async fn index(site: Site) -> Json<Value> {
    let names = [
        "update-test-status",
        "post-result",
        "get-miniconf",
        "get-testcases",
        "get-script",
        "download-result",
        "clouds",
        "tests",
        "results",
        "history",
        "guidelines",
        "profile",
        "auth",
        "vendors",
        "products",
    ];
    let links =
        names.map(|name| json!({ "name": name, "href": format!("{}/v1/{name}", site.origin) }));
    Json(json!({ "name": "refstack", "version": "v1", "links": links }))
}

/// Any URL that is not ours.
pub async fn no_such_page() -> Error {
    Error::NoSuchPage
}

/// Any method that a URL does not have.
pub async fn wrong_method() -> Response {
    Error::WrongMethod.into_response()
}
