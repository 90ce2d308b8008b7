//! Pools of workers.

use super::sql::{flag, picked, shown, text, uri, uris};

/// The pools that the caller sees; those of a project that it sees. Index: primary key.
pub const PICK: &str = picked!(
    "SELECT o.id, 0, o.title, o.title, NULL, NULL
       FROM job_runner_worker_pools AS o
      WHERE o.id IN (SELECT value FROM json_each(?1, '$.pools'))
        AND (?2 ->> 'title' IS NULL OR o.title = ?2 ->> 'title')
        AND (?2 ->> 'project_id' IS NULL
             OR ?2 ->> 'project_id' IN (SELECT value FROM json_each(?1, '$.projects'))
            AND EXISTS (SELECT 1
                          FROM job_runner_project_pools AS pp
                         WHERE pp.project_id = ?2 ->> 'project_id' AND pp.pool_id = o.id))"
);

/// Pools as JSON, without the workers that the caller does not see.
pub const SHOW: &str = shown!(
    {
        "id" ("o.id")
        "resource_uri" (uri!("worker_pool", "o.id"))
        "title" (text!("o.title"))
        "description" (text!("o.description"))
        "enqueue_is_enabled" (flag!("o.enqueue_is_enabled"))
        "workers" (uris!("worker",
            "SELECT pw.worker_id AS id
               FROM job_runner_pool_workers AS pw
              WHERE pw.pool_id = o.id
                AND pw.worker_id IN (SELECT value FROM json_each(?2, '$.workers'))
              ORDER BY pw.worker_id"))
    },
    "CROSS JOIN job_runner_worker_pools AS o ON o.id = picked.value
     WHERE o.id IN (SELECT value FROM json_each(?2, '$.pools'))"
);
