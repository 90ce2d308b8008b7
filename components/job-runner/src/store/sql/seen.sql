-- Of the objects ?2, [[resource, id, uri], ...]: which are there, and which are within the scope
-- ?1.
SELECT e.value ->> 2 AS uri,
       EXISTS (SELECT 1
                 FROM job_runner_objects AS o
                WHERE o.resource = e.value ->> 0 AND o.id = e.value ->> 1) AS there,
       CASE e.value ->> 0
           WHEN 'group' THEN e.value ->> 1 IN (SELECT value FROM json_each(?1, '$.groups'))
           WHEN 'project' THEN e.value ->> 1 IN (SELECT value FROM json_each(?1, '$.projects'))
           WHEN 'worker_pool' THEN e.value ->> 1 IN (SELECT value FROM json_each(?1, '$.pools'))
           WHEN 'worker' THEN e.value ->> 1 IN (SELECT value FROM json_each(?1, '$.workers'))
           WHEN 'job_template' THEN EXISTS (
               SELECT 1
                 FROM job_runner_job_templates AS t
                WHERE t.id = e.value ->> 1 AND t.project_id IN (SELECT value FROM json_each(?1, '$.projects')))
           WHEN 'job' THEN EXISTS (
               SELECT 1
                 FROM job_runner_jobs AS j
                WHERE j.id = e.value ->> 1 AND j.project_id IN (SELECT value FROM json_each(?1, '$.projects')))
           WHEN 'run' THEN EXISTS (
               SELECT 1
                 FROM job_runner_runs AS r
                WHERE r.id = e.value ->> 1 AND r.project_id IN (SELECT value FROM json_each(?1, '$.projects')))
           ELSE ?1 ->> 'kind' IN ('operator', 'bridge')
       END AS visible
  FROM json_each(?2) AS e
