//! `paddles_jobs`.

use assay_db::{Db, Result, params};

use super::Picked;
use crate::domain::statuses::Status;

/// Statuses as a JSON array of words.
pub fn words(statuses: &[Status]) -> String {
    let words: Vec<&str> = statuses.iter().map(|status| status.word()).collect();
    serde_json::json!(words).to_string()
}

/// A job's row by its run's name and its id. Index: the unique (run_id, job_id).
pub async fn find(db: Db, run: &str, job_id: &str) -> Result<Option<i64>> {
    const SQL: &str = "
        SELECT j.id
          FROM paddles_jobs AS j
         WHERE j.run_id = (SELECT id FROM paddles_runs WHERE name = ?1)
           AND j.job_id = ?2";
    db.int(SQL, params![run, job_id]).await
}

/// Which of these ids a run has already, the first of them. Index: the unique (run_id, job_id).
pub async fn first_taken(db: Db, run: &str, job_ids: &[&str]) -> Result<Option<String>> {
    const SQL: &str = "
        SELECT wanted.value
          FROM json_each(?2) AS wanted
         WHERE EXISTS (SELECT 1
                         FROM paddles_jobs
                        WHERE run_id = (SELECT id FROM paddles_runs WHERE name = ?1)
                          AND job_id = wanted.value)
         ORDER BY wanted.key
         LIMIT 1";
    db.text(SQL, params![run, serde_json::json!(job_ids).to_string()]).await
}

/// Deletes a job; false when there is none.
pub async fn delete(db: Db, run: &str, job_id: &str) -> Result<bool> {
    const SQL: &str = "
        DELETE FROM paddles_jobs
         WHERE run_id = (SELECT id FROM paddles_runs WHERE name = ?1)
           AND job_id = ?2
        RETURNING id";
    db.any(SQL, params![run, job_id]).await
}

/// Deletes the jobs of a run that have one of these statuses, and says how many they were.
pub async fn delete_some(db: Db, run_id: i64, statuses: &[Status]) -> Result<usize> {
    const SQL: &str = "
        DELETE FROM paddles_jobs
         WHERE run_id = ?1
           AND status IN (SELECT value FROM json_each(?2))
        RETURNING id";
    db.count(SQL, params![run_id, words(statuses)]).await
}

/// The rows of all jobs of a run, newest first, with one of some statuses or any. Index:
/// `paddles_jobs_by_run_posted`.
pub async fn of_run_latest_first(
    db: Db,
    run_id: i64,
    statuses: Option<&[Status]>,
) -> Result<Picked> {
    const SQL: &str = "
        SELECT json_group_array(id)
          FROM (SELECT id
                  FROM paddles_jobs
                 WHERE run_id = ?1
                   AND (?2 IS NULL OR status IN (SELECT value FROM json_each(?2)))
                 ORDER BY posted DESC, id DESC)";
    Ok(Picked(db.text(SQL, params![run_id, statuses.map(words)]).await?.unwrap_or_default()))
}
