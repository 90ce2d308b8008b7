//! The answers that clients ask for most, each by one statement: a second host call costs a one-row read about a
//! quarter of its rate. The general way, pick and then show, is [`super::rendered`].

use assay_db::{Db, FromRow, Result, Row, params};

use super::{Listing, jobs::words};
use crate::domain::cursors::Page;
use crate::domain::statuses::Status;
use crate::site::Site;

/// What a run has to say, and which version of the run that is.
pub struct Versioned {
    /// The run's row number; never reused.
    pub id: i64,
    /// Moves with every change of the run or one of its jobs.
    pub version: i64,
    /// The answer.
    pub json: String,
}

impl FromRow for Versioned {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self { id: row.int("id")?, version: row.int("version")?, json: row.text("json")? })
    }
}

/// The specification's page of a run: an object, job id -> `{href, status}` in plain words, natural order; `None`
/// when there is no such run. Indexes: the unique name, `paddles_jobs_by_run`.
pub async fn plain_run(db: Db, name: &str, site: &Site) -> Result<Option<Versioned>> {
    const SQL: &str = "
        SELECT r.id, r.version,
               (SELECT json_group_object(job_id, json_object('href', ?2 || r.path || job_id || '/', 'status', status))
                  FROM (SELECT job_id,
                               CASE status WHEN 'pass' THEN 'pass' WHEN 'fail' THEN 'failed'
                                           WHEN 'dead' THEN 'failed' ELSE 'pending' END AS status
                          FROM paddles_jobs
                         WHERE run_id = r.id
                         ORDER BY job_key, id)) AS json
          FROM paddles_runs AS r
         WHERE r.name = ?1";
    db.one(SQL, params![name, &site.base]).await
}

/// A job as text; `j` is its row of `paddles_job_texts`. ?2 base of links, ?3 template of log links.
macro_rules! job_text {
    () => {
        "'{\"href\":' || json_quote(?2 || j.run_path || 'jobs/' || j.job_id || '/')
         || ',\"log_href\":' || json_quote(replace(replace(?3, '{run_name}', j.run), '{job_id}', j.job_id))
         || ',' || j.rest"
    };
}

/// One job; `None` when it is not there. Indexes: the unique name, the unique (run_id, job_id).
pub async fn job(db: Db, run: &str, job_id: &str, site: &Site) -> Result<Option<String>> {
    const SQL: &str = concat!(
        "SELECT ",
        job_text!(),
        "
          FROM paddles_jobs AS p
         CROSS JOIN paddles_job_texts AS j ON j.id = p.id
         WHERE p.run_id = (SELECT id FROM paddles_runs WHERE name = ?1)
           AND p.job_id = ?4"
    );
    db.text(SQL, params![run, &site.base, site.log_href, job_id]).await
}

/// All jobs of a run, whole, newest first, with one of some statuses or any; `None` when there is no such run.
/// Indexes: the unique name, `paddles_jobs_by_run_posted`.
pub async fn jobs_of_run(
    db: Db,
    run: &str,
    statuses: Option<&[Status]>,
    site: &Site,
) -> Result<Option<Versioned>> {
    const SQL: &str = concat!(
        "SELECT r.id, r.version,
                (SELECT '[' || coalesce(group_concat(job, ','), '') || ']'
                   FROM (SELECT ",
        job_text!(),
        " AS job
                           FROM paddles_jobs AS p
                          CROSS JOIN paddles_job_texts AS j ON j.id = p.id
                          WHERE p.run_id = r.id
                            AND (?4 IS NULL OR p.status IN (SELECT value FROM json_each(?4)))
                          ORDER BY p.posted DESC, p.id DESC)) AS json
           FROM paddles_runs AS r
          WHERE r.name = ?1"
    );
    db.one(SQL, params![run, &site.base, site.log_href, statuses.map(words)]).await
}

/// A time in wire form, quoted.
macro_rules! quoted_time {
    ($column:literal) => {
        concat!("json_quote(", assay_db::wire_time!($column), ")")
    };
}

/// The value of the field that a parameter names; the wide columns are read only when one of them is asked for.
macro_rules! value_of {
    ($field:literal) => {
        concat!(
            "CASE ",
            $field,
            "
             WHEN 'job_id'         THEN json_quote(j.job_id)
             WHEN 'status'         THEN json_quote(j.status)
             WHEN 'description'    THEN json_quote(j.description)
             WHEN 'failure_reason' THEN json_quote(j.failure_reason)
             WHEN 'log_href'       THEN
                  json_quote(replace(replace(?3, '{run_name}', r.name), '{job_id}', j.job_id))
             WHEN 'href'           THEN json_quote(?2 || r.path || 'jobs/' || j.job_id || '/')
             WHEN 'run'            THEN json_quote(r.name)
             WHEN 'id'             THEN j.id
             WHEN 'run_id'         THEN j.run_id
             WHEN 'posted'         THEN ",
            quoted_time!("j.posted"),
            "
             WHEN 'started'        THEN ",
            quoted_time!("j.started"),
            "
             WHEN 'updated'        THEN ",
            quoted_time!("j.updated"),
            "
             ELSE (SELECT coalesce(CASE ",
            $field,
            "
                              WHEN 'kernel'    THEN d.kernel
                              WHEN 'overrides' THEN d.overrides
                              WHEN 'roles'     THEN d.roles
                              WHEN 'targets'   THEN d.targets
                              WHEN 'tasks'     THEN d.tasks
                              ELSE d.fields -> ",
            $field,
            " END, 'null')
                     FROM paddles_job_details AS d
                    WHERE d.job_id = j.id) END"
        )
    };
}

/// One more field, where the parameter names one.
macro_rules! further {
    ($field:literal) => {
        concat!(
            " || CASE WHEN ",
            $field,
            " IS NULL THEN '' ELSE ',' || json_quote(",
            $field,
            ") || ':' || ",
            value_of!($field),
            " END"
        )
    };
}

/// How many fields [`job_slices_of_run`] takes.
pub const FIELDS_AT_ONCE: usize = 6;

/// The same with only some fields (at most [`FIELDS_AT_ONCE`]) of each job, in that order. A parameter for each field
/// instead of a list of them: 30 jobs with two fields took 0.39 ms with `json_each(fields)` for every job.
pub async fn job_slices_of_run(
    db: Db,
    run: &str,
    statuses: Option<&[Status]>,
    fields: &[&str],
    site: &Site,
) -> Result<Option<Versioned>> {
    const SQL: &str = concat!(
        "SELECT r.id, r.version,
                (SELECT '[' || coalesce(group_concat(job, ','), '') || ']'
                   FROM (SELECT '{' || json_quote(?5) || ':' || ",
        value_of!("?5"),
        further!("?6"),
        further!("?7"),
        further!("?8"),
        further!("?9"),
        further!("?10"),
        " || '}' AS job
                           FROM paddles_jobs AS j
                          WHERE j.run_id = r.id
                            AND (?4 IS NULL OR j.status IN (SELECT value FROM json_each(?4)))
                          ORDER BY j.posted DESC, j.id DESC)) AS json
           FROM paddles_runs AS r
          WHERE r.name = ?1"
    );
    let mut names = fields.iter().copied().map(Some).chain(std::iter::repeat(None));
    let mut name = || names.next().flatten();
    let params = params![
        run,
        &site.base,
        site.log_href,
        statuses.map(words),
        name(),
        name(),
        name(),
        name(),
        name(),
        name(),
    ];
    db.one(SQL, params).await
}

/// A page of all runs, newest first, and the cursor of the next one. ?1 count, ?2 base of links, ?3 offset,
/// ?4 and ?5 the cursor. Index: `paddles_runs_by_posted`.
macro_rules! latest {
    ($list:literal, $columns:literal, $from:literal) => {
        concat!(
            "SELECT (SELECT ",
            $list,
            "
                       FROM (SELECT ",
            $columns,
            "
                               FROM ",
            $from,
            "
                              WHERE (posted, id) < (?4, ?5)
                              ORDER BY posted DESC, id DESC
                              LIMIT ?1 + 0 OFFSET ?3 + 0)) AS list,
                    (SELECT posted || '.' || id
                       FROM paddles_runs
                      WHERE (posted, id) < (?4, ?5)
                        AND ?1 > 0
                        AND EXISTS (SELECT 1
                                      FROM paddles_runs
                                     WHERE (posted, id) < (?4, ?5)
                                     ORDER BY posted DESC, id DESC
                                     LIMIT 1 OFFSET ?3 + ?1)
                      ORDER BY posted DESC, id DESC
                      LIMIT 1 OFFSET ?3 + ?1 - 1) AS next"
        )
    };
}

/// The specification's list: an object, name -> `{href, status}` in plain words.
pub async fn plain_runs(db: Db, page: &Page, site: &Site) -> Result<Listing> {
    const SQL: &str = latest!(
        "json_group_object(name, json_object('href', ?2 || path, 'status', status))",
        "name, path, coalesce(declared_status, CASE status WHEN 'finished pass' THEN 'pass'
             WHEN 'finished fail' THEN 'failed' WHEN 'finished dead' THEN 'failed' ELSE 'pending' END) AS status",
        "paddles_runs"
    );
    runs(db, SQL, page, site).await
}

/// The lab's list: an array of run objects.
pub async fn lab_runs(db: Db, page: &Page, site: &Site) -> Result<Listing> {
    const SQL: &str = latest!(
        "'[' || coalesce(group_concat(run, ','), '') || ']'",
        "'{\"href\":' || json_quote(?2 || path) || ',' || rest AS run",
        "paddles_run_texts"
    );
    runs(db, SQL, page, site).await
}

/// The same, each object with its row number, which `fields=` may ask for.
pub async fn lab_runs_with_ids(db: Db, page: &Page, site: &Site) -> Result<Listing> {
    const SQL: &str = latest!(
        "'[' || coalesce(group_concat(run, ','), '') || ']'",
        "'{\"id\":' || id || ',\"href\":' || json_quote(?2 || path) || ',' || rest AS run",
        "paddles_run_texts"
    );
    runs(db, SQL, page, site).await
}

async fn runs(db: Db, sql: &str, page: &Page, site: &Site) -> Result<Listing> {
    let after = page.after.map_or((i64::MAX, i64::MAX), |after| (after.at, after.id));
    let params = params![page.count, &site.base, page.sql_offset(), after.0, after.1];
    Listing::of(db.one(sql, params).await?)
}
