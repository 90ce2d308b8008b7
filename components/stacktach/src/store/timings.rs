//! `stacktach_timings` and what is kept of them: how long operations took.

use assay_db::{Db, Result, params};
use assay_web::time::Micros;

use super::durations::{duration, whole_duration};
use crate::domain::uuids;
use crate::extract::Page;

/// The complete timings of an operation, fastest first. Index: `stacktach_timings_by_diff`.
pub async fn of_name(db: Db, name: &str, page: Page) -> Result<String> {
    const SQL: &str = concat!(
        "SELECT json_group_array(json(cells))
           FROM (SELECT json_array(?1, 'Time') AS cells
                  UNION ALL
                 SELECT json_array(t.instance, ",
        duration!("t.diff_us"),
        ")
                   FROM (SELECT id, instance, diff_us
                           FROM stacktach_timings INDEXED BY stacktach_timings_by_diff
                          WHERE name = ?1 AND diff_us IS NOT NULL
                          ORDER BY diff_us, id
                          LIMIT ?2 + 0 OFFSET ?3 + 0) AS t)"
    );
    Ok(db.text(SQL, params![name, page.limit, page.offset]).await?.unwrap_or_default())
}

/// The same, of those that ended in a period. Index: `stacktach_timings_by_end`.
pub async fn of_name_ended(
    db: Db,
    name: &str,
    (from, until): (Micros, Micros),
    page: Page,
) -> Result<String> {
    const SQL: &str = concat!(
        "SELECT json_group_array(json(cells))
           FROM (SELECT json_array(?1, 'Time') AS cells
                  UNION ALL
                 SELECT json_array(t.instance, ",
        duration!("t.diff_us"),
        ")
                   FROM (SELECT id, instance, diff_us
                           FROM stacktach_timings INDEXED BY stacktach_timings_by_end
                          WHERE name = ?1 AND diff_us IS NOT NULL AND end_us BETWEEN ?4 AND ?5
                          ORDER BY diff_us, id
                          LIMIT ?2 + 0 OFFSET ?3 + 0) AS t)"
    );
    let params = params![name, page.limit, page.offset, from, until];
    Ok(db.text(SQL, params).await?.unwrap_or_default())
}

/// All timings of an instance in the order in which they began. Index:
/// `stacktach_timings_by_instance`.
pub async fn of_instance(db: Db, uuid: &str) -> Result<String> {
    const SQL: &str = concat!(
        "SELECT json_group_array(json(cells))
           FROM (SELECT json_array('?', 'Event', 'Time (secs)') AS cells
                  UNION ALL
                 SELECT json_array(CASE WHEN t.end_us IS NULL THEN 'S'
                                        WHEN t.start_us IS NULL THEN 'E' ELSE '.' END,
                                   t.name, ifnull(",
        duration!("t.diff_us"),
        ", 'n/a'))
                   FROM (SELECT name, start_us, end_us, diff_us
                           FROM stacktach_timings INDEXED BY stacktach_timings_by_instance
                          WHERE instance IN (?1, ?2)
                          ORDER BY id) AS t)"
    );
    let [dashed, plain] = uuids::both_forms(uuid);
    Ok(db.text(SQL, params![dashed, plain]).await?.unwrap_or_default())
}

/// The rows of the summary over all timings: a JSON array of arrays, with a cell for each
/// percentile. Reads a row a name, and its buckets. The order is upstream's, which sorts the names
/// of start events.
pub async fn summary(db: Db, percentiles: &[f64]) -> Result<String> {
    const SQL: &str = concat!(
        "-- scan: one row for each operation, of which there are tens
         SELECT json_group_array(json(substr(basic, 1, length(basic) - 1)
                                       || ifnull(more, '') || ']'))
           FROM (SELECT json_array(t.name, t.n, ",
        duration!("t.min_us"),
        ", ",
        duration!("t.max_us"),
        ", ",
        whole_duration!("(t.sum_us / t.n)"),
        ") AS basic,
                        (SELECT group_concat(',\"' || ",
        duration!("p.middle"),
        " || '\"', '')
                           FROM (SELECT (SELECT min(t.max_us, max(t.min_us, (h.from_us + (
                                                SELECT min(e.from_us)
                                                  FROM stacktach_bucket_edges AS e
                                                 WHERE e.from_us > h.from_us)) / 2))
                                           FROM (SELECT from_us,
                                                        sum(n) OVER (ORDER BY from_us) AS upto
                                                   FROM stacktach_timing_buckets
                                                  WHERE name = t.name) AS h
                                          WHERE h.upto * 100.0 >= wanted.value * t.n
                                          ORDER BY h.from_us
                                          LIMIT 1) AS middle
                                   FROM json_each(?1) AS wanted
                                  ORDER BY wanted.key) AS p) AS more
                   FROM stacktach_timing_totals AS t
                  ORDER BY t.name || '.start')"
    );
    let wanted = serde_json::Value::from(percentiles).to_string();
    Ok(db.text(SQL, params![wanted]).await?.unwrap_or_default())
}

/// The same over a window of each name's timings, in the order of their ids, as upstream does it.
/// Index:
/// `stacktach_timings_by_name`.
pub async fn summary_of_window(db: Db, page: Page) -> Result<String> {
    const SQL: &str = concat!(
        "-- scan: one row for each operation, of which there are tens
         SELECT json_group_array(json(cells))
           FROM (SELECT (SELECT iif(count(*) = 0, NULL, json_array(t.name, count(*), ",
        duration!("min(w.diff_us)"),
        ", ",
        duration!("max(w.diff_us)"),
        ", ",
        whole_duration!("(sum(w.diff_us) / count(*))"),
        "))
                           FROM (SELECT diff_us
                                   FROM stacktach_timings INDEXED BY stacktach_timings_by_name
                                  WHERE name = t.name AND diff_us IS NOT NULL
                                  ORDER BY id
                                  LIMIT ?1 + 0 OFFSET ?2 + 0) AS w
                          WHERE w.diff_us >= 0) AS cells
                   FROM stacktach_timing_totals AS t
                  ORDER BY t.name || '.start')
          WHERE cells IS NOT NULL"
    );
    Ok(db.text(SQL, params![page.limit, page.offset]).await?.unwrap_or_default())
}
