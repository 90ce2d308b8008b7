-- A page of the tests of upload ?1. ?2 statuses (a JSON array), ?3 worker, ?4 tag, ?5 part of the name, ?6 order, ?7
-- whether attachments are shown, ?8 and ?9 the page. A page in another order than that of the run sorts what it picks.
-- scan: the rows of the page that were picked, and the count of those of the upload
WITH picked AS (
    SELECT t.upload, t.idx, t.duration, t.text
      FROM refstack_result_test AS t
     WHERE t.upload = ?1
       AND (?2 IS NULL OR t.status IN (SELECT value FROM json_each(?2)))
       AND (?3 IS NULL OR t.text ->> 'worker' = ?3)
       AND (?4 IS NULL OR EXISTS (SELECT 1 FROM json_each(t.text, '$.tags') WHERE value = ?4))
       AND (?5 IS NULL OR instr(t.text ->> 'name', ?5) > 0)
)
SELECT (SELECT '[' || coalesce(group_concat(shown, ','), '') || ']'
          FROM (SELECT substr(p.text, 1, length(p.text) - 1) || ',"attachments":'
                       || iif(?7, (SELECT json_group_array(json_object('name', a.name, 'mime', a.mime,
                                                                       'size', a.size, 'sha256', a.sha256))
                                     FROM refstack_attachment AS a
                                    WHERE a.upload = p.upload AND a.idx = p.idx), '[]')
                       || '}' AS shown
                  FROM picked AS p
                 ORDER BY CASE ?6 WHEN 'duration' THEN -coalesce(p.duration, -1) END,
                          CASE ?6 WHEN 'name' THEN p.text ->> 'name' END,
                          p.idx
                 LIMIT ?8 + 0 OFFSET ?9 + 0)) AS tests,
       (SELECT count(*) FROM picked) AS count
