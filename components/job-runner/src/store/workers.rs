//! Workers.

use super::sql::{flag, number, picked, shown, text, time, uri};

/// Whether a worker `w` has the key that the filter `$name` asks for, in all ways it may ask.
macro_rules! by_key {
    ($name:literal) => {
        concat!(
            "(?2 ->> '",
            $name,
            "' IS NULL OR w.api_key = ?2 ->> '",
            $name,
            "')
        AND (?2 -> '",
            $name,
            "__in' IS NULL
             OR w.api_key IN (SELECT value FROM json_each(?2, '$.",
            $name,
            "__in')))
        AND (?2 ->> '",
            $name,
            "__startswith' IS NULL
             OR substr(w.api_key, 1, length(?2 ->> '",
            $name,
            "__startswith'))
                = ?2 ->> '",
            $name,
            "__startswith')
        AND (?2 ->> '",
            $name,
            "__contains' IS NULL
             OR instr(w.api_key, ?2 ->> '",
            $name,
            "__contains') > 0)"
        )
    };
}

/// The workers that the caller sees, by key, or in the pools of a project that it sees. Index:
/// primary key.
pub const PICK: &str = picked!(
    "SELECT w.id, 0, w.title, w.title, NULL, NULL
       FROM job_runner_workers AS w
      WHERE w.id IN (SELECT value FROM json_each(?1, '$.workers'))
        AND ",
    by_key!("api_key"),
    "
        AND (?2 ->> 'project_id' IS NULL
             OR ?2 ->> 'project_id' IN (SELECT value FROM json_each(?1, '$.projects'))
            AND EXISTS (SELECT 1
                          FROM job_runner_pool_workers AS pw
                         CROSS JOIN job_runner_project_pools AS pp
                            ON pp.project_id = ?2 ->> 'project_id' AND pp.pool_id = pw.pool_id
                         WHERE pw.worker_id = w.id))"
);

/// Workers as JSON; never with their secrets.
pub const SHOW: &str = shown!(
    {
        "id" ("w.id")
        "resource_uri" (uri!("worker", "w.id"))
        "title" (text!("w.title"))
        "api_key" (text!("w.api_key"))
        "description" (text!("w.description"))
        "enqueue_is_enabled" (flag!("w.enqueue_is_enabled"))
        "ping_response_dts" (time!("w.ping_response_dts"))
        "worker_version" (text!("w.worker_version"))
        "concurrent_jobs" (number!("w.concurrent_jobs"))
        "is_responsive" ("iif(ifnull(w.ping_response_dts >= ?2 ->> 'responsive_since', 0), 'true', 'false')")
    },
    "CROSS JOIN job_runner_workers AS w ON w.id = picked.value
     WHERE w.id IN (SELECT value FROM json_each(?2, '$.workers'))"
);

/// The workers that a filter by key means, of those that the caller sees.
pub const KEYS: &str = concat!(
    "SELECT json_group_array(w.id)
       FROM json_each(?1, '$.workers') AS seen
      CROSS JOIN job_runner_workers AS w ON w.id = seen.value
      WHERE ",
    by_key!("worker__api_key")
);
