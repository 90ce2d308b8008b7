-- Changes nodes, all that are named or none: their locks, their other fields, or both. ?1 names (a
-- JSON array), ?2 the lock that is wanted (1, 0, NULL = leave it), ?3 locked_by, ?4 description, ?5
-- whether a description was sent, ?6 end of the lease, ?7 now, ?8 other fields (a JSON object).
-- scan: the log of locks takes its numbers from sqlite_sequence, which has one row a table.
-- The rules of locks are those of domain::locks, the judge of what was refused here.
WITH RECURSIVE
wish AS MATERIALIZED (
    SELECT n.id,
           CASE
               WHEN ?2 IS NULL THEN 'keep'
               WHEN ?2 AND n.free_from <= ?7 THEN CASE WHEN ?3 <> '' THEN 'lock' END
               WHEN ?2 THEN CASE WHEN ?3 = n.locked_by AND ?4 = n.description THEN 'renew' END
               WHEN n.free_from <= ?7 THEN NULL
               WHEN ?3 = n.locked_by AND coalesce(?4, '') IN ('', n.description) THEN 'unlock'
           END AS verb
      FROM json_each(?1) AS named
     CROSS JOIN paddles_nodes AS n ON n.name = named.value
),
-- The host that is wanted and those above it: none of them may be the node itself.
host (id) AS (
    SELECT id FROM paddles_nodes WHERE name = ?8 ->> 'vm_host'
     UNION
    SELECT n.vm_host_id
      FROM host
     CROSS JOIN paddles_nodes AS n ON n.id = host.id
     WHERE n.vm_host_id IS NOT NULL
)
UPDATE paddles_nodes
   SET locked = CASE wish.verb WHEN 'lock' THEN 1  WHEN 'unlock' THEN 0    ELSE locked END,
       locked_by = CASE wish.verb WHEN 'lock' THEN ?3 WHEN 'unlock' THEN NULL ELSE locked_by END,
       locked_since = CASE wish.verb
           WHEN 'lock'   THEN ?7
           WHEN 'unlock' THEN NULL
           ELSE locked_since END,
       lease_until = CASE wish.verb
           WHEN 'lock'   THEN ?6
           WHEN 'renew'  THEN coalesce(?6, lease_until)
           WHEN 'unlock' THEN NULL
           ELSE lease_until END,
       description = iif(?5 AND wish.verb IN ('lock', 'keep'), ?4, description),
       up = iif(json_type(?8, '$.up') IS NULL, up, ?8 ->> 'up'),
       machine_type = iif(json_type(?8, '$.machine_type') IS NULL, machine_type,
                          ?8 ->> 'machine_type'),
       arch = iif(json_type(?8, '$.arch') IS NULL, arch, ?8 ->> 'arch'),
       os_type = iif(json_type(?8, '$.os_type') IS NULL, os_type, ?8 ->> 'os_type'),
       os_version = iif(json_type(?8, '$.os_version') IS NULL, os_version, ?8 ->> 'os_version'),
       mac_address = iif(json_type(?8, '$.mac_address') IS NULL, mac_address, ?8 ->> 'mac_address'),
       ssh_pub_key = iif(json_type(?8, '$.ssh_pub_key') IS NULL, ssh_pub_key, ?8 ->> 'ssh_pub_key'),
       is_vm = coalesce(?8 ->> 'is_vm', is_vm),
       vm_host_id = iif(json_type(?8, '$.vm_host') IS NULL, vm_host_id,
                        (SELECT id FROM paddles_nodes WHERE name = ?8 ->> 'vm_host'))
  FROM wish
 WHERE paddles_nodes.id = wish.id
   AND (SELECT count(verb) FROM wish) = json_array_length(?1)
   AND (?8 ->> 'vm_host' IS NULL
        OR EXISTS (SELECT 1 FROM host) AND NOT EXISTS (SELECT 1 FROM host JOIN wish USING (id)))
RETURNING name,
          json_object(
              'name', name,
              'locked', json(iif(free_from > ?7, 'true', 'false')),
              'locked_by', iif(free_from > ?7, locked_by, NULL),
              'machine_type', machine_type,
              'is_vm', json(iif(is_vm, 'true', 'false'))) AS lock
