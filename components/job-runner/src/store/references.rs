//! Objects that are named in URLs and bodies: whether they are there, and whether the caller sees
//! them.

use assay_db::{Db, FromRow, Row, params};
use serde_json::json;

use crate::domain::bodies::Named;
use crate::domain::resources::Resource;
use crate::error::{Error, Result};

struct Seen {
    uri: String,
    there: bool,
    visible: bool,
}

impl FromRow for Seen {
    fn from_row(row: &Row<'_>) -> assay_db::Result<Self> {
        Ok(Self { uri: row.text("uri")?, there: row.flag("there")?, visible: row.flag("visible")? })
    }
}

/// Refuses a body that names an object that is not there (400) or not visible (401). Index: primary
/// keys.
pub async fn check(db: Db, named: &[Named], scope: &str) -> Result<()> {
    if named.is_empty() {
        return Ok(());
    }
    for seen in look(db, named, scope).await? {
        if !seen.there {
            let message =
                format!("Could not find the provided object via resource URI '{}'.", seen.uri);
            return Err(Error::invalid(message));
        }
        if !seen.visible {
            return Err(Error::Unauthorized);
        }
    }
    Ok(())
}

/// Which of these objects there are, visible or not. Index: primary keys.
pub async fn present(db: Db, resource: Resource, ids: &[i64], scope: &str) -> Result<Vec<i64>> {
    let named = |id: &i64| Named { resource, id: *id, uri: id.to_string() };
    let named: Vec<Named> = ids.iter().map(named).collect();
    let seen = look(db, &named, scope).await?;
    Ok(seen.iter().filter(|seen| seen.there).filter_map(|seen| seen.uri.parse().ok()).collect())
}

/// Why the caller does not get an object: 401 when it is there, else 404.
pub async fn refusal(db: Db, resource: Resource, id: i64, scope: &str) -> Result<Error> {
    let there = !present(db, resource, &[id], scope).await?.is_empty();
    Ok(if there { Error::Unauthorized } else { Error::NotThere })
}

async fn look(db: Db, named: &[Named], scope: &str) -> Result<Vec<Seen>> {
    const SQL: &str = include_str!("sql/seen.sql");
    let named: Vec<_> =
        named.iter().map(|one| json!([one.resource.name(), one.id, one.uri])).collect();
    Ok(db.all(SQL, params![scope, json!(named).to_string()]).await?)
}
