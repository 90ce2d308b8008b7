//! Usage as the scripts of billing read it.

use assay_web::json::JsonText;
use assay_web::query::Query;

use crate::domain::listings::{Listing, Table};
use crate::error::{Error, Result};
use crate::extract::{Page, Path};
use crate::store::{self, listings, rows};

/// `GET /db/usage/nova/launches/`: instances that were launched.
pub async fn launches(query: Query) -> Result<JsonText> {
    list(Table::Launches, &query).await
}

/// `GET /db/usage/nova/launches/{id}/`: one of them.
pub async fn launch(id: Path<String>) -> Result<JsonText> {
    show(Table::Launches, &id.0).await
}

/// `GET /db/usage/nova/deletes/`: instances that were deleted.
pub async fn deletes(query: Query) -> Result<JsonText> {
    list(Table::Deletes, &query).await
}

/// `GET /db/usage/nova/deletes/{id}/`: one of them.
pub async fn delete(id: Path<String>) -> Result<JsonText> {
    show(Table::Deletes, &id.0).await
}

/// `GET /db/usage/nova/exists/`: instances that were audited.
pub async fn exists(query: Query) -> Result<JsonText> {
    list(Table::Exists, &query).await
}

/// `GET /db/usage/nova/exists/{id}/`: one of them.
pub async fn exist(id: Path<String>) -> Result<JsonText> {
    show(Table::Exists, &id.0).await
}

/// `GET /db/usage/glance/images/`: images that were activated.
pub async fn images(query: Query) -> Result<JsonText> {
    list(Table::Images, &query).await
}

/// `GET /db/usage/glance/images/{id}/`: one of them.
pub async fn image(id: Path<String>) -> Result<JsonText> {
    show(Table::Images, &id.0).await
}

/// `GET /db/usage/glance/deletes/`: images that were deleted.
pub async fn image_deletes(query: Query) -> Result<JsonText> {
    list(Table::ImageDeletes, &query).await
}

/// `GET /db/usage/glance/deletes/{id}/`: one of them.
pub async fn image_delete(id: Path<String>) -> Result<JsonText> {
    show(Table::ImageDeletes, &id.0).await
}

/// `GET /db/usage/glance/exists/`: images that were audited.
pub async fn image_exists(query: Query) -> Result<JsonText> {
    list(Table::ImageExists, &query).await
}

/// `GET /db/usage/glance/exists/{id}/`: one of them.
pub async fn image_exist(id: Path<String>) -> Result<JsonText> {
    show(Table::ImageExists, &id.0).await
}

async fn list(table: Table, query: &Query) -> Result<JsonText> {
    let page = Page::of(query)?;
    let listing = Listing::parse(table, query.pairs()).map_err(Error::Invalid)?;
    let db = store::open().await?;
    let ids = listings::pick(db, &listing, page).await?;
    let rows = rows::show(db, table, &ids).await?;
    Ok(JsonText(format!(r#"{{"{}":{rows}}}"#, table.envelope())))
}

async fn show(table: Table, id: &str) -> Result<JsonText> {
    let single = table.single();
    let missing = || Error::NotFound(format!("Could not find {single} with id '{id}'"));
    let number = id.parse().ok().filter(|_| id.bytes().all(|digit| digit.is_ascii_digit()));
    let row = rows::one(store::open().await?, table, number.ok_or_else(missing)?).await?;
    let row = row.ok_or_else(missing)?;
    Ok(JsonText(format!(r#"{{"{single}":{row}}}"#)))
}
