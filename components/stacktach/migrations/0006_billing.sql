-- What billing and the verifier do to usage: each a command, given to a view.

-- Lowest ids of a status first: what a verification pass takes next.
CREATE INDEX IF NOT EXISTS stacktach_exists_to_verify       ON stacktach_exists (status);
CREATE INDEX IF NOT EXISTS stacktach_image_exists_to_verify ON stacktach_image_exists (status);

-- A correction that comes again replaces the one that was there. The same columns as before, but
-- unique.
CREATE UNIQUE INDEX IF NOT EXISTS stacktach_reconciles_once
    ON stacktach_reconciles (instance, launched_us);
DROP INDEX IF EXISTS stacktach_reconciles_by_instance;

-- "These were sent": `found` is how many rows have the message_id. An audit of nova that was taken
-- in under two deployments is ambiguous and stays as it is; an audit of images is one message for
-- many rows. An event_id of NULL leaves the old one.
CREATE VIEW IF NOT EXISTS stacktach_confirmations AS
SELECT 0 AS svc, message_id, 0 AS found, send_status, event_id FROM stacktach_exists;

CREATE TRIGGER IF NOT EXISTS stacktach_confirmation_of_instance
INSTEAD OF INSERT ON stacktach_confirmations WHEN NEW.svc = 1 AND NEW.found = 1 BEGIN
    UPDATE stacktach_exists
       SET send_status = NEW.send_status, event_id = ifnull(NEW.event_id, event_id)
     WHERE message_id = NEW.message_id;
END;

CREATE TRIGGER IF NOT EXISTS stacktach_confirmation_of_images
INSTEAD OF INSERT ON stacktach_confirmations WHEN NEW.svc = 2 AND NEW.found > 0 BEGIN
    UPDATE stacktach_image_exists
       SET send_status = NEW.send_status, event_id = ifnull(NEW.event_id, event_id)
     WHERE message_id = NEW.message_id;
END;

-- "These were sent although they were never verified": `found` rows have the message_id, `pending`
-- of them are pending, and only these change.
CREATE VIEW IF NOT EXISTS stacktach_repairs AS
SELECT 0 AS svc, message_id, 0 AS found, 0 AS pending FROM stacktach_exists;

CREATE TRIGGER IF NOT EXISTS stacktach_repair_of_instance
INSTEAD OF INSERT ON stacktach_repairs WHEN NEW.svc = 1 AND NEW.pending > 0 BEGIN
    UPDATE stacktach_exists
       SET status = 'sent_unverified', send_status = 201
     WHERE message_id = NEW.message_id AND status = 'pending';
END;

CREATE TRIGGER IF NOT EXISTS stacktach_repair_of_images
INSTEAD OF INSERT ON stacktach_repairs WHEN NEW.svc = 2 AND NEW.pending > 0 BEGIN
    UPDATE stacktach_image_exists
       SET status = 'sent_unverified', send_status = 201
     WHERE message_id = NEW.message_id AND status = 'pending';
END;
