//! Runs by any combination of filters, and the distinct values that there are.
//!
//! Each statement walks one index in the order of the answer and checks the other filters on the way. The texts are
//! put together at compile time from one list of conditions, so that they cannot drift apart.

use assay_db::{Db, Result, Value, params};

use super::{Picked, Place};
use crate::domain::cursors::Page;
use crate::domain::filters::{Facet, Filters};

/// The conditions that every statement has, whichever index it walks. A value that is NULL does not matter.
///
/// ?1 branch, ?2 suite, ?3 user, ?4 machine_type, ?5 status, ?6 and ?7 bounds of sha1, ?8 flavor,
/// ?9 and ?10 bounds of `scheduled`, ?11 and ?12 the cursor, ?13 and ?14 limit and offset.
macro_rules! picking {
    ($from:literal) => {
        concat!(
            "SELECT r.scheduled AS at, r.id AS id ",
            $from,
            "
               AND (?1 IS NULL OR r.branch = ?1)
               AND (?2 IS NULL OR r.suite = ?2)
               AND (?3 IS NULL OR r.user = ?3)
               AND (?4 IS NULL OR r.machine_type = ?4)
               AND (?5 IS NULL OR r.status = ?5)
               AND (?6 IS NULL OR EXISTS (SELECT 1
                                            FROM paddles_jobs
                                           WHERE run_id = r.id
                                             AND lower(sha1) >= ?6
                                             AND lower(sha1) < ?7))
               AND (?8 IS NULL OR EXISTS (SELECT 1
                                            FROM paddles_run_flavors
                                           WHERE flavor = ?8
                                             AND scheduled = r.scheduled
                                             AND run_id = r.id))
               AND r.scheduled >= ?9
               AND r.scheduled < ?10
               AND (r.scheduled, r.id) < (?11, ?12)
             ORDER BY r.scheduled DESC, r.id DESC
             LIMIT ?13 + 0 OFFSET ?14 + 0"
        )
    };
}

/// A page of the runs that match, latest scheduled first. Walks the index of the first filter of this list that is
/// given: sha1, user, branch, suite, flavor, machine_type, status; else `paddles_runs_by_scheduled`.
pub async fn pick(db: Db, filters: &Filters, page: &Page) -> Result<Vec<Place>> {
    let sql = if filters.sha1.is_some() {
        picking!(
            "FROM (SELECT DISTINCT run_id
                     FROM paddles_jobs
                    WHERE sha1 IS NOT NULL AND lower(sha1) >= ?6 AND lower(sha1) < ?7) AS hit
             CROSS JOIN paddles_runs AS r ON r.id = hit.run_id
             WHERE 1"
        )
    } else if filters.user.is_some() {
        picking!("FROM paddles_runs AS r INDEXED BY paddles_runs_by_user WHERE r.user = ?3")
    } else if filters.branch.is_some() {
        picking!("FROM paddles_runs AS r INDEXED BY paddles_runs_by_branch WHERE r.branch = ?1")
    } else if filters.suite.is_some() {
        picking!("FROM paddles_runs AS r INDEXED BY paddles_runs_by_suite WHERE r.suite = ?2")
    } else if filters.flavor.is_some() {
        picking!(
            "FROM paddles_run_flavors AS f
             CROSS JOIN paddles_runs AS r ON r.id = f.run_id
             WHERE f.flavor = ?8"
        )
    } else if filters.machine_type.is_some() {
        picking!(
            "FROM paddles_runs AS r INDEXED BY paddles_runs_by_machine_type WHERE r.machine_type = ?4"
        )
    } else if filters.status.is_some() {
        picking!("FROM paddles_runs AS r INDEXED BY paddles_runs_by_status WHERE r.status = ?5")
    } else {
        picking!("FROM paddles_runs AS r INDEXED BY paddles_runs_by_scheduled WHERE 1")
    };
    db.all(sql, conditions(filters, page)).await
}

fn conditions(filters: &Filters, page: &Page) -> [Value; 14] {
    let (from, until) = filters.days.map_or((i64::MIN, i64::MAX), |days| (days.from, days.until));
    let from = filters.since.map_or(from, |since| from.max(since.saturating_add(1)));
    let after = page.after.map_or((i64::MAX, i64::MAX), |after| (after.at, after.id));
    params![
        filters.branch.as_deref(),
        filters.suite.as_deref(),
        filters.user.as_deref(),
        filters.machine_type.as_deref(),
        filters.status.as_deref(),
        filters.sha1.as_deref(),
        filters.sha1.as_deref().map(end_of_prefix),
        filters.flavor.as_deref(),
        from,
        until,
        after.0,
        after.1,
        page.limit(),
        page.sql_offset(),
    ]
}

/// The first text after all that begin with `prefix`.
fn end_of_prefix(prefix: &str) -> String {
    format!("{prefix}{}", char::MAX)
}

/// A page of the runs that have queued jobs, earliest scheduled first. Index: `paddles_runs_queued`.
pub async fn queued(db: Db, page: &Page) -> Result<Vec<Place>> {
    const SQL: &str = "
        SELECT scheduled AS at, id
          FROM paddles_runs
         WHERE n_queued > 0
           AND (scheduled, id) > (?3, ?4)
         ORDER BY scheduled, id
         LIMIT ?1 + 0 OFFSET ?2 + 0";
    let after = page.after.map_or((i64::MIN, i64::MIN), |after| (after.at, after.id));
    db.all(SQL, params![page.limit(), page.sql_offset(), after.0, after.1]).await
}

/// Jumps from one value of an index to the next, so that it costs what it returns. ?1 the prefix, ?2 its end, ?3 limit.
macro_rules! jumping {
    ($column:literal, $table:literal) => {
        concat!(
            "WITH RECURSIVE v (x) AS (
                 SELECT min(",
            $column,
            ") FROM ",
            $table,
            " AND ",
            $column,
            " >= ?1 AND ",
            $column,
            " > ''
                  UNION ALL
                 SELECT (SELECT min(",
            $column,
            ") FROM ",
            $table,
            " AND ",
            $column,
            " > x)
                   FROM v
                  WHERE x < ?2)
             SELECT json_group_array(x) FROM (SELECT x FROM v WHERE x < ?2 LIMIT ?3 + 0)"
        )
    };
}

/// The distinct values of one kind over all runs, sorted, that begin with `prefix`.
pub async fn all_values(db: Db, facet: Facet, prefix: &str, limit: u32) -> Result<String> {
    const DAYS: &str = "
        WITH RECURSIVE v (x) AS (
            SELECT min(scheduled) FROM paddles_runs
             UNION ALL
            SELECT (SELECT min(scheduled)
                      FROM paddles_runs
                     WHERE scheduled >= unixepoch(x / 1000000, 'unixepoch', 'start of day', '+1 day') * 1000000)
              FROM v
             WHERE x IS NOT NULL)
        SELECT json_group_array(day)
          FROM (SELECT strftime('%Y-%m-%d', x / 1000000, 'unixepoch') AS day
                  FROM v
                 WHERE x IS NOT NULL AND day >= ?1 AND day < ?2
                 LIMIT ?3 + 0)";
    let sql = match facet {
        Facet::Branch => jumping!("branch", "paddles_runs WHERE 1"),
        Facet::Suite => jumping!("suite", "paddles_runs WHERE 1"),
        Facet::User => jumping!("user", "paddles_runs WHERE 1"),
        Facet::MachineType => jumping!("machine_type", "paddles_runs WHERE 1"),
        Facet::Status => jumping!("status", "paddles_runs WHERE 1"),
        Facet::Sha1 => jumping!("lower(sha1)", "paddles_jobs WHERE sha1 IS NOT NULL"),
        Facet::Flavor => jumping!("flavor", "paddles_run_flavors WHERE 1"),
        Facet::Date => DAYS,
    };
    let values = db.text(sql, params![prefix, end_of_prefix(prefix), limit]).await?;
    Ok(values.unwrap_or_default())
}

/// The distinct values of one kind over picked runs, sorted, that begin with `prefix`. Index: primary keys.
pub async fn values_of(
    db: Db,
    picked: &Picked,
    facet: Facet,
    prefix: &str,
    limit: u32,
) -> Result<String> {
    const OF_RUNS: &str = "
        SELECT json_group_array(v)
          FROM (SELECT DISTINCT CASE ?4 WHEN 'branch' THEN branch WHEN 'suite' THEN suite WHEN 'user' THEN user
                                        WHEN 'machine_type' THEN machine_type WHEN 'status' THEN status
                                        ELSE strftime('%Y-%m-%d', scheduled / 1000000, 'unixepoch') END AS v
                  FROM json_each(?5) AS picked
                 CROSS JOIN paddles_runs AS r ON r.id = picked.value
                 WHERE v > '' AND v >= ?1 AND v < ?2
                 ORDER BY v
                 LIMIT ?3 + 0)";
    const OF_JOBS: &str = "
        SELECT json_group_array(v)
          FROM (SELECT DISTINCT CASE ?4 WHEN 'sha1' THEN lower(sha1) ELSE flavor END AS v
                  FROM json_each(?5) AS picked
                 CROSS JOIN paddles_jobs AS j ON j.run_id = picked.value
                 WHERE v > '' AND v >= ?1 AND v < ?2
                 ORDER BY v
                 LIMIT ?3 + 0)";
    let (sql, name) = match facet {
        Facet::Branch => (OF_RUNS, "branch"),
        Facet::Suite => (OF_RUNS, "suite"),
        Facet::User => (OF_RUNS, "user"),
        Facet::MachineType => (OF_RUNS, "machine_type"),
        Facet::Status => (OF_RUNS, "status"),
        Facet::Date => (OF_RUNS, "date"),
        Facet::Sha1 => (OF_JOBS, "sha1"),
        Facet::Flavor => (OF_JOBS, "flavor"),
    };
    let params = params![prefix, end_of_prefix(prefix), limit, name, &picked.0];
    Ok(db.text(sql, params).await?.unwrap_or_default())
}
