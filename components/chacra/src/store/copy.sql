-- Copies files to new places, all or none. ?1 a JSON array: the row of each source and the eight
-- parts and URLs of its new place; ?2 whether files may be replaced, ?3 now.
INSERT INTO chacra_arrivals (
    project, ref, sha1, distro, distro_version, arch, flavor, name,
    slug, package_slug, repo_slug, type,
    blob, size, signed, built_by, now, had)
SELECT e.value ->> 'project', e.value ->> 'ref', e.value ->> 'sha1', e.value ->> 'distro',
       e.value ->> 'distro_version', e.value ->> 'arch', e.value ->> 'flavor', e.value ->> 'name',
       e.value ->> 'slug', e.value ->> 'package_slug', e.value ->> 'repo_slug',
       coalesce(r.type, e.value ->> 'type'),
       b.blob_id, b.size, b.signed, b.built_by, ?3, 0
  FROM json_each(?1) AS e
 CROSS JOIN chacra_binaries AS b ON b.id = e.value ->> 'id'
 CROSS JOIN chacra_repos AS r ON r.id = b.repo_id
 WHERE json_array_length(?1) = (
           SELECT count(*)
             FROM json_each(?1) AS x
            CROSS JOIN chacra_binaries AS source ON source.id = x.value ->> 'id')
   AND (?2 OR NOT EXISTS (
           SELECT 1
             FROM json_each(?1) AS x
            CROSS JOIN chacra_projects AS p ON p.name = x.value ->> 'project'
            CROSS JOIN chacra_binaries AS t
               ON t.project_id = p.id
              AND t.ref = x.value ->> 'ref'
              AND t.sha1 = x.value ->> 'sha1'
              AND t.distro = x.value ->> 'distro'
              AND t.distro_version = x.value ->> 'distro_version'
              AND t.arch = x.value ->> 'arch'
              AND t.flavor = x.value ->> 'flavor'
              AND t.name = x.value ->> 'name'
            WHERE t.blob_id IS NOT NULL))
RETURNING had
