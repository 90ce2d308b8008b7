-- The next of the tests of upload ?1 that a filter picks (?2 statuses, a JSON array, ?3 worker, ?4 tag, ?5 part of the name),
-- from ?6 on, where a page begins: those of up to twenty pages, and no more pages once there are ?7 bytes. `next` is where
-- to go on, NULL at the end.
-- scan: the tests of the few pages that were picked
WITH page AS MATERIALIZED (
    SELECT first, last, tests, sum(octet_length(tests)) OVER (ORDER BY first) - octet_length(tests) AS earlier
      FROM (SELECT first, last, tests
              FROM refstack_page
             WHERE upload = ?1
               AND first >= ?6
             ORDER BY first
             LIMIT 20)
),
test AS (
    SELECT page.first + t.key AS idx, t.value AS text
      FROM page, json_each(page.tests) AS t
     WHERE page.earlier < ?7
)
SELECT (SELECT '[' || coalesce(group_concat(text, ',' ORDER BY idx), '') || ']'
          FROM test
         WHERE (?2 IS NULL OR text ->> 'status' IN (SELECT value FROM json_each(?2)))
           AND (?3 IS NULL OR text ->> 'worker' = ?3)
           AND (?4 IS NULL OR EXISTS (SELECT 1 FROM json_each(text, '$.tags') WHERE value = ?4))
           AND (?5 IS NULL OR instr(text ->> 'name', ?5) > 0)) AS entries,
       (SELECT min(first)
          FROM refstack_page
         WHERE upload = ?1
           AND first > (SELECT max(first) FROM page WHERE earlier < ?7)) AS next
