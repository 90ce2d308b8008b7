//! Times of day in which a job is not scheduled again.

use super::sql::{picked, shown, text, uri};

/// The excludes of a job, or all, for the operator. Index: primary key.
pub const PICK: &str = picked!(
    "-- scan: all of them are listed; a lab has few
     SELECT x.id, 0, NULL, NULL, NULL, NULL
       FROM job_runner_reschedule_excludes AS x
      WHERE ?1 ->> 'kind' IN ('operator', 'bridge')
        AND (?2 ->> 'job' IS NULL OR x.job_id = ?2 ->> 'job')"
);

/// Excludes as JSON.
pub const SHOW: &str = shown!(
    {
        "id" ("x.id")
        "resource_uri" (uri!("reschedule_exclude", "x.id"))
        "job" (uri!("job", "x.job_id"))
        "start_time" ("'\"' || time(x.start_time, 'unixepoch') || '\"'")
        "end_time" ("'\"' || time(x.end_time, 'unixepoch') || '\"'")
        "note" (text!("x.note"))
    },
    "CROSS JOIN job_runner_reschedule_excludes AS x ON x.id = picked.value
     WHERE ?2 ->> 'kind' IN ('operator', 'bridge')"
);
