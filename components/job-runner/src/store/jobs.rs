//! Jobs.

use super::sql::{flag, number, picked, shown, text, uri, uris};

/// A job's script: the pieces of its template's body with its own part in between. Needs `j` and
/// `t`.
macro_rules! script {
    () => {
        "(SELECT ifnull(group_concat(CASE piece.value
                     WHEN 1 THEN j.script_content_partial
                     WHEN 2 THEN replace(replace(replace(replace(replace(j.script_content_partial,
                         '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '\"', '&quot;'), '''', '&#39;')
                     ELSE piece.value END, ''), '')
            FROM (SELECT value FROM json_each(t.pieces) ORDER BY key) AS piece)"
    };
}

pub(crate) use script;

/// The jobs that the caller sees. Index: project_id.
pub const PICK: &str = picked!(
    "SELECT j.id,
            octet_length(t.body) + (1 + t.part_shares) * octet_length(j.script_content_partial),
            j.title, p.title, t.title, j.title
       FROM json_each(?1, '$.projects') AS seen
      CROSS JOIN job_runner_projects AS p ON p.id = seen.value
      CROSS JOIN job_runner_jobs AS j ON j.project_id = p.id
      CROSS JOIN job_runner_job_templates AS t ON t.id = j.template_id
      WHERE (?2 ->> 'title' IS NULL OR j.title = ?2 ->> 'title')
        AND (?2 ->> 'job_template' IS NULL OR t.id = ?2 ->> 'job_template')
        AND (?2 ->> 'job_template__id' IS NULL OR t.id = ?2 ->> 'job_template__id')
        AND (?2 ->> 'job_template__title' IS NULL OR t.title = ?2 ->> 'job_template__title')
        AND (?2 ->> 'job_template__project' IS NULL OR p.id = ?2 ->> 'job_template__project')
        AND (?2 ->> 'job_template__project__id' IS NULL
             OR p.id = ?2 ->> 'job_template__project__id')
        AND (?2 ->> 'job_template__project__title' IS NULL
             OR p.title = ?2 ->> 'job_template__project__title')
        AND (?2 ->> 'project_id' IS NULL OR p.id = ?2 ->> 'project_id')"
);

/// Jobs as JSON, without the children, parent and pool that the caller does not see.
pub const SHOW: &str = shown!(
    {
        "id" ("j.id")
        "resource_uri" (uri!("job", "j.id"))
        "title" (text!("j.title"))
        "description" (text!("j.description"))
        "job_template" (uri!("job_template", "j.template_id"))
        "worker_pool" (uri!("worker_pool",
            "(SELECT j.pool_id WHERE j.pool_id IN (SELECT value FROM json_each(?2, '$.pools')))"))
        "parent" (uri!("job",
            "(SELECT parent.id
                FROM job_runner_jobs AS parent
               WHERE parent.id = j.parent_id
                 AND parent.project_id IN (SELECT value FROM json_each(?2, '$.projects')))"))
        "children" (uris!("job",
            "SELECT child.id
               FROM job_runner_jobs AS child
              WHERE child.parent_id = j.id
                AND child.project_id IN (SELECT value FROM json_each(?2, '$.projects'))
              ORDER BY child.id"))
        "script_content_partial" (text!("j.script_content_partial"))
        "script_content" ("json_quote(", script!(), ")")
        "enqueue_is_enabled" (flag!("j.enqueue_is_enabled"))
        "reschedule_interval" (number!("j.reschedule_interval"))
        "reschedule_interval_type" (text!("j.reschedule_interval_type"))
        "run_on_all_workers" (flag!("j.run_on_all_workers"))
        "schedule_children_on_error" (flag!("j.schedule_children_on_error"))
        "notification_addresses" (text!("j.notification_addresses"))
        "disable_enqueue_after_fails" (number!("j.disable_enqueue_after_fails"))
        "max_attempts" ("j.max_attempts")
        "fail_times" ("j.fail_times")
        "last_completed_schedule_id" (number!("j.last_completed_schedule_id"))
    },
    "CROSS JOIN job_runner_jobs AS j ON j.id = picked.value
     CROSS JOIN job_runner_job_templates AS t ON t.id = j.template_id
     WHERE j.project_id IN (SELECT value FROM json_each(?2, '$.projects'))"
);
