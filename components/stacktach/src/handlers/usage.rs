//! Who used what, as stacky shows it.

use assay_web::query::Query;
use axum::response::Response;

use crate::answers::Format;
use crate::error::Result;
use crate::extract::{self, Page};
use crate::store;
use crate::store::usage::{self, Kind};

/// `GET /stacky/usage/launches/`: instances that were launched.
pub async fn launches(query: Query, format: Format) -> Result<Response> {
    table(Kind::Launches, &query, format).await
}

/// `GET /stacky/usage/deletes/`: instances that were deleted.
pub async fn deletes(query: Query, format: Format) -> Result<Response> {
    table(Kind::Deletes, &query, format).await
}

/// `GET /stacky/usage/exists/`: instances that were audited.
pub async fn exists(query: Query, format: Format) -> Result<Response> {
    table(Kind::Exists, &query, format).await
}

async fn table(kind: Kind, query: &Query, format: Format) -> Result<Response> {
    let instance = query.non_empty("instance").map(extract::uuid_like).transpose()?;
    let page = Page::of(query)?;
    Ok(format.table(usage::table(store::open().await?, kind, instance, page).await?))
}
