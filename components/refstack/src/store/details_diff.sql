-- What changed from upload ?1 to upload ?2, by test name: a name has passed if any attempt did. Nothing when the names are
-- longer than ?3 bytes.
-- scan: names of the two uploads, whose pages are picked by the primary key
WITH attempt AS (
    SELECT p.upload, t.value ->> 'name' AS name, t.value ->> 'status' AS status
      FROM refstack_page AS p, json_each(p.tests) AS t
     WHERE p.upload IN (?1, ?2)
),
-- Grouped and not joined: a FULL JOIN has no index here, and compares each name with each.
pair AS (
    SELECT name,
           max(iif(upload = ?1, status = 'success', NULL)) AS base,
           max(iif(upload = ?2, status = 'success', NULL)) AS other
      FROM attempt
     WHERE status <> 'exists'
     GROUP BY name
),
change AS MATERIALIZED (
    SELECT name,
           CASE WHEN base IS NULL THEN 'added'
                WHEN other IS NULL THEN 'removed'
                WHEN other > base THEN 'fixed'
                WHEN other < base THEN 'broken'
                ELSE 'unchanged' END AS kind
      FROM pair
)
SELECT json_object(
    'fixed', json((SELECT json_group_array(name ORDER BY name) FROM change WHERE kind = 'fixed')),
    'broken', json((SELECT json_group_array(name ORDER BY name) FROM change WHERE kind = 'broken')),
    'added', json((SELECT json_group_array(name ORDER BY name) FROM change WHERE kind = 'added')),
    'removed', json((SELECT json_group_array(name ORDER BY name) FROM change WHERE kind = 'removed')),
    'unchanged', (SELECT count(*) FROM change WHERE kind = 'unchanged')) AS changes
 WHERE (SELECT coalesce(sum(octet_length(json_quote(name))), 0) FROM change WHERE kind <> 'unchanged') <= ?3
