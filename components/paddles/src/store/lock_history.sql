-- ?1 node, ?2 now, ?3 id of the last row of the page before, ?4 how many, ?5 that and one more, ?6
-- how many to pass over. A lease that has ended is the latest entry until somebody takes the node:
-- only then the log gets its row.
SELECT json_group_array(json(entry)) FILTER (WHERE k <= ?4) AS list,
       CASE WHEN count(*) > ?4 THEN max(place) FILTER (WHERE k = ?4) END AS next
  FROM (SELECT json_object(
                   'at', strftime('%Y-%m-%d %H:%M:%S', at / 1000000, 'unixepoch')
                       || CASE at % 1000000 WHEN 0 THEN '' ELSE printf('.%06d', at % 1000000) END,
                   'locked', json(iif(locked, 'true', 'false')),
                   'locked_by', locked_by,
                   'description', description) AS entry,
               at || '.' || id AS place,
               row_number() OVER (ORDER BY id DESC) AS k
          FROM (SELECT id, at, locked, locked_by, description
                  FROM paddles_lock_log
                 WHERE node_id = ?1
                   AND id < ?3
                 UNION ALL
                SELECT 9223372036854775806, lease_until, 0, locked_by, description
                  FROM paddles_nodes
                 WHERE id = ?1
                   AND locked
                   AND lease_until <= ?2
                   AND ?3 > 9223372036854775806
                 ORDER BY id DESC
                 LIMIT ?5 + 0 OFFSET ?6 + 0))
