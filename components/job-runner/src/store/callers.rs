//! Callers and their scopes: what each may see and change, one JSON object that every other query
//! takes back:
//!
//! * `kind`: worker, person, operator or bridge, and `id`, the worker's or user's number;
//! * `projects`: those it sees, and with them their templates, jobs and runs;
//! * `pools`, `workers`, `groups`: those it sees;
//! * `job_projects`: the projects whose jobs it may change and in which it may start runs;
//! * `run_pools`: the pools whose runs, logs and kill requests it may change;
//! * `responsive_since`: workers that answered a ping since then are responsive.
//!
//! A job has one project and one pool, so what a caller sees of it is `project_id IN projects`,
//! and, for logs and kill requests, also `pool_id IN pools`.

use assay_db::{Db, FromRow, Result, Row, params};
use assay_web::time::{Micros, now};
use sha2::{Digest, Sha256};

use crate::domain::callers::Who;

/// A worker that may have signed a request.
pub struct Signer {
    /// Its number.
    pub id: i64,
    /// What it signs with.
    pub secret: String,
    /// What it may see and change.
    pub scope: String,
}

impl FromRow for Signer {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self { id: row.int("id")?, secret: row.text("secret")?, scope: row.text("scope")? })
    }
}

/// The worker with this key. Index: api_key.
pub async fn worker(db: Db, api_key: &str, responsive_since: Micros) -> Result<Option<Signer>> {
    const SQL: &str = include_str!("sql/worker_scope.sql");
    db.one(SQL, params![api_key, responsive_since]).await
}

struct Scope(String);

impl FromRow for Scope {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        row.text("scope").map(Self)
    }
}

/// The scope of whoever has this session, if it stands. Index: token_hash.
pub async fn person(db: Db, session: &str, responsive_since: Micros) -> Result<Option<String>> {
    const SQL: &str = include_str!("sql/person_scope.sql");
    let params = params![token_hash(session), responsive_since, now()];
    Ok(db.one::<Scope>(SQL, params).await?.map(|scope| scope.0))
}

/// The scope of the operator or the bridge.
pub async fn everything(db: Db, who: &Who, responsive_since: Micros) -> Result<String> {
    const SQL: &str = include_str!("sql/whole_scope.sql");
    let kind = if *who == Who::Operator { "operator" } else { "bridge" };
    Ok(db.text(SQL, params![kind, responsive_since]).await?.unwrap_or_default())
}

/// Under which a session is stored: who reads the store still cannot log in.
pub fn token_hash(session: &str) -> String {
    hex::encode(Sha256::digest(session.as_bytes()))
}
