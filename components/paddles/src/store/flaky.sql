-- ?1 since when, ?2 how many finished jobs at least, ?3 branch, ?4 suite. A job that does not say its branch and suite
-- has its run's. The signs + keep SQLite to the index on posted: the time is what bounds the reading.
WITH finished AS (
    SELECT j.description, j.posted, j.id, j.status = 'pass' AS passed
      FROM paddles_jobs AS j
     CROSS JOIN paddles_runs AS r ON r.id = j.run_id
     WHERE j.posted >= ?1
       AND +j.status IN ('pass', 'fail', 'dead')
       AND +j.description IS NOT NULL
       AND (?3 IS NULL OR coalesce(j.branch, r.branch) = ?3)
       AND (?4 IS NULL OR coalesce(j.suite, r.suite) = ?4)
),
stepped AS (
    SELECT description, passed, passed <> lag(passed) OVER (PARTITION BY description ORDER BY posted, id) AS flipped
      FROM finished
)
SELECT json_object('tests', json_group_array(
           json_object('description', description, 'pass', pass, 'fail', fail, 'flips', flips)))
  FROM (SELECT description, sum(passed) AS pass, sum(NOT passed) AS fail, sum(flipped) AS flips
          FROM stepped
         GROUP BY description
        HAVING count(*) >= ?2
           AND sum(flipped) > 0
         ORDER BY flips DESC, description
         LIMIT 100)
