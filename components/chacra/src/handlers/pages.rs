//! The area itself, and what is said where nothing is.

use http::{Method, StatusCode};

use crate::error::{Error, Result};
use crate::store;

/// `GET /health`: nothing, when the store answers.
pub async fn health() -> Result<StatusCode> {
    store::open().await?;
    store::contents::ping().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Any URL that the area does not have.
pub async fn no_such_page() -> Error {
    Error::NoSuchPage
}

/// Any URL with a method that it does not have.
pub async fn wrong_method(method: Method) -> Error {
    Error::WrongMethod(method)
}
