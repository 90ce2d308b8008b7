//! One file per table: the only SQL of the area, and `migrations/`.

pub mod accounts;
pub mod clouds;
pub mod details;
pub mod guidelines;
pub mod products;
pub mod result_lists;
pub mod result_meta;
pub mod results;
pub mod statuses;
pub mod tests;
pub mod tokens;
pub mod uploads;
pub mod users;
pub mod vendors;

use assay_db::{Db, FromRow, Migrations, Result, Row};

const MIGRATIONS: Migrations = Migrations {
    area: "refstack",
    scripts: &[
        include_str!("../../migrations/0001_accounts.sql"),
        include_str!("../../migrations/0002_vendors.sql"),
        include_str!("../../migrations/0003_tests.sql"),
        include_str!("../../migrations/0004_results.sql"),
        include_str!("../../migrations/0005_guidelines.sql"),
        include_str!("../../migrations/0006_shown.sql"),
    ],
};

/// A page of a list.
#[derive(Debug)]
pub struct Listing {
    /// A JSON array.
    pub entries: String,
    /// How many there are on all pages.
    pub count: i64,
}

impl Default for Listing {
    fn default() -> Self {
        Self { entries: "[]".to_owned(), count: 0 }
    }
}

impl FromRow for Listing {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self { entries: row.text("entries")?, count: row.int("count")? })
    }
}

/// This instance's connection, with this area's tables up to date.
pub async fn open() -> Result<Db> {
    Db::open(&MIGRATIONS).await
}
