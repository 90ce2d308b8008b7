//! `paddles_runs`.

use assay_db::{Db, FromRow, Result, Row, params};

use super::{Picked, Place};
use crate::domain::cursors::Page;
use crate::domain::run_names::RunName;
use crate::site::Site;

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

/// A page of all runs, newest first. Index: `paddles_runs_by_posted`.
pub async fn latest(db: Db, page: &Page) -> Result<Vec<Place>> {
    const FIRST: &str = "
        SELECT posted AS at, id
          FROM paddles_runs
         ORDER BY posted DESC, id DESC
         LIMIT ?1 OFFSET ?2";
    const NEXT: &str = "
        SELECT posted AS at, id
          FROM paddles_runs
         WHERE (posted, id) < (?2, ?3)
         ORDER BY posted DESC, id DESC
         LIMIT ?1";
    match page.after {
        None => db.all(FIRST, params![page.limit(), page.sql_offset()]).await,
        Some(after) => db.all(NEXT, params![page.limit(), after.at, after.id]).await,
    }
}

/// The specification's list: an object of the picked runs, name -> `{href, status}` in plain words.
pub async fn plain_list(db: Db, picked: &Picked, site: &Site) -> Result<String> {
    const SQL: &str = "
        SELECT json_group_object(name, json_object('href', ?2 || path, 'status', status))
          FROM (SELECT r.name, r.path,
                       coalesce(r.declared_status, CASE r.status
                           WHEN 'finished pass' THEN 'pass'
                           WHEN 'finished fail' THEN 'failed'
                           WHEN 'finished dead' THEN 'failed'
                           ELSE 'pending' END) AS status
                  FROM json_each(?1) AS picked
                 CROSS JOIN paddles_runs AS r ON r.id = picked.value
                 ORDER BY picked.key)";
    Ok(db.text(SQL, params![&picked.0, &site.base]).await?.unwrap_or_default())
}
