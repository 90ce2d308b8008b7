//! The operator's rules (`chacra_config`).

use assay_db::{Db, Result, params};
use serde_json::Value;

/// What was last put; `None` before the first time.
pub async fn body(db: Db) -> Result<Option<Value>> {
    let text = db.text("SELECT body FROM chacra_config WHERE id = 1", []).await?;
    text.map(|text| super::from_json(Some(text))).transpose()
}

/// Replaces all of it. A callback key of `***` keeps the one that is there.
pub async fn replace(db: Db, body: &str) -> Result<()> {
    const SQL: &str = "
        INSERT INTO chacra_config (id, body)
        SELECT 1, iif(?1 ->> 'callback_key' = '***',
                      json_set(?1, '$.callback_key', (SELECT body ->> 'callback_key'
                                                        FROM chacra_config
                                                       WHERE id = 1)),
                      ?1)
         WHERE TRUE
            ON CONFLICT (id) DO UPDATE SET body = excluded.body";
    db.run(SQL, params![body]).await
}

/// Where clients reach us, when the operator says it.
pub async fn base_url(db: Db) -> Result<Option<String>> {
    db.text("SELECT body ->> 'base_url' FROM chacra_config WHERE id = 1", []).await
}

/// How long content that nobody has any more stays, in hours.
pub async fn grace_hours(db: Db) -> Result<i64> {
    const SQL: &str = "SELECT body ->> 'grace_hours' FROM chacra_config WHERE id = 1";
    Ok(db.int(SQL, []).await?.unwrap_or(GRACE_HOURS))
}

/// The grace time when no rule says another one.
pub const GRACE_HOURS: i64 = 24;
