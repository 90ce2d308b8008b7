-- What changed from upload ?1 to upload ?2, by test name: a name has passed if any attempt did.
-- scan: names of the two uploads, whose pages are picked by the primary key
WITH base AS MATERIALIZED (
    SELECT t.value ->> 'name' AS name, max(t.value ->> 'status' = 'success') AS passed
      FROM refstack_page AS p, json_each(p.tests) AS t
     WHERE p.upload = ?1 AND t.value ->> 'status' <> 'exists'
     GROUP BY name
),
other AS MATERIALIZED (
    SELECT t.value ->> 'name' AS name, max(t.value ->> 'status' = 'success') AS passed
      FROM refstack_page AS p, json_each(p.tests) AS t
     WHERE p.upload = ?2 AND t.value ->> 'status' <> 'exists'
     GROUP BY name
),
pair AS MATERIALIZED (
    SELECT coalesce(b.name, o.name) AS name,
           CASE WHEN b.name IS NULL THEN 'added'
                WHEN o.name IS NULL THEN 'removed'
                WHEN o.passed > b.passed THEN 'fixed'
                WHEN o.passed < b.passed THEN 'broken'
                ELSE 'unchanged' END AS change
      FROM base AS b
      FULL JOIN other AS o ON o.name = b.name
)
SELECT json_object(
    'fixed', json((SELECT json_group_array(name ORDER BY name) FROM pair WHERE change = 'fixed')),
    'broken', json((SELECT json_group_array(name ORDER BY name) FROM pair WHERE change = 'broken')),
    'added', json((SELECT json_group_array(name ORDER BY name) FROM pair WHERE change = 'added')),
    'removed', json((SELECT json_group_array(name ORDER BY name) FROM pair WHERE change = 'removed')),
    'unchanged', (SELECT count(*) FROM pair WHERE change = 'unchanged'))
