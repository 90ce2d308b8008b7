-- What follows from what: the effects of returns, the next runs of jobs, handing runs out, and
-- telling people.
--
-- Date arithmetic is done in Rust. Whoever may cause a job to be scheduled again first reads the
-- job's basis (`job_runner_bases`), computes the next time from it, and hands both back as `plan`:
--
--   {"basis": text, "at": microseconds, "intended": local time or null,   a next run
--    "gives_up": 1,                                                       or none can be found
--    "origin": "http://...", "emails": [...]}                             for notifications
--
-- A command whose basis is not the present one is refused as stale, and its caller reads again.

CREATE VIEW IF NOT EXISTS job_runner_bases (job_id, basis) AS
SELECT j.id,
       json_array(j.reschedule_interval, j.reschedule_interval_type, r.id, r.schedule_dts, r.intended_local,
                  json((SELECT json_group_array(json_array(x.start_time, x.end_time))
                          FROM (SELECT e.start_time, e.end_time
                                  FROM job_runner_reschedule_excludes AS e
                                 WHERE e.job_id = j.id
                                 ORDER BY e.id) AS x)))
  FROM job_runner_jobs AS j
 CROSS JOIN job_runner_runs AS r
    ON r.id = (SELECT max(latest.id)
                 FROM job_runner_runs AS latest
                WHERE latest.job_id = j.id AND latest.is_manual = 0)
 WHERE j.reschedule_interval IS NOT NULL AND j.reschedule_interval_type <> '';

-- ---- notifications ----------------------------------------------------------------------------------------------

-- Who is told of what happens to a job: one row for each line of its fields, in the order in which
-- they count.
CREATE VIEW IF NOT EXISTS job_runner_job_addresses (job_id, place, address) AS
SELECT j.id, f.key * 1000 + line.key, trim(line.value)
  FROM job_runner_jobs AS j
 CROSS JOIN job_runner_job_templates AS t ON t.id = j.template_id
 CROSS JOIN job_runner_projects AS p ON p.id = t.project_id
 CROSS JOIN job_runner_worker_pools AS o ON o.id = j.pool_id
 CROSS JOIN json_each(json_array(j.notification_addresses, t.notification_addresses,
                                 p.notification_addresses, o.notification_addresses)) AS f
 -- A text as a JSON array of its lines: `\n` is a line's end wherever its backslash is not itself
 -- escaped.
 CROSS JOIN json_each('[' || replace(replace(replace(json_quote(replace(f.value, char(13), '')),
                                                     '\\', char(1)), '\n', '","'), char(1), '\\') || ']') AS line;

-- What a notification says of a run. The log's tail is its last 200 lines, of at most 64 Ki
-- characters.
CREATE VIEW IF NOT EXISTS job_runner_run_reports (run_id, body) AS
SELECT r.id,
       'Job: ' || j.title || char(10)
       || 'Started by hand: ' || iif(r.is_manual, 'yes', 'no') || char(10)
       || 'Killed: ' || iif(EXISTS (SELECT 1
                                      FROM job_runner_kill_requests AS k
                                     WHERE k.run_id = r.id AND k.execute_dts IS NOT NULL), 'yes', 'no') || char(10)
       || 'Worker pool: ' || o.title || char(10)
       || 'Run: ' || r.id || char(10)
       || 'Scheduled: ' || datetime(r.schedule_dts / 1000000, 'unixepoch') || ' UTC' || char(10)
       || 'Enqueued: ' || ifnull(datetime(r.enqueue_dts / 1000000, 'unixepoch') || ' UTC', '-') || char(10)
       || 'Started: ' || ifnull(datetime(r.start_dts / 1000000, 'unixepoch') || ' UTC', '-') || char(10)
       || 'Returned: ' || ifnull(datetime(r.return_dts / 1000000, 'unixepoch') || ' UTC', '-') || char(10)
       || ifnull(char(10) || (
              SELECT group_concat(value, char(10))
                FROM (SELECT key, value
                        FROM (SELECT line.key, line.value
                                FROM job_runner_run_logs AS l
                               CROSS JOIN job_runner_run_log_texts AS lt ON lt.log_id = l.id
                               CROSS JOIN json_each('[' || replace(replace(replace(
                                   json_quote(substr(lt.content, -65536)), '\\', char(1)), '\n', '","'),
                                   char(1), '\\') || ']') AS line
                               WHERE l.run_id = r.id AND lt.content IS NOT NULL
                               ORDER BY line.key DESC
                               LIMIT 200)
                       ORDER BY key)) || char(10), '')
  FROM job_runner_runs AS r
 CROSS JOIN job_runner_jobs AS j ON j.id = r.job_id
 CROSS JOIN job_runner_worker_pools AS o ON o.id = j.pool_id;

-- Puts a notification about a job, and maybe a run of it, into the outbox.
CREATE VIEW IF NOT EXISTS job_runner_tellings (kind, job_id, run_id, now, plan) AS
SELECT NULL, NULL, NULL, NULL, NULL WHERE 0;

CREATE TRIGGER IF NOT EXISTS job_runner_tell INSTEAD OF INSERT ON job_runner_tellings BEGIN
    INSERT INTO job_runner_notifications (kind, created_dts, subject, body, addresses, run_id, job_id)
    SELECT NEW.kind,
           NEW.now,
           CASE NEW.kind WHEN 'run_failed' THEN 'Run error for: '
                         WHEN 'reschedule_failed' THEN 'Reschedule error for: '
                         ELSE 'Job disabled: ' END || j.title,
           ifnull((SELECT body FROM job_runner_run_reports WHERE run_id = NEW.run_id), 'Job: ' || j.title || char(10))
               || 'Link: ' || ifnull(NEW.plan ->> 'origin', '')
               || ifnull('/api/v1/run/' || NEW.run_id, '/api/v1/job/' || j.id) || '/' || char(10),
           (SELECT json_group_array(address)
              FROM (SELECT address
                      FROM (SELECT key AS place, value AS address
                              FROM json_each(ifnull(NEW.plan -> 'emails', '[]'))
                            UNION ALL
                            SELECT 1000 + a.place, a.address
                              FROM job_runner_job_addresses AS a
                             WHERE a.job_id = NEW.job_id AND a.address <> '')
                     GROUP BY address
                     ORDER BY min(place))),
           NEW.run_id,
           NEW.job_id
      FROM job_runner_jobs AS j
     WHERE j.id = NEW.job_id;
END;

-- ---- rescheduling -----------------------------------------------------------------------------------------------

-- Plans the next run of a job, unless it has one that has not returned. `except`: a schedule that
-- does not count.
CREATE VIEW IF NOT EXISTS job_runner_reschedules (job_id, except_schedule, now, plan) AS
SELECT NULL, NULL, NULL, NULL WHERE 0;

CREATE TRIGGER IF NOT EXISTS job_runner_reschedule INSTEAD OF INSERT ON job_runner_reschedules
WHEN NOT EXISTS (SELECT 1
                   FROM json_each('[0,1,2]') AS state
                  CROSS JOIN job_runner_runs AS r ON r.job_id = NEW.job_id AND r.state = state.value
                  WHERE r.schedule_id IS NOT NEW.except_schedule) BEGIN
    INSERT INTO job_runner_runs (job_id, project_id, schedule_dts, intended_local)
    SELECT j.id, j.project_id, NEW.plan ->> 'at', NEW.plan ->> 'intended'
      FROM job_runner_jobs AS j
     WHERE j.id = NEW.job_id AND NEW.plan ->> 'at' IS NOT NULL;
    INSERT INTO job_runner_tellings (kind, job_id, run_id, now, plan)
    SELECT 'reschedule_failed', NEW.job_id, NULL, NEW.now, NEW.plan WHERE NEW.plan ->> 'gives_up' = 1;
END;

-- ---- returns ----------------------------------------------------------------------------------------------------

-- The first return of a run, whoever says so: its worker, a health check, a lost lease.
CREATE VIEW IF NOT EXISTS job_runner_returns (run_id, return_dts, success, now, plan) AS
SELECT NULL, NULL, NULL, NULL, NULL WHERE 0;

CREATE TRIGGER IF NOT EXISTS job_runner_return INSTEAD OF INSERT ON job_runner_returns BEGIN
    UPDATE job_runner_runs
       SET enqueue_dts = ifnull(enqueue_dts, NEW.return_dts),
           start_dts = ifnull(start_dts, NEW.return_dts),
           return_dts = NEW.return_dts,
           return_success = NEW.success,
           lease_expires_dts = NULL
     WHERE id = NEW.run_id;
    INSERT INTO job_runner_tellings (kind, job_id, run_id, now, plan)
    SELECT 'run_failed', r.job_id, r.id, NEW.now, NEW.plan
      FROM job_runner_runs AS r
     WHERE r.id = NEW.run_id AND NEW.success = 0;
    INSERT INTO job_runner_completions (run_id, job_id, schedule_id, schedule_children, failed, now, plan)
    SELECT r.id, r.job_id, r.schedule_id, r.schedule_children,
           EXISTS (SELECT 1 FROM job_runner_runs AS s WHERE s.schedule_id = r.schedule_id AND s.state = 4),
           NEW.now, NEW.plan
      FROM job_runner_runs AS r
     WHERE r.id = NEW.run_id
       AND NOT EXISTS (SELECT 1
                         FROM job_runner_runs AS s
                        WHERE s.schedule_id = r.schedule_id AND s.return_dts IS NULL);
    INSERT INTO job_runner_reschedules (job_id, except_schedule, now, plan)
    SELECT r.job_id, NULL, NEW.now, NEW.plan FROM job_runner_runs AS r WHERE r.id = NEW.run_id;
END;

-- A schedule all of whose runs have returned.
CREATE VIEW IF NOT EXISTS job_runner_completions
    (run_id, job_id, schedule_id, schedule_children, failed, now, plan) AS
SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL WHERE 0;

CREATE TRIGGER IF NOT EXISTS job_runner_completion INSTEAD OF INSERT ON job_runner_completions BEGIN
    INSERT INTO job_runner_tellings (kind, job_id, run_id, now, plan)
    SELECT 'job_disabled', j.id, NEW.run_id, NEW.now, NEW.plan
      FROM job_runner_jobs AS j
     WHERE j.id = NEW.job_id AND NEW.failed AND j.enqueue_is_enabled = 1
       AND j.disable_enqueue_after_fails > 0 AND j.fail_times + 1 > j.disable_enqueue_after_fails;
    UPDATE job_runner_jobs
       SET fail_times = iif(NEW.failed, fail_times + 1, 0),
           enqueue_is_enabled = iif(NEW.failed AND ifnull(disable_enqueue_after_fails, 0) > 0
                                        AND fail_times + 1 > disable_enqueue_after_fails, 0, enqueue_is_enabled),
           last_completed_schedule_id = NEW.schedule_id
     WHERE id = NEW.job_id;
    INSERT INTO job_runner_runs (job_id, project_id, schedule_dts)
    SELECT child.id, child.project_id, NEW.now
      FROM job_runner_jobs AS j
     CROSS JOIN job_runner_jobs AS child ON child.parent_id = j.id
     WHERE j.id = NEW.job_id AND NEW.schedule_children AND child.enqueue_is_enabled = 1
       AND (NOT NEW.failed OR j.schedule_children_on_error = 1)
     ORDER BY child.id;
END;

-- A run that somebody else gives up, with the reason in its log.
CREATE VIEW IF NOT EXISTS job_runner_failures (run_id, reason, now, plan) AS
SELECT NULL, NULL, NULL, NULL WHERE 0;

CREATE TRIGGER IF NOT EXISTS job_runner_failure INSTEAD OF INSERT ON job_runner_failures BEGIN
    INSERT INTO job_runner_run_logs (run_id, job_id)
    SELECT r.id, r.job_id
      FROM job_runner_runs AS r
     WHERE r.id = NEW.run_id AND NOT EXISTS (SELECT 1 FROM job_runner_run_logs AS l WHERE l.run_id = r.id);
    INSERT INTO job_runner_run_log_texts (log_id, content)
    SELECT l.id, NEW.reason FROM job_runner_run_logs AS l WHERE l.run_id = NEW.run_id
        ON CONFLICT (log_id) DO UPDATE
        SET content = iif(ifnull(content, '') = '', excluded.content, content || char(10) || excluded.content);
    UPDATE job_runner_run_logs
       SET bytes = (SELECT octet_length(lt.content) FROM job_runner_run_log_texts AS lt WHERE lt.log_id = id)
     WHERE run_id = NEW.run_id;
    INSERT INTO job_runner_returns (run_id, return_dts, success, now, plan)
    VALUES (NEW.run_id, NEW.now, 0, NEW.now, NEW.plan);
END;

-- ---- handing out --------------------------------------------------------------------------------------------------

-- What is due: planned for now or earlier, enabled or wanted by hand, the first schedule of its job,
-- and no other schedule of the job is active. `next_dts` is not after `schedule_dts`, and has the
-- index that finds the jobs to look at.
CREATE VIEW IF NOT EXISTS job_runner_due
    (run_id, job_id, pool_id, worker_id, schedule_id, schedule_dts, next_dts, spreads) AS
SELECT r.id, q.job_id, q.pool_id, r.worker_id, r.schedule_id, r.schedule_dts, q.next_dts,
       j.run_on_all_workers = 1 AND r.worker_id IS NULL
  FROM job_runner_queues AS q
 CROSS JOIN job_runner_jobs AS j ON j.id = q.job_id
 CROSS JOIN job_runner_job_templates AS t ON t.id = j.template_id
 CROSS JOIN job_runner_projects AS p ON p.id = t.project_id
 CROSS JOIN job_runner_worker_pools AS o ON o.id = j.pool_id
 CROSS JOIN job_runner_runs AS head
    ON head.id = (SELECT first.id
                    FROM (SELECT id, schedule_dts FROM (SELECT x.id, x.schedule_dts
                                           FROM job_runner_runs AS x
                                          WHERE x.job_id = j.id AND x.is_manual = 0 AND x.state = 0
                                            AND j.enqueue_is_enabled AND t.enqueue_is_enabled
                                            AND p.enqueue_is_enabled AND o.enqueue_is_enabled
                                          ORDER BY x.schedule_dts, x.id
                                          LIMIT 1)
                          UNION ALL
                          SELECT id, schedule_dts FROM (SELECT x.id, x.schedule_dts
                                           FROM job_runner_runs AS x
                                          WHERE x.job_id = j.id AND x.is_manual = 1 AND x.state = 0
                                          ORDER BY x.schedule_dts, x.id
                                          LIMIT 1)) AS first
                   ORDER BY first.schedule_dts, first.id
                   LIMIT 1)
 CROSS JOIN job_runner_runs AS r ON r.schedule_id = head.schedule_id
 WHERE r.state = 0
   AND (r.is_manual OR j.enqueue_is_enabled AND t.enqueue_is_enabled AND p.enqueue_is_enabled AND o.enqueue_is_enabled)
   AND NOT EXISTS (SELECT 1
                     FROM json_each('[1,2]') AS state
                    CROSS JOIN job_runner_runs AS active INDEXED BY job_runner_runs_by_job
                       ON active.job_id = r.job_id AND active.state = state.value
                    WHERE active.schedule_id <> r.schedule_id);

-- A run for all workers becomes one run for each enabled worker of the pool.
CREATE VIEW IF NOT EXISTS job_runner_spreads (run_id, now, plan) AS SELECT NULL, NULL, NULL WHERE 0;

CREATE TRIGGER IF NOT EXISTS job_runner_spread INSTEAD OF INSERT ON job_runner_spreads BEGIN
    INSERT INTO job_runner_runs (job_id, project_id, schedule_id, worker_id, schedule_dts, intended_local, is_manual,
                                 schedule_children)
    SELECT r.job_id, r.project_id, r.schedule_id, w.id, r.schedule_dts, r.intended_local, r.is_manual,
           r.schedule_children
      FROM job_runner_runs AS r
     CROSS JOIN job_runner_jobs AS j ON j.id = r.job_id
     CROSS JOIN job_runner_pool_workers AS pw ON pw.pool_id = j.pool_id
     CROSS JOIN job_runner_workers AS w ON w.id = pw.worker_id
     WHERE r.id = NEW.run_id AND w.enqueue_is_enabled = 1
     ORDER BY w.id
     LIMIT -1 OFFSET 1;
    -- The first worker gets the run that was there.
    UPDATE job_runner_runs
       SET worker_id = (SELECT min(w.id)
                          FROM job_runner_jobs AS j
                         CROSS JOIN job_runner_pool_workers AS pw ON pw.pool_id = j.pool_id
                         CROSS JOIN job_runner_workers AS w ON w.id = pw.worker_id
                         WHERE j.id = job_id AND w.enqueue_is_enabled = 1)
     WHERE id = NEW.run_id;
    INSERT INTO job_runner_reschedules (job_id, except_schedule, now, plan)
    SELECT r.job_id, r.schedule_id, NEW.now, NEW.plan FROM job_runner_runs AS r WHERE r.id = NEW.run_id;
END;

-- A run goes to a worker that works over HTTP.
CREATE VIEW IF NOT EXISTS job_runner_takes (run_id, worker_id, lease, lease_seconds, now, plan) AS
SELECT NULL, NULL, NULL, NULL, NULL, NULL WHERE 0;

CREATE TRIGGER IF NOT EXISTS job_runner_take INSTEAD OF INSERT ON job_runner_takes BEGIN
    UPDATE job_runner_runs
       SET worker_id = NEW.worker_id, enqueue_dts = NEW.now, lease = NEW.lease, lease_seconds = NEW.lease_seconds,
           lease_expires_dts = NEW.now + NEW.lease_seconds * 1000000
     WHERE id = NEW.run_id;
    INSERT INTO job_runner_reschedules (job_id, except_schedule, now, plan)
    SELECT r.job_id, r.schedule_id, NEW.now, NEW.plan FROM job_runner_runs AS r WHERE r.id = NEW.run_id;
END;

-- A run is offered to a worker that listens to ZeroMQ; it is taken when that worker says so.
CREATE VIEW IF NOT EXISTS job_runner_offers (run_id, worker_id, api_key, again, now, plan) AS
SELECT NULL, NULL, NULL, NULL, NULL, NULL WHERE 0;

CREATE TRIGGER IF NOT EXISTS job_runner_offer INSTEAD OF INSERT ON job_runner_offers BEGIN
    UPDATE job_runner_runs
       SET offered_worker_id = NEW.worker_id,
           offered_dts = iif(NEW.again, offered_dts, NEW.now),
           offered_again_dts = NEW.now
     WHERE id = NEW.run_id;
    INSERT INTO job_runner_reschedules (job_id, except_schedule, now, plan)
    SELECT r.job_id, r.schedule_id, NEW.now, NEW.plan FROM job_runner_runs AS r WHERE r.id = NEW.run_id;
END;

-- A worker that runs something over HTTP is still there.
CREATE VIEW IF NOT EXISTS job_runner_heartbeats (run_id, pid, log, now, lease_expires_dts, kill) AS
SELECT NULL, NULL, NULL, NULL, NULL, NULL WHERE 0;

CREATE TRIGGER IF NOT EXISTS job_runner_heartbeat INSTEAD OF INSERT ON job_runner_heartbeats BEGIN
    UPDATE job_runner_runs
       SET lease_expires_dts = NEW.lease_expires_dts, pid = ifnull(NEW.pid, pid)
     WHERE id = NEW.run_id;
    UPDATE job_runner_workers
       SET ping_response_dts = NEW.now
     WHERE id = (SELECT r.worker_id FROM job_runner_runs AS r WHERE r.id = NEW.run_id)
       AND ifnull(ping_response_dts, 0) < NEW.now - 30000000;
    UPDATE job_runner_kill_requests SET enqueue_dts = NEW.now WHERE run_id = NEW.run_id AND enqueue_dts IS NULL;
    INSERT INTO job_runner_run_logs (run_id, job_id)
    SELECT r.id, r.job_id
      FROM job_runner_runs AS r
     WHERE r.id = NEW.run_id AND NEW.log IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM job_runner_run_logs AS l WHERE l.run_id = r.id);
    INSERT INTO job_runner_run_log_texts (log_id, content)
    SELECT l.id, NEW.log FROM job_runner_run_logs AS l WHERE l.run_id = NEW.run_id AND NEW.log IS NOT NULL
        ON CONFLICT (log_id) DO UPDATE SET content = excluded.content;
    UPDATE job_runner_run_logs SET bytes = octet_length(NEW.log) WHERE run_id = NEW.run_id AND NEW.log IS NOT NULL;
END;

-- Whether all enabled workers of a pool are silent; told once, until one of them is heard of again.
CREATE VIEW IF NOT EXISTS job_runner_outages (pool_id, silent, now, plan) AS SELECT NULL, NULL, NULL, NULL WHERE 0;

CREATE TRIGGER IF NOT EXISTS job_runner_outage INSTEAD OF INSERT ON job_runner_outages BEGIN
    INSERT INTO job_runner_notifications (kind, created_dts, subject, body, addresses)
    SELECT 'worker_pool_unresponsive', NEW.now, 'Worker-pool unresponsive: ' || o.title,
           'Worker pool: ' || o.title || char(10)
               || 'None of its workers answers pings.' || char(10)
               || 'Link: ' || ifnull(NEW.plan ->> 'origin', '') || '/api/v1/worker_pool/' || o.id || '/' || char(10),
           (SELECT json_group_array(address)
              FROM (SELECT address
                      FROM (SELECT key AS place, value AS address
                              FROM json_each(ifnull(NEW.plan -> 'emails', '[]'))
                            UNION ALL
                            SELECT 1000 + line.key, trim(line.value)
                              FROM json_each('[' || replace(replace(replace(
                                  json_quote(replace(o.notification_addresses, char(13), '')),
                                  '\\', char(1)), '\n', '","'), char(1), '\\') || ']') AS line
                             WHERE trim(line.value) <> '')
                     GROUP BY address
                     ORDER BY min(place)))
      FROM job_runner_worker_pools AS o
     WHERE o.id = NEW.pool_id AND NEW.silent AND o.outage_dts IS NULL;
    UPDATE job_runner_worker_pools
       SET outage_dts = iif(NEW.silent, NEW.now, NULL)
     WHERE id = NEW.pool_id AND NEW.silent <> (outage_dts IS NOT NULL);
END;
