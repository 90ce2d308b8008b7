-- Who has the session ?1 at the time ?3, and what he or she sees. ?2: workers that answered a ping
-- since then are responsive.
WITH
me (id, username) AS MATERIALIZED (
    SELECT u.id, u.username
      FROM job_runner_sessions AS s
     CROSS JOIN job_runner_users AS u ON u.id = s.user_id
     WHERE s.token_hash = ?1 AND s.expires > ?3 AND u.is_active = 1
),
member (id) AS MATERIALIZED (
    SELECT ug.group_id
      FROM me
     CROSS JOIN job_runner_user_groups AS ug ON ug.user_id = me.id
),
project (id) AS MATERIALIZED (
    SELECT DISTINCT pg.project_id
      FROM member
     CROSS JOIN job_runner_project_groups AS pg ON pg.group_id = member.id
),
pool (id) AS MATERIALIZED (
    SELECT DISTINCT pp.pool_id
      FROM project
     CROSS JOIN job_runner_project_pools AS pp ON pp.project_id = project.id
)
SELECT me.id,
       me.username,
       json_object(
           'kind', 'person',
           'id', me.id,
           'responsive_since', ?2,
           'projects', json((SELECT json_group_array(id) FROM project)),
           'pools', json((SELECT json_group_array(id) FROM pool)),
           'workers', json((SELECT json_group_array(DISTINCT pw.worker_id)
                              FROM pool
                             CROSS JOIN job_runner_pool_workers AS pw ON pw.pool_id = pool.id)),
           'groups', json((SELECT json_group_array(id) FROM member)),
           'job_projects', json((SELECT json_group_array(DISTINCT project.id)
                                   FROM project
                                  CROSS JOIN job_runner_project_auth_groups AS ag ON ag.project_id = project.id
                                  WHERE ag.group_id IN (SELECT id FROM member))),
           'run_pools', json_array()) AS scope
  FROM me
