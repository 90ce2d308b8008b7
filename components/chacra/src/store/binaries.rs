//! The lists of the later tree, each one JSON text. What exists there is what has files.

use assay_db::{Db, Result, params};

use crate::domain::places::Folder;

/// `{a: [b]}` of all pairs of two neighbouring parts below some fixed ones. Walks from pair to pair
/// through the index `chacra_levels_with_files`, so it costs the pairs and not the levels behind
/// them. NULL when there are none.
macro_rules! pairs {
    ($first:literal, $second:literal, $fixed:literal) => {
        concat!(
            "WITH RECURSIVE pair (a, b) AS (
                SELECT a, b
                  FROM (SELECT ",
            $first,
            " AS a, ",
            $second,
            " AS b
                          FROM chacra_levels AS l
                         WHERE depth = 3 AND files > 0",
            $fixed,
            "
                         ORDER BY ",
            $first,
            ", ",
            $second,
            "
                         LIMIT 1)
                 UNION ALL
                SELECT n.",
            $first,
            ", n.",
            $second,
            "
                  FROM pair
                 CROSS JOIN chacra_levels AS n
                    ON n.id = (SELECT l.id
                                 FROM chacra_levels AS l
                                WHERE depth = 3 AND files > 0",
            $fixed,
            "
                                  AND (",
            $first,
            ", ",
            $second,
            ") > (pair.a, pair.b)
                                ORDER BY ",
            $first,
            ", ",
            $second,
            "
                                LIMIT 1))
            SELECT nullif(json_group_object(a, json(list)), '{}')
              FROM (SELECT a, json_group_array(b) AS list
                      FROM (SELECT a, b FROM pair ORDER BY a, b)
                     GROUP BY a
                     ORDER BY a)"
        )
    };
}

/// `{project: [refs]}`, also of projects without files.
pub async fn projects(db: Db) -> Result<Option<String>> {
    const SQL: &str = "
        -- scan: the answer names every project
        WITH RECURSIVE pair (a, b) AS (
            SELECT a, b
              FROM (SELECT project_id AS a, ref AS b
                      FROM chacra_levels
                     WHERE depth = 3 AND files > 0
                     ORDER BY project_id, ref
                     LIMIT 1)
             UNION ALL
            SELECT n.project_id, n.ref
              FROM pair
             CROSS JOIN chacra_levels AS n
                ON n.id = (SELECT l.id
                             FROM chacra_levels AS l
                            WHERE depth = 3 AND files > 0 AND (project_id, ref) > (pair.a, pair.b)
                            ORDER BY project_id, ref
                            LIMIT 1)
        ),
        list (id, refs) AS MATERIALIZED (
            SELECT a, json_group_array(b) FROM (SELECT a, b FROM pair ORDER BY a, b) GROUP BY a
        )
        SELECT json_group_object(name, json(refs))
          FROM (SELECT p.name, coalesce(list.refs, '[]') AS refs
                  FROM chacra_projects AS p
                  LEFT JOIN list ON list.id = p.id
                 ORDER BY p.name)";
    db.text(SQL, []).await
}

/// `{ref: [sha1s]}` of a project; `{}` when it has no files, `None` when there is no such project.
pub async fn refs(db: Db, project: &str) -> Result<Option<String>> {
    const SQL: &str =
        pairs!("ref", "sha1", " AND project_id = (SELECT id FROM chacra_projects WHERE name = ?1)");
    if let Some(list) = db.text(SQL, params![project]).await? {
        return Ok(Some(list));
    }
    let there = super::projects::exists(db, project).await?;
    Ok(there.then(|| "{}".to_owned()))
}

/// The lists of the three levels below a `ref`, by how many parts of the URL are fixed.
pub async fn below_ref(db: Db, path: &[String]) -> Result<Option<String>> {
    const SHA1S: &str = pairs!(
        "sha1",
        "distro",
        " AND project_id = (SELECT id FROM chacra_projects WHERE name = ?1) AND ref = ?2"
    );
    const DISTROS: &str = pairs!(
        "distro",
        "distro_version",
        " AND project_id = (SELECT id FROM chacra_projects WHERE name = ?1)
          AND ref = ?2 AND sha1 = ?3"
    );
    const VERSIONS: &str = pairs!(
        "distro_version",
        "arch",
        " AND project_id = (SELECT id FROM chacra_projects WHERE name = ?1)
          AND ref = ?2 AND sha1 = ?3 AND distro = ?4"
    );
    match path {
        [project, reference] => db.text(SHA1S, params![project, reference]).await,
        [project, reference, sha1] => db.text(DISTROS, params![project, reference, sha1]).await,
        [project, reference, sha1, distro] => {
            db.text(VERSIONS, params![project, reference, sha1, distro]).await
        }
        _ => Ok(None),
    }
}

/// `{arch: [file names]}` of all flavors.
pub async fn archs(db: Db, path: &[String]) -> Result<Option<String>> {
    const SQL: &str = "
        SELECT nullif(json_group_object(arch, json(list)), '{}')
          FROM (SELECT arch, json_group_array(name) AS list
                  FROM (SELECT DISTINCT arch, name
                          FROM chacra_binaries
                         WHERE project_id = (SELECT id FROM chacra_projects WHERE name = ?1)
                           AND ref = ?2 AND sha1 = ?3 AND distro = ?4 AND distro_version = ?5
                         ORDER BY arch, name)
                 GROUP BY arch
                 ORDER BY arch)";
    let [project, reference, sha1, distro, version] = path else { return Ok(None) };
    db.text(SQL, params![project, reference, sha1, distro, version]).await
}

/// `{flavor: [file names]}`.
pub async fn flavors(db: Db, folder: &Folder) -> Result<Option<String>> {
    const SQL: &str = "
        SELECT json_group_object(flavor, json(list))
          FROM (SELECT flavor, json_group_array(name) AS list
                  FROM (SELECT flavor, name
                          FROM chacra_binaries
                         WHERE project_id = (SELECT id FROM chacra_projects WHERE name = ?1)
                           AND ref = ?2 AND sha1 = ?3 AND distro = ?4 AND distro_version = ?5
                           AND arch = ?6
                         ORDER BY flavor, name)
                 GROUP BY flavor
                 ORDER BY flavor)";
    let slice = &folder.slice;
    let params = params![
        &folder.project,
        &slice.reference,
        &slice.sha1,
        &folder.distro,
        &folder.distro_version,
        &folder.arch
    ];
    db.text(SQL, params).await
}

/// Which files of a folder a list shows.
#[derive(Clone, Debug, Default)]
pub struct Chosen {
    /// The one of this name.
    pub name: Option<String>,
    /// Those behind this name.
    pub after: String,
    /// So many; -1 for all: chacractl looks for its file in this list.
    pub limit: i64,
}

/// `{name: file object}` of a folder, of one flavor or of all, where the flavor `default` wins;
/// `None` when the folder has no file, chosen or not.
pub async fn files(
    db: Db,
    folder: &Folder,
    all_flavors: bool,
    chosen: &Chosen,
) -> Result<Option<String>> {
    const SQL: &str = concat!(
        "SELECT json_group_object(name, json(object))
           FROM (SELECT b.name, ",
        file_object!("?11"),
        " AS object
                   FROM (SELECT id
                           FROM (SELECT id, name, row_number() OVER (
                                            PARTITION BY name
                                                ORDER BY flavor <> 'default', flavor) AS nth
                                   FROM chacra_binaries
                                  WHERE project_id = (SELECT id
                                                        FROM chacra_projects
                                                       WHERE name = ?1)
                                    AND ref = ?2 AND sha1 = ?3 AND distro = ?4
                                    AND distro_version = ?5 AND arch = ?6
                                    AND (?7 IS NULL OR flavor = ?7)
                                    AND (?8 IS NULL OR name = ?8)
                                    AND name > ?9)
                          WHERE nth = 1
                          ORDER BY name
                          LIMIT ?10 + 0) AS picked
                  CROSS JOIN chacra_binaries AS b ON b.id = picked.id",
        with_content!(),
        "         ORDER BY b.name)
         HAVING EXISTS (SELECT 1
                          FROM chacra_binaries
                         WHERE project_id = (SELECT id FROM chacra_projects WHERE name = ?1)
                           AND ref = ?2 AND sha1 = ?3 AND distro = ?4 AND distro_version = ?5
                           AND arch = ?6
                           AND (?7 IS NULL OR flavor = ?7))"
    );
    let slice = &folder.slice;
    let params = params![
        &folder.project,
        &slice.reference,
        &slice.sha1,
        &folder.distro,
        &folder.distro_version,
        &folder.arch,
        if all_flavors { None } else { Some(slice.flavor.as_str()) },
        chosen.name.as_ref(),
        &chosen.after,
        chosen.limit,
        assay_web::time::now(),
    ];
    db.text(SQL, params).await
}
