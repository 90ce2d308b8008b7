-- Who signs with the api_key ?1, and what it sees. ?2: workers that answered a ping since then are
-- responsive.
WITH
me (id, secret) AS MATERIALIZED (SELECT id, secret FROM job_runner_workers WHERE api_key = ?1),
pool (id) AS MATERIALIZED (
    SELECT pw.pool_id
      FROM me
     CROSS JOIN job_runner_pool_workers AS pw ON pw.worker_id = me.id
),
project (id) AS MATERIALIZED (
    SELECT DISTINCT pp.project_id
      FROM pool
     CROSS JOIN job_runner_project_pools AS pp ON pp.pool_id = pool.id
),
-- Where it runs something: it may finish that, whatever becomes of pools meanwhile.
busy (pool_id, project_id) AS MATERIALIZED (
    SELECT j.pool_id, j.project_id
      FROM me
     CROSS JOIN json_each('[1,2]') AS state
     CROSS JOIN job_runner_runs AS r ON r.worker_id = me.id AND r.state = state.value
     CROSS JOIN job_runner_jobs AS j ON j.id = r.job_id
),
listed (pools, run_pools, projects) AS MATERIALIZED (
    SELECT (SELECT json_group_array(id) FROM pool),
           (SELECT json_group_array(id) FROM (SELECT id FROM pool UNION SELECT pool_id FROM busy)),
           (SELECT json_group_array(id) FROM (SELECT id FROM project UNION SELECT project_id FROM busy))
)
SELECT me.id,
       me.secret,
       json_object(
           'kind', 'worker',
           'id', me.id,
           'responsive_since', ?2,
           'projects', json(listed.projects),
           'pools', json(listed.pools),
           'workers', json_array(me.id),
           'groups', json((SELECT json_group_array(DISTINCT pg.group_id)
                             FROM project
                            CROSS JOIN job_runner_project_groups AS pg ON pg.project_id = project.id)),
           'job_projects', json((SELECT json_group_array(id) FROM project)),
           'run_pools', json(listed.run_pools)) AS scope
  FROM me
 CROSS JOIN listed
