-- What changed from upload ?1 to upload ?2, by test name: a name has passed if any attempt did.
-- scan: names of the two uploads, which were picked by the primary key
WITH base AS MATERIALIZED (
    SELECT name_id, max(status = 'success') AS passed
      FROM refstack_result_test
     WHERE upload = ?1 AND status <> 'exists'
     GROUP BY name_id
),
other AS MATERIALIZED (
    SELECT name_id, max(status = 'success') AS passed
      FROM refstack_result_test
     WHERE upload = ?2 AND status <> 'exists'
     GROUP BY name_id
),
pair AS MATERIALIZED (
    SELECT coalesce(b.name_id, o.name_id) AS name_id,
           CASE WHEN b.name_id IS NULL THEN 'added'
                WHEN o.name_id IS NULL THEN 'removed'
                WHEN o.passed > b.passed THEN 'fixed'
                WHEN o.passed < b.passed THEN 'broken'
                ELSE 'unchanged' END AS change
      FROM base AS b
      FULL JOIN other AS o ON o.name_id = b.name_id
),
changed AS MATERIALIZED (
    SELECT p.change, n.name
      FROM pair AS p
     CROSS JOIN refstack_name AS n ON n.id = p.name_id
     WHERE p.change <> 'unchanged'
)
SELECT json_object(
    'fixed', json((SELECT json_group_array(name ORDER BY name) FROM changed WHERE change = 'fixed')),
    'broken', json((SELECT json_group_array(name ORDER BY name) FROM changed WHERE change = 'broken')),
    'added', json((SELECT json_group_array(name ORDER BY name) FROM changed WHERE change = 'added')),
    'removed', json((SELECT json_group_array(name ORDER BY name) FROM changed WHERE change = 'removed')),
    'unchanged', (SELECT count(*) FROM pair WHERE change = 'unchanged'))
