//! Picked rows as JSON text, built by SQLite (a hundred rows as one text cost an eighth of a hundred rows).
//!
//! What to show and how to show it are two statements: the queries of [`super::runs`] and [`super::jobs`] pick rows,
//! each by its own index, and these two show them in the order picked. A row that goes away in between is
//! left out.

use assay_db::{Db, Result, params};

use super::Picked;
use crate::site::Site;

/// Runs as an array of lab run objects. Index: primary key.
pub async fn runs(db: Db, picked: &Picked, site: &Site) -> Result<String> {
    const SQL: &str = r#"
        SELECT '[' || coalesce(group_concat(run, ','), '') || ']'
          FROM (SELECT '{"href":' || json_quote(?2 || r.path) || ',' || r.rest AS run
                  FROM json_each(?1) AS picked
                 CROSS JOIN paddles_run_texts AS r ON r.id = picked.value
                 ORDER BY picked.key)"#;
    Ok(db.text(SQL, params![&picked.0, &site.base]).await?.unwrap_or_default())
}

/// Jobs as an array of whole job objects. Index: primary keys.
pub async fn jobs(db: Db, picked: &Picked, site: &Site) -> Result<String> {
    const SQL: &str = r#"
        SELECT '[' || coalesce(group_concat(job, ','), '') || ']'
          FROM (SELECT '{"href":' || json_quote(?2 || j.run_path || 'jobs/' || j.job_id || '/')
                       || ',"log_href":'
                       || json_quote(replace(replace(?3, '{run_name}', j.run), '{job_id}', j.job_id))
                       || ',' || j.rest AS job
                  FROM json_each(?1) AS picked
                 CROSS JOIN paddles_job_texts AS j ON j.id = picked.value
                 ORDER BY picked.key)"#;
    Ok(db.text(SQL, params![&picked.0, &site.base, site.log_href]).await?.unwrap_or_default())
}

/// Jobs as an array of objects with only the named fields, in that order. The wide columns are read only when one
/// of them is asked for. Index: primary keys.
pub async fn job_slices(db: Db, picked: &Picked, fields: &[&str], site: &Site) -> Result<String> {
    const SQL: &str = include_str!("job_slices.sql");
    let fields = serde_json::json!(fields).to_string();
    Ok(db
        .text(SQL, params![&picked.0, &site.base, site.log_href, fields])
        .await?
        .unwrap_or_default())
}
