//! What the statements of all resources are made of, as text for `concat!`.
//!
//! Statements that show objects take ?1, the numbers picked (a JSON array), and ?2, the caller's
//! scope. Statements that pick take ?1, the scope, ?2, the filters (`domain::filters`), ?3, the
//! order, ?4, the limit, ?5, the offset.

/// An object as JSON text: `object!("id" (r.id) "job" (uri!("job", "r.job_id")))`; the parentheses
/// hold SQL in quotes.
macro_rules! object {
    ($first:literal ($($value:tt)*) $($key:literal ($($more:tt)*))*) => {
        concat!("'{\"", $first, "\":' || ", $($value)*,
                $(" || ',\"", $key, "\":' || ", $($more)*,)* " || '}'")
    };
}

/// A text column as JSON.
macro_rules! text {
    ($column:literal) => {
        concat!("json_quote(", $column, ")")
    };
}

/// A number, or null.
macro_rules! number {
    ($column:literal) => {
        concat!("ifnull(", $column, ", 'null')")
    };
}

/// 1 and 0 as true and false.
macro_rules! flag {
    ($column:literal) => {
        concat!("CASE ", $column, " WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE 'null' END")
    };
}

/// Microseconds between marks (`domain::times::localize`), or null.
macro_rules! time {
    ($column:literal) => {
        concat!("ifnull(char(31) || ", $column, " || char(31), 'null')")
    };
}

/// The URI of an object, or null.
macro_rules! uri {
    ($resource:literal, $column:literal) => {
        concat!("ifnull('\"/api/v1/", $resource, "/' || ", $column, " || '/\"', 'null')")
    };
}

/// The URIs of the numbers that a query gives as `id`, in their order.
macro_rules! uris {
    ($resource:literal, $query:literal) => {
        concat!(
            "'[' || ifnull((SELECT group_concat('\"/api/v1/",
            $resource,
            "/' || id || '/\"', ',') FROM (",
            $query,
            ")), '') || ']'"
        )
    };
}

/// Shows objects that were picked. `$from` joins `picked` to the tables and leaves out what the
/// caller does not see.
macro_rules! shown {
    ({ $($fields:tt)* }, $from:literal) => {
        concat!(
            "SELECT count(*) AS n, ifnull(group_concat(object, ','), '') AS objects FROM (SELECT ",
            $crate::store::sql::object!($($fields)*),
            " AS object FROM json_each(?1) AS picked ", $from, " ORDER BY picked.key)"
        )
    };
}

/// Picks a page of `$hit`, a query of all hits: (id, weight, sort, key1, key2, key3). `sort` is
/// what `order_by` may name besides the number, the keys are the resource's own order, and the
/// weight is how long the object's text is where it may be long.
macro_rules! picked {
    ($($hit:expr),+ $(,)?) => {
        concat!(
            "WITH hit (id, weight, sort, key1, key2, key3) AS MATERIALIZED (", $($hit,)+ ")
            SELECT (SELECT count(*) FROM hit) AS total,
                   (SELECT json_group_array(json_array(id, weight))
                      FROM (SELECT id, weight
                              FROM hit
                             ORDER BY CASE ?3 WHEN 'id' THEN id WHEN '-id' THEN -id END,
                                      CASE WHEN ?3 IN ('title', 'schedule_dts') THEN sort END,
                                      CASE WHEN ?3 IN ('-title', '-schedule_dts') THEN sort END DESC,
                                      key1, key2, key3, id
                             LIMIT ?4 + 0 OFFSET ?5 + 0)) AS picked"
        )
    };
}

/// Picks a page of what belongs to jobs, of all jobs that the caller sees: the first of each job,
/// merged. `$n` is the job's counter of them.
macro_rules! picked_by_job {
    ($table:literal, $n:literal, $weight:literal, $inner:literal, $outer:literal) => {
        concat!(
            "WITH job (id, n) AS MATERIALIZED (
                 SELECT j.id, j.",
            $n,
            "
                   FROM json_each(?1, '$.projects') AS seen
                  CROSS JOIN job_runner_jobs AS j ON j.project_id = seen.value
                  WHERE j.",
            $n,
            " > 0 AND j.pool_id IN (SELECT value FROM json_each(?1, '$.pools')))
             SELECT (SELECT ifnull(sum(n), 0) FROM job) AS total,
                    (SELECT json_group_array(json_array(id, weight))
                       FROM (SELECT y.id, ",
            $weight,
            " AS weight
                               FROM job
                              CROSS JOIN ",
            $table,
            " AS y
                                 ON y.id IN (SELECT x.id
                                               FROM ",
            $table,
            " AS x
                                              WHERE x.job_id = job.id
                                              ORDER BY ",
            $inner,
            "
                                              LIMIT ?4 + 0 + ?5)
                              ORDER BY ",
            $outer,
            "
                              LIMIT ?4 + 0 OFFSET ?5 + 0)) AS picked"
        )
    };
}

pub(crate) use {flag, number, object, picked, picked_by_job, shown, text, time, uri, uris};
