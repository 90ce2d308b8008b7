//! What billing says of exists: the views `stacktach_confirmations` and `stacktach_repairs`.

use assay_db::{Db, FromRow, Result, Row, params};

use crate::domain::confirmations::Confirmation;
use crate::domain::services::Service;

/// How many rows a message id has been found in.
#[derive(Debug, PartialEq, Eq)]
pub struct Found {
    /// The id.
    pub message_id: String,
    /// Nova or glance.
    pub svc: i64,
    /// Rows that have it.
    pub rows: i64,
}

impl FromRow for Found {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            message_id: row.text("message_id")?,
            svc: row.int("svc")?,
            rows: row.int("found")?,
        })
    }
}

macro_rules! confirm {
    ($returning:literal) => {
        concat!(
            "INSERT INTO stacktach_confirmations (svc, message_id, found, send_status, event_id)
             SELECT e.value ->> 'svc', e.value ->> 'message_id',
                    CASE e.value ->> 'svc'
                        WHEN 1 THEN (SELECT count(*)
                                       FROM stacktach_exists
                                      WHERE message_id = e.value ->> 'message_id')
                        ELSE (SELECT count(*)
                                FROM stacktach_image_exists
                               WHERE message_id = e.value ->> 'message_id') END,
                    e.value ->> 'send_status', e.value ->> 'event_id'
               FROM json_each(?1) AS e
              ORDER BY e.key",
            $returning
        )
    };
}

/// Marks exists as sent, all or none of what is given. Indexes: `..._by_message`.
pub async fn confirm(db: Db, confirmations: &[Confirmation]) -> Result<()> {
    let confirmations = serde_json::to_string(confirmations).unwrap_or_default();
    db.run(confirm!(""), params![confirmations]).await
}

/// The same, and says what was found.
pub async fn confirm_and_tell(db: Db, confirmations: &[Confirmation]) -> Result<Vec<Found>> {
    let confirmations = serde_json::to_string(confirmations).unwrap_or_default();
    db.all(confirm!(" RETURNING svc, message_id, found"), params![confirmations]).await
}

/// What became of a message id that was to be repaired.
#[derive(Debug, PartialEq, Eq)]
pub struct Repaired {
    /// The id.
    pub message_id: String,
    /// Whether any row has it.
    pub is_known: bool,
    /// Whether any of them was pending.
    pub was_pending: bool,
}

impl FromRow for Repaired {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            message_id: row.text("message_id")?,
            is_known: row.int::<i64>("found")? > 0,
            was_pending: row.int::<i64>("pending")? > 0,
        })
    }
}

/// Takes pending exists for sent ones. Indexes: `..._by_message`.
pub async fn repair(db: Db, service: Service, message_ids: &[String]) -> Result<Vec<Repaired>> {
    const NOVA: &str = "
        INSERT INTO stacktach_repairs (svc, message_id, found, pending)
        SELECT 1, e.value,
               (SELECT count(*) FROM stacktach_exists WHERE message_id = e.value),
               (SELECT count(*)
                  FROM stacktach_exists
                 WHERE message_id = e.value AND status = 'pending')
          FROM json_each(?1) AS e
         ORDER BY e.key
        RETURNING message_id, found, pending";
    const GLANCE: &str = "
        INSERT INTO stacktach_repairs (svc, message_id, found, pending)
        SELECT 2, e.value,
               (SELECT count(*) FROM stacktach_image_exists WHERE message_id = e.value),
               (SELECT count(*)
                  FROM stacktach_image_exists
                 WHERE message_id = e.value AND status = 'pending')
          FROM json_each(?1) AS e
         ORDER BY e.key
        RETURNING message_id, found, pending";
    let sql = if service == Service::Glance { GLANCE } else { NOVA };
    let message_ids = serde_json::to_string(message_ids).unwrap_or_default();
    db.all(sql, params![message_ids]).await
}
