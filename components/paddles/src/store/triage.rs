//! What people ask of a run in the morning: only narrow columns of its jobs, one JSON text for all
//! of them.

use assay_db::{Db, FromRow, Result, Row, params};

use super::from_json;
use super::runs::Head;
use crate::domain::comparisons::Tested;
use crate::domain::failures::Outcome;
use crate::domain::statuses::Status;

/// A run that is looked at.
pub struct Subject {
    /// Its row and version.
    pub head: Head,
    /// Its name.
    pub name: String,
    /// Its suite.
    pub suite: String,
    /// The lab's word for it.
    pub status: String,
    /// When it was scheduled.
    pub scheduled: i64,
    /// Its counters, the JSON object of the lab's run objects.
    pub results: String,
    /// The run of the same suite and branch before it; none where neither is known, because such
    /// runs have nothing in common.
    pub previous: Option<Head>,
}

impl FromRow for Subject {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let previous = row.int_or_null("previous_id")?.zip(row.int_or_null("previous_version")?);
        Ok(Self {
            head: Head { id: row.int("id")?, version: row.int("version")? },
            name: row.text("name")?,
            suite: row.text("suite")?,
            status: row.text("status")?,
            scheduled: row.int("scheduled")?,
            results: row.text("results")?,
            previous: previous.map(|(id, version)| Head { id, version }),
        })
    }
}

/// A run by its name. Indexes: the unique name, `paddles_runs_by_suite_and_branch`.
pub async fn subject(db: Db, name: &str) -> Result<Option<Subject>> {
    const SQL: &str = "
        SELECT r.id, r.version, r.name, r.suite, r.status, r.scheduled,
               ('{' || r.rest) -> '$.results' AS results,
               p.id AS previous_id, p.version AS previous_version
          FROM paddles_run_texts AS r
          LEFT JOIN paddles_runs AS p ON p.id =
               (SELECT id
                  FROM paddles_runs
                 WHERE suite = r.suite
                   AND branch = r.branch
                   AND (r.suite <> '' OR r.branch <> '')
                   AND (scheduled, id) < (r.scheduled, r.id)
                 ORDER BY scheduled DESC, id DESC
                 LIMIT 1)
         WHERE r.name = ?1";
    db.one(SQL, params![name]).await
}

/// What became of each job of a run, in natural order of their ids. Index: `paddles_jobs_by_run`.
pub async fn outcomes(db: Db, run_id: i64) -> Result<Vec<Outcome>> {
    const SQL: &str = "
        SELECT json_group_array(json_object(
                   'job_id', job_id, 'status', status, 'description', description,
                   'duration', duration, 'failure_reason', failure_reason))
          FROM (SELECT job_id, status, description, duration, failure_reason
                  FROM paddles_jobs
                 WHERE run_id = ?1
                 ORDER BY job_key, id)";
    from_json(db.text(SQL, params![run_id]).await?)
}

/// What the failed jobs of a run gave as reasons, each once. Index: `paddles_jobs_by_run_status`.
pub async fn reasons(db: Db, run_id: i64) -> Result<Vec<Option<String>>> {
    const SQL: &str = "
        SELECT json_group_array(DISTINCT failure_reason)
          FROM paddles_jobs
         WHERE run_id = ?1
           AND status IN ('fail', 'dead')";
    from_json(db.text(SQL, params![run_id]).await?)
}

/// A run's jobs that have a description, the latest last. Index: `paddles_jobs_by_run_posted`.
pub async fn tested(db: Db, run_id: i64) -> Result<Vec<Tested>> {
    const SQL: &str = "
        SELECT json_group_array(json_object(
                   'description', description, 'job_id', job_id, 'status', status))
          FROM (SELECT description, job_id, status
                  FROM paddles_jobs
                 WHERE run_id = ?1
                   AND description IS NOT NULL
                 ORDER BY posted, id)";
    from_json(db.text(SQL, params![run_id]).await?)
}

/// What it takes to schedule a run's jobs of some statuses again, as a JSON object. The settings
/// are those of the run's first job. Indexes: `paddles_jobs_by_run`, primary keys.
pub async fn rerun(db: Db, run_id: i64, statuses: &[Status]) -> Result<Option<String>> {
    const SQL: &str = "
        SELECT json_object(
                   'run', r.name, 'suite', r.suite, 'branch', r.branch,
                   'sha1', r.sha1, 'flavor', r.flavor, 'machine_type', r.machine_type,
                   'seed', d.fields -> '$.seed', 'subset', d.fields -> '$.subset',
                   'suite_branch', d.fields -> '$.suite_branch',
                   'suite_repo', d.fields -> '$.suite_repo',
                   'priority', r.priority,
                   'jobs', json((
                       SELECT json_group_array(json_object(
                                  'job_id', job_id, 'status', status, 'description', description))
                         FROM (SELECT job_id, status, description
                                 FROM paddles_jobs
                                WHERE run_id = r.id
                                  AND +status IN (SELECT value FROM json_each(?2))
                                ORDER BY job_key, id))))
          FROM paddles_runs AS r
          LEFT JOIN paddles_job_details AS d ON d.job_id =
               (SELECT id FROM paddles_jobs WHERE run_id = r.id ORDER BY job_key, id LIMIT 1)
         WHERE r.id = ?1";
    db.text(SQL, params![run_id, super::jobs::words(statuses)]).await
}
