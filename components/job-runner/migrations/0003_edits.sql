-- Commands: one INSERT into one of these views creates, changes or removes an object with all that
-- belongs to it.
--
-- The SELECT in front of such an INSERT decides: it computes the number of a new object and, in
-- `refusal`, why the command may not be done (RETURNING gives it back). A trigger does what is not
-- refused. `fields` is a JSON object; a key that is not in it leaves its column as it is.

-- made: 1 created, 0 changed, -1 removed
CREATE VIEW IF NOT EXISTS job_runner_edits (resource, id, made, fields, refusal) AS
SELECT NULL, NULL, NULL, NULL, NULL WHERE 0;

CREATE TRIGGER IF NOT EXISTS job_runner_edit_group INSTEAD OF INSERT ON job_runner_edits
WHEN NEW.resource = 'group' AND NEW.refusal IS NULL BEGIN
    INSERT INTO job_runner_groups (id, name) SELECT NEW.id, NEW.fields ->> 'name' WHERE NEW.made = 1;
    UPDATE job_runner_groups SET name = iif(NEW.fields -> 'name' IS NULL, name, NEW.fields ->> 'name')
     WHERE id = NEW.id AND NEW.made = 0;
    DELETE FROM job_runner_groups WHERE id = NEW.id AND NEW.made = -1;
END;

CREATE TRIGGER IF NOT EXISTS job_runner_edit_user INSTEAD OF INSERT ON job_runner_edits
WHEN NEW.resource = 'user' AND NEW.refusal IS NULL BEGIN
    INSERT INTO job_runner_users (id, username) SELECT NEW.id, NEW.fields ->> 'username' WHERE NEW.made = 1;
    UPDATE job_runner_users
       SET username  = iif(NEW.fields -> 'username' IS NULL, username, NEW.fields ->> 'username'),
           password  = iif(NEW.fields -> 'password_hash' IS NULL, password, NEW.fields ->> 'password_hash'),
           is_active = iif(NEW.fields -> 'is_active' IS NULL, is_active, NEW.fields ->> 'is_active')
     WHERE id = NEW.id AND NEW.made >= 0;
    DELETE FROM job_runner_user_groups WHERE user_id = NEW.id AND NEW.fields -> 'groups' IS NOT NULL;
    INSERT INTO job_runner_user_groups (user_id, group_id)
    SELECT NEW.id, value FROM json_each(NEW.fields, '$.groups') WHERE NEW.made >= 0;
    DELETE FROM job_runner_users WHERE id = NEW.id AND NEW.made = -1;
END;

CREATE TRIGGER IF NOT EXISTS job_runner_edit_worker INSTEAD OF INSERT ON job_runner_edits
WHEN NEW.resource = 'worker' AND NEW.refusal IS NULL BEGIN
    INSERT INTO job_runner_workers (id, title, api_key, secret)
    SELECT NEW.id, NEW.fields ->> 'title', NEW.fields ->> 'api_key', NEW.fields ->> 'secret' WHERE NEW.made = 1;
    UPDATE job_runner_workers
       SET title = iif(NEW.fields -> 'title' IS NULL, title, NEW.fields ->> 'title'),
           api_key = iif(NEW.fields -> 'api_key' IS NULL, api_key, NEW.fields ->> 'api_key'),
           secret = iif(NEW.fields -> 'secret' IS NULL, secret, NEW.fields ->> 'secret'),
           description = iif(NEW.fields -> 'description' IS NULL, description, NEW.fields ->> 'description'),
           enqueue_is_enabled =
               iif(NEW.fields -> 'enqueue_is_enabled' IS NULL, enqueue_is_enabled, NEW.fields ->> 'enqueue_is_enabled'),
           ping_response_dts =
               iif(NEW.fields -> 'ping_response_dts' IS NULL, ping_response_dts, NEW.fields ->> 'ping_response_dts'),
           worker_version =
               iif(NEW.fields -> 'worker_version' IS NULL, worker_version, NEW.fields ->> 'worker_version'),
           concurrent_jobs =
               iif(NEW.fields -> 'concurrent_jobs' IS NULL, concurrent_jobs, NEW.fields ->> 'concurrent_jobs')
     WHERE id = NEW.id AND NEW.made >= 0;
    DELETE FROM job_runner_workers WHERE id = NEW.id AND NEW.made = -1;
END;

CREATE TRIGGER IF NOT EXISTS job_runner_edit_worker_pool INSTEAD OF INSERT ON job_runner_edits
WHEN NEW.resource = 'worker_pool' AND NEW.refusal IS NULL BEGIN
    INSERT INTO job_runner_worker_pools (id, title) SELECT NEW.id, NEW.fields ->> 'title' WHERE NEW.made = 1;
    UPDATE job_runner_worker_pools
       SET title = iif(NEW.fields -> 'title' IS NULL, title, NEW.fields ->> 'title'),
           description = iif(NEW.fields -> 'description' IS NULL, description, NEW.fields ->> 'description'),
           enqueue_is_enabled =
               iif(NEW.fields -> 'enqueue_is_enabled' IS NULL, enqueue_is_enabled, NEW.fields ->> 'enqueue_is_enabled'),
           notification_addresses = iif(NEW.fields -> 'notification_addresses' IS NULL, notification_addresses,
                                        NEW.fields ->> 'notification_addresses')
     WHERE id = NEW.id AND NEW.made >= 0;
    DELETE FROM job_runner_pool_workers WHERE pool_id = NEW.id AND NEW.fields -> 'workers' IS NOT NULL;
    INSERT INTO job_runner_pool_workers (pool_id, worker_id)
    SELECT NEW.id, value FROM json_each(NEW.fields, '$.workers') WHERE NEW.made >= 0;
    DELETE FROM job_runner_worker_pools WHERE id = NEW.id AND NEW.made = -1;
END;

CREATE TRIGGER IF NOT EXISTS job_runner_edit_project INSTEAD OF INSERT ON job_runner_edits
WHEN NEW.resource = 'project' AND NEW.refusal IS NULL BEGIN
    INSERT INTO job_runner_projects (id, title) SELECT NEW.id, NEW.fields ->> 'title' WHERE NEW.made = 1;
    UPDATE job_runner_projects
       SET title = iif(NEW.fields -> 'title' IS NULL, title, NEW.fields ->> 'title'),
           description = iif(NEW.fields -> 'description' IS NULL, description, NEW.fields ->> 'description'),
           enqueue_is_enabled =
               iif(NEW.fields -> 'enqueue_is_enabled' IS NULL, enqueue_is_enabled, NEW.fields ->> 'enqueue_is_enabled'),
           notification_addresses = iif(NEW.fields -> 'notification_addresses' IS NULL, notification_addresses,
                                        NEW.fields ->> 'notification_addresses')
     WHERE id = NEW.id AND NEW.made >= 0;
    DELETE FROM job_runner_project_pools WHERE project_id = NEW.id AND NEW.fields -> 'worker_pools' IS NOT NULL;
    INSERT INTO job_runner_project_pools (project_id, pool_id)
    SELECT NEW.id, value FROM json_each(NEW.fields, '$.worker_pools') WHERE NEW.made >= 0;
    DELETE FROM job_runner_project_groups WHERE project_id = NEW.id AND NEW.fields -> 'groups' IS NOT NULL;
    INSERT INTO job_runner_project_groups (project_id, group_id)
    SELECT NEW.id, value FROM json_each(NEW.fields, '$.groups') WHERE NEW.made >= 0;
    DELETE FROM job_runner_project_auth_groups WHERE project_id = NEW.id AND NEW.fields -> 'auth_groups' IS NOT NULL;
    INSERT INTO job_runner_project_auth_groups (project_id, group_id)
    SELECT NEW.id, value FROM json_each(NEW.fields, '$.auth_groups') WHERE NEW.made >= 0;
    DELETE FROM job_runner_projects WHERE id = NEW.id AND NEW.made = -1;
END;

CREATE TRIGGER IF NOT EXISTS job_runner_edit_job_template INSTEAD OF INSERT ON job_runner_edits
WHEN NEW.resource = 'job_template' AND NEW.refusal IS NULL BEGIN
    INSERT INTO job_runner_job_templates (id, project_id, title)
    SELECT NEW.id, NEW.fields ->> 'project', NEW.fields ->> 'title' WHERE NEW.made = 1;
    UPDATE job_runner_job_templates
       SET project_id = iif(NEW.fields -> 'project' IS NULL, project_id, NEW.fields ->> 'project'),
           title = iif(NEW.fields -> 'title' IS NULL, title, NEW.fields ->> 'title'),
           description = iif(NEW.fields -> 'description' IS NULL, description, NEW.fields ->> 'description'),
           enqueue_is_enabled =
               iif(NEW.fields -> 'enqueue_is_enabled' IS NULL, enqueue_is_enabled, NEW.fields ->> 'enqueue_is_enabled'),
           notification_addresses = iif(NEW.fields -> 'notification_addresses' IS NULL, notification_addresses,
                                        NEW.fields ->> 'notification_addresses'),
           body = iif(NEW.fields -> 'body' IS NULL, body, NEW.fields ->> 'body'),
           pieces = iif(NEW.fields -> 'pieces' IS NULL, pieces, NEW.fields -> 'pieces'),
           part_shares = iif(NEW.fields -> 'part_shares' IS NULL, part_shares, NEW.fields ->> 'part_shares')
     WHERE id = NEW.id AND NEW.made >= 0;
    DELETE FROM job_runner_job_templates WHERE id = NEW.id AND NEW.made = -1;
END;

CREATE TRIGGER IF NOT EXISTS job_runner_edit_job INSTEAD OF INSERT ON job_runner_edits
WHEN NEW.resource = 'job' AND NEW.refusal IS NULL BEGIN
    INSERT INTO job_runner_jobs (id, template_id, project_id, pool_id, title)
    SELECT NEW.id, t.id, t.project_id, NEW.fields ->> 'worker_pool', NEW.fields ->> 'title'
      FROM job_runner_job_templates AS t
     WHERE t.id = NEW.fields ->> 'job_template' AND NEW.made = 1;
    UPDATE job_runner_jobs
       SET template_id = iif(NEW.fields -> 'job_template' IS NULL, template_id, NEW.fields ->> 'job_template'),
           project_id = iif(NEW.fields -> 'job_template' IS NULL, project_id,
               (SELECT t.project_id FROM job_runner_job_templates AS t WHERE t.id = NEW.fields ->> 'job_template')),
           pool_id = iif(NEW.fields -> 'worker_pool' IS NULL, pool_id, NEW.fields ->> 'worker_pool'),
           parent_id = iif(NEW.fields -> 'parent' IS NULL, parent_id, NEW.fields ->> 'parent'),
           title = iif(NEW.fields -> 'title' IS NULL, title, NEW.fields ->> 'title'),
           description = iif(NEW.fields -> 'description' IS NULL, description, NEW.fields ->> 'description'),
           script_content_partial = iif(NEW.fields -> 'script_content_partial' IS NULL, script_content_partial,
                                        NEW.fields ->> 'script_content_partial'),
           enqueue_is_enabled =
               iif(NEW.fields -> 'enqueue_is_enabled' IS NULL, enqueue_is_enabled, NEW.fields ->> 'enqueue_is_enabled'),
           reschedule_interval = iif(NEW.fields -> 'reschedule_interval' IS NULL, reschedule_interval,
                                     NEW.fields ->> 'reschedule_interval'),
           reschedule_interval_type = iif(NEW.fields -> 'reschedule_interval_type' IS NULL, reschedule_interval_type,
                                          NEW.fields ->> 'reschedule_interval_type'),
           run_on_all_workers =
               iif(NEW.fields -> 'run_on_all_workers' IS NULL, run_on_all_workers, NEW.fields ->> 'run_on_all_workers'),
           schedule_children_on_error = iif(NEW.fields -> 'schedule_children_on_error' IS NULL,
                                            schedule_children_on_error, NEW.fields ->> 'schedule_children_on_error'),
           notification_addresses = iif(NEW.fields -> 'notification_addresses' IS NULL, notification_addresses,
                                        NEW.fields ->> 'notification_addresses'),
           disable_enqueue_after_fails = iif(NEW.fields -> 'disable_enqueue_after_fails' IS NULL,
                                             disable_enqueue_after_fails, NEW.fields ->> 'disable_enqueue_after_fails'),
           max_attempts = iif(NEW.fields -> 'max_attempts' IS NULL, max_attempts, NEW.fields ->> 'max_attempts')
     WHERE id = NEW.id AND NEW.made >= 0;
    DELETE FROM job_runner_jobs WHERE id = NEW.id AND NEW.made = -1;
END;

CREATE TRIGGER IF NOT EXISTS job_runner_edit_exclude INSTEAD OF INSERT ON job_runner_edits
WHEN NEW.resource = 'reschedule_exclude' AND NEW.refusal IS NULL BEGIN
    INSERT INTO job_runner_reschedule_excludes (id, job_id, start_time, end_time)
    SELECT NEW.id, NEW.fields ->> 'job', NEW.fields ->> 'start_time', NEW.fields ->> 'end_time' WHERE NEW.made = 1;
    UPDATE job_runner_reschedule_excludes
       SET job_id = iif(NEW.fields -> 'job' IS NULL, job_id, NEW.fields ->> 'job'),
           start_time = iif(NEW.fields -> 'start_time' IS NULL, start_time, NEW.fields ->> 'start_time'),
           end_time = iif(NEW.fields -> 'end_time' IS NULL, end_time, NEW.fields ->> 'end_time'),
           note = iif(NEW.fields -> 'note' IS NULL, note, NEW.fields ->> 'note')
     WHERE id = NEW.id AND NEW.made >= 0;
    DELETE FROM job_runner_reschedule_excludes WHERE id = NEW.id AND NEW.made = -1;
END;

CREATE TRIGGER IF NOT EXISTS job_runner_edit_run INSTEAD OF INSERT ON job_runner_edits
WHEN NEW.resource = 'run' AND NEW.made = -1 AND NEW.refusal IS NULL BEGIN
    DELETE FROM job_runner_runs WHERE id = NEW.id;
END;

-- ---- logs and kill requests ------------------------------------------------------------------------------------

CREATE VIEW IF NOT EXISTS job_runner_log_edits (id, run_id, job_id, made, content, refusal) AS
SELECT NULL, NULL, NULL, NULL, NULL, NULL WHERE 0;

CREATE TRIGGER IF NOT EXISTS job_runner_log_edit INSTEAD OF INSERT ON job_runner_log_edits
WHEN NEW.refusal IS NULL AND NEW.made >= 0 BEGIN
    INSERT INTO job_runner_run_logs (id, run_id, job_id) SELECT NEW.id, NEW.run_id, NEW.job_id WHERE NEW.made = 1;
    UPDATE job_runner_run_logs SET bytes = ifnull(octet_length(NEW.content), 0) WHERE id = NEW.id;
    INSERT INTO job_runner_run_log_texts (log_id, content) VALUES (NEW.id, NEW.content)
        ON CONFLICT (log_id) DO UPDATE SET content = excluded.content;
END;

CREATE VIEW IF NOT EXISTS job_runner_kill_edits (id, run_id, job_id, made, fields, now, refusal) AS
SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL WHERE 0;

CREATE TRIGGER IF NOT EXISTS job_runner_kill_edit INSTEAD OF INSERT ON job_runner_kill_edits
WHEN NEW.refusal IS NULL BEGIN
    INSERT INTO job_runner_kill_requests (id, run_id, job_id, schedule_dts)
    SELECT NEW.id, NEW.run_id, NEW.job_id, NEW.now WHERE NEW.made = 1;
    UPDATE job_runner_kill_requests
       SET enqueue_dts = iif(NEW.fields -> 'enqueue_dts' IS NULL, enqueue_dts, NEW.fields ->> 'enqueue_dts'),
           execute_dts = iif(NEW.fields -> 'execute_dts' IS NULL, execute_dts, NEW.fields ->> 'execute_dts')
     WHERE id = NEW.id;
END;

-- ---- runs -----------------------------------------------------------------------------------------------------

-- A run that was asked for; the first of its schedule.
CREATE VIEW IF NOT EXISTS job_runner_new_runs
    (id, job_id, worker_id, schedule_dts, is_manual, schedule_children, refusal) AS
SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL WHERE 0;

CREATE TRIGGER IF NOT EXISTS job_runner_new_run INSTEAD OF INSERT ON job_runner_new_runs
WHEN NEW.refusal IS NULL BEGIN
    INSERT INTO job_runner_runs
           (id, job_id, project_id, schedule_id, worker_id, schedule_dts, is_manual, schedule_children)
    SELECT NEW.id, j.id, j.project_id, NEW.id, NEW.worker_id, NEW.schedule_dts, NEW.is_manual, NEW.schedule_children
      FROM job_runner_jobs AS j
     WHERE j.id = NEW.job_id;
END;

-- A change of a run by its worker or the operator. `returns`: 1 when this is its first return,
-- whose effects follow through `job_runner_returns`; -1 when it gives the run back. `plan`: what
-- these need to know (0004_scheduling.sql).
CREATE VIEW IF NOT EXISTS job_runner_run_edits (id, returns, fields, worker_id, refusal, now, plan) AS
SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL WHERE 0;

CREATE TRIGGER IF NOT EXISTS job_runner_run_edit INSTEAD OF INSERT ON job_runner_run_edits
WHEN NEW.refusal IS NULL BEGIN
    UPDATE job_runner_runs
       SET worker_id = NEW.worker_id,
           schedule_dts = iif(NEW.fields -> 'schedule_dts' IS NULL, schedule_dts, NEW.fields ->> 'schedule_dts'),
           intended_local = iif(NEW.fields -> 'schedule_dts' IS NULL, intended_local, NULL),
           is_manual = iif(NEW.fields -> 'is_manual' IS NULL, is_manual, NEW.fields ->> 'is_manual'),
           schedule_children = iif(NEW.fields -> 'schedule_children' IS NULL, schedule_children,
                                   NEW.fields ->> 'schedule_children'),
           enqueue_dts = iif(NEW.fields -> 'enqueue_dts' IS NULL, enqueue_dts, NEW.fields ->> 'enqueue_dts'),
           start_dts = iif(NEW.fields -> 'start_dts' IS NULL, start_dts, NEW.fields ->> 'start_dts'),
           pid = iif(NEW.fields -> 'pid' IS NULL, pid, NEW.fields ->> 'pid'),
           return_success = iif(NEW.fields -> 'return_success' IS NULL, return_success,
                                NEW.fields ->> 'return_success')
     WHERE id = NEW.id;
    UPDATE job_runner_runs
       SET start_dts = NULL, pid = NULL, return_success = NULL,
           lease = NULL, lease_seconds = NULL, lease_expires_dts = NULL,
           offered_worker_id = NULL, offered_dts = NULL, offered_again_dts = NULL
     WHERE id = NEW.id AND NEW.returns = -1;
    INSERT INTO job_runner_returns (run_id, return_dts, success, now, plan)
    SELECT NEW.id, NEW.fields ->> 'return_dts', ifnull(r.return_success, 0), NEW.now, NEW.plan
      FROM job_runner_runs AS r
     WHERE r.id = NEW.id AND NEW.returns = 1;
END;
