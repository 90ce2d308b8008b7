-- Queues that were created. A job belongs to the queue that its `queue` field names, created or
-- not.

CREATE TABLE IF NOT EXISTS paddles_queues (
    queue        TEXT PRIMARY KEY,
    paused_by    TEXT,
    paused_since INTEGER,
    paused_until INTEGER                       -- past it the queue goes on
) WITHOUT ROWID;

-- A queue as it is now: a pause that has ended is none. `text` is its JSON object, `stats` the
-- beginning of the one that ends with how many jobs wait in it.
CREATE VIEW IF NOT EXISTS paddles_queue_texts AS
SELECT queue, paused_by,
       json_object(
           'queue', queue,
           'paused', json(iif(paused, 'true', 'false')),
           'paused_by', paused_by,
           'paused_since', paused_since,
           'paused_until', paused_until) AS text,
       rtrim(json_patch(
           json_object('queue', queue, 'paused', json(iif(paused, 'true', 'false'))),
           -- What is null is left out by the merge.
           json_object(
               'paused_by', paused_by,
               'paused_since', paused_since,
               'paused_until', paused_until)), '}')
           || ',"queued_jobs":' AS stats
  FROM (SELECT queue, paused_until IS NOT NULL AS paused, paused_by,
               strftime('%Y-%m-%d %H:%M:%S', paused_since / 1000000, 'unixepoch')
                   || CASE paused_since % 1000000
                       WHEN 0 THEN '' ELSE printf('.%06d', paused_since % 1000000) END
                   AS paused_since,
               strftime('%Y-%m-%d %H:%M:%S', paused_until / 1000000, 'unixepoch')
                   || CASE paused_until % 1000000
                       WHEN 0 THEN '' ELSE printf('.%06d', paused_until % 1000000) END
                   AS paused_until
          FROM (SELECT q.queue,
                       iif(q.paused_until > clock.now, q.paused_by, NULL) AS paused_by,
                       iif(q.paused_until > clock.now, q.paused_since, NULL) AS paused_since,
                       iif(q.paused_until > clock.now, q.paused_until, NULL) AS paused_until
                  FROM paddles_queues AS q
                 CROSS JOIN (SELECT CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER) AS now)
                    AS clock));
