//! One file per table: the only SQL of the area, and `migrations/`.

pub mod accounts;
pub mod clouds;
pub mod details;
pub mod guidelines;
pub mod products;
pub mod result_lists;
pub mod results;
pub mod statuses;
pub mod tests;
pub mod tokens;
pub mod uploads;
pub mod users;
pub mod vendors;

use assay_db::{Db, Migrations};

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

/// This instance's connection, with this area's tables up to date.
pub async fn open() -> assay_db::Result<Db> {
    Db::open(&MIGRATIONS).await
}
