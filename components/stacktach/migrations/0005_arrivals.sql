-- Taking in notifications: one INSERT into the view `stacktach_arrivals` for any number of them, in
-- their order.
--
-- The INSERT's SELECT says for each whether it is known already and which id it gets. The triggers
-- below, for those that are new, store it and derive what follows from it. Triggers of one event
-- run in no defined order, and these need none: each has tables of its own, and only looks at what
-- earlier notifications have left. What a notification means is worked out before
-- (src/domain/facts.rs):
-- `op` and `step` are its name split at the last dot, `kind` says which fact `facts` (a JSON
-- object) holds.

CREATE VIEW IF NOT EXISTS stacktach_arrivals AS
SELECT 0 AS k, NULL AS known, id, svc, deployment_id, when_us, event, host, service, publisher, routing_key, tenant, instance, uuid,
       request_id, state, old_state, old_task, task, status, owner, image_type, dedupe, error,
       '' AS body, '' AS op, '' AS step, '' AS kind, '' AS facts
  FROM stacktach_events;

CREATE TRIGGER IF NOT EXISTS stacktach_arrival_stored
INSTEAD OF INSERT ON stacktach_arrivals WHEN NEW.known IS NULL BEGIN
    INSERT INTO stacktach_events (id, svc, deployment_id, when_us, event, host, service, publisher, routing_key, tenant,
                                  instance, uuid, request_id, state, old_state, old_task, task, status, owner,
                                  image_type, dedupe, error)
    VALUES (NEW.id, NEW.svc, NEW.deployment_id, NEW.when_us, NEW.event, NEW.host, NEW.service, NEW.publisher,
            NEW.routing_key, NEW.tenant, NEW.instance, NEW.uuid, NEW.request_id, NEW.state, NEW.old_state, NEW.old_task,
            NEW.task, NEW.status, NEW.owner, NEW.image_type, NEW.dedupe, NEW.error);
    INSERT INTO stacktach_bodies (event_id, body) VALUES (NEW.id, NEW.body);
    UPDATE stacktach_deployments
       SET events = events + 1, bytes = bytes + length(NEW.body), newest_us = max(ifnull(newest_us, NEW.when_us), NEW.when_us)
     WHERE id = NEW.deployment_id;
    INSERT INTO stacktach_names (svc, event, n) VALUES (NEW.svc, NEW.event, 1)
        ON CONFLICT (svc, event) DO UPDATE SET n = n + 1;
    INSERT INTO stacktach_hosts (svc, host, n) SELECT NEW.svc, NEW.host, 1 WHERE NEW.host IS NOT NULL
        ON CONFLICT (svc, host) DO UPDATE SET n = n + 1;
    INSERT INTO stacktach_hours (svc, event, hour, n) VALUES (NEW.svc, NEW.event, NEW.when_us / 3600000000, 1)
        ON CONFLICT (svc, event, hour) DO UPDATE SET n = n + 1;
END;

-- ---- nova: lifecycles, timings, trackers ------------------------------------------------------------------------

CREATE TRIGGER IF NOT EXISTS stacktach_arrival_of_instance
INSTEAD OF INSERT ON stacktach_arrivals WHEN NEW.known IS NULL AND NEW.svc = 1 AND NEW.instance <> '' BEGIN
    INSERT INTO stacktach_lifecycles (instance, last_state, last_task_state, last_event, deployment_id)
    VALUES (NEW.instance, NEW.state, NEW.old_task, NEW.id, NEW.deployment_id)
        ON CONFLICT (instance) DO UPDATE
       SET last_state = NEW.state, last_task_state = NEW.old_task, last_event = NEW.id,
           deployment_id = NEW.deployment_id;
END;

-- A start that comes after its end (two forwarders can reorder a pair) completes the newest end
-- that waits for one.
CREATE TRIGGER IF NOT EXISTS stacktach_arrival_of_start
INSTEAD OF INSERT ON stacktach_arrivals
WHEN NEW.known IS NULL AND NEW.step = 'start' AND NEW.svc = 1 AND NEW.instance <> '' BEGIN
    UPDATE stacktach_timings
       SET start_id = NEW.id, start_us = NEW.when_us, diff_us = end_us - NEW.when_us
     WHERE id = (SELECT max(id)
                   FROM stacktach_timings
                  WHERE instance = NEW.instance AND name = NEW.op AND start_us IS NULL AND end_us >= NEW.when_us);
    -- changes() is of the statement before, in this trigger.
    INSERT INTO stacktach_timings (name, instance, start_id, start_us)
    SELECT NEW.op, NEW.instance, NEW.id, NEW.when_us WHERE changes() = 0;
END;

-- An end completes the oldest open start.
CREATE TRIGGER IF NOT EXISTS stacktach_arrival_of_end
INSTEAD OF INSERT ON stacktach_arrivals
WHEN NEW.known IS NULL AND NEW.step = 'end' AND NEW.svc = 1 AND NEW.instance <> '' BEGIN
    UPDATE stacktach_timings
       SET end_id = NEW.id, end_us = NEW.when_us, diff_us = NEW.when_us - start_us,
           request_id = NEW.request_id, deployment_id = NEW.deployment_id, tenant = NEW.tenant
     WHERE id = (SELECT min(id)
                   FROM stacktach_timings
                  WHERE instance = NEW.instance AND name = NEW.op AND end_us IS NULL);
    INSERT INTO stacktach_timings (name, instance, end_id, end_us, request_id, deployment_id, tenant)
    SELECT NEW.op, NEW.instance, NEW.id, NEW.when_us, NEW.request_id, NEW.deployment_id, NEW.tenant WHERE changes() = 0;
END;

-- The API's first word about a request.
CREATE TRIGGER IF NOT EXISTS stacktach_arrival_of_request
INSTEAD OF INSERT ON stacktach_arrivals
WHEN NEW.known IS NULL AND NEW.step = 'update' AND NEW.op = 'compute.instance' AND NEW.svc = 1
 AND NEW.instance <> '' AND NEW.request_id <> '' AND instr(NEW.service, 'api') BEGIN
    INSERT INTO stacktach_trackers (request_id, instance, start_us)
    VALUES (NEW.request_id, NEW.instance, NEW.when_us)
        ON CONFLICT DO NOTHING;
END;

-- ---- nova: usage ------------------------------------------------------------------------------------------------

-- facts: launched; `launched_rule` (never, first, latest); type, flavor; `flavor_rule` (set,
-- missing, both_missing); os_*, options.
CREATE TRIGGER IF NOT EXISTS stacktach_arrival_of_launch
INSTEAD OF INSERT ON stacktach_arrivals WHEN NEW.known IS NULL AND NEW.kind = 'launch' BEGIN
    INSERT INTO stacktach_launches (instance, request_id, launched_us, instance_type_id, instance_flavor_id, tenant,
                                    os_architecture, os_distro, os_version, rax_options)
    VALUES (NEW.instance, NEW.request_id,
            CASE NEW.facts ->> 'launched_rule' WHEN 'never' THEN NULL ELSE NEW.facts ->> 'launched' END,
            NEW.facts ->> 'type', NEW.facts ->> 'flavor', NEW.tenant,
            NEW.facts ->> 'architecture', NEW.facts ->> 'distro', NEW.facts ->> 'version', NEW.facts ->> 'options')
        ON CONFLICT (instance, request_id) DO UPDATE
       SET launched_us = CASE NEW.facts ->> 'launched_rule'
               WHEN 'never'  THEN launched_us
               WHEN 'first'  THEN ifnull(launched_us, excluded.launched_us)
               ELSE max(ifnull(launched_us, excluded.launched_us), ifnull(excluded.launched_us, launched_us)) END,
           instance_type_id = CASE NEW.facts ->> 'flavor_rule'
               WHEN 'set'     THEN excluded.instance_type_id
               WHEN 'missing' THEN ifnull(instance_type_id, excluded.instance_type_id)
               ELSE iif(instance_type_id IS NULL AND instance_flavor_id IS NULL,
                        excluded.instance_type_id, instance_type_id) END,
           instance_flavor_id = CASE NEW.facts ->> 'flavor_rule'
               WHEN 'set'     THEN excluded.instance_flavor_id
               WHEN 'missing' THEN ifnull(instance_flavor_id, excluded.instance_flavor_id)
               ELSE iif(instance_type_id IS NULL AND instance_flavor_id IS NULL,
                        excluded.instance_flavor_id, instance_flavor_id) END,
           tenant          = excluded.tenant,
           os_architecture = excluded.os_architecture,
           os_distro       = excluded.os_distro,
           os_version      = excluded.os_version,
           rax_options     = excluded.rax_options;
END;

-- facts: launched, deleted.
CREATE TRIGGER IF NOT EXISTS stacktach_arrival_of_delete
INSTEAD OF INSERT ON stacktach_arrivals WHEN NEW.known IS NULL AND NEW.kind = 'delete' BEGIN
    INSERT INTO stacktach_deletes (instance, launched_us, deleted_us, raw)
    VALUES (NEW.instance, NEW.facts ->> 'launched', NEW.facts ->> 'deleted', NEW.id)
        ON CONFLICT (instance, ifnull(launched_us, -1), ifnull(deleted_us, -1)) DO UPDATE SET raw = excluded.raw;
END;

-- facts: launched, deleted, beginning, ending, message_id, type, flavor, os_*, options, bandwidth.
CREATE TRIGGER IF NOT EXISTS stacktach_arrival_of_exists
INSTEAD OF INSERT ON stacktach_arrivals WHEN NEW.known IS NULL AND NEW.kind = 'exists' BEGIN
    INSERT INTO stacktach_exists (instance, launched_us, deleted_us, audit_beginning_us, audit_ending_us, message_id,
                                  instance_type_id, instance_flavor_id, raw, usage_id, delete_id, tenant,
                                  os_architecture, os_distro, os_version, rax_options, bandwidth_public_out,
                                  received_us, image_type)
    SELECT NEW.instance, f.launched, f.deleted, NEW.facts ->> 'beginning', NEW.facts ->> 'ending', NEW.facts ->> 'message_id',
           NEW.facts ->> 'type', NEW.facts ->> 'flavor', NEW.id,
           (SELECT min(id)
              FROM stacktach_launches
             WHERE instance = NEW.instance AND launched_us BETWEEN f.launched AND f.launched + 1000000),
           (SELECT min(id)
              FROM stacktach_deletes
             WHERE instance = NEW.instance AND launched_us BETWEEN f.launched AND f.launched + 1000000
               AND f.deleted IS NOT NULL),
           NEW.tenant,
           NEW.facts ->> 'architecture', NEW.facts ->> 'distro', NEW.facts ->> 'version', NEW.facts ->> 'options',
           NEW.facts ->> 'bandwidth', NEW.when_us, NEW.image_type
      FROM (SELECT NEW.facts ->> 'launched' AS launched, NEW.facts ->> 'deleted' AS deleted) AS f;
END;

-- ---- glance: usage ----------------------------------------------------------------------------------------------

-- facts: created, size.
CREATE TRIGGER IF NOT EXISTS stacktach_arrival_of_image
INSTEAD OF INSERT ON stacktach_arrivals WHEN NEW.known IS NULL AND NEW.kind = 'image' BEGIN
    INSERT INTO stacktach_images (uuid, created_us, owner, size, last_raw)
    VALUES (NEW.uuid, NEW.facts ->> 'created', NEW.owner, NEW.facts ->> 'size', NEW.id)
        ON CONFLICT (uuid) DO UPDATE SET last_raw = excluded.last_raw;
END;

-- facts: deleted.
CREATE TRIGGER IF NOT EXISTS stacktach_arrival_of_image_delete
INSTEAD OF INSERT ON stacktach_arrivals WHEN NEW.known IS NULL AND NEW.kind = 'image_delete' BEGIN
    INSERT INTO stacktach_image_deletes (uuid, deleted_us, raw) VALUES (NEW.uuid, NEW.facts ->> 'deleted', NEW.id);
END;

-- facts: beginning, ending, message_id, images: [{uuid, created, deleted, size}].
CREATE TRIGGER IF NOT EXISTS stacktach_arrival_of_image_exists
INSTEAD OF INSERT ON stacktach_arrivals WHEN NEW.known IS NULL AND NEW.kind = 'image_exists' BEGIN
    INSERT INTO stacktach_image_exists (uuid, created_us, deleted_us, audit_beginning_us, audit_ending_us, raw, usage_id,
                                        delete_id, owner, size, message_id, received_us)
    SELECT i.value ->> 'uuid', i.value ->> 'created', i.value ->> 'deleted',
           NEW.facts ->> 'beginning', NEW.facts ->> 'ending', NEW.id,
           (SELECT id FROM stacktach_images WHERE uuid = i.value ->> 'uuid'),
           (SELECT min(id) FROM stacktach_image_deletes WHERE uuid = i.value ->> 'uuid' AND i.value ->> 'deleted' IS NOT NULL),
           NEW.owner, i.value ->> 'size', NEW.facts ->> 'message_id', NEW.when_us
      FROM json_each(NEW.facts, '$.images') AS i;
END;
