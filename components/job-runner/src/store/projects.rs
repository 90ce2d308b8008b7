//! Projects.

use super::sql::{flag, picked, shown, text, uri, uris};

/// The projects that the caller sees. Index: primary key.
pub const PICK: &str = picked!(
    "SELECT p.id, 0, p.title, p.title, NULL, NULL
       FROM job_runner_projects AS p
      WHERE p.id IN (SELECT value FROM json_each(?1, '$.projects'))
        AND (?2 ->> 'id' IS NULL OR p.id = ?2 ->> 'id')
        AND (?2 ->> 'title' IS NULL OR p.title = ?2 ->> 'title')"
);

/// Projects as JSON, without the pools and groups that the caller does not see.
pub const SHOW: &str = shown!(
    {
        "id" ("p.id")
        "resource_uri" (uri!("project", "p.id"))
        "title" (text!("p.title"))
        "description" (text!("p.description"))
        "enqueue_is_enabled" (flag!("p.enqueue_is_enabled"))
        "worker_pools" (uris!("worker_pool",
            "SELECT pp.pool_id AS id
               FROM job_runner_project_pools AS pp
              WHERE pp.project_id = p.id
                AND pp.pool_id IN (SELECT value FROM json_each(?2, '$.pools'))
              ORDER BY pp.pool_id"))
        "auth_groups" (uris!("group",
            "SELECT ag.group_id AS id
               FROM job_runner_project_auth_groups AS ag
              WHERE ag.project_id = p.id
                AND ag.group_id IN (SELECT value FROM json_each(?2, '$.groups'))
              ORDER BY ag.group_id"))
    },
    "CROSS JOIN job_runner_projects AS p ON p.id = picked.value
     WHERE p.id IN (SELECT value FROM json_each(?2, '$.projects'))"
);
