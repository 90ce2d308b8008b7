-- Takes in notifications in their order, all or none. ?1 what they are (an array of objects,
-- domain::events::Event), ?2 their bodies, one after the other: `at` and `length` say where.
-- Gives for each its place in ?1, its id, and whether it was known. What is known is decided here,
-- inside the write, so that of two requests with one notification exactly one stores it.
-- scan: sqlite_sequence has one row a table.
WITH
item AS MATERIALIZED (
    SELECT e.key AS k, e.value AS v,
           (SELECT id
              FROM stacktach_events
             WHERE dedupe = e.value ->> 'dedupe' AND deployment_id = e.value ->> 'deployment_id') AS known
      FROM json_each(?1) AS e
),
numbered AS MATERIALIZED (
    SELECT k, v, known,
           ifnull(known,
                  sum(known IS NULL) OVER (ORDER BY k ROWS UNBOUNDED PRECEDING)
                  + ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'stacktach_events'), 0)) AS id
      FROM item
)
INSERT INTO stacktach_arrivals (k, known, id, svc, deployment_id, when_us, event, host, service, publisher, routing_key,
                                tenant, instance, uuid, request_id, state, old_state, old_task, task, status, owner,
                                image_type, dedupe, error, body, op, step, kind, facts)
SELECT k, known, id, v ->> 'svc', v ->> 'deployment_id', v ->> 'when_us', v ->> 'event', v ->> 'host', v ->> 'service',
       v ->> 'publisher', v ->> 'routing_key', v ->> 'tenant', v ->> 'instance', v ->> 'uuid', v ->> 'request_id',
       v ->> 'state', v ->> 'old_state', v ->> 'old_task', v ->> 'task', v ->> 'status', v ->> 'owner',
       v ->> 'image_type', v ->> 'dedupe', v ->> 'error',
       CASE WHEN known IS NULL THEN CAST(substr(?2, 1 + (v ->> 'at'), v ->> 'length') AS TEXT) END,
       v ->> 'op', v ->> 'step', v ->> 'kind', v -> 'facts'
  FROM numbered
 ORDER BY k
RETURNING k, id, known IS NOT NULL AS is_known
