//! Accounts, keys, tokens and challenges, as their owners see and change them.

use assay_db::{Db, FromRow, Result, Row, params};

use super::Listing;
use crate::domain::pages::Page;

/// A key on its way in.
#[derive(Debug)]
pub struct NewKey<'a> {
    /// Its UUID.
    pub id: &'a str,
    /// In base64.
    pub pubkey: &'a str,
    /// What its owner calls it.
    pub comment: &'a str,
    /// Its SHA-256 in hex.
    pub fingerprint: &'a str,
}

/// Makes an account with its first key; `false` when name or key are taken.
pub async fn sign_up(
    db: Db,
    openid: &str,
    email: Option<&str>,
    fullname: Option<&str>,
    key: &NewKey<'_>,
) -> Result<bool> {
    const SQL: &str = "
        INSERT INTO refstack_new_account (openid, email, fullname, id, pubkey, comment,
                                          fingerprint, now)
        SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8
         WHERE NOT EXISTS (SELECT 1 FROM refstack_user WHERE openid = ?1)
           AND NOT EXISTS (SELECT 1 FROM refstack_pubkey WHERE fingerprint = ?7)
        RETURNING openid";
    let now = assay_web::time::now();
    let params =
        params![openid, email, fullname, key.id, key.pubkey, key.comment, key.fingerprint, now];
    db.any(SQL, params).await
}

/// Whether there is an account of this name. Index: primary key.
pub async fn exists(db: Db, openid: &str) -> Result<bool> {
    const SQL: &str = "SELECT 1 FROM refstack_user WHERE openid = ?1";
    db.any(SQL, params![openid]).await
}

/// An account as it is shown, without its rights.
#[derive(Debug)]
pub struct Profile {
    /// Where to reach its owner.
    pub email: Option<String>,
    /// What its owner is called.
    pub fullname: Option<String>,
}

impl FromRow for Profile {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self { email: row.text_or_null("email")?, fullname: row.text_or_null("fullname")? })
    }
}

/// One account. Index: primary key.
pub async fn profile(db: Db, openid: &str) -> Result<Option<Profile>> {
    const SQL: &str = "SELECT email, fullname FROM refstack_user WHERE openid = ?1";
    db.one(SQL, params![openid]).await
}

/// Changes what is known of an account. Index: primary key.
pub async fn update(
    db: Db,
    openid: &str,
    email: Option<&str>,
    fullname: Option<&str>,
) -> Result<()> {
    const SQL: &str = "
        UPDATE refstack_user
           SET email = ?2, fullname = ?3
         WHERE openid = ?1";
    db.run(SQL, params![openid, email, fullname]).await
}

/// The keys of an account. Index: `refstack_pubkey_by_owner`.
pub async fn pubkeys(db: Db, openid: &str, page: Page) -> Result<Option<Listing>> {
    const SQL: &str = "
        -- scan: the keys of the page, which were picked
        SELECT (SELECT json_group_array(json_object('id', id, 'openid', openid, 'format', format,
                                                    'pubkey', pubkey, 'comment', comment)
                                        ORDER BY seq)
                  FROM (SELECT seq, id, openid, format, pubkey, comment
                          FROM refstack_pubkey
                         WHERE openid = ?1
                         ORDER BY seq
                         LIMIT ?2 + 0 OFFSET ?3 + 0)) AS entries,
               (SELECT count(*) FROM refstack_pubkey WHERE openid = ?1) AS count";
    db.one(SQL, params![openid, page.size, page.skipped()]).await
}

/// Adds a key; `false` when somebody has it already. Index: unique `fingerprint`.
pub async fn add_key(db: Db, openid: &str, key: &NewKey<'_>) -> Result<bool> {
    const SQL: &str = "
        INSERT INTO refstack_pubkey (id, openid, format, pubkey, comment, fingerprint, created_at)
        VALUES (?1, ?2, 'ssh-rsa', ?3, ?4, ?5, ?6)
            ON CONFLICT (fingerprint) DO NOTHING
        RETURNING id";
    let now = assay_web::time::now();
    db.any(SQL, params![key.id, openid, key.pubkey, key.comment, key.fingerprint, now]).await
}

/// Removes one's own key. Index: unique `id`.
pub async fn remove_key(db: Db, openid: &str, id: &str) -> Result<bool> {
    const SQL: &str = "DELETE FROM refstack_pubkey WHERE id = ?2 AND openid = ?1 RETURNING id";
    db.any(SQL, params![openid, id]).await
}

/// A token on its way in.
#[derive(Debug)]
pub struct NewToken<'a> {
    /// Its UUID.
    pub id: &'a str,
    /// `api` or `session`.
    pub kind: &'a str,
    /// What its owner calls it.
    pub name: &'a str,
    /// The hash of the secret.
    pub hash: &'a str,
    /// Until when it lives.
    pub expires_at: Option<i64>,
}

/// Adds a token, and forgets those of the account that have expired. Index:
/// `refstack_token_by_owner`.
pub async fn add_token(db: Db, openid: &str, token: &NewToken<'_>) -> Result<()> {
    const SQL: &str = "
        INSERT INTO refstack_token (id, openid, kind, name, hash, created_at, expires_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    const SWEEP: &str = "DELETE FROM refstack_token WHERE openid = ?1 AND expires_at < ?2";
    let now = assay_web::time::now();
    db.run(SWEEP, params![openid, now]).await?;
    let params =
        params![token.id, openid, token.kind, token.name, token.hash, now, token.expires_at];
    db.run(SQL, params).await
}

/// The API tokens of an account, without secrets. Index: `refstack_token_by_owner`.
pub async fn tokens(db: Db, openid: &str, page: Page) -> Result<Option<Listing>> {
    const SQL: &str = "
        -- scan: the tokens of the page, which were picked
        SELECT (SELECT json_group_array(json_object(
                           'id', id, 'name', name,
                           'created_at',
                           strftime('%Y-%m-%d %H:%M:%S', created_at / 1000000, 'unixepoch'),
                           'expires_at',
                           strftime('%Y-%m-%d %H:%M:%S', expires_at / 1000000, 'unixepoch'),
                           'last_used_at',
                           strftime('%Y-%m-%d %H:%M:%S', last_used_at / 1000000, 'unixepoch'))
                           ORDER BY seq)
                  FROM (SELECT seq, id, name, created_at, expires_at, last_used_at
                          FROM refstack_token
                         WHERE openid = ?1 AND kind = 'api'
                         ORDER BY seq
                         LIMIT ?2 + 0 OFFSET ?3 + 0)) AS entries,
               (SELECT count(*) FROM refstack_token WHERE openid = ?1 AND kind = 'api') AS count";
    db.one(SQL, params![openid, page.size, page.skipped()]).await
}

/// Revokes one's own API token. Index: unique `id`.
pub async fn remove_token(db: Db, openid: &str, id: &str) -> Result<bool> {
    const SQL: &str = "
        DELETE FROM refstack_token WHERE id = ?2 AND openid = ?1 AND kind = 'api' RETURNING id";
    db.any(SQL, params![openid, id]).await
}

/// Ends a session. Index: unique `hash`.
pub async fn end_session(db: Db, hash: &str) -> Result<()> {
    const SQL: &str = "DELETE FROM refstack_token WHERE hash = ?1 AND kind = 'session'";
    db.run(SQL, params![hash]).await
}

/// Notes a challenge, and forgets those that nobody used in time. Indexes: primary key, by expiry.
pub async fn challenge(db: Db, nonce: &str, expires_at: i64) -> Result<()> {
    const SQL: &str = "INSERT INTO refstack_challenge (nonce, expires_at) VALUES (?1, ?2)";
    const SWEEP: &str = "DELETE FROM refstack_challenge WHERE expires_at < ?1";
    db.run(SWEEP, params![assay_web::time::now()]).await?;
    db.run(SQL, params![nonce, expires_at]).await
}

/// Uses a challenge up: whoever deletes its row has won it. Index: primary key.
pub async fn use_challenge(db: Db, nonce: &str) -> Result<bool> {
    const SQL: &str = "
        DELETE FROM refstack_challenge WHERE nonce = ?1 AND expires_at >= ?2 RETURNING nonce";
    db.any(SQL, params![nonce, assay_web::time::now()]).await
}
