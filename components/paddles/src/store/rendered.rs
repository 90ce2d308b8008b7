//! Picked rows as JSON text, built by SQLite (a hundred rows as one text cost an eighth of a
//! hundred rows).
//!
//! What to show and how to show it are two statements: the queries of [`super::runs`] and
//! [`super::jobs`] pick rows, each by its own index, and these show them in the order picked. A row
//! that goes away in between is left out. Only a run with its jobs is one statement, because its
//! counters must be those of the jobs beside them.

use assay_db::{Db, FromRow, Result, Row, params};

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

/// The same objects with their row number, which `fields=` may ask for. Index: primary key.
pub async fn runs_with_ids(db: Db, picked: &Picked, site: &Site) -> Result<String> {
    const SQL: &str = r#"
        SELECT '[' || coalesce(group_concat(run, ','), '') || ']'
          FROM (SELECT '{"id":' || r.id || ',"href":' || json_quote(?2 || r.path) || ',' || r.rest AS run
                  FROM json_each(?1) AS picked
                 CROSS JOIN paddles_run_texts AS r ON r.id = picked.value
                 ORDER BY picked.key)"#;
    Ok(db.text(SQL, params![&picked.0, &site.base]).await?.unwrap_or_default())
}

/// Picked jobs (?1), or all jobs of a run (?4) in natural order and that run with them: read by one
/// statement, so that its counters are those of these jobs however many of them change meanwhile.
const JOBS: &str = r#"
    SELECT '[' || coalesce(group_concat(job, ','), '') || ']' AS jobs,
           (SELECT '{"id":' || id || ',"href":' || json_quote(?2 || path) || ',' || rest
              FROM paddles_run_texts
             WHERE id = ?4) AS run
      FROM (SELECT '{"href":' || json_quote(?2 || j.run_path || 'jobs/' || j.job_id || '/')
                   || ',"log_href":'
                   || json_quote(replace(replace(?3, '{run_name}', j.run), '{job_id}', j.job_id))
                   || ',' || j.rest AS job
              FROM json_each(coalesce(?1, (SELECT json_group_array(id)
                                             FROM (SELECT id
                                                     FROM paddles_jobs
                                                    WHERE run_id = ?4
                                                    ORDER BY job_key, id)))) AS picked
             CROSS JOIN paddles_job_texts AS j ON j.id = picked.value
             ORDER BY picked.key)"#;
/// The same with only the named fields (?5) of the jobs.
const JOB_SLICES: &str = include_str!("job_slices.sql");

/// Jobs as an array of whole job objects. Index: primary keys.
pub async fn jobs(db: Db, picked: &Picked, site: &Site) -> Result<String> {
    let params = params![&picked.0, &site.base, site.log_href, None::<i64>];
    Ok(db.text(JOBS, params).await?.unwrap_or_default())
}

/// Jobs as an array of objects with only the named fields, in that order. The wide columns are read
/// only when one of them is asked for. Index: primary keys.
pub async fn job_slices(db: Db, picked: &Picked, fields: &[&str], site: &Site) -> Result<String> {
    let fields = serde_json::json!(fields).to_string();
    let params = params![&picked.0, &site.base, site.log_href, None::<i64>, fields];
    Ok(db.text(JOB_SLICES, params).await?.unwrap_or_default())
}

/// A run and its jobs, as they were at one moment.
pub struct WholeRun {
    /// The run object with its row number.
    pub run: String,
    /// The array of its jobs.
    pub jobs: String,
}

impl FromRow for WholeRun {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let run = row.text_or_null("run")?.unwrap_or_default();
        Ok(Self { run, jobs: row.text("jobs")? })
    }
}

/// A run and all its jobs in natural order of their ids, whole or only the named fields of them;
/// `None` when the run is gone. Index: `paddles_jobs_by_run`, primary keys.
pub async fn whole_run(
    db: Db,
    run_id: i64,
    job_fields: Option<&[&str]>,
    site: &Site,
) -> Result<Option<WholeRun>> {
    let whole: Option<WholeRun> = match job_fields {
        None => {
            let params = params![None::<&str>, &site.base, site.log_href, run_id];
            db.one(JOBS, params).await?
        }
        Some(fields) => {
            let fields = serde_json::json!(fields).to_string();
            let params = params![None::<&str>, &site.base, site.log_href, run_id, fields];
            db.one(JOB_SLICES, params).await?
        }
    };
    Ok(whole.filter(|whole| !whole.run.is_empty()))
}
