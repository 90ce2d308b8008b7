-- ?1 and ?2 the period, both ends included. An audit belongs to the period in which it ends; nova
-- writes that end as the period's last second or as the next one's first.
SELECT json_group_array(json(cells))
  FROM (SELECT json_array('exists', status, send_status, '', '', '', n) AS cells
          FROM (SELECT status, send_status, count(*) AS n
                  FROM stacktach_exists INDEXED BY stacktach_exists_by_ending
                 WHERE audit_ending_us > ?1 AND audit_ending_us <= ?2 + 1000000
                 GROUP BY status, send_status)
         UNION ALL
        SELECT json_array('launch without exists', '', '', instance,
                          strftime('%Y-%m-%d %H:%M:%S', launched_us / 1000000, 'unixepoch'), '', 1)
          FROM (SELECT l.instance, l.launched_us
                  FROM stacktach_launches AS l INDEXED BY stacktach_launches_by_launched
                 WHERE l.launched_us BETWEEN ?1 AND ?2
                   AND NOT EXISTS (
                           SELECT 1
                             FROM stacktach_exists INDEXED BY stacktach_exists_by_instance
                            WHERE instance = l.instance
                              AND launched_us >= l.launched_us / 1000000 * 1000000
                              AND launched_us < l.launched_us / 1000000 * 1000000 + 1000000
                              AND audit_ending_us > ?1
                              AND audit_ending_us <= ?2 + 1000000)
                 ORDER BY l.launched_us
                 LIMIT 1000)
         UNION ALL
        SELECT json_array('delete without launch', '', '', instance,
                          ifnull(strftime('%Y-%m-%d %H:%M:%S', launched_us / 1000000, 'unixepoch'),
                                 ''),
                          strftime('%Y-%m-%d %H:%M:%S', deleted_us / 1000000, 'unixepoch'), 1)
          FROM (SELECT d.instance, d.launched_us, d.deleted_us
                  FROM stacktach_deletes AS d INDEXED BY stacktach_deletes_by_deleted
                 WHERE d.deleted_us BETWEEN ?1 AND ?2
                   AND NOT EXISTS (
                           SELECT 1
                             FROM stacktach_launches INDEXED BY stacktach_launches_by_instance
                            WHERE instance = d.instance
                              AND launched_us >= d.launched_us / 1000000 * 1000000
                              AND launched_us < d.launched_us / 1000000 * 1000000 + 1000000)
                 ORDER BY d.deleted_us
                 LIMIT 1000))
