//! One file per table: the only SQL of the area, and `migrations/`.

pub mod arrivals;
pub mod bodies;
mod columns;
pub mod confirmations;
pub mod deployments;
mod durations;
pub mod event_totals;
pub mod events;
pub mod exists_totals;
pub mod feed;
pub mod instances;
pub mod listings;
pub mod names;
pub mod prunes;
pub mod reconciles;
pub mod rejected;
pub mod reports;
pub mod rows;
pub mod searches;
pub mod statistics;
pub mod tenants;
pub mod timings;
pub mod trackers;
pub mod usage;
pub mod verifications;
pub mod watches;

use assay_db::{Db, Migrations};

const MIGRATIONS: Migrations = Migrations {
    area: "stacktach",
    scripts: &[
        include_str!("../../migrations/0001_events.sql"),
        include_str!("../../migrations/0002_timings.sql"),
        include_str!("../../migrations/0003_usage.sql"),
        include_str!("../../migrations/0004_reports.sql"),
        include_str!("../../migrations/0005_arrivals.sql"),
        include_str!("../../migrations/0006_billing.sql"),
    ],
};

/// This instance's connection, with this area's tables up to date.
pub async fn open() -> assay_db::Result<Db> {
    Db::open(&MIGRATIONS).await
}
