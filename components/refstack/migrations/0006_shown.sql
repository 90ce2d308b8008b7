-- How things look in answers, built once here and used by several queries.

-- A product's version as results show it; strangers see it only when the product is public.
CREATE VIEW IF NOT EXISTS refstack_version_text AS
SELECT v.id, p.public, p.organization_id,
       json_object('id', v.id, 'version', v.version, 'cpid', v.cpid,
                   'product_info', json_object('id', p.id, 'name', p.name, 'organization_id', p.organization_id,
                                               'public', json(iif(p.public, 'true', 'false')))) AS text
  FROM refstack_product_version AS v
  JOIN refstack_product AS p ON p.id = v.product_id;

-- A test without its state, which depends on the present time, and without links, which depend on the request.
CREATE VIEW IF NOT EXISTS refstack_test_text AS
SELECT t.id, t.owner, t.cloud_id, t.finished, t.error, t.status_id,
       t.updated_at + t.timeout_seconds * 1000000 AS silent_at,
       CASE WHEN t.finished THEN 'finished'
            WHEN t.error IS NOT NULL THEN 'failed'
            WHEN t.status_id IS NOT NULL THEN 'running'
            ELSE 'pending' END AS state,
       json_object(
           'finished', json(iif(t.finished, 'true', 'false')),
           'cloud_id', t.cloud_id,
           'label', t.label,
           'status', (SELECT message FROM refstack_status WHERE id = t.status_id),
           'error', t.error,
           'result_id', (SELECT id FROM refstack_result WHERE test_id = t.id ORDER BY seq DESC LIMIT 1),
           'created_at', strftime('%Y-%m-%d %H:%M:%S', t.created_at / 1000000, 'unixepoch'),
           'updated_at', strftime('%Y-%m-%d %H:%M:%S', t.updated_at / 1000000, 'unixepoch'),
           'finished_at', strftime('%Y-%m-%d %H:%M:%S', t.finished_at / 1000000, 'unixepoch'),
           'timeout_seconds', t.timeout_seconds) AS text
  FROM refstack_test AS t;

CREATE VIEW IF NOT EXISTS refstack_cloud_text AS
SELECT id, owner,
       json_object(
           'id', id, 'label', label, 'endpoint', endpoint, 'endpoint_v3', endpoint_v3,
           'admin_endpoint', admin_endpoint, 'test_user', test_user, 'alt_user', alt_user,
           'admin_user', admin_user, 'version', version, 'extra_conf', json(extra_conf), 'owner', owner,
           'created_at', strftime('%Y-%m-%d %H:%M:%S', created_at / 1000000, 'unixepoch')) AS text
  FROM refstack_cloud;
