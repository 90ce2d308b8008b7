-- ?1 description, ?2 branch, ?3 suite, ?4 how many. A job that does not say its branch and suite has its run's.
WITH job AS MATERIALIZED (
    SELECT r.name AS run, j.job_id, j.status, j.posted, coalesce(j.branch, r.branch) AS branch, j.sha1, j.duration,
           j.failure_reason
      FROM paddles_jobs AS j
     CROSS JOIN paddles_runs AS r ON r.id = j.run_id
     WHERE j.description = ?1
       AND (?2 IS NULL OR coalesce(j.branch, r.branch) = ?2)
       AND (?3 IS NULL OR coalesce(j.suite, r.suite) = ?3)
     ORDER BY j.posted DESC, j.id DESC
     LIMIT ?4 + 0
)
SELECT json_object(
           'description', ?1,
           'counts', json_object(
               'queued', count(*) FILTER (WHERE status = 'queued'),
               'pass', count(*) FILTER (WHERE status = 'pass'),
               'running', count(*) FILTER (WHERE status = 'running'),
               'waiting', count(*) FILTER (WHERE status = 'waiting'),
               'fail', count(*) FILTER (WHERE status = 'fail'),
               'dead', count(*) FILTER (WHERE status = 'dead'),
               'unknown', count(*) FILTER (WHERE status = 'unknown'),
               'total', count(*)),
           'pass_rate', round(1.0 * count(*) FILTER (WHERE status = 'pass')
                              / nullif(count(*) FILTER (WHERE status IN ('pass', 'fail', 'dead')), 0), 4),
           'jobs', json_group_array(json_object(
               'run', run, 'job_id', job_id, 'status', status,
               'posted', strftime('%Y-%m-%d %H:%M:%S', posted / 1000000, 'unixepoch')
                   || CASE posted % 1000000 WHEN 0 THEN '' ELSE printf('.%06d', posted % 1000000) END,
               'branch', branch, 'sha1', sha1, 'duration', duration, 'failure_reason', failure_reason)))
  FROM job
