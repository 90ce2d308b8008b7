//! API tokens and sessions.

use assay_db::{Db, FromRow, Result, Row, params};

/// How exactly the last use of a token is known.
const USE_NOTED_EVERY: i64 = 60 * assay_web::time::SECOND;

/// Whose token it is.
#[derive(Debug)]
pub struct Owner {
    /// The account.
    pub openid: String,
    /// Whether it is an admin.
    pub admin: bool,
    /// Whether the token is a session.
    pub is_session: bool,
    is_noted: bool,
}

impl FromRow for Owner {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            openid: row.text("openid")?,
            admin: row.flag("admin")?,
            is_session: row.flag("is_session")?,
            is_noted: row.flag("is_noted")?,
        })
    }
}

/// The owner of a token that is alive. Notes its use, once a minute. Indexes: unique `hash`,
/// `refstack_vendor_foundation`.
pub async fn owner(db: Db, hash: &str, now: i64) -> Result<Option<Owner>> {
    const SQL: &str = "
        SELECT t.openid, t.kind = 'session' AS is_session,
               coalesce(t.last_used_at, 0) > ?3 AS is_noted,
               EXISTS (SELECT 1
                         FROM refstack_vendor AS v
                         JOIN refstack_member AS m ON m.vendor_id = v.id
                        WHERE v.type = 0 AND m.openid = t.openid) AS admin
          FROM refstack_token AS t
         WHERE t.hash = ?1
           AND (t.expires_at IS NULL OR t.expires_at > ?2)";
    const NOTE: &str = "UPDATE refstack_token SET last_used_at = ?2 WHERE hash = ?1";
    let owner: Option<Owner> = db.one(SQL, params![hash, now, now - USE_NOTED_EVERY]).await?;
    if owner.as_ref().is_some_and(|owner| !owner.is_noted) {
        db.run(NOTE, params![hash, now]).await?;
    }
    Ok(owner)
}
