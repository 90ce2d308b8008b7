-- The next audits of instances to verify, and for each what there is to compare it with: a JSON array
-- of objects (domain::verification::Audit). ?1 they ended by then, ?2 at most so many.
WITH
todo AS MATERIALIZED (
    SELECT id FROM (SELECT id FROM stacktach_exists INDEXED BY stacktach_exists_to_verify
                     WHERE status = 'verifying' AND audit_ending_us <= ?1 ORDER BY id LIMIT ?2)
     UNION ALL
    SELECT id FROM (SELECT id FROM stacktach_exists INDEXED BY stacktach_exists_to_verify
                     WHERE status = 'pending' AND audit_ending_us <= ?1 ORDER BY id LIMIT ?2)
     UNION ALL
    SELECT id FROM (SELECT id FROM stacktach_exists INDEXED BY stacktach_exists_to_verify
                     WHERE status = 'sent_verifying' AND audit_ending_us <= ?1 ORDER BY id LIMIT ?2)
     UNION ALL
    SELECT id FROM (SELECT id FROM stacktach_exists INDEXED BY stacktach_exists_to_verify
                     WHERE status = 'sent_unverified' AND audit_ending_us <= ?1 ORDER BY id LIMIT ?2)
     LIMIT ?2
),
audit AS MATERIALIZED (
    SELECT e.id, e.instance, e.launched_us, e.deleted_us, e.audit_ending_us, e.instance_type_id, e.instance_flavor_id,
           e.tenant, e.rax_options, e.os_architecture, e.os_version, e.os_distro, e.status, e.image_type,
           e.usage_id, e.delete_id, e.launched_us / 1000000 * 1000000 AS second
      FROM todo
     CROSS JOIN stacktach_exists AS e ON e.id = todo.id
)
SELECT json_group_array(json_object(
           'facts', json_object(
               'id', a.id, 'launched_us', a.launched_us, 'deleted_us', a.deleted_us,
               'instance_type_id', a.instance_type_id, 'instance_flavor_id', a.instance_flavor_id,
               'tenant', a.tenant, 'rax_options', a.rax_options, 'os_architecture', a.os_architecture,
               'os_version', a.os_version, 'os_distro', a.os_distro),
           'instance', a.instance, 'status', a.status, 'image_type', a.image_type,
           'launch', json((
               SELECT json_object(
                          'id', id, 'launched_us', launched_us, 'deleted_us', NULL,
                          'instance_type_id', instance_type_id, 'instance_flavor_id', instance_flavor_id,
                          'tenant', tenant, 'rax_options', rax_options, 'os_architecture', os_architecture,
                          'os_version', os_version, 'os_distro', os_distro)
                 FROM stacktach_launches
                WHERE id = a.usage_id)),
           'launches', json(CASE WHEN a.usage_id IS NULL
                             AND EXISTS (SELECT 1 FROM stacktach_launches WHERE instance = a.instance) THEN (
               SELECT json_group_array(json_object(
                          'id', id, 'launched_us', launched_us, 'deleted_us', NULL,
                          'instance_type_id', instance_type_id, 'instance_flavor_id', instance_flavor_id,
                          'tenant', tenant, 'rax_options', rax_options, 'os_architecture', os_architecture,
                          'os_version', os_version, 'os_distro', os_distro))
                 FROM (SELECT id, launched_us, instance_type_id, instance_flavor_id, tenant, rax_options,
                              os_architecture, os_version, os_distro
                         FROM stacktach_launches INDEXED BY stacktach_launches_by_instance
                        WHERE instance = a.instance
                          AND launched_us >= a.second AND launched_us < a.second + 1000000
                        LIMIT 2)) END),
           'delete', json((
               SELECT json_object('id', id, 'launched_us', launched_us, 'deleted_us', deleted_us)
                 FROM stacktach_deletes
                WHERE id = a.delete_id)),
           'deletes', json((
               SELECT json_group_array(json_object('id', id, 'launched_us', launched_us, 'deleted_us', deleted_us))
                 FROM (SELECT id, launched_us, deleted_us
                         FROM stacktach_deletes INDEXED BY stacktach_deletes_by_instance
                        WHERE instance = a.instance
                          AND launched_us >= a.second AND launched_us < a.second + 1000000
                        LIMIT 2))),
           'was_deleted', EXISTS (
               SELECT 1
                 FROM stacktach_deletes INDEXED BY stacktach_deletes_by_instance
                WHERE instance = a.instance
                  AND launched_us >= a.second AND launched_us < a.second + 1000000
                  AND deleted_us <= a.audit_ending_us),
           'reconciles', json(CASE WHEN EXISTS (SELECT 1 FROM stacktach_reconciles WHERE instance = a.instance) THEN (
               SELECT json_group_array(json_object(
                          'id', id, 'launched_us', launched_us, 'deleted_us', deleted_us,
                          'instance_type_id', instance_type_id, 'instance_flavor_id', instance_flavor_id,
                          'tenant', tenant, 'rax_options', rax_options, 'os_architecture', os_architecture,
                          'os_version', os_version, 'os_distro', os_distro))
                 FROM (SELECT id, launched_us, deleted_us, instance_type_id, instance_flavor_id, tenant, rax_options,
                              os_architecture, os_version, os_distro
                         FROM stacktach_reconciles INDEXED BY stacktach_reconciles_by_instance
                        WHERE instance = a.instance
                          AND launched_us >= a.second AND launched_us < a.second + 1000000
                        LIMIT 2)) END)))
  FROM audit AS a
