//! Corrections from outside.

use assay_web::json::JsonText;
use assay_web::time;
use http::StatusCode;

use crate::domain::reconciles::NewReconcile;
use crate::error::{Error, Result};
use crate::extract::JsonObject;
use crate::store::{self, reconciles};

/// `POST /stacktach/reconciles/`: stores what verification goes by when notifications are wrong.
pub async fn create(body: JsonObject) -> Result<(StatusCode, JsonText)> {
    let reconcile = NewReconcile::read(&body.fields()).map_err(Error::Invalid)?;
    let row = reconciles::put(store::open().await?, &reconcile, time::now()).await?;
    Ok((StatusCode::CREATED, JsonText(format!(r#"{{"reconcile":{row}}}"#))))
}
