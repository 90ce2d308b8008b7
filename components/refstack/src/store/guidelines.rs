//! Guideline files.

use assay_db::{Db, FromRow, Result, Row, params};

/// A file as it is kept.
#[derive(Debug)]
pub struct Kept {
    /// Its JSON.
    pub json: String,
    /// Its SHA-256 in hex.
    pub sha256: String,
}

impl FromRow for Kept {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self { json: row.text("json")?, sha256: row.text("sha256")? })
    }
}

/// One file. Index: primary key.
pub async fn by_file(db: Db, file: &str) -> Result<Option<Kept>> {
    const SQL: &str = "SELECT json, sha256 FROM refstack_guideline WHERE file = ?1";
    db.one(SQL, params![file]).await
}

/// The names of all files as a JSON array, sorted.
pub async fn files(db: Db) -> Result<String> {
    const SQL: &str = "
        -- scan: a few dozen names, all of them wanted
        SELECT json_group_array(file ORDER BY file) FROM refstack_guideline";
    Ok(db.text(SQL, []).await?.unwrap_or_default())
}

/// Keeps a file, instead of the one of that name; says whether there was none.
pub async fn keep(db: Db, file: &str, json: &str, sha256: &str, source: &str) -> Result<bool> {
    const SQL: &str = "
        INSERT INTO refstack_guideline (file, json, sha256, source, fetched_at)
        VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT (file) DO UPDATE
               SET json = excluded.json, sha256 = excluded.sha256, source = excluded.source,
                   fetched_at = excluded.fetched_at, revision = revision + 1
        RETURNING revision";
    let now = assay_web::time::now();
    Ok(db.int(SQL, params![file, json, sha256, source, now]).await? == Some(1))
}

/// Forgets a file. Index: primary key.
pub async fn delete(db: Db, file: &str) -> Result<bool> {
    const SQL: &str = "DELETE FROM refstack_guideline WHERE file = ?1 RETURNING file";
    db.any(SQL, params![file]).await
}
