-- The tests ?3 to before ?4 of upload ?1, and how many it has in all. ?2 whether attachments are shown. Nothing when the
-- pages that have these tests are longer than ?5 bytes.
-- scan: the tests of the few pages that were picked
WITH test AS (
    SELECT p.first + t.key AS idx, t.value AS text
      FROM refstack_page AS p, json_each(p.tests) AS t
     WHERE p.upload = ?1
       AND p.last >= ?3
       AND p.first < ?4
)
SELECT (SELECT '[' || coalesce(group_concat(iif(?2, text, json_set(text, '$.attachments', json('[]'))),
                                            ',' ORDER BY idx), '') || ']'
          FROM test
         WHERE idx >= ?3
           AND idx < ?4) AS entries,
       coalesce((SELECT last + 1 FROM refstack_page WHERE upload = ?1 ORDER BY first DESC LIMIT 1), 0) AS count
 WHERE (SELECT coalesce(sum(octet_length(tests)), 0)
          FROM refstack_page
         WHERE upload = ?1
           AND last >= ?3
           AND first < ?4) <= ?5
