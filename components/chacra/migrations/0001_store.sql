-- Projects, their repositories and files, and the contents of files.
--
-- A file is put into place by one INSERT into the view `chacra_arrivals` (0002), whose trigger
-- makes the project and the repository if they are missing. Everything that follows from a file
-- being there (levels of the tree, sizes and counts of repositories, references of contents) is
-- kept by the triggers at the end of this script.
--
-- Times are integer microseconds since 1970, UTC; digests are lower-case hex.

CREATE TABLE IF NOT EXISTS chacra_projects (
    id       INTEGER PRIMARY KEY,
    name     TEXT NOT NULL UNIQUE,
    created  INTEGER NOT NULL,
    modified INTEGER NOT NULL
);

-- The tree of /packages/ for each slice (ref, sha1, flavor) of a project. Depth 0 is the project
-- itself, 1 a distribution, 2 a release, 3 an architecture; the deeper parts are ''. `files` counts
-- what is in and below it. A level that loses its last file goes; one that somebody made by hand
-- and that never held a file stays.
CREATE TABLE IF NOT EXISTS chacra_levels (
    id             INTEGER PRIMARY KEY,
    project_id     INTEGER NOT NULL REFERENCES chacra_projects (id) ON DELETE CASCADE,
    ref            TEXT NOT NULL,
    sha1           TEXT NOT NULL,
    flavor         TEXT NOT NULL,
    depth          INTEGER NOT NULL CHECK (depth BETWEEN 0 AND 3),
    distro         TEXT NOT NULL DEFAULT '',
    distro_version TEXT NOT NULL DEFAULT '',
    arch           TEXT NOT NULL DEFAULT '',
    files          INTEGER NOT NULL DEFAULT 0,
    created        INTEGER NOT NULL,
    modified       INTEGER NOT NULL,
    UNIQUE (project_id, ref, sha1, flavor, depth, distro, distro_version, arch)
);
-- The tree of /binaries/: what has files, in the order of its URLs.
CREATE INDEX IF NOT EXISTS chacra_levels_with_files
    ON chacra_levels (project_id, ref, sha1, distro, distro_version, arch, flavor)
    WHERE depth = 3 AND files > 0;

CREATE TABLE IF NOT EXISTS chacra_repos (
    id             INTEGER PRIMARY KEY,
    project_id     INTEGER NOT NULL REFERENCES chacra_projects (id) ON DELETE CASCADE,
    ref            TEXT NOT NULL,
    sha1           TEXT NOT NULL,
    distro         TEXT NOT NULL,
    distro_version TEXT NOT NULL,
    flavor         TEXT NOT NULL,
    slug           TEXT NOT NULL,             -- its identity as part of a URL, percent-encoded
    type           TEXT CHECK (type IN ('deb', 'rpm', 'raw')),
    needs_update   INTEGER NOT NULL DEFAULT 0,
    is_queued      INTEGER NOT NULL DEFAULT 0,
    is_updating    INTEGER NOT NULL DEFAULT 0,
    failed         INTEGER NOT NULL DEFAULT 0,
    signed         INTEGER NOT NULL DEFAULT 0,
    path           TEXT,                      -- NULL until it was built
    extra          TEXT NOT NULL DEFAULT '{}',
    files          INTEGER NOT NULL DEFAULT 0,
    size           INTEGER NOT NULL DEFAULT 0,
    modified       INTEGER NOT NULL,
    UNIQUE (project_id, ref, sha1, distro, distro_version, flavor)
);
CREATE INDEX IF NOT EXISTS chacra_repos_by_modified ON chacra_repos (modified);

-- A content. While it arrives it is not `live`: chunks are added, nothing may refer to it. `refs`
-- counts the files that have it; without any it may be swept some time after `unreferenced`.
CREATE TABLE IF NOT EXISTS chacra_blobs (
    id           INTEGER PRIMARY KEY,         -- random: an upload knows it before it writes
    live         INTEGER NOT NULL DEFAULT 0,
    sha256       TEXT,
    sha512       TEXT,
    sha1         TEXT,
    md5          TEXT,
    size         INTEGER NOT NULL DEFAULT 0,
    refs         INTEGER NOT NULL DEFAULT 0,
    unreferenced INTEGER                      -- since when; NULL while a file has it
);
CREATE UNIQUE INDEX IF NOT EXISTS chacra_blobs_live ON chacra_blobs (sha256) WHERE live = 1;
CREATE INDEX IF NOT EXISTS chacra_blobs_by_sha512 ON chacra_blobs (sha512) WHERE live = 1;
CREATE INDEX IF NOT EXISTS chacra_blobs_unreferenced ON chacra_blobs (unreferenced)
WHERE unreferenced IS NOT NULL;

-- Where a content is in the key-value store. A row is written before its key is.
CREATE TABLE IF NOT EXISTS chacra_chunks (
    blob_id INTEGER NOT NULL REFERENCES chacra_blobs (id),
    start   INTEGER NOT NULL,                 -- offset of its first byte in the content
    bytes   INTEGER NOT NULL,
    key     TEXT NOT NULL,
    PRIMARY KEY (blob_id, start)
) WITHOUT ROWID;

-- Keys that no content has any more. They are removed from the key-value store first and from here
-- afterwards, so a crash in between loses none.
CREATE TABLE IF NOT EXISTS chacra_dead_chunks (
    key   TEXT PRIMARY KEY,
    bytes INTEGER NOT NULL
) WITHOUT ROWID;

-- What a package says of itself, read when its content arrived. `problem` says why it could not be
-- read.
CREATE TABLE IF NOT EXISTS chacra_packages (
    blob_id INTEGER PRIMARY KEY REFERENCES chacra_blobs (id) ON DELETE CASCADE,
    kind    TEXT NOT NULL CHECK (kind IN ('deb', 'rpm')),
    problem TEXT,
    signed  INTEGER NOT NULL DEFAULT 0,
    name    TEXT,
    epoch   TEXT,
    version TEXT,
    release TEXT,
    arch    TEXT,
    source  TEXT,
    stanza  TEXT                              -- deb: the control file
);
CREATE INDEX IF NOT EXISTS chacra_packages_by_name ON chacra_packages (name, version)
WHERE problem IS NULL;

CREATE TABLE IF NOT EXISTS chacra_package_files (
    path    TEXT NOT NULL,
    blob_id INTEGER NOT NULL REFERENCES chacra_packages (blob_id) ON DELETE CASCADE,
    PRIMARY KEY (path, blob_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS chacra_package_files_of ON chacra_package_files (blob_id);

CREATE TABLE IF NOT EXISTS chacra_package_relations (
    kind    TEXT NOT NULL CHECK (kind IN ('provides', 'requires')),
    name    TEXT NOT NULL,
    blob_id INTEGER NOT NULL REFERENCES chacra_packages (blob_id) ON DELETE CASCADE,
    PRIMARY KEY (kind, name, blob_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS chacra_package_relations_of ON chacra_package_relations (blob_id);

CREATE TABLE IF NOT EXISTS chacra_binaries (
    id             INTEGER PRIMARY KEY,
    repo_id        INTEGER NOT NULL REFERENCES chacra_repos (id) ON DELETE CASCADE,
    project_id     INTEGER NOT NULL REFERENCES chacra_projects (id) ON DELETE CASCADE,
    ref            TEXT NOT NULL,
    sha1           TEXT NOT NULL,
    distro         TEXT NOT NULL,
    distro_version TEXT NOT NULL,
    arch           TEXT NOT NULL,
    flavor         TEXT NOT NULL,
    name           TEXT NOT NULL,
    slug           TEXT NOT NULL,             -- <place>/flavors/<flavor>/<name>, percent-encoded
    package_slug   TEXT NOT NULL,             -- <package>/<distro>/<release>/<arch>/<name>
    blob_id        INTEGER REFERENCES chacra_blobs (id), -- NULL: an entry without content
    size           INTEGER NOT NULL DEFAULT 0,
    signed         INTEGER NOT NULL DEFAULT 0,
    built_by       TEXT,
    created        INTEGER NOT NULL,
    modified       INTEGER NOT NULL,
    UNIQUE (project_id, ref, sha1, distro, distro_version, arch, flavor, name)
);
CREATE INDEX IF NOT EXISTS chacra_binaries_by_repo     ON chacra_binaries (repo_id, arch);
CREATE INDEX IF NOT EXISTS chacra_binaries_by_blob     ON chacra_binaries (blob_id);
CREATE INDEX IF NOT EXISTS chacra_binaries_by_name     ON chacra_binaries (name);
-- The newest file of a ref.
CREATE INDEX IF NOT EXISTS chacra_binaries_latest
    ON chacra_binaries (project_id, ref, modified);
CREATE INDEX IF NOT EXISTS chacra_binaries_by_ref      ON chacra_binaries (ref);
CREATE INDEX IF NOT EXISTS chacra_binaries_by_sha1     ON chacra_binaries (sha1);
CREATE INDEX IF NOT EXISTS chacra_binaries_by_distro
    ON chacra_binaries (distro, distro_version, arch);
CREATE INDEX IF NOT EXISTS chacra_binaries_by_size     ON chacra_binaries (size);
CREATE INDEX IF NOT EXISTS chacra_binaries_by_modified ON chacra_binaries (modified);
CREATE INDEX IF NOT EXISTS chacra_binaries_by_builder  ON chacra_binaries (built_by)
WHERE built_by IS NOT NULL;

-- The operator's rules (GET and PUT /chacra/config), one row.
CREATE TABLE IF NOT EXISTS chacra_config (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    body TEXT NOT NULL
);

-- ---- what follows from a file --------------------------------------------------------------

CREATE TRIGGER IF NOT EXISTS chacra_binary_came AFTER INSERT ON chacra_binaries BEGIN
    INSERT INTO chacra_levels (
        project_id, ref, sha1, flavor, depth, distro, distro_version, arch,
        files, created, modified)
    SELECT NEW.project_id, NEW.ref, NEW.sha1, NEW.flavor, l.depth, l.distro, l.version, l.arch,
           1, NEW.modified, NEW.modified
      FROM (SELECT 0 AS depth, '' AS distro, '' AS version, '' AS arch
             UNION ALL SELECT 1, NEW.distro, '', ''
             UNION ALL SELECT 2, NEW.distro, NEW.distro_version, ''
             UNION ALL SELECT 3, NEW.distro, NEW.distro_version, NEW.arch) AS l
     WHERE TRUE
        ON CONFLICT (project_id, ref, sha1, flavor, depth, distro, distro_version, arch)
        DO UPDATE SET files = files + 1, modified = max(modified, excluded.modified);
    UPDATE chacra_blobs SET refs = refs + 1, unreferenced = NULL WHERE id = NEW.blob_id;
    INSERT INTO chacra_repo_touches (repo_id, files, size, at)
    VALUES (NEW.repo_id, 1, NEW.size, NEW.modified);
END;

CREATE TRIGGER IF NOT EXISTS chacra_binary_changed
AFTER UPDATE OF blob_id, size, built_by, modified ON chacra_binaries BEGIN
    UPDATE chacra_levels
       SET modified = max(modified, NEW.modified)
     WHERE project_id = NEW.project_id AND ref = NEW.ref AND sha1 = NEW.sha1 AND flavor = NEW.flavor
       AND (depth, distro, distro_version, arch) IN (
               VALUES (0, '', '', ''),
                      (1, NEW.distro, '', ''),
                      (2, NEW.distro, NEW.distro_version, ''),
                      (3, NEW.distro, NEW.distro_version, NEW.arch));
    UPDATE chacra_blobs
       SET refs = refs + 1, unreferenced = NULL
     WHERE id = NEW.blob_id AND NEW.blob_id IS NOT OLD.blob_id;
    UPDATE chacra_blobs
       SET refs = refs - 1,
           unreferenced = CASE refs
               WHEN 1 THEN CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER) END
     WHERE id = OLD.blob_id AND NEW.blob_id IS NOT OLD.blob_id;
    INSERT INTO chacra_repo_touches (repo_id, files, size, at)
    VALUES (NEW.repo_id, 0, NEW.size - OLD.size, NEW.modified);
END;

CREATE TRIGGER IF NOT EXISTS chacra_binary_went AFTER DELETE ON chacra_binaries BEGIN
    UPDATE chacra_blobs
       SET refs = refs - 1,
           unreferenced = CASE refs
               WHEN 1 THEN CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER) END
     WHERE id = OLD.blob_id;
    -- SQLite's own clock has milliseconds, which is enough for what nobody can ask for any more.
    INSERT INTO chacra_repo_touches (repo_id, files, size, at)
    VALUES (OLD.repo_id, -1, -OLD.size, CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER));
    UPDATE chacra_levels
       SET files = files - 1,
           modified = max(modified, CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER))
     WHERE project_id = OLD.project_id AND ref = OLD.ref AND sha1 = OLD.sha1 AND flavor = OLD.flavor
       AND (depth, distro, distro_version, arch) IN (
               VALUES (0, '', '', ''),
                      (1, OLD.distro, '', ''),
                      (2, OLD.distro, OLD.distro_version, ''),
                      (3, OLD.distro, OLD.distro_version, OLD.arch));
    -- A level goes with its last file, unless one below it was made by hand.
    DELETE FROM chacra_levels
     WHERE project_id = OLD.project_id AND ref = OLD.ref AND sha1 = OLD.sha1 AND flavor = OLD.flavor
       AND depth = 3 AND distro = OLD.distro AND distro_version = OLD.distro_version
       AND arch = OLD.arch AND files = 0;
    DELETE FROM chacra_levels
     WHERE project_id = OLD.project_id AND ref = OLD.ref AND sha1 = OLD.sha1 AND flavor = OLD.flavor
       AND depth = 2 AND distro = OLD.distro AND distro_version = OLD.distro_version
       AND arch = '' AND files = 0
       AND NOT EXISTS (SELECT 1
                         FROM chacra_levels
                        WHERE project_id = OLD.project_id AND ref = OLD.ref AND sha1 = OLD.sha1
                          AND flavor = OLD.flavor AND depth = 3
                          AND distro = OLD.distro AND distro_version = OLD.distro_version);
    DELETE FROM chacra_levels
     WHERE project_id = OLD.project_id AND ref = OLD.ref AND sha1 = OLD.sha1 AND flavor = OLD.flavor
       AND depth = 1 AND distro = OLD.distro AND distro_version = '' AND arch = ''
       AND files = 0
       AND NOT EXISTS (SELECT 1
                         FROM chacra_levels
                        WHERE project_id = OLD.project_id AND ref = OLD.ref AND sha1 = OLD.sha1
                          AND flavor = OLD.flavor AND depth = 2 AND distro = OLD.distro);
    DELETE FROM chacra_repos WHERE id = OLD.repo_id AND files = 0;
    DELETE FROM chacra_projects
     WHERE id = OLD.project_id
       AND NOT EXISTS (SELECT 1 FROM chacra_binaries WHERE project_id = OLD.project_id);
END;

-- Only ever inserted into: a file of a repository came, changed or went, and when.
CREATE VIEW IF NOT EXISTS chacra_repo_touches AS
SELECT NULL AS repo_id, NULL AS files, NULL AS size, NULL AS at WHERE 0;

CREATE TRIGGER IF NOT EXISTS chacra_repo_touched INSTEAD OF INSERT ON chacra_repo_touches BEGIN
    UPDATE chacra_repos
       SET files = files + NEW.files,
           size = size + NEW.size,
           modified = max(modified, NEW.at),
           needs_update = needs_update OR NOT (
               type IS 'raw'
               OR distro_version IN ('generic', 'universal', 'any')
               OR EXISTS (SELECT 1
                            FROM chacra_config AS c, json_each(c.body, '$.repos') AS rule
                           WHERE c.id = 1
                             AND rule.key = (SELECT name
                                               FROM chacra_projects
                                              WHERE id = chacra_repos.project_id)
                             AND rule.value ->> 'automatic' = 0))
     WHERE id = NEW.repo_id;
END;

CREATE TRIGGER IF NOT EXISTS chacra_blob_went BEFORE DELETE ON chacra_blobs BEGIN
    INSERT INTO chacra_dead_chunks (key, bytes)
    SELECT key, bytes FROM chacra_chunks WHERE blob_id = OLD.id
        ON CONFLICT (key) DO NOTHING;
    DELETE FROM chacra_chunks WHERE blob_id = OLD.id;
END;
