//! `stacktach_rejected`: what ingestion refused, and why.

use assay_db::{Db, Result, params, wire_time};
use assay_web::time::{self, Micros};
use serde::Serialize;

/// A refused item.
#[derive(Debug, Serialize)]
pub struct Refused<'a> {
    /// The deployment that it was meant for.
    pub deployment: Option<&'a str>,
    /// What was wrong.
    pub error: &'a str,
    /// What was sent, or its beginning.
    pub raw: &'a str,
}

/// Keeps refused items.
pub async fn keep(db: Db, refused: &[Refused<'_>]) -> Result<()> {
    const SQL: &str = "
        INSERT INTO stacktach_rejected (received_us, deployment, error, raw)
        SELECT ?2, value ->> 'deployment', value ->> 'error', value ->> 'raw'
          FROM json_each(?1)
         ORDER BY key";
    let refused = serde_json::to_string(refused).unwrap_or_default();
    db.run(SQL, params![refused, time::now()]).await
}

/// The newest refused items as JSON.
pub async fn newest(db: Db, limit: i64) -> Result<String> {
    const SQL: &str = concat!(
        "SELECT json_object('rejected', json_group_array(json_object(
                    'id', id, 'received', ",
        wire_time!("received_us"),
        ", 'deployment', deployment, 'error', error, 'raw', raw)))
          FROM (SELECT id, received_us, deployment, error, raw
                  FROM stacktach_rejected
                 ORDER BY id DESC
                 LIMIT ?1 + 0)"
    );
    Ok(db.text(SQL, params![limit]).await?.unwrap_or_default())
}

/// Deletes the oldest before a moment, at most so many; says whether there are more. They stand in the
/// order of their arrival, so the oldest are the first.
pub async fn prune(db: Db, before: Micros, limit: i64) -> Result<bool> {
    const DELETE: &str = "
        DELETE FROM stacktach_rejected
         WHERE id IN (SELECT id FROM stacktach_rejected ORDER BY id LIMIT ?2 + 0)
           AND received_us < ?1";
    const ANY_LEFT: &str = "
        SELECT 1 FROM (SELECT received_us FROM stacktach_rejected ORDER BY id LIMIT 1)
         WHERE received_us < ?1";
    db.run(DELETE, params![before, limit]).await?;
    db.any(ANY_LEFT, params![before]).await
}

/// Deletes one; says whether it was there.
pub async fn delete(db: Db, id: i64) -> Result<bool> {
    const SQL: &str = "DELETE FROM stacktach_rejected WHERE id = ?1 RETURNING id";
    db.any(SQL, params![id]).await
}
