//! The names of tenants, kept for billing.

use assay_web::json::JsonText;
use assay_web::time;
use axum::response::Response;

use crate::domain::tenants::Tenant;
use crate::error::{Error, Result};
use crate::extract::{Path, Written};
use crate::handlers::confirm::empty;
use crate::store::{self, tenants};

/// `PUT /db/tenant/info/{tenant}/`: this is its name.
pub async fn put(Path(tenant): Path<String>, Written(body): Written) -> Result<Response> {
    let info = Tenant::read(&body.fields()).map_err(Error::Invalid)?;
    if info.tenant != tenant {
        return Err(Error::invalid(format!("Invalid tenant: {} != {tenant}", info.tenant)));
    }
    tenants::put(store::open().await?, &[info], time::now()).await?;
    Ok(empty())
}

/// `PUT /db/tenant/batch_info/`: these are the names of many.
pub async fn put_all(Written(body): Written) -> Result<Response> {
    let infos = Tenant::read_all(&body.fields()).map_err(Error::Invalid)?;
    tenants::put(store::open().await?, &infos, time::now()).await?;
    Ok(empty())
}

/// `GET /db/tenant/info/{tenant}/`: its name.
pub async fn show(Path(tenant): Path<String>) -> Result<JsonText> {
    match tenants::one(store::open().await?, &tenant).await? {
        Some(info) => Ok(JsonText(format!(r#"{{"tenant":{info}}}"#))),
        None => Err(Error::NotFound(format!("Could not find tenant '{tenant}'"))),
    }
}
