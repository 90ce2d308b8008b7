-- The next audits of images to verify, and for each what there is to compare it with: a JSON array of
-- objects (domain::image_verification::ImageAudit). ?1 they ended by then, ?2 at most so many.
WITH
todo AS MATERIALIZED (
    SELECT id FROM (SELECT id FROM stacktach_image_exists INDEXED BY stacktach_image_exists_to_verify
                     WHERE status = 'verifying' AND audit_ending_us <= ?1 ORDER BY id LIMIT ?2)
     UNION ALL
    SELECT id FROM (SELECT id FROM stacktach_image_exists INDEXED BY stacktach_image_exists_to_verify
                     WHERE status = 'pending' AND audit_ending_us <= ?1 ORDER BY id LIMIT ?2)
     UNION ALL
    SELECT id FROM (SELECT id FROM stacktach_image_exists INDEXED BY stacktach_image_exists_to_verify
                     WHERE status = 'sent_verifying' AND audit_ending_us <= ?1 ORDER BY id LIMIT ?2)
     UNION ALL
    SELECT id FROM (SELECT id FROM stacktach_image_exists INDEXED BY stacktach_image_exists_to_verify
                     WHERE status = 'sent_unverified' AND audit_ending_us <= ?1 ORDER BY id LIMIT ?2)
     LIMIT ?2
)
SELECT json_group_array(json_object(
           'id', a.id, 'uuid', a.uuid, 'status', a.status, 'created_us', a.created_us,
           'deleted_us', a.deleted_us, 'owner', a.owner, 'size', a.size,
           'image', json((
               SELECT json_object('id', id, 'created_us', created_us, 'owner', owner, 'size', size)
                 FROM stacktach_images
                WHERE id = ifnull(a.usage_id, (SELECT id FROM stacktach_images WHERE uuid = a.uuid)))),
           'delete', json((
               SELECT json_object('id', id, 'deleted_us', deleted_us)
                 FROM stacktach_image_deletes
                WHERE id = a.delete_id)),
           'deletes', json((
               SELECT json_group_array(json_object('id', id, 'deleted_us', deleted_us))
                 FROM (SELECT id, deleted_us FROM stacktach_image_deletes WHERE uuid = a.uuid LIMIT 2))),
           'was_deleted', EXISTS (
               SELECT 1
                 FROM stacktach_image_deletes
                WHERE uuid = a.uuid AND deleted_us <= a.audit_ending_us)))
  FROM todo
 CROSS JOIN stacktach_image_exists AS a ON a.id = todo.id
