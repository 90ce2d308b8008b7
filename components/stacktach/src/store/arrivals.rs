//! The command that takes in notifications: one statement for a group of them.

use assay_db::{Db, FromRow, Result, Row, Value, params};

use crate::domain::events::Event;

/// An event and the notification it was read from.
pub struct Arrival<'a> {
    /// What was extracted.
    pub event: Event,
    /// The notification as received.
    pub body: &'a str,
}

/// What became of an arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrived {
    /// Its place in the group.
    pub at: usize,
    /// The event's id.
    pub id: i64,
    /// Whether it was stored already.
    pub is_known: bool,
}

impl FromRow for Arrived {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self { at: row.int("k")?, id: row.int("id")?, is_known: row.flag("is_known")? })
    }
}

/// Stores those that are new, with all that follows from them, in their order, all or none. No two
/// of them may be the same notification. Indexes: `stacktach_events_once` and those of each derived
/// table.
pub async fn store(db: Db, arrivals: Vec<Arrival<'_>>) -> Result<Vec<Arrived>> {
    const SQL: &str = include_str!("arrive.sql");
    let mut bodies = Vec::with_capacity(arrivals.iter().map(|arrival| arrival.body.len()).sum());
    let mut events = Vec::with_capacity(arrivals.len());
    for Arrival { mut event, body } in arrivals {
        (event.at, event.length) = (bodies.len(), body.len());
        bodies.extend_from_slice(body.as_bytes());
        events.push(event);
    }
    let events = serde_json::to_string(&events).unwrap_or_default();
    db.all(SQL, params![events, Value::Blob(bodies)]).await
}
