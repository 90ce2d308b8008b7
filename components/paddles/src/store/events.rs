//! `paddles_events`, written by triggers only.

use assay_db::{Db, Result, params};

/// The events after one, the oldest first, and where to go on, as a JSON object. Index: primary
/// key.
pub async fn after(db: Db, after: i64, count: u32) -> Result<String> {
    const SQL: &str = r#"
        SELECT json_object(
                   'events', json_group_array(json_object(
                       'id', id,
                       'at', strftime('%Y-%m-%d %H:%M:%S', at / 1000000, 'unixepoch')
                           || CASE at % 1000000 WHEN 0 THEN ''
                                                ELSE printf('.%06d', at % 1000000) END,
                       'kind', kind, 'run', run, 'job_id', job_id, 'node', node,
                       'from', was, 'to', became)),
                   'next', coalesce(max(id), ?1))
          FROM (SELECT id, at, kind, run, job_id, node, was, became
                  FROM paddles_events
                 WHERE id > ?1
                 ORDER BY id
                 LIMIT ?2 + 0)"#;
    Ok(db.text(SQL, params![after, count]).await?.unwrap_or_default())
}
