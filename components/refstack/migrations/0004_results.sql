-- Uploads, the results that they became, and the tests of these.
--
-- An upload begins with its row in `refstack_upload`, which is `loose` while no result names it: the chunks in the
-- key-value store are listed there before they are stored, so whatever a crash leaves behind can be found. A result
-- becomes visible with one INSERT into the view `refstack_new_result`; tests of a very large upload are stored before
-- that, under the loose upload.

CREATE TABLE IF NOT EXISTS refstack_upload (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    started_at INTEGER NOT NULL,
    loose      INTEGER NOT NULL DEFAULT 1,
    chunks     TEXT NOT NULL DEFAULT '[]'      -- [[key, size], ...]
);
CREATE INDEX IF NOT EXISTS refstack_upload_loose ON refstack_upload (started_at) WHERE loose = 1;

CREATE TABLE IF NOT EXISTS refstack_result (
    seq                 INTEGER PRIMARY KEY AUTOINCREMENT, -- the order of the lists
    id                  TEXT NOT NULL UNIQUE,
    upload              INTEGER NOT NULL UNIQUE REFERENCES refstack_upload (id),
    cpid                TEXT,
    duration_seconds    INTEGER NOT NULL,
    created_at          INTEGER NOT NULL,      -- whole seconds
    format              TEXT NOT NULL,
    truncated           INTEGER NOT NULL,
    size                INTEGER NOT NULL,
    sha256              TEXT NOT NULL,
    test_id             INTEGER,               -- outlives the test
    product_version_id  TEXT REFERENCES refstack_product_version (id),
    verification_status INTEGER NOT NULL DEFAULT 0,
    owner               TEXT,                  -- meta.user
    shared              TEXT,                  -- meta.shared, any text
    guideline           TEXT,                  -- meta.guideline
    target              TEXT,                  -- meta.target
    token_hash          TEXT,
    summary             TEXT NOT NULL,         -- a JSON object of counts
    stream_files        TEXT NOT NULL DEFAULT '[]',
    visible             INTEGER NOT NULL GENERATED ALWAYS AS (owner IS NULL OR shared IS NOT NULL) VIRTUAL
);
CREATE INDEX IF NOT EXISTS refstack_result_visible    ON refstack_result (visible, seq);
CREATE INDEX IF NOT EXISTS refstack_result_by_owner   ON refstack_result (owner, seq);
CREATE INDEX IF NOT EXISTS refstack_result_by_cpid    ON refstack_result (cpid, seq);
CREATE INDEX IF NOT EXISTS refstack_result_by_version ON refstack_result (product_version_id, seq)
    WHERE product_version_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS refstack_result_by_created ON refstack_result (created_at, seq);
CREATE INDEX IF NOT EXISTS refstack_result_by_test    ON refstack_result (test_id, seq) WHERE test_id IS NOT NULL;
-- A runner that sends the same bytes to the same test again gets the result that is there.
CREATE UNIQUE INDEX IF NOT EXISTS refstack_result_once ON refstack_result (test_id, sha256) WHERE test_id IS NOT NULL;

-- The same names come in run after run.
CREATE TABLE IF NOT EXISTS refstack_name (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
);

CREATE TABLE IF NOT EXISTS refstack_result_test (
    upload   INTEGER NOT NULL REFERENCES refstack_upload (id) ON DELETE CASCADE,
    idx      INTEGER NOT NULL,                 -- in the order of first events
    -- Of refstack_name, where nothing is ever removed. No REFERENCES: that would want an index that begins with it.
    name_id  INTEGER NOT NULL,
    status   TEXT NOT NULL,
    duration REAL,
    -- {"id", "name", "uuid", "status", "attempt", "worker", "tags", "started_at", "stopped_at", "duration"}, as it is shown
    text     TEXT NOT NULL,
    PRIMARY KEY (upload, idx)
) WITHOUT ROWID;
-- By upload first: an upload then writes to one place of the index, not to one for each of its names.
CREATE INDEX IF NOT EXISTS refstack_result_test_by_name ON refstack_result_test (upload, name_id);

-- Attachments are not copied: they are pieces of the upload.
CREATE TABLE IF NOT EXISTS refstack_attachment (
    upload INTEGER NOT NULL REFERENCES refstack_upload (id) ON DELETE CASCADE,
    idx    INTEGER NOT NULL,
    name   TEXT NOT NULL,
    mime   TEXT NOT NULL,
    size   INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    pieces TEXT NOT NULL,                      -- [offset, length, offset, length, ...]
    PRIMARY KEY (upload, idx, name)
) WITHOUT ROWID;

-- What passed, ready to be answered and scored.
CREATE TABLE IF NOT EXISTS refstack_passed (
    upload INTEGER PRIMARY KEY REFERENCES refstack_upload (id) ON DELETE CASCADE,
    names  TEXT NOT NULL,                      -- a JSON array, in order, each once
    uuids  TEXT NOT NULL                       -- a JSON array
);

-- How long the lists are, so that no page counts them: 'visible', 'cloud <cpid>' of what is visible, and
-- 'owner <openid>'.
CREATE TABLE IF NOT EXISTS refstack_tally (
    list TEXT PRIMARY KEY,
    n    INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TRIGGER IF NOT EXISTS refstack_result_came AFTER INSERT ON refstack_result BEGIN
    UPDATE refstack_upload SET loose = 0 WHERE id = NEW.upload;
    INSERT INTO refstack_tally (list, n)
    SELECT list, 1
      FROM (SELECT 'visible' AS list WHERE NEW.visible
             UNION ALL
            SELECT 'cloud ' || NEW.cpid WHERE NEW.visible AND NEW.cpid IS NOT NULL
             UNION ALL
            SELECT 'owner ' || NEW.owner WHERE NEW.owner IS NOT NULL)
     WHERE true
        ON CONFLICT (list) DO UPDATE SET n = n + 1;
    UPDATE refstack_test
       SET finished = 1, finished_at = coalesce(finished_at, NEW.created_at),
           updated_at = max(updated_at, NEW.created_at)
     WHERE id = NEW.test_id;
END;

CREATE TRIGGER IF NOT EXISTS refstack_result_changed_hands
AFTER UPDATE OF owner, shared ON refstack_result
WHEN OLD.owner IS NOT NEW.owner OR OLD.visible <> NEW.visible BEGIN
    INSERT INTO refstack_tally (list, n)
    SELECT list, d
      FROM (SELECT 'visible' AS list, NEW.visible - OLD.visible AS d
             UNION ALL
            SELECT 'cloud ' || NEW.cpid, NEW.visible - OLD.visible WHERE NEW.cpid IS NOT NULL
             UNION ALL
            SELECT 'owner ' || OLD.owner, -1 WHERE OLD.owner IS NOT NULL AND OLD.owner IS NOT NEW.owner
             UNION ALL
            SELECT 'owner ' || NEW.owner, 1 WHERE NEW.owner IS NOT NULL AND OLD.owner IS NOT NEW.owner)
     WHERE true
        ON CONFLICT (list) DO UPDATE SET n = n + excluded.n;
END;

CREATE TRIGGER IF NOT EXISTS refstack_result_went AFTER DELETE ON refstack_result BEGIN
    UPDATE refstack_tally
       SET n = n - 1
     WHERE list IN (iif(OLD.visible, 'visible', NULL), iif(OLD.visible, 'cloud ' || OLD.cpid, NULL),
                    'owner ' || OLD.owner);
    DELETE FROM refstack_result_test WHERE upload = OLD.upload;
    DELETE FROM refstack_attachment WHERE upload = OLD.upload;
    DELETE FROM refstack_passed WHERE upload = OLD.upload;
    -- Its chunks are removed by the request, or found here by a sweep.
    UPDATE refstack_upload SET loose = 1 WHERE id = OLD.upload;
END;

-- ---- commands ------------------------------------------------------------------------------------------------

-- Stores tests of an upload: `tests` [{"index", "name", "status", "duration", ...}], `files`
-- [[index, name, mime, size, sha256, [offset, length, ...]]].
CREATE VIEW IF NOT EXISTS refstack_new_tests AS
SELECT NULL AS upload, NULL AS tests, NULL AS files WHERE 0;

CREATE TRIGGER IF NOT EXISTS refstack_tests_came INSTEAD OF INSERT ON refstack_new_tests BEGIN
    INSERT INTO refstack_name (name)
    SELECT value ->> 'name' FROM json_each(NEW.tests)
     WHERE true
        ON CONFLICT (name) DO NOTHING;
    INSERT INTO refstack_result_test (upload, idx, name_id, status, duration, text)
    SELECT NEW.upload, t.value ->> 'index', n.id, t.value ->> 'status', t.value ->> 'duration', t.value
      FROM json_each(NEW.tests) AS t
     CROSS JOIN refstack_name AS n ON n.name = t.value ->> 'name';
    INSERT INTO refstack_attachment (upload, idx, name, mime, size, sha256, pieces)
    SELECT NEW.upload, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5
      FROM json_each(NEW.files);
END;

-- Makes a result of an upload; its last tests come along.
CREATE VIEW IF NOT EXISTS refstack_new_result AS
SELECT NULL AS id, NULL AS upload, NULL AS cpid, NULL AS duration_seconds, NULL AS created_at, NULL AS format,
       NULL AS truncated, NULL AS size, NULL AS sha256, NULL AS test_id, NULL AS product_version_id, NULL AS owner,
       NULL AS shared, NULL AS guideline, NULL AS target, NULL AS token_hash, NULL AS summary, NULL AS stream_files,
       NULL AS tests, NULL AS files
 WHERE 0;

CREATE TRIGGER IF NOT EXISTS refstack_result_command INSTEAD OF INSERT ON refstack_new_result BEGIN
    INSERT INTO refstack_new_tests (upload, tests, files) VALUES (NEW.upload, NEW.tests, NEW.files);
    INSERT INTO refstack_result (id, upload, cpid, duration_seconds, created_at, format, truncated, size, sha256,
                                 test_id, product_version_id, owner, shared, guideline, target, token_hash, summary,
                                 stream_files)
    VALUES (NEW.id, NEW.upload, NEW.cpid, NEW.duration_seconds, NEW.created_at, NEW.format, NEW.truncated, NEW.size,
            NEW.sha256, NEW.test_id, NEW.product_version_id, NEW.owner, NEW.shared, NEW.guideline, NEW.target,
            NEW.token_hash, NEW.summary, NEW.stream_files);
    INSERT INTO refstack_passed (upload, names, uuids)
    SELECT NEW.upload,
           (SELECT json_group_array(name)
              FROM (SELECT n.name, min(t.idx) AS first
                      FROM refstack_result_test AS t
                      JOIN refstack_name AS n ON n.id = t.name_id
                     WHERE t.upload = NEW.upload AND t.status = 'success'
                     GROUP BY t.name_id
                     ORDER BY first)),
           (SELECT json_group_array(text ->> 'uuid')
              FROM refstack_result_test
             WHERE upload = NEW.upload AND status = 'success' AND text ->> 'uuid' IS NOT NULL);
END;
