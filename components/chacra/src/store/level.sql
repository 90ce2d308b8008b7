-- Makes a level of the tree, and the ones above it that are missing. ?1 project, ?2 ref, ?3 sha1,
-- ?4 flavor, ?5 distro, ?6 distro_version, ?7 arch, ?8 its depth, ?9 now. Gives a row when it was
-- not there.
INSERT INTO chacra_level_arrivals (
    project, ref, sha1, flavor, distro, distro_version, arch, depth, now, new)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 1
 WHERE NOT EXISTS (
           SELECT 1
             FROM chacra_levels
            WHERE project_id = (SELECT id FROM chacra_projects WHERE name = ?1)
              AND ref = ?2 AND sha1 = ?3 AND flavor = ?4 AND depth = ?8
              AND distro = ?5 AND distro_version = ?6 AND arch = ?7)
RETURNING new
