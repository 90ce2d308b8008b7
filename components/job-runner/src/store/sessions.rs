//! Logins of people: attempts, passwords, sessions.

use assay_db::{Db, FromRow, Result, Row, params};
use assay_web::time::{Micros, SECOND};

use super::callers::token_hash;

/// So many wrong passwords for one name from one address are tried in this time.
pub const MOST_FAILURES: i64 = 5;
const FAILURES_COUNT_FOR: Micros = 900 * SECOND;
/// How long a session lives.
pub const SESSION: Micros = 14 * 86_400 * SECOND;

/// Notes an attempt as failed before the password is looked at, so that many at once are not more
/// than allowed. Gives after how many seconds to try again when there were too many. Index:
/// username, address.
pub async fn begin(db: Db, username: &str, address: &str, now: Micros) -> Result<Option<i64>> {
    const SQL: &str = "
        INSERT INTO job_runner_login_failures (username, address, at)
        SELECT ?1, ?2, ?3
         WHERE (SELECT count(*)
                  FROM job_runner_login_failures
                 WHERE username = ?1 AND address = ?2 AND at > ?3 - ?4) < ?5
        RETURNING id";
    const OLDEST: &str = "
        SELECT min(at)
          FROM job_runner_login_failures
         WHERE username = ?1 AND address = ?2 AND at > ?3";
    let noted = params![username, address, now, FAILURES_COUNT_FOR, MOST_FAILURES];
    if db.any(SQL, noted).await? {
        return Ok(None);
    }
    let oldest = db.int(OLDEST, params![username, address, now - FAILURES_COUNT_FOR]).await?;
    let wait = oldest.unwrap_or(now) + FAILURES_COUNT_FOR - now;
    Ok(Some((wait / SECOND).max(1)))
}

/// A person who may log in.
pub struct Account {
    /// The number of the user.
    pub id: i64,
    /// The stored password.
    pub password: String,
    /// The groups, a JSON array of URIs.
    pub groups: String,
}

impl FromRow for Account {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.int("id")?,
            password: row.text("password")?,
            groups: row.text("groups")?,
        })
    }
}

/// The active user of that name. Index: username.
pub async fn account(db: Db, username: &str) -> Result<Option<Account>> {
    const SQL: &str = "
        SELECT u.id, u.password,
               (SELECT json_group_array('/api/v1/group/' || ug.group_id || '/')
                  FROM job_runner_user_groups AS ug
                 WHERE ug.user_id = u.id) AS groups
          FROM job_runner_users AS u
         WHERE u.username = ?1 AND u.is_active = 1";
    db.one(SQL, params![username]).await
}

/// Keeps the password in its present form, unless it was changed meanwhile. (This ends the user's
/// other sessions, as any change of it does.) Index: primary key.
pub async fn renew_password(db: Db, id: i64, old: &str, new: &str) -> Result<()> {
    const SQL: &str = "UPDATE job_runner_users SET password = ?3 WHERE id = ?1 AND password = ?2";
    db.run(SQL, params![id, old, new]).await
}

/// Begins a session of a user who is still active and still has the password that was checked.
/// Index: primary key.
pub async fn create(db: Db, user: i64, password: &str, session: &str, now: Micros) -> Result<bool> {
    const SQL: &str = "
        INSERT INTO job_runner_sessions (token_hash, user_id, expires)
        SELECT ?3, id, ?4
          FROM job_runner_users
         WHERE id = ?1 AND is_active = 1 AND password = ?2
        RETURNING user_id";
    db.any(SQL, params![user, password, token_hash(session), now + SESSION]).await
}

/// Forgets the failed attempts of somebody who has got in. Index: username, address.
pub async fn forget_failures(db: Db, username: &str, address: &str) -> Result<()> {
    const SQL: &str = "DELETE FROM job_runner_login_failures WHERE username = ?1 AND address = ?2";
    db.run(SQL, params![username, address]).await
}

/// Ends a session. Index: token_hash.
pub async fn delete(db: Db, session: &str) -> Result<()> {
    const SQL: &str = "DELETE FROM job_runner_sessions WHERE token_hash = ?1";
    db.run(SQL, params![token_hash(session)]).await
}
