-- Puts a file into place. ?1 project, ?2 ref, ?3 sha1, ?4 distro, ?5 distro_version, ?6 arch, ?7
-- flavor, ?8 name, ?9 slug, ?10 package_slug, ?11 repo_slug, ?12 type of a new repository, ?13 the
-- content that was stored or NULL, ?14 its sha256, ?15 sha512, ?16 sha1, ?17 md5, ?18 size, ?19
-- package, ?20 signed, ?21 built_by, ?22 now, ?23 whether content may be replaced, ?24 how many
-- chunks were stored, ?25 the key of the last one.
--
-- Gives whether the file had content before and whether it now has the one that was stored (not the
-- same one that was there already); nothing when it had and must not be replaced, or when chunks
-- were swept or are being stored anew.
WITH file (blob_id) AS MATERIALIZED (
    SELECT b.blob_id
      FROM chacra_projects AS p
     CROSS JOIN chacra_binaries AS b
        ON b.project_id = p.id AND b.ref = ?2 AND b.sha1 = ?3
       AND b.distro = ?4 AND b.distro_version = ?5 AND b.arch = ?6
       AND b.flavor = ?7 AND b.name = ?8
     WHERE p.name = ?1
),
same (id) AS MATERIALIZED (
    SELECT id
      FROM chacra_blobs
     WHERE live = 1 AND sha256 = ?14
)
INSERT INTO chacra_arrivals (
    project, ref, sha1, distro, distro_version, arch, flavor, name,
    slug, package_slug, repo_slug, type,
    blob, own, sha256, sha512, content_sha1, md5, size,
    package, signed, built_by, now, had)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8,
       ?9, ?10, ?11, ?12,
       coalesce((SELECT id FROM same), ?13), ?13, ?14, ?15, ?16, ?17, ?18,
       ?19, ?20, ?21, ?22, (SELECT blob_id FROM file) IS NOT NULL
 WHERE (?23 OR (SELECT blob_id FROM file) IS NULL)
   AND (EXISTS (SELECT 1 FROM same)
        OR (?24 = (SELECT count(*) FROM chacra_chunks WHERE blob_id = ?13)
            AND ?25 IS (SELECT key
                          FROM chacra_chunks
                         WHERE blob_id = ?13
                         ORDER BY start DESC
                         LIMIT 1)))
RETURNING had, blob = own AS kept
