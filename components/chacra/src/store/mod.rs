//! One file per table or list: the only SQL of the area, and `migrations/`.

#[macro_use]
mod rendered;

pub mod binaries;
pub mod blobs;
pub mod config;
pub mod contents;
pub mod copies;
pub mod files;
pub mod levels;
pub mod packages;
pub mod projects;
pub mod purge;
pub mod repos;
pub mod resumable;
pub mod search;
pub mod stats;
pub mod sweep;

use assay_db::{Db, Migrations};

const MIGRATIONS: Migrations = Migrations {
    area: "chacra",
    scripts: &[
        include_str!("../../migrations/0001_store.sql"),
        include_str!("../../migrations/0002_arrivals.sql"),
    ],
};

/// This instance's connection, with this area's tables up to date.
pub async fn open() -> assay_db::Result<Db> {
    Db::open(&MIGRATIONS).await
}

/// A number as SQLite stores it. No content has more bytes than that.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Rows that SQLite handed over as one JSON text.
fn from_json<T: serde::de::DeserializeOwned>(text: Option<String>) -> assay_db::Result<T> {
    serde_json::from_str(&text.unwrap_or_default())
        .map_err(|error| assay_db::Error::Failed(format!("rows as JSON: {error}")))
}
