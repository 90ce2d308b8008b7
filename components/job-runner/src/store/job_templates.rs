//! Templates of jobs.

use super::sql::{flag, picked, shown, text, uri};

/// The templates that the caller sees. Index: project_id.
pub const PICK: &str = picked!(
    "SELECT t.id, 0, t.title, p.title, p.id, t.title
       FROM json_each(?1, '$.projects') AS seen
      CROSS JOIN job_runner_projects AS p ON p.id = seen.value
      CROSS JOIN job_runner_job_templates AS t ON t.project_id = p.id
      WHERE (?2 ->> 'title' IS NULL OR t.title = ?2 ->> 'title')
        AND (?2 ->> 'project' IS NULL OR p.id = ?2 ->> 'project')
        AND (?2 ->> 'project__id' IS NULL OR p.id = ?2 ->> 'project__id')
        AND (?2 ->> 'project_id' IS NULL OR p.id = ?2 ->> 'project_id')
        AND (?2 ->> 'project__title' IS NULL OR p.title = ?2 ->> 'project__title')"
);

/// Templates as JSON.
pub const SHOW: &str = shown!(
    {
        "id" ("t.id")
        "resource_uri" (uri!("job_template", "t.id"))
        "title" (text!("t.title"))
        "description" (text!("t.description"))
        "enqueue_is_enabled" (flag!("t.enqueue_is_enabled"))
        "project" (uri!("project", "t.project_id"))
    },
    "CROSS JOIN job_runner_job_templates AS t ON t.id = picked.value
     WHERE t.project_id IN (SELECT value FROM json_each(?2, '$.projects'))"
);
