-- The commands by which contents and files arrive, and resumable uploads.

-- Only ever inserted into: a chunk is about to be stored. The first one makes the content's row.
CREATE VIEW IF NOT EXISTS chacra_chunk_arrivals AS
SELECT NULL AS blob_id, NULL AS start, NULL AS bytes, NULL AS key, NULL AS now WHERE 0;

CREATE TRIGGER IF NOT EXISTS chacra_chunk_arrived INSTEAD OF INSERT ON chacra_chunk_arrivals BEGIN
    INSERT INTO chacra_blobs (id, unreferenced)
    VALUES (NEW.blob_id, NEW.now)
        ON CONFLICT (id) DO UPDATE SET unreferenced = excluded.unreferenced;
    INSERT INTO chacra_chunks (blob_id, start, bytes, key)
    VALUES (NEW.blob_id, NEW.start, NEW.bytes, NEW.key);
END;

-- Only ever inserted into: a file is put into place, new or over an old one.
--   project ... name, slug, package_slug, repo_slug   which file
--   type                     of its repository, while that has none
--   blob                     the content it gets, NULL: none, or the one that it has
--   own                      what this upload has stored; not `blob` when the same was there
--   sha256 ... size          of the content
--   package                  chacra_packages' columns, files, provides, requires as JSON, or NULL
--   signed, built_by, now
--   had                      whether the file had content before (for RETURNING)
CREATE VIEW IF NOT EXISTS chacra_arrivals AS
SELECT NULL AS project, NULL AS ref, NULL AS sha1, NULL AS distro, NULL AS distro_version,
       NULL AS arch, NULL AS flavor, NULL AS name,
       NULL AS slug, NULL AS package_slug, NULL AS repo_slug, NULL AS type,
       NULL AS blob, NULL AS own,
       NULL AS sha256, NULL AS sha512, NULL AS content_sha1, NULL AS md5, NULL AS size,
       NULL AS package, NULL AS signed, NULL AS built_by, NULL AS now, NULL AS had
 WHERE 0;

CREATE TRIGGER IF NOT EXISTS chacra_arrived INSTEAD OF INSERT ON chacra_arrivals BEGIN
    INSERT INTO chacra_projects (name, created, modified)
    VALUES (NEW.project, NEW.now, NEW.now)
        ON CONFLICT (name) DO UPDATE SET modified = excluded.modified;
    -- A file that is there stays with its repository, which may have been moved.
    INSERT INTO chacra_repos (
        project_id, ref, sha1, distro, distro_version, flavor, slug, type, modified)
    SELECT p.id, NEW.ref, NEW.sha1, NEW.distro, NEW.distro_version, NEW.flavor, NEW.repo_slug,
           NEW.type, NEW.now
      FROM chacra_projects AS p
     WHERE p.name = NEW.project
       AND NOT EXISTS (SELECT 1
                         FROM chacra_binaries
                        WHERE project_id = p.id AND ref = NEW.ref AND sha1 = NEW.sha1
                          AND distro = NEW.distro AND distro_version = NEW.distro_version
                          AND arch = NEW.arch AND flavor = NEW.flavor AND name = NEW.name)
        ON CONFLICT (project_id, ref, sha1, distro, distro_version, flavor)
        DO UPDATE SET type = coalesce(type, excluded.type);
    -- The content becomes live, or is left to the sweep because the same one is. One that was live
    -- before, because its bytes were not sent again, stays as it is.
    INSERT INTO chacra_blobs (id, live, sha256, sha512, sha1, md5, size, unreferenced)
    SELECT NEW.own, 1, NEW.sha256, NEW.sha512, NEW.content_sha1, NEW.md5, NEW.size, NEW.now
     WHERE NEW.own = NEW.blob
        ON CONFLICT (id) DO UPDATE
       SET live = 1, sha256 = excluded.sha256, sha512 = excluded.sha512, sha1 = excluded.sha1,
           md5 = excluded.md5, size = excluded.size
     WHERE live = 0;
    UPDATE chacra_blobs SET unreferenced = 0 WHERE id = NEW.own AND NEW.own <> NEW.blob;
    -- A resumable upload ends with the statement that makes its file visible, so that a crash
    -- leaves either the one or the other.
    DELETE FROM chacra_uploads WHERE blob_id = NEW.own;
    INSERT INTO chacra_package_arrivals (blob_id, package)
    SELECT NEW.blob, NEW.package
     WHERE NEW.package IS NOT NULL;
    INSERT INTO chacra_binaries (
        repo_id, project_id, ref, sha1, distro, distro_version, arch, flavor, name,
        slug, package_slug, blob_id, size, signed, built_by, created, modified)
    SELECT coalesce(b.repo_id, r.id), p.id, NEW.ref, NEW.sha1, NEW.distro, NEW.distro_version,
           NEW.arch, NEW.flavor, NEW.name,
           NEW.slug, NEW.package_slug, NEW.blob, coalesce(NEW.size, 0), coalesce(NEW.signed, 0),
           NEW.built_by, NEW.now, NEW.now
      FROM chacra_projects AS p
      LEFT JOIN chacra_binaries AS b
        ON b.project_id = p.id AND b.ref = NEW.ref AND b.sha1 = NEW.sha1
       AND b.distro = NEW.distro AND b.distro_version = NEW.distro_version
       AND b.arch = NEW.arch AND b.flavor = NEW.flavor AND b.name = NEW.name
      LEFT JOIN chacra_repos AS r
        ON b.id IS NULL
       AND r.project_id = p.id AND r.ref = NEW.ref AND r.sha1 = NEW.sha1
       AND r.distro = NEW.distro AND r.distro_version = NEW.distro_version
       AND r.flavor = NEW.flavor
     WHERE p.name = NEW.project
        ON CONFLICT (project_id, ref, sha1, distro, distro_version, arch, flavor, name) DO UPDATE
       SET blob_id = coalesce(excluded.blob_id, blob_id),
           size = CASE WHEN excluded.blob_id IS NULL THEN size ELSE excluded.size END,
           signed = CASE WHEN excluded.blob_id IS NULL THEN signed ELSE excluded.signed END,
           built_by = CASE WHEN excluded.blob_id IS NULL THEN excluded.built_by
                           ELSE coalesce(excluded.built_by, built_by) END,
           modified = max(modified, excluded.modified);
END;

-- Only ever inserted into: what a package says of itself, unless its content was read before.
CREATE VIEW IF NOT EXISTS chacra_package_arrivals AS
SELECT NULL AS blob_id, NULL AS package WHERE 0;

CREATE TRIGGER IF NOT EXISTS chacra_package_arrived INSTEAD OF INSERT
    ON chacra_package_arrivals BEGIN
    INSERT INTO chacra_packages (
        blob_id, kind, problem, signed, name, epoch, version, release, arch, source, stanza)
    VALUES (
        NEW.blob_id, NEW.package ->> 'kind', NEW.package ->> 'problem',
        coalesce(NEW.package ->> 'signed', 0), NEW.package ->> 'name', NEW.package ->> 'epoch',
        NEW.package ->> 'version', NEW.package ->> 'release', NEW.package ->> 'arch',
        NEW.package ->> 'source', NEW.package ->> 'stanza')
        ON CONFLICT (blob_id) DO NOTHING;
    INSERT INTO chacra_package_files (path, blob_id)
    SELECT value, NEW.blob_id
      FROM json_each(NEW.package, '$.files')
     WHERE value IS NOT NULL
        ON CONFLICT (path, blob_id) DO NOTHING;
    INSERT INTO chacra_package_relations (kind, name, blob_id)
    SELECT 'provides', value, NEW.blob_id
      FROM json_each(NEW.package, '$.provides')
     WHERE value IS NOT NULL
        ON CONFLICT (kind, name, blob_id) DO NOTHING;
    INSERT INTO chacra_package_relations (kind, name, blob_id)
    SELECT 'requires', value, NEW.blob_id
      FROM json_each(NEW.package, '$.requires')
     WHERE value IS NOT NULL
        ON CONFLICT (kind, name, blob_id) DO NOTHING;
END;

-- Resumable uploads (tus). Their bytes are the chunks of a content that is not live yet.
CREATE TABLE IF NOT EXISTS chacra_uploads (
    id       TEXT PRIMARY KEY,                -- random
    target   TEXT NOT NULL,                   -- the URL path that was asked for
    force    INTEGER NOT NULL,
    sha256   TEXT,                            -- what the client said that it will be
    blob_id  INTEGER NOT NULL UNIQUE,
    length   INTEGER NOT NULL,
    received INTEGER NOT NULL DEFAULT 0,      -- bytes whose chunks are stored, never all of them
    holder   INTEGER NOT NULL DEFAULT 0,      -- the PATCH that may add bytes: the newest one
    expires  INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS chacra_uploads_by_expiry ON chacra_uploads (expires);

CREATE TRIGGER IF NOT EXISTS chacra_upload_ended AFTER DELETE ON chacra_uploads BEGIN
    UPDATE chacra_blobs SET unreferenced = 0 WHERE id = OLD.blob_id AND live = 0;
END;

-- A PATCH takes over: what an earlier one may have begun to store behind the received bytes is
-- dropped.
CREATE TRIGGER IF NOT EXISTS chacra_upload_taken AFTER UPDATE OF holder ON chacra_uploads BEGIN
    INSERT INTO chacra_dead_chunks (key, bytes)
    SELECT key, bytes FROM chacra_chunks WHERE blob_id = NEW.blob_id AND start >= NEW.received
        ON CONFLICT (key) DO NOTHING;
    DELETE FROM chacra_chunks WHERE blob_id = NEW.blob_id AND start >= NEW.received;
END;

-- Only ever inserted into: a level of the specification's tree is made by hand, with the ones above
-- it. A level above gets the time of what came below it.
CREATE VIEW IF NOT EXISTS chacra_level_arrivals AS
SELECT NULL AS project, NULL AS ref, NULL AS sha1, NULL AS flavor, NULL AS distro,
       NULL AS distro_version, NULL AS arch, NULL AS depth, NULL AS now, NULL AS new
 WHERE 0;

CREATE TRIGGER IF NOT EXISTS chacra_level_arrived INSTEAD OF INSERT ON chacra_level_arrivals BEGIN
    INSERT INTO chacra_projects (name, created, modified)
    VALUES (NEW.project, NEW.now, NEW.now)
        ON CONFLICT (name) DO NOTHING;
    INSERT INTO chacra_levels (
        project_id, ref, sha1, flavor, depth, distro, distro_version, arch, created, modified)
    SELECT p.id, NEW.ref, NEW.sha1, NEW.flavor, l.column1,
           iif(l.column1 > 0, NEW.distro, ''), iif(l.column1 > 1, NEW.distro_version, ''),
           iif(l.column1 > 2, NEW.arch, ''), NEW.now, NEW.now
      FROM (VALUES (0), (1), (2), (3)) AS l
     CROSS JOIN chacra_projects AS p
     WHERE p.name = NEW.project
       AND l.column1 <= NEW.depth
        ON CONFLICT (project_id, ref, sha1, flavor, depth, distro, distro_version, arch)
        DO UPDATE SET modified = max(modified, excluded.modified);
END;
