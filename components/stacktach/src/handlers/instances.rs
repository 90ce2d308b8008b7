//! One virtual machine.

use assay_web::json::JsonText;

use crate::error::{Error, Result};
use crate::extract::Path;
use crate::store::{self, instances};

/// `GET /stacktach/instances/{uuid}/`: everything about one instance.
pub async fn show(Path(uuid): Path<String>) -> Result<JsonText> {
    let instance = instances::show(store::open().await?, &uuid).await?;
    let missing = || Error::NotFound(format!("Could not find instance {uuid}"));
    instance.map(JsonText).ok_or_else(missing)
}
