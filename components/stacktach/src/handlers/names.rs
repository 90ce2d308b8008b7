//! Which events and hosts there are.

use assay_web::query::Query;
use axum::response::Response;

use crate::answers::Format;
use crate::error::Result;
use crate::extract;
use crate::store::{self, names};

/// `GET /stacky/events/`: the event names of a service, or of all.
pub async fn events(query: Query, format: Format) -> Result<Response> {
    let services = extract::services(&query)?;
    Ok(format.table(names::events(store::open().await?, &services).await?))
}

/// `GET /stacky/hosts/`: the hosts of a service, or of all.
pub async fn hosts(query: Query, format: Format) -> Result<Response> {
    let services = extract::services(&query)?;
    Ok(format.table(names::hosts(store::open().await?, &services).await?))
}
