//! `paddles_runs`.

use assay_db::{Db, FromRow, Result, Row, params};

use crate::domain::run_names::RunName;

/// What identifies a version of a run and its jobs.
pub struct Head {
    /// Row number; never reused.
    pub id: i64,
    /// Moves with every change of the run or one of its jobs.
    pub version: i64,
}

impl FromRow for Head {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self { id: row.int("id")?, version: row.int("version")? })
    }
}

/// A run's row and version by its name. Index: the unique name.
pub async fn head(db: Db, name: &str) -> Result<Option<Head>> {
    const SQL: &str = "SELECT id, version FROM paddles_runs WHERE name = ?1";
    db.one(SQL, params![name]).await
}

/// Stores a new run; false when the name is taken.
pub async fn insert(db: Db, name: &RunName, declared: Option<&str>) -> Result<bool> {
    const SQL: &str = "
        INSERT INTO paddles_runs
               (name, path, posted, scheduled, updated, user, suite, branch, machine_type, declared_status)
        VALUES (?1, ?2, ?3, coalesce(?4, ?3), ?3, ?5, ?6, ?7, ?8, ?9)
            ON CONFLICT (name) DO NOTHING
        RETURNING id";
    let facts = name.facts();
    let params = params![
        name.as_str(),
        name.path(),
        assay_web::time::now(),
        facts.scheduled,
        facts.user,
        facts.suite,
        facts.branch,
        facts.machine_type,
        declared,
    ];
    db.any(SQL, params).await
}

/// Declares a run's status, or takes the declaration back with `None`; false when there is no such run.
pub async fn declare(db: Db, name: &str, declared: Option<&str>) -> Result<bool> {
    const SQL: &str = "
        UPDATE paddles_runs
           SET declared_status = ?2, updated = ?3, version = version + 1
         WHERE name = ?1
        RETURNING id";
    let params = params![name, declared, assay_web::time::now()];
    db.any(SQL, params).await
}

/// Deletes a run with its jobs and their links; false when there is no such run.
pub async fn delete(db: Db, name: &str) -> Result<bool> {
    const SQL: &str = "DELETE FROM paddles_runs WHERE name = ?1 RETURNING id";
    db.any(SQL, params![name]).await
}
