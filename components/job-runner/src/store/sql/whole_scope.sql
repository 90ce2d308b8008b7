-- Everything, for the operator (?1 = 'operator') and, to read only, the bridge. ?2: workers that
-- answered a ping since then are responsive.
-- scan: a lab has few groups, projects, pools and workers, and the operator sees them all
SELECT json_object(
    'kind', ?1,
    'id', NULL,
    'responsive_since', ?2,
    'projects', json((SELECT json_group_array(id) FROM job_runner_projects)),
    'pools', json((SELECT json_group_array(id) FROM job_runner_worker_pools)),
    'workers', json((SELECT json_group_array(id) FROM job_runner_workers)),
    'groups', json((SELECT json_group_array(id) FROM job_runner_groups)),
    'job_projects', json((SELECT json_group_array(id) FROM job_runner_projects WHERE ?1 = 'operator')),
    'run_pools', json((SELECT json_group_array(id) FROM job_runner_worker_pools WHERE ?1 = 'operator'))) AS scope
