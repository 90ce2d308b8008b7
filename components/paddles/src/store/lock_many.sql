-- Locks so many nodes that are up, free and fit, or none. ?1 machine types (a JSON array), ?2 how
-- many, ?3 os_type, ?4 os_version, ?5 arch, ?6 now, ?7 locked_by, ?8 description, ?9 end of the
-- lease. Index: paddles_nodes_by_type.
-- scan: the log of locks takes its numbers from sqlite_sequence, which has one row a table.
WITH fit AS MATERIALIZED (
    SELECT n.id
      FROM (SELECT DISTINCT value FROM json_each(?1)) AS wanted
     CROSS JOIN paddles_nodes AS n ON n.machine_type = wanted.value
     WHERE n.up
       AND n.free_from <= ?6
       AND (?3 IS NULL OR n.os_type = ?3)
       AND (?4 IS NULL OR n.os_version = ?4)
       AND (?5 IS NULL OR n.arch = ?5)
     ORDER BY n.name
     LIMIT ?2 + 0
)
UPDATE paddles_nodes
   SET locked = 1, locked_by = ?7, locked_since = ?6, lease_until = ?9, description = ?8
 WHERE id IN (SELECT id FROM fit)
   AND (SELECT count(*) FROM fit) = ?2
RETURNING id
