//! Retention: which repositories are old enough to go, by the operator's rules.

use assay_db::{Db, FromRow, Result, Row, params};

/// A repository that the rules let go.
#[derive(Clone, Debug, serde::Deserialize, serde::Serialize)]
pub struct Old {
    /// Its row.
    pub id: i64,
    /// Its last change: one that was changed meanwhile stays.
    pub modified: i64,
    /// What clients call it.
    pub path: String,
    /// The bytes of its files.
    pub size: i64,
}

/// What one purge removes at most.
const MOST: usize = 1000;

/// The repositories to remove now, and whether there are more; none while the operator has not
/// switched it on.
pub async fn old(db: Db) -> Result<(Vec<Old>, bool)> {
    const SQL: &str = include_str!("purge.sql");
    let one_more = i64::try_from(MOST + 1).unwrap_or(i64::MAX);
    let params = params![assay_web::time::now(), one_more];
    let mut old: Vec<Old> = super::from_json(db.text(SQL, params).await?)?;
    let more = old.split_off(old.len().min(MOST));
    Ok((old, !more.is_empty()))
}

struct Gone(i64);

impl FromRow for Gone {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        row.int("id").map(Self)
    }
}

/// Removes those of them that were not changed since, and gives their rows.
pub async fn delete(db: Db, old: &[Old]) -> Result<Vec<i64>> {
    const SQL: &str = "
        DELETE FROM chacra_repos
         WHERE (id, modified) IN (SELECT value ->> 'id', value ->> 'modified' FROM json_each(?1))
        RETURNING id";
    let list = serde_json::to_string(old)
        .map_err(|error| assay_db::Error::Failed(format!("repositories as JSON: {error}")))?;
    let gone: Vec<Gone> = db.all(SQL, params![list]).await?;
    Ok(gone.into_iter().map(|gone| gone.0).collect())
}
