-- Of what the scope ?1 sees at the time ?2.
WITH counted (state, n) AS MATERIALIZED (
    SELECT c.state, sum(c.n)
      FROM json_each(?1, '$.projects') AS seen
     CROSS JOIN job_runner_jobs AS j ON j.project_id = seen.value
     CROSS JOIN job_runner_run_counts AS c ON c.job_id = j.id
     GROUP BY c.state
),
due (n, oldest) AS MATERIALIZED (
    SELECT count(*), min(d.schedule_dts)
      FROM job_runner_due AS d
     CROSS JOIN job_runner_jobs AS j ON j.id = d.job_id
     WHERE d.next_dts <= ?2 AND d.schedule_dts <= ?2 AND j.project_id IN (SELECT value FROM json_each(?1, '$.projects'))
),
machine (enabled, responsive) AS MATERIALIZED (
    SELECT w.enqueue_is_enabled, ifnull(w.ping_response_dts >= ?1 ->> 'responsive_since', 0)
      FROM json_each(?1, '$.workers') AS seen
     CROSS JOIN job_runner_workers AS w ON w.id = seen.value
)
SELECT json_object(
    'runs', json_object(
        'scheduled', ifnull((SELECT n FROM counted WHERE state = 0), 0),
        'in_queue', ifnull((SELECT n FROM counted WHERE state = 1), 0),
        'started', ifnull((SELECT n FROM counted WHERE state = 2), 0),
        'completed_successful', ifnull((SELECT n FROM counted WHERE state = 3), 0),
        'completed_with_errors', ifnull((SELECT n FROM counted WHERE state = 4), 0)),
    'due', (SELECT n FROM due),
    'oldest_due_seconds', (SELECT (?2 - oldest) / 1000000.0 FROM due),
    'workers', json_object(
        'responsive', (SELECT count(*) FROM machine WHERE enabled AND responsive),
        'unresponsive', (SELECT count(*) FROM machine WHERE enabled AND NOT responsive),
        'disabled', (SELECT count(*) FROM machine WHERE NOT enabled)))
