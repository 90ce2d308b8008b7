-- A page of those tests of upload ?1 that a filter picks. ?2 statuses (a JSON array), ?3 worker, ?4 tag, ?5 part of the
-- name, ?6 order, ?7 whether attachments are shown, ?8 and ?9 the page. Nothing when it is longer than ?10 bytes.
-- scan: the tests of one upload, whose pages are picked by the primary key
WITH test AS (
    SELECT p.first + t.key AS idx, t.value AS text
      FROM refstack_page AS p, json_each(p.tests) AS t
     WHERE p.upload = ?1
),
picked AS MATERIALIZED (
    SELECT idx, text
      FROM test
     WHERE (?2 IS NULL OR text ->> 'status' IN (SELECT value FROM json_each(?2)))
       AND (?3 IS NULL OR text ->> 'worker' = ?3)
       AND (?4 IS NULL OR EXISTS (SELECT 1 FROM json_each(text, '$.tags') WHERE value = ?4))
       AND (?5 IS NULL OR instr(text ->> 'name', ?5) > 0)
),
page AS MATERIALIZED (
    SELECT iif(?7, text, json_set(text, '$.attachments', json('[]'))) AS text
      FROM picked
     ORDER BY CASE ?6 WHEN 'duration' THEN -coalesce(text ->> 'duration', -1) END,
              CASE ?6 WHEN 'name' THEN text ->> 'name' END,
              idx
     LIMIT ?8 + 0 OFFSET ?9 + 0
)
SELECT (SELECT '[' || coalesce(group_concat(text, ','), '') || ']' FROM page) AS entries,
       (SELECT count(*) FROM picked) AS count
 WHERE (SELECT coalesce(sum(octet_length(text)), 0) FROM page) <= ?10
