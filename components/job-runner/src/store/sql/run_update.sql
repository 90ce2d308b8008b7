-- Changes the run ?1 as the fields ?2 ask, for the scope ?3, who shows the lease ?4, at the time
-- ?5. The refusals are the rules, in the order in which they count. ?6: what the effects of a
-- return need to know.
WITH asked AS MATERIALIZED (
    SELECT r.id, r.job_id, r.schedule_id, r.worker_id, r.schedule_dts, r.return_dts, r.return_success, r.is_manual,
           r.schedule_children, r.lease, r.state, j.pool_id, j.run_on_all_workers,
           ?3 ->> 'kind' = 'worker' AS by_worker,
           iif(?3 ->> 'kind' = 'worker', ?3 ->> 'id', NULL) AS me,
           ?2 ->> 'enqueue_dts' AS takes,
           ?2 -> 'enqueue_dts' = 'null' AS gives,
           ?2 ->> 'return_dts' AS returned,
           coalesce(?2 ->> 'return_success', r.return_success, 0) AS outcome
      FROM job_runner_runs AS r
     CROSS JOIN job_runner_jobs AS j ON j.id = r.job_id
     WHERE r.id = ?1 + 0
       AND j.pool_id IN (SELECT value FROM json_each(?3, '$.run_pools'))
       AND r.project_id IN (SELECT value FROM json_each(?3, '$.projects'))
),
judged AS MATERIALIZED (
    SELECT id, worker_id, return_dts, state, by_worker, me, takes, gives, returned,
           return_dts IS NOT NULL AND outcome = return_success
               AND (returned IS NOT NULL OR ?2 ->> 'return_success' IS NOT NULL) AS again,
           CASE
               WHEN by_worker AND ?2 ->> 'worker' <> me THEN 'hidden'
               WHEN NOT by_worker AND ?2 ->> 'worker' IS NOT NULL
                    AND NOT EXISTS (SELECT 1
                                      FROM job_runner_pool_workers AS pw
                                     WHERE pw.pool_id = asked.pool_id AND pw.worker_id = ?2 ->> 'worker')
                   THEN 'wrong worker The worker is not in the pool of the job.'
               WHEN ?2 ->> 'job' <> job_id THEN 'wrong job The job of a run cannot be changed.'
               WHEN ?2 ->> 'schedule_id' <> schedule_id THEN 'wrong schedule_id It cannot be changed.'
               WHEN by_worker AND (lease IS NOT NULL OR ?4 IS NOT NULL) AND lease IS NOT ?4
                   THEN 'taken The lease of run ' || id || ' is missing or lost.'
               WHEN return_dts IS NOT NULL AND (?2 ->> 'return_success' <> return_success
                                                OR ?2 -> 'return_dts' = 'null'
                                                OR ?2 -> 'start_dts' = 'null' OR gives)
                   THEN 'taken Run ' || id || ' has returned already.'
               WHEN return_dts IS NOT NULL AND outcome = return_success
                    AND (returned IS NOT NULL OR ?2 ->> 'return_success' IS NOT NULL) THEN NULL
               WHEN return_dts IS NOT NULL AND takes IS NOT NULL
                   THEN 'taken Run ' || id || ' has returned already.'
               WHEN by_worker AND (takes IS NOT NULL OR gives AND state > 0 OR returned IS NOT NULL
                                   OR ?2 ->> 'worker' IS NOT NULL)
                    AND worker_id <> me
                   THEN 'taken Run ' || id || ' is taken by another worker.'
               WHEN by_worker AND takes IS NOT NULL AND run_on_all_workers AND worker_id IS NULL
                   THEN 'taken Run ' || id || ' is for all workers and must be spread first.'
               WHEN state > 0 AND (?2 ->> 'schedule_dts' <> schedule_dts OR ?2 ->> 'is_manual' <> is_manual
                                   OR ?2 ->> 'schedule_children' <> schedule_children)
                   THEN 'taken Run ' || id || ' is not scheduled any more.'
               WHEN returned IS NOT NULL
                    AND (SELECT b.basis FROM job_runner_bases AS b WHERE b.job_id = asked.job_id) IS NOT ?6 ->> 'basis'
                   THEN 'stale'
           END AS refusal
      FROM asked
)
INSERT INTO job_runner_run_edits (id, returns, fields, worker_id, refusal, now, plan)
SELECT id,
       CASE WHEN return_dts IS NULL AND returned IS NOT NULL THEN 1
            WHEN gives AND state > 0 AND return_dts IS NULL THEN -1
            ELSE 0 END,
       -- A return that is told again changes nothing.
       iif(again, '{}', ?2),
       CASE WHEN again THEN worker_id
            WHEN by_worker AND takes IS NOT NULL THEN me
            WHEN ?2 -> 'worker' IS NULL THEN worker_id
            WHEN by_worker THEN coalesce(?2 ->> 'worker', worker_id)
            ELSE ?2 ->> 'worker' END,
       refusal,
       ?5,
       ?6
  FROM judged
RETURNING id, refusal
