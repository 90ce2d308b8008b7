-- Makes an entry without content, or changes what is noted of a file. ?1 to ?8 its address, ?9
-- slug, ?10 package_slug, ?11 repo_slug, ?12 type of a new repository, ?13 built_by, ?14 now, ?15
-- whether it may be there already, ?16 whether built_by is said. Gives whether it
-- was; nothing when it was and must not be.
WITH file (id, built_by) AS MATERIALIZED (
    SELECT b.id, b.built_by
      FROM chacra_projects AS p
     CROSS JOIN chacra_binaries AS b
        ON b.project_id = p.id AND b.ref = ?2 AND b.sha1 = ?3
       AND b.distro = ?4 AND b.distro_version = ?5 AND b.arch = ?6
       AND b.flavor = ?7 AND b.name = ?8
     WHERE p.name = ?1
)
INSERT INTO chacra_arrivals (
    project, ref, sha1, distro, distro_version, arch, flavor, name,
    slug, package_slug, repo_slug, type, built_by, now, had)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8,
       ?9, ?10, ?11, ?12, iif(?16, ?13, (SELECT built_by FROM file)), ?14,
       EXISTS (SELECT 1 FROM file)
 WHERE ?15 OR NOT EXISTS (SELECT 1 FROM file)
RETURNING had
