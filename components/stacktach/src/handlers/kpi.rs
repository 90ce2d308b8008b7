//! How long users waited.

use assay_web::query::Query;
use assay_web::time::{self, DAY};
use axum::response::Response;

use crate::answers::Format;
use crate::error::{Error, Result};
use crate::extract::{Page, Path};
use crate::store::{self, trackers};

/// `GET /stacky/kpi/`: the requests of the last 24 hours, fastest first.
pub async fn list(query: Query, format: Format) -> Result<Response> {
    let page = Page::if_asked(&query)?;
    let db = store::open().await?;
    Ok(format.table(trackers::kpi(db, time::now() - DAY, None, page).await?))
}

/// `GET /stacky/kpi/{tenant}/`: those of one tenant.
pub async fn of_tenant(
    Path(tenant): Path<String>,
    query: Query,
    format: Format,
) -> Result<Response> {
    let page = Page::if_asked(&query)?;
    let db = store::open().await?;
    if !trackers::knows_tenant(db, &tenant).await? {
        return Err(Error::NotFound(format!("Could not find raws for tenant {tenant}")));
    }
    Ok(format.table(trackers::kpi(db, time::now() - DAY, Some(&tenant), page).await?))
}
