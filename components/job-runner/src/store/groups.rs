//! Groups of people.

use super::sql::{picked, shown, text, uri};

/// The groups that the caller sees. Index: primary key.
pub const PICK: &str = picked!(
    "SELECT g.id, 0, NULL, NULL, NULL, NULL
       FROM job_runner_groups AS g
      WHERE g.id IN (SELECT value FROM json_each(?1, '$.groups'))"
);

/// Groups as JSON.
pub const SHOW: &str = shown!(
    { "id" ("g.id") "resource_uri" (uri!("group", "g.id")) "name" (text!("g.name")) },
    "CROSS JOIN job_runner_groups AS g ON g.id = picked.value
     WHERE g.id IN (SELECT value FROM json_each(?2, '$.groups'))"
);
