-- ?1 and ?2 the period, both ends included: audit_nova.sql, of images.
SELECT json_group_array(json(cells))
  FROM (SELECT json_array('exists', status, send_status, '', '', '', n) AS cells
          FROM (SELECT status, send_status, count(*) AS n
                  FROM stacktach_image_exists INDEXED BY stacktach_image_exists_by_ending
                 WHERE audit_ending_us > ?1 AND audit_ending_us <= ?2 + 1000000
                 GROUP BY status, send_status)
         UNION ALL
        SELECT json_array('launch without exists', '', '', uuid,
                          strftime('%Y-%m-%d %H:%M:%S', created_us / 1000000, 'unixepoch'), '', 1)
          FROM (SELECT i.uuid, i.created_us
                  FROM stacktach_images AS i INDEXED BY stacktach_images_by_created
                 WHERE i.created_us BETWEEN ?1 AND ?2
                   AND NOT EXISTS (
                           SELECT 1
                             FROM stacktach_image_exists INDEXED BY stacktach_image_exists_by_uuid
                            WHERE uuid = i.uuid
                              AND audit_ending_us > ?1
                              AND audit_ending_us <= ?2 + 1000000)
                 ORDER BY i.created_us
                 LIMIT 1000)
         UNION ALL
        SELECT json_array('delete without launch', '', '', uuid, '',
                          strftime('%Y-%m-%d %H:%M:%S', deleted_us / 1000000, 'unixepoch'), 1)
          FROM (SELECT d.uuid, d.deleted_us
                  FROM stacktach_image_deletes AS d INDEXED BY stacktach_image_deletes_by_deleted
                 WHERE d.deleted_us BETWEEN ?1 AND ?2
                   AND NOT EXISTS (SELECT 1 FROM stacktach_images WHERE uuid = d.uuid)
                 ORDER BY d.deleted_us
                 LIMIT 1000))
