//! Dead letters.

use assay_web::json::JsonText;
use assay_web::query::Query;
use http::StatusCode;

use crate::error::{Error, Result};
use crate::extract::{Page, Path};
use crate::store::{self, rejected};

/// `GET /stacktach/rejected/`: what was refused, newest first.
pub async fn list(query: Query) -> Result<JsonText> {
    let limit = Page::of(&query)?.limit;
    Ok(JsonText(rejected::newest(store::open().await?, limit).await?))
}

/// `DELETE /stacktach/rejected/{id}/`: it has been looked after.
pub async fn delete(Path(id): Path<String>) -> Result<StatusCode> {
    let missing = || Error::NotFound(format!("Could not find rejected item '{id}'"));
    let number = id.parse().map_err(|_| missing())?;
    match rejected::delete(store::open().await?, number).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(missing()),
    }
}
