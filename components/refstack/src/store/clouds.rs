//! Clouds under test.

use assay_db::{Db, FromRow, Result, Row, params};
use serde_json::Value;

use super::Listing;
use crate::asker::Asker;
use crate::domain::pages::Page;

/// Stores a new cloud and gives it as JSON. `fields` is checked by `domain::clouds`.
pub async fn create(db: Db, fields: &Value, owner: Option<&str>) -> Result<Option<i64>> {
    const SQL: &str = "
        INSERT INTO refstack_cloud (label, endpoint, endpoint_v3, admin_endpoint, test_user,
            alt_user, admin_user,
                                    version, extra_conf, owner, created_at)
        SELECT ?1 ->> 'label', ?1 ->> 'endpoint', ?1 ->> 'endpoint_v3', ?1 ->> 'admin_endpoint',
               ?1 ->> 'test_user', ?1 ->> 'alt_user', ?1 ->> 'admin_user', ?1 ->> 'version',
               coalesce(?1 -> 'extra_conf', '{}'), ?2, ?3
        RETURNING id";
    db.int(SQL, params![fields.to_string(), owner, assay_web::time::now()]).await
}

/// A cloud as it is shown, and whose it is.
#[derive(Debug)]
pub struct Shown {
    /// Its owner.
    pub owner: Option<String>,
    /// Its JSON.
    pub text: String,
}

impl FromRow for Shown {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self { owner: row.text_or_null("owner")?, text: row.text("text")? })
    }
}

/// One cloud. Index: primary key.
pub async fn show(db: Db, id: i64) -> Result<Option<Shown>> {
    const SQL: &str = "SELECT owner, text FROM refstack_cloud_text WHERE id = ?1";
    db.one(SQL, params![id]).await
}

/// Replaces the fields of a cloud. Index: primary key.
pub async fn update(db: Db, id: i64, fields: &Value) -> Result<()> {
    const SQL: &str = "
        UPDATE refstack_cloud
           SET label = ?2 ->> 'label', endpoint = ?2 ->> 'endpoint',
               endpoint_v3 = ?2 ->> 'endpoint_v3',
               admin_endpoint = ?2 ->> 'admin_endpoint', test_user = ?2 ->> 'test_user',
               alt_user = ?2 ->> 'alt_user', admin_user = ?2 ->> 'admin_user',
                   version = ?2 ->> 'version',
               extra_conf = coalesce(?2 -> 'extra_conf', '{}')
         WHERE id = ?1";
    db.run(SQL, params![id, fields.to_string()]).await
}

/// Removes a cloud, unless a test refers to it. Indexes: primary key, `refstack_test_by_cloud`.
pub async fn delete(db: Db, id: i64) -> Result<bool> {
    const SQL: &str = "
        DELETE FROM refstack_cloud
         WHERE id = ?1
           AND NOT EXISTS (SELECT 1 FROM refstack_test WHERE cloud_id = ?1)
        RETURNING id";
    db.any(SQL, params![id]).await
}

/// Clouds that the asker may see, newest first. Index: primary key.
pub async fn list(db: Db, asker: &Asker, page: Page) -> Result<Option<Listing>> {
    const SQL: &str = "
        -- scan: there are few clouds, and the count reads them all
        SELECT (SELECT json_group_array(json(text) ORDER BY id DESC)
                  FROM (SELECT id, text
                          FROM refstack_cloud_text
                         WHERE (?1 OR owner IS NULL OR owner = ?2)
                         ORDER BY id DESC
                         LIMIT ?3 + 0 OFFSET ?4 + 0)) AS entries,
               (SELECT count(*) FROM refstack_cloud WHERE (?1 OR owner IS NULL OR owner = ?2))
                   AS count";
    let params = params![asker.admin, asker.openid.as_deref(), page.size, page.skipped()];
    db.one(SQL, params).await
}
