//! What users say of a result, columns of its row.

use assay_db::{Db, Result, params};

use super::results::{Reader, meta, openid, role, token};
use crate::domain::meta::MetaKey;

/// Sets or unsets one of the three keys that users write. `false` when the result is verified by
/// now.
pub async fn set(db: Db, id: &str, key: MetaKey, value: Option<&str>) -> Result<bool> {
    const SHARED: &str = "
        UPDATE refstack_result SET shared = ?2
         WHERE id = ?1 AND verification_status = 0
        RETURNING id";
    const GUIDELINE: &str = "
        UPDATE refstack_result SET guideline = ?2
         WHERE id = ?1 AND verification_status = 0
        RETURNING id";
    const TARGET: &str = "
        UPDATE refstack_result SET target = ?2
         WHERE id = ?1 AND verification_status = 0
        RETURNING id";
    let sql = match key {
        MetaKey::Shared => SHARED,
        MetaKey::Guideline => GUIDELINE,
        MetaKey::Target => TARGET,
    };
    db.any(sql, params![id, value]).await
}

/// `meta` as this reader sees it. Index: unique `id`.
pub async fn of(db: Db, id: &str, reader: &Reader) -> Result<Option<String>> {
    const SQL: &str = concat!(
        "SELECT ",
        meta!(),
        " FROM (SELECT r.*, ",
        role!(),
        " AS role FROM refstack_result AS r WHERE r.id = ?1) AS r"
    );
    db.text(SQL, params![id, reader.asker.admin, openid(reader), token(reader)]).await
}
