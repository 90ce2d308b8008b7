-- Uploads, the results that they became, and the tests of these.
--
-- A result becomes visible with one INSERT into the view `refstack_new_result`. An upload that fits into one chunk comes
-- with it, so that all of it is one statement. A longer one begins with its row in `refstack_upload`, which is `loose`
-- while no result names it: the chunks in the key-value store are listed there before they are stored, so whatever a
-- crash leaves behind can be found. Tests of a very large upload are stored before its end, under the loose upload.
-- An upload that fits into one chunk stays folded: its tests are stored when somebody first asks for them, which most
-- results never see, and which would be fourteen times as much to write.

CREATE TABLE IF NOT EXISTS refstack_upload (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    started_at INTEGER NOT NULL,
    loose      INTEGER NOT NULL DEFAULT 1,
    chunks     TEXT NOT NULL DEFAULT '[]',     -- [[key, size], ...]
    content    BLOB                            -- what has no chunks: its length (4, little-endian), then one block of LZ4
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
    unfolded            INTEGER NOT NULL,      -- whether its pages are stored, or only content and names
    sha256              TEXT,                  -- NULL while it is folded
    test_id             INTEGER,               -- outlives the test
    fingerprint         TEXT,                  -- of an upload for a test: by what the same bytes are known again
    product_version_id  TEXT REFERENCES refstack_product_version (id),
    verification_status INTEGER NOT NULL DEFAULT 0,
    owner               TEXT,                  -- meta.user
    shared              TEXT,                  -- meta.shared, any text
    guideline           TEXT,                  -- meta.guideline
    target              TEXT,                  -- meta.target
    token_hash          TEXT,
    summary             TEXT NOT NULL,         -- a JSON object of counts
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
CREATE UNIQUE INDEX IF NOT EXISTS refstack_result_once ON refstack_result (test_id, fingerprint)
    WHERE test_id IS NOT NULL;

-- The tests of an upload, up to fifty to a page: a row for each would cost more than to read the whole upload. Indexes within
-- an upload are without gaps, so a test is found by its place in its page.
CREATE TABLE IF NOT EXISTS refstack_page (
    upload INTEGER NOT NULL REFERENCES refstack_upload (id) ON DELETE CASCADE,
    first  INTEGER NOT NULL,                   -- the index of its first test, in the order of first events
    last   INTEGER NOT NULL,
    -- [{"index", "id", "name", "uuid", "status", "attempt", "worker", "tags", "started_at", "stopped_at", "duration",
    -- "attachments": [{"name", "mime", "size", "sha256"}]}], as it is shown.
    tests  TEXT NOT NULL,
    -- For each test, for each of its attachments: where in the upload it is, [offset, length, offset, length, ...].
    pieces TEXT NOT NULL,
    PRIMARY KEY (upload, first)
) WITHOUT ROWID;

-- How each name ended in an upload: blocks of entries sorted by a hash of the name (`domain/rows/names.rs` makes and reads
-- them). A name is in the block with the highest `lowest` that is not above its hash.
CREATE TABLE IF NOT EXISTS refstack_name (
    upload  INTEGER NOT NULL REFERENCES refstack_upload (id) ON DELETE CASCADE,
    lowest  INTEGER NOT NULL,                  -- the hash of its first entry
    entries BLOB NOT NULL,
    PRIMARY KEY (upload, lowest)
) WITHOUT ROWID;

-- What passed, ready to be answered and scored; one row but for very large uploads.
CREATE TABLE IF NOT EXISTS refstack_passed (
    upload INTEGER NOT NULL REFERENCES refstack_upload (id) ON DELETE CASCADE,
    first  INTEGER NOT NULL,
    names  TEXT NOT NULL,                      -- a JSON array without its brackets, in order, each once
    uuids  TEXT NOT NULL,                      -- the same
    PRIMARY KEY (upload, first)
) WITHOUT ROWID;

-- How long the lists are, so that no page counts them: 'visible', 'cloud <cpid>' of what is visible, and
-- 'owner <openid>'. A list of nothing has no row.
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
    DELETE FROM refstack_tally
     WHERE list IN ('visible', 'cloud ' || NEW.cpid, 'owner ' || OLD.owner)
       AND n = 0;
END;

CREATE TRIGGER IF NOT EXISTS refstack_result_went AFTER DELETE ON refstack_result BEGIN
    UPDATE refstack_tally
       SET n = n - 1
     WHERE list IN (iif(OLD.visible, 'visible', NULL), iif(OLD.visible, 'cloud ' || OLD.cpid, NULL),
                    'owner ' || OLD.owner);
    DELETE FROM refstack_tally
     WHERE list IN ('visible', 'cloud ' || OLD.cpid, 'owner ' || OLD.owner)
       AND n = 0;
    INSERT INTO refstack_no_tests (upload) VALUES (OLD.upload);
    DELETE FROM refstack_name WHERE upload = OLD.upload;
    DELETE FROM refstack_upload WHERE id = OLD.upload AND content IS NOT NULL;
    -- Chunks are removed by the request, or found here by a sweep.
    UPDATE refstack_upload SET loose = 1 WHERE id = OLD.upload;
END;

-- ---- commands ------------------------------------------------------------------------------------------------

-- Stores tests of an upload: `bytes` has the texts of all pages one after the other, `layout` says what is where: [first,
-- last, offset, length of tests, length of pieces] for each page. What is stored already stays: it is the same.
CREATE VIEW IF NOT EXISTS refstack_new_tests AS
SELECT NULL AS upload, NULL AS first, NULL AS layout, NULL AS bytes, NULL AS passed_names, NULL AS passed_uuids
 WHERE 0;

CREATE TRIGGER IF NOT EXISTS refstack_tests_came INSTEAD OF INSERT ON refstack_new_tests BEGIN
    SELECT RAISE(IGNORE) WHERE NOT EXISTS (SELECT 1 FROM refstack_upload WHERE id = NEW.upload);
    INSERT INTO refstack_page (upload, first, last, tests, pieces)
    SELECT NEW.upload, value ->> 0, value ->> 1,
           CAST(substr(NEW.bytes, (value ->> 2) + 1, value ->> 3) AS TEXT),
           CAST(substr(NEW.bytes, (value ->> 2) + (value ->> 3) + 1, value ->> 4) AS TEXT)
      FROM json_each(NEW.layout)
     WHERE true
        ON CONFLICT DO NOTHING;
    INSERT INTO refstack_passed (upload, first, names, uuids)
    VALUES (NEW.upload, NEW.first, NEW.passed_names, NEW.passed_uuids)
        ON CONFLICT DO NOTHING;
END;

-- Forgets the tests of an upload.
CREATE VIEW IF NOT EXISTS refstack_no_tests AS
SELECT NULL AS upload WHERE 0;

CREATE TRIGGER IF NOT EXISTS refstack_tests_went INSTEAD OF INSERT ON refstack_no_tests BEGIN
    DELETE FROM refstack_page WHERE upload = NEW.upload;
    DELETE FROM refstack_passed WHERE upload = NEW.upload;
END;

-- Makes a result of an upload. How each name ended comes along (`name_layout` says [lowest, offset, length] for each block in
-- `names`), its last tests unless it stays folded, and its content if it is not stored yet (then `upload` is NULL).
CREATE VIEW IF NOT EXISTS refstack_new_result AS
SELECT NULL AS id, NULL AS upload, NULL AS cpid, NULL AS duration_seconds, NULL AS created_at, NULL AS format,
       NULL AS truncated, NULL AS size, NULL AS sha256, NULL AS test_id, NULL AS product_version_id, NULL AS owner,
       NULL AS shared, NULL AS guideline, NULL AS target, NULL AS token_hash, NULL AS summary, NULL AS fingerprint,
       NULL AS content, NULL AS name_layout, NULL AS names, NULL AS unfolded, NULL AS first, NULL AS layout,
       NULL AS bytes, NULL AS passed_names, NULL AS passed_uuids
 WHERE 0;

CREATE TRIGGER IF NOT EXISTS refstack_result_command INSTEAD OF INSERT ON refstack_new_result BEGIN
    -- Here and not in front of the INSERT: that would be a SELECT, whose row SQLite puts into a temporary table, upload and
    -- all. A row that is ignored is not returned either.
    SELECT RAISE(IGNORE)
     WHERE NOT EXISTS (SELECT 1 FROM refstack_test WHERE id = NEW.test_id) AND NEW.test_id IS NOT NULL
        OR EXISTS (SELECT 1 FROM refstack_result WHERE test_id = NEW.test_id AND fingerprint = NEW.fingerprint);
    INSERT INTO refstack_upload (started_at, content)
    SELECT NEW.created_at, NEW.content WHERE NEW.upload IS NULL;
    -- Nobody else writes meanwhile, so the newest upload is the one above.
    INSERT INTO refstack_name (upload, lowest, entries)
    SELECT coalesce(NEW.upload, (SELECT max(id) FROM refstack_upload)), value ->> 0,
           substr(NEW.names, (value ->> 1) + 1, value ->> 2)
      FROM json_each(NEW.name_layout);
    INSERT INTO refstack_new_tests (upload, first, layout, bytes, passed_names, passed_uuids)
    SELECT coalesce(NEW.upload, (SELECT max(id) FROM refstack_upload)), NEW.first, NEW.layout, NEW.bytes,
           NEW.passed_names, NEW.passed_uuids
     WHERE NEW.unfolded;
    INSERT INTO refstack_result (id, upload, cpid, duration_seconds, created_at, format, truncated, size, unfolded, sha256,
                                 test_id, fingerprint, product_version_id, owner, shared, guideline, target, token_hash,
                                 summary)
    VALUES (NEW.id, coalesce(NEW.upload, (SELECT max(id) FROM refstack_upload)), NEW.cpid, NEW.duration_seconds,
            NEW.created_at, NEW.format, NEW.truncated, NEW.size, NEW.unfolded, NEW.sha256, NEW.test_id, NEW.fingerprint,
            NEW.product_version_id, NEW.owner, NEW.shared, NEW.guideline, NEW.target, NEW.token_hash, NEW.summary);
END;
