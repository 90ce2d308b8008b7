-- The repositories that the retention rules let go, oldest first. ?1 now, ?2 how many at most.
-- scan: the age of every repository is looked at, and its place among those of its ref and flavor
WITH rules (project, kind, name, days, keep) AS MATERIALIZED (
    SELECT p.key, k.key, r.key, r.value ->> 'days', r.value ->> 'keep_minimum'
      FROM chacra_config AS c, json_each(c.body, '$.purge_rotation') AS p,
           json_each(p.value) AS k, json_each(k.value) AS r
     WHERE c.id = 1
),
ranked AS (
    SELECT r.id, r.modified, r.size,
           p.name || '/' || r.ref || '/' || r.sha1 || '/' || r.distro || '/' || r.distro_version
               || '/' || r.flavor AS path,
           row_number() OVER (PARTITION BY r.project_id, r.ref
                                  ORDER BY r.modified DESC, r.id DESC) AS nth_of_ref,
           row_number() OVER (PARTITION BY r.project_id, r.flavor
                                  ORDER BY r.modified DESC, r.id DESC) AS nth_of_flavor,
           of_ref.project IS NOT NULL AS has_ref, of_flavor.project IS NOT NULL AS has_flavor,
           max(coalesce(of_ref.days, 14), coalesce(of_flavor.days, 14)) AS both,
           of_ref.days AS ref_days, of_flavor.days AS flavor_days,
           max(coalesce(of_ref.keep, 0), coalesce(of_flavor.keep, 0)) AS keep
      FROM chacra_repos AS r
     CROSS JOIN chacra_projects AS p ON p.id = r.project_id
      LEFT JOIN rules AS of_ref
        ON of_ref.project = p.name AND of_ref.kind = 'ref' AND of_ref.name = r.ref
      LEFT JOIN rules AS of_flavor
        ON of_flavor.project = p.name AND of_flavor.kind = 'flavor' AND of_flavor.name = r.flavor
)
SELECT json_group_array(json_object('id', id, 'modified', modified, 'path', path, 'size', size))
  FROM (SELECT id, modified, path, size
          FROM ranked
         WHERE EXISTS (SELECT 1 FROM chacra_config WHERE id = 1 AND body ->> 'purge_repos')
           AND modified < ?1 - 86400000000 * CASE
                   WHEN has_ref AND has_flavor THEN both
                   WHEN has_ref THEN coalesce(ref_days, 14)
                   WHEN has_flavor THEN coalesce(flavor_days, 14)
                   ELSE 14 END
           AND NOT (has_ref AND nth_of_ref <= keep)
           AND NOT (has_flavor AND nth_of_flavor <= keep)
         ORDER BY modified
         LIMIT ?2 + 0)
