-- Nodes that are locked for a job (their description ends in '/<run>/<job_id>') which is finished
-- or gone, by name. ?1 how many, ?2 the last name of the page before, ?3 owner, ?4 machine type, ?5
-- now.
-- scan: paddles_nodes_by_locker holds only nodes that are locked.
WITH
-- rtrim() with all signs but the slash leaves what is before the last segment.
held AS (
    SELECT id, name, description, rtrim(description, replace(description, '/', '')) AS folder
      FROM paddles_nodes
     WHERE locked_by IS NOT NULL
       AND (?3 IS NULL OR locked_by = ?3)
       AND (?4 IS NULL OR machine_type = ?4)
       AND name > ?2
       AND free_from > ?5
),
in_folder AS (
    SELECT id, name, rtrim(folder, '/') AS folder, substr(description, length(folder) + 1) AS job_id
      FROM held
),
in_archive AS (
    SELECT id, name, folder, job_id, rtrim(folder, replace(folder, '/', '')) AS archive
      FROM in_folder
),
for_job AS (
    SELECT id, name, job_id, substr(folder, length(archive) + 1) AS run
      FROM in_archive
     WHERE archive <> '' AND job_id <> ''
),
stale AS MATERIALIZED (
    SELECT l.id, l.name, l.run, l.job_id, j.status
      FROM for_job AS l
      LEFT JOIN paddles_runs AS r ON r.name = l.run
      LEFT JOIN paddles_jobs AS j ON j.run_id = r.id AND j.job_id = l.job_id
     WHERE coalesce(j.status, 'dead') IN ('pass', 'fail', 'dead')
     ORDER BY l.name
     LIMIT ?1 + 1
)
SELECT '[' || coalesce(group_concat(node, ',') FILTER (WHERE k <= ?1), '') || ']' AS list,
       CASE WHEN count(*) > ?1 THEN max(name) FILTER (WHERE k <= ?1) END AS next
  FROM (SELECT s.name,
               '{"run":' || json_quote(s.run) || ',"job_id":' || json_quote(s.job_id)
                   || ',"status":' || json_quote(s.status) || ',' || substr(t.node, 2) AS node,
               row_number() OVER (ORDER BY s.name) AS k
          FROM stale AS s
         CROSS JOIN paddles_node_texts AS t ON t.id = s.id)
