//! The command that stores job reports: one statement for any number of them.

use assay_db::{Db, FromRow, Result, Row, params};
use serde_json::Value;

use crate::domain::run_names::RunName;

/// What may happen to a job that a report names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It must be new.
    Create,
    /// It must be there.
    Update,
    /// Either.
    Upsert,
}

struct Reported(String);

impl FromRow for Reported {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        row.text("job_id").map(Self)
    }
}

/// Stores all reports or none, and makes the run if it is missing (unless it must exist). Gives the ids of the jobs in
/// the order of the reports; an empty list when `mode` or the missing run forbade it.
pub async fn store(
    db: Db,
    run: &RunName,
    reports: &[Value],
    mode: Mode,
    run_must_exist: bool,
) -> Result<Vec<String>> {
    const SQL: &str = include_str!("report.sql");
    let facts = run.facts();
    let mode = match mode {
        Mode::Create => "create",
        Mode::Update => "update",
        Mode::Upsert => "upsert",
    };
    let params = params![
        run.as_str(),
        run.path(),
        facts.scheduled,
        facts.user,
        facts.suite,
        facts.branch,
        facts.machine_type,
        Value::from(reports).to_string(),
        assay_web::time::now(),
        mode,
        run_must_exist,
    ];
    let reported: Vec<Reported> = db.all(SQL, params).await?;
    Ok(reported.into_iter().map(|reported| reported.0).collect())
}

/// Applies one report to all jobs of a run that have one of these statuses, and says how many they were.
pub async fn store_for_all(
    db: Db,
    run_id: i64,
    statuses: Option<&str>,
    report: &Value,
) -> Result<usize> {
    const SQL: &str = "
        INSERT INTO paddles_job_reports
               (job, word, verdict, fields, kernel, overrides, roles, targets, tasks, hosts, now, updated)
        SELECT j.id, ?3 ->> 'word', ?3 ->> 'verdict', ?3 -> 'fields', ?3 ->> 'kernel', ?3 ->> 'overrides',
               ?3 ->> 'roles', ?3 ->> 'targets', ?3 ->> 'tasks', ?3 -> 'hosts', ?4,
               coalesce(?3 ->> 'updated', ?4)
          FROM paddles_jobs AS j
         WHERE j.run_id = ?1
           AND (?2 IS NULL OR j.status IN (SELECT value FROM json_each(?2)))
        RETURNING job AS job_id";
    let params = params![run_id, statuses, report.to_string(), assay_web::time::now()];
    db.count(SQL, params).await
}
