-- ?1 row numbers, or NULL for all jobs of the run ?4, ?2 base of links, ?3 template of log links, ?5 names of fields.
SELECT '[' || coalesce(group_concat(job, ','), '') || ']' AS jobs,
       (SELECT '{"id":' || id || ',"href":' || json_quote(?2 || path) || ',' || rest
          FROM paddles_run_texts
         WHERE id = ?4) AS run
  FROM (SELECT '{' || (SELECT group_concat(json_quote(f.value) || ':' || CASE f.value
                   WHEN 'job_id'         THEN json_quote(j.job_id)
                   WHEN 'status'         THEN json_quote(j.status)
                   WHEN 'description'    THEN json_quote(j.description)
                   WHEN 'failure_reason' THEN json_quote(j.failure_reason)
                   WHEN 'run'            THEN json_quote(r.name)
                   WHEN 'id'             THEN j.id
                   WHEN 'run_id'         THEN j.run_id
                   WHEN 'href'           THEN json_quote(?2 || r.path || 'jobs/' || j.job_id || '/')
                   WHEN 'log_href'       THEN
                        json_quote(replace(replace(?3, '{run_name}', r.name), '{job_id}', j.job_id))
                   WHEN 'posted'         THEN json_quote(strftime('%Y-%m-%d %H:%M:%S', j.posted / 1000000, 'unixepoch')
                        || CASE j.posted % 1000000 WHEN 0 THEN '' ELSE printf('.%06d', j.posted % 1000000) END)
                   WHEN 'started'        THEN json_quote(strftime('%Y-%m-%d %H:%M:%S', j.started / 1000000, 'unixepoch')
                        || CASE j.started % 1000000 WHEN 0 THEN '' ELSE printf('.%06d', j.started % 1000000) END)
                   WHEN 'updated'        THEN json_quote(strftime('%Y-%m-%d %H:%M:%S', j.updated / 1000000, 'unixepoch')
                        || CASE j.updated % 1000000 WHEN 0 THEN '' ELSE printf('.%06d', j.updated % 1000000) END)
                   WHEN 'kernel'    THEN coalesce((SELECT kernel FROM paddles_job_details WHERE job_id = j.id), 'null')
                   WHEN 'overrides' THEN coalesce((SELECT overrides FROM paddles_job_details WHERE job_id = j.id), 'null')
                   WHEN 'roles'     THEN coalesce((SELECT roles FROM paddles_job_details WHERE job_id = j.id), 'null')
                   WHEN 'targets'   THEN coalesce((SELECT targets FROM paddles_job_details WHERE job_id = j.id), 'null')
                   WHEN 'tasks'     THEN coalesce((SELECT tasks FROM paddles_job_details WHERE job_id = j.id), 'null')
                   ELSE coalesce((SELECT fields -> f.value FROM paddles_job_details WHERE job_id = j.id), 'null')
                   END, ',')
                  FROM json_each(?5) AS f) || '}' AS job
          FROM json_each(coalesce(?1, (SELECT json_group_array(id)
                                         FROM (SELECT id
                                                 FROM paddles_jobs
                                                WHERE run_id = ?4
                                                ORDER BY job_key, id)))) AS picked
         CROSS JOIN paddles_jobs AS j ON j.id = picked.value
          JOIN paddles_runs AS r ON r.id = j.run_id
         ORDER BY picked.key)
