-- Those of the tests ?7 to before ?8 of upload ?1 that a filter picks (?2 statuses, a JSON array, ?3 worker, ?4 tag, ?5 part
-- of the name), and how many tests it has in all. ?6 whether attachments are shown.
-- scan: the tests of the few pages that were picked
WITH test AS (
    SELECT p.first + t.key AS idx, t.value AS text
      FROM refstack_page AS p, json_each(p.tests) AS t
     WHERE p.upload = ?1
       AND p.last >= ?7
       AND p.first < ?8
)
SELECT (SELECT '[' || coalesce(group_concat(iif(?6, text, json_set(text, '$.attachments', json('[]'))),
                                            ',' ORDER BY idx), '') || ']'
          FROM test
         WHERE idx >= ?7
           AND idx < ?8
           AND (?2 IS NULL OR text ->> 'status' IN (SELECT value FROM json_each(?2)))
           AND (?3 IS NULL OR text ->> 'worker' = ?3)
           AND (?4 IS NULL OR EXISTS (SELECT 1 FROM json_each(text, '$.tags') WHERE value = ?4))
           AND (?5 IS NULL OR instr(text ->> 'name', ?5) > 0)) AS entries,
       coalesce((SELECT last + 1 FROM refstack_page WHERE upload = ?1 ORDER BY first DESC LIMIT 1), 0) AS count
