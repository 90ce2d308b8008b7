//! Accounts.

use assay_db::{Db, FromRow, Result, Row, params};

/// What is needed to believe a token that an account has signed itself.
#[derive(Debug)]
pub struct Signer {
    /// Its public keys, in base64.
    pub pubkeys: Vec<String>,
    /// Whether it is an admin.
    pub admin: bool,
}

impl FromRow for Signer {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let pubkeys = serde_json::from_str(&row.text("pubkeys")?).unwrap_or_default();
        Ok(Self { pubkeys, admin: row.flag("admin")? })
    }
}

/// The keys of an account, if there is one. Indexes: primary key, `refstack_pubkey_by_owner`,
/// `refstack_vendor_foundation`.
pub async fn keys(db: Db, openid: &str) -> Result<Option<Signer>> {
    const SQL: &str = "
        SELECT (SELECT json_group_array(pubkey) FROM refstack_pubkey WHERE openid = u.openid)
            AS pubkeys,
               EXISTS (SELECT 1
                         FROM refstack_vendor AS v
                         JOIN refstack_member AS m ON m.vendor_id = v.id
                        WHERE v.type = 0 AND m.openid = u.openid) AS admin
          FROM refstack_user AS u
         WHERE u.openid = ?1";
    db.one(SQL, params![openid]).await
}

/// Whose key it is. Index: unique `fingerprint`.
pub async fn of_key(db: Db, fingerprint: &str) -> Result<Option<String>> {
    const SQL: &str = "SELECT openid FROM refstack_pubkey WHERE fingerprint = ?1";
    db.text(SQL, params![fingerprint]).await
}
