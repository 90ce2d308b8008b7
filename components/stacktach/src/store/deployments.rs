//! `stacktach_deployments`: the installations that notifications come from.

use std::collections::HashMap;

use assay_db::{Db, FromRow, Result, Row, params};

struct Deployment {
    id: i64,
    name: String,
}

impl FromRow for Deployment {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self { id: row.int("id")?, name: row.text("name")? })
    }
}

/// The numbers of deployments by name, made where they are missing. Looks first, because a write
/// would wait for its turn and nearly all are known. Index: the unique one on the name.
pub async fn numbers(db: Db, names: &[&str]) -> Result<HashMap<String, i64>> {
    const KNOWN: &str = "
        SELECT d.id, d.name
          FROM json_each(?1) AS e
         CROSS JOIN stacktach_deployments AS d ON d.name = e.value";
    let wanted = serde_json::Value::from(names).to_string();
    let mut known: Vec<Deployment> = db.all(KNOWN, params![&wanted]).await?;
    if known.len() < names.len() {
        insert(db, &wanted).await?;
        known = db.all(KNOWN, params![&wanted]).await?;
    }
    Ok(known.into_iter().map(|deployment| (deployment.name, deployment.id)).collect())
}

/// Makes a deployment; gives its number, and whether it is new.
pub async fn create(db: Db, name: &str) -> Result<(i64, bool)> {
    let is_new = insert(db, &serde_json::Value::from(vec![name]).to_string()).await? > 0;
    let numbers = numbers(db, &[name]).await?;
    Ok((numbers.get(name).copied().unwrap_or_default(), is_new))
}

async fn insert(db: Db, names: &str) -> Result<usize> {
    const SQL: &str = "
        INSERT INTO stacktach_deployments (name)
        SELECT value FROM json_each(?1) WHERE 1
            ON CONFLICT (name) DO NOTHING
        RETURNING id";
    db.count(SQL, params![names]).await
}

/// The name of a deployment.
pub async fn name(db: Db, id: i64) -> Result<Option<String>> {
    const SQL: &str = "SELECT name FROM stacktach_deployments WHERE id = ?1";
    db.text(SQL, params![id]).await
}

/// The table of all deployments by name. They are a handful.
pub async fn table(db: Db) -> Result<String> {
    const SQL: &str = r##"
        -- scan: a deployment is an installation of OpenStack, there are few
        SELECT '[["#","Name"]' || ifnull(group_concat(',' || json_array(id, name), ''), '') || ']'
          FROM (SELECT id, name FROM stacktach_deployments ORDER BY name)"##;
    Ok(db.text(SQL, []).await?.unwrap_or_default())
}
