-- Stores job reports, all or none. ?1 run, ?2 its path, ?3 scheduled, ?4 user, ?5 suite, ?6 branch, ?7 machine_type,
-- ?8 the reports (a JSON array), ?9 now, ?10 'create', 'update' or 'upsert', ?11 whether the run must exist.
-- Gives the job_id of each report, or nothing at all when one of them cannot be.
-- scan: sqlite_sequence has one row a table.
WITH RECURSIVE
item AS MATERIALIZED (
    SELECT e.key + 1 AS k, e.value ->> 'job_id' AS job_id, e.value ->> 'job_key' AS job_key,
           (SELECT j.id
              FROM paddles_jobs AS j
             WHERE j.run_id = (SELECT id FROM paddles_runs WHERE name = ?1)
               AND j.job_id = e.value ->> 'job_id') AS job
      FROM json_each(?8) AS e
),
-- Row numbers for new jobs, in order and never used before; one whose decimal form is taken as a job_id in this
-- run is passed over, because it becomes the job_id where the report has none.
step (x, k) AS (
    SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'paddles_jobs'), 0), 0
     UNION ALL
    SELECT x + 1,
           k + (NOT EXISTS (SELECT 1
                              FROM paddles_jobs
                             WHERE run_id = (SELECT id FROM paddles_runs WHERE name = ?1)
                               AND job_id = CAST(x + 1 AS TEXT))
            AND NOT EXISTS (SELECT 1 FROM item WHERE job_id = CAST(x + 1 AS TEXT)))
      FROM step
     WHERE k < (SELECT count(*) FROM item)
),
row_id (k, x) AS MATERIALIZED (SELECT k, min(x) FROM step WHERE k > 0 GROUP BY k)
INSERT INTO paddles_job_reports (run, path, scheduled, user, suite, branch, machine_type, job, id, job_id, job_key,
                                 word, verdict, fields, kernel, overrides, roles, targets, tasks, hosts, now, updated)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7,
       item.job,
       row_id.x,
       coalesce(item.job_id, CAST(row_id.x AS TEXT)),
       coalesce(item.job_key, printf('0%033d %d', row_id.x, row_id.x)),
       e.value ->> 'word',
       e.value ->> 'verdict',
       e.value -> 'fields',
       e.value ->> 'kernel', e.value ->> 'overrides', e.value ->> 'roles',
       e.value ->> 'targets', e.value ->> 'tasks',
       e.value -> 'hosts',
       ?9,
       coalesce(e.value ->> 'updated', ?9)
  FROM json_each(?8) AS e
 CROSS JOIN item ON item.k = e.key + 1
 CROSS JOIN row_id ON row_id.k = item.k
 WHERE (?11 = 0 OR EXISTS (SELECT 1 FROM paddles_runs WHERE name = ?1))
   AND (?10 <> 'create' OR NOT EXISTS (SELECT 1 FROM item WHERE job IS NOT NULL))
   AND (?10 <> 'update' OR NOT EXISTS (SELECT 1 FROM item WHERE job IS NULL))
 ORDER BY item.k
RETURNING job_id
