-- Offers the runs of the commands ?1 at the time ?3; workers that answered a ping since ?2 are
-- responsive. A run belongs to the worker that was told of it first for the time ?4.
INSERT INTO job_runner_offers (run_id, worker_id, api_key, again, now, plan)
SELECT r.id, w.id, w.api_key, w.id IS r.offered_worker_id AND r.offered_dts > ?3 - ?4, ?3, c.value -> 'plan'
  FROM json_each(?1) AS c
 CROSS JOIN job_runner_due AS d ON d.job_id = c.value ->> 'job' AND d.run_id = c.value ->> 'run'
 CROSS JOIN job_runner_runs AS r ON r.id = d.run_id
 CROSS JOIN job_runner_workers AS w
    ON w.id = (SELECT x.id
                 FROM job_runner_pool_workers AS pw
                CROSS JOIN job_runner_workers AS x ON x.id = pw.worker_id
                WHERE pw.pool_id = d.pool_id
                  AND x.enqueue_is_enabled = 1
                  AND (r.worker_id IS NULL OR x.id = r.worker_id)
                ORDER BY x.id IS r.offered_worker_id AND r.offered_dts > ?3 - ?4 DESC,
                         x.id IS r.offered_worker_id,
                         ifnull(x.ping_response_dts >= ?2, 0) DESC,
                         (SELECT count(*)
                            FROM json_each('[1,2]') AS state
                           CROSS JOIN job_runner_runs AS active
                              ON active.worker_id = x.id AND active.state = state.value),
                         random()
                LIMIT 1)
 WHERE NOT d.spreads
   AND (r.offered_again_dts IS NULL OR r.offered_again_dts <= ?3 - 5000000)
   AND (SELECT b.basis FROM job_runner_bases AS b WHERE b.job_id = d.job_id) IS c.value ->> '$.plan.basis'
 ORDER BY c.key
RETURNING run_id, api_key
