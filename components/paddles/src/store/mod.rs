//! One file per table: the only SQL of the area, and `migrations/`.

pub mod all_jobs;
pub mod events;
pub mod expiry;
pub mod filters;
pub mod history;
pub mod hot;
pub mod jobs;
pub mod locks;
pub mod metrics;
pub mod node_jobs;
pub mod nodes;
pub mod queues;
pub mod rendered;
pub mod reports;
pub mod runs;
pub mod triage;

use assay_db::{Db, FromRow, Migrations, Row};

use crate::domain::cursors::Cursor;

const MIGRATIONS: Migrations = Migrations {
    area: "paddles",
    scripts: &[
        include_str!("../../migrations/0001_runs.sql"),
        include_str!("../../migrations/0002_nodes.sql"),
        include_str!("../../migrations/0003_queues.sql"),
        include_str!("../../migrations/0004_totals.sql"),
    ],
};

/// This instance's connection, with this area's tables up to date.
pub async fn open() -> assay_db::Result<Db> {
    Db::open(&MIGRATIONS).await
}

/// A row's place in a list that is ordered by (time, id). Queries that pick rows give these; [`rendered`] turns the
/// picked rows into JSON.
#[derive(Clone, Copy, Debug)]
pub struct Place(pub Cursor);

impl FromRow for Place {
    fn from_row(row: &Row<'_>) -> assay_db::Result<Self> {
        Ok(Self(Cursor { at: row.int("at")?, id: row.int("id")? }))
    }
}

/// The numbers of picked rows, a JSON array.
#[derive(Clone, Debug)]
pub struct Picked(pub String);

impl Picked {
    /// The rows of some places.
    pub fn of(places: &[Place]) -> Self {
        let ids: Vec<String> = places.iter().map(|place| place.0.id.to_string()).collect();
        Self(format!("[{}]", ids.join(",")))
    }

    /// One row.
    pub fn one(id: i64) -> Self {
        Self(format!("[{id}]"))
    }
}

/// A page that SQLite has built as a JSON array, and where the next one begins if there is more.
#[derive(Debug)]
pub struct Listing {
    /// The array.
    pub json: String,
    /// The cursor.
    pub next: Option<String>,
}

impl Listing {
    /// What an aggregate gave, which is always a row.
    fn of(row: Option<Self>) -> assay_db::Result<Self> {
        row.ok_or(assay_db::Error::Column("list"))
    }
}

impl FromRow for Listing {
    fn from_row(row: &Row<'_>) -> assay_db::Result<Self> {
        Ok(Self { json: row.text("list")?, next: row.text_or_null("next")? })
    }
}

/// Rows that SQLite handed over as one JSON text.
fn from_json<T: serde::de::DeserializeOwned>(text: Option<String>) -> assay_db::Result<T> {
    serde_json::from_str(&text.unwrap_or_default())
        .map_err(|error| assay_db::Error::Failed(format!("rows as JSON: {error}")))
}
