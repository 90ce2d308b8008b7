//! The lists and the levels of the specification's tree.

use assay_db::{Db, FromRow, Result, Row, params};

use crate::domain::places::{Folder, Slice};

/// `{package: {last_updated}}` of all projects.
pub async fn packages(db: Db, slice: &Slice) -> Result<Option<String>> {
    const SQL: &str = concat!(
        "-- scan: the answer names every package
         SELECT json_group_object(name, json_object('last_updated', ",
        age!("at", "?4"),
        "))
           FROM (SELECT p.name, coalesce(l.modified, p.created) AS at
                   FROM chacra_projects AS p
                   LEFT JOIN chacra_levels AS l
                     ON l.project_id = p.id AND l.ref = ?1 AND l.sha1 = ?2 AND l.flavor = ?3
                    AND l.depth = 0 AND l.distro = '' AND l.distro_version = '' AND l.arch = ''
                  ORDER BY p.name)"
    );
    let now = assay_web::time::now();
    db.text(SQL, params![&slice.reference, &slice.sha1, &slice.flavor, now]).await
}

/// `{part: {last_updated}}` of what is right below a package, a distribution or a release (`path`);
/// `None` when there is no such level.
pub async fn below(db: Db, slice: &Slice, path: &[String]) -> Result<Option<String>> {
    const SQL: &str = concat!(
        "SELECT json_group_object(name, json_object('last_updated', ",
        age!("modified", "?7"),
        "))
           FROM (SELECT CASE depth WHEN 1 THEN distro WHEN 2 THEN distro_version ELSE arch END
                            AS name,
                        modified
                   FROM chacra_levels
                  WHERE project_id = (SELECT id FROM chacra_projects WHERE name = ?1)
                    AND ref = ?2 AND sha1 = ?3 AND flavor = ?4
                    AND depth = 1 + (?5 <> '') + (?6 <> '')
                    AND (?5 = '' OR distro = ?5)
                    AND (?6 = '' OR distro_version = ?6)
                  ORDER BY name)
         HAVING EXISTS (SELECT 1
                          FROM chacra_levels
                         WHERE project_id = (SELECT id FROM chacra_projects WHERE name = ?1)
                           AND ref = ?2 AND sha1 = ?3 AND flavor = ?4
                           AND depth = (?5 <> '') + (?6 <> '')
                           AND distro = ?5 AND distro_version = ?6 AND arch = '')
             OR (?5 = '' AND EXISTS (SELECT 1 FROM chacra_projects WHERE name = ?1))"
    );
    let part = |nth: usize| path.get(nth).map_or("", String::as_str);
    let now = assay_web::time::now();
    let (reference, sha1) = (&slice.reference, &slice.sha1);
    db.text(SQL, params![part(0), reference, sha1, &slice.flavor, part(1), part(2), now]).await
}

/// The files of an architecture; `None` when there is no such level.
pub async fn files(db: Db, folder: &Folder) -> Result<Option<String>> {
    const SQL: &str = concat!(
        "SELECT json_group_object(name, json(object))
           FROM (SELECT b.name, json_object(
                            'signed', json(iif(b.signed, 'true', 'false')), 'size', ",
        human_size!("b.size"),
        ", 'last_updated', ",
        age!("b.modified", "?8"),
        ", 'bytes', b.size, 'sha256', c.sha256, 'checksum', c.sha512, 'built_by', b.built_by,
           'url', '/packages/' || b.package_slug || ?9) AS object
                   FROM chacra_binaries AS b
                   LEFT JOIN chacra_blobs AS c ON c.id = b.blob_id
                  WHERE b.project_id = (SELECT id FROM chacra_projects WHERE name = ?1)
                    AND b.ref = ?2 AND b.sha1 = ?3 AND b.distro = ?4 AND b.distro_version = ?5
                    AND b.arch = ?6 AND b.flavor = ?7
                  ORDER BY b.name)
         HAVING EXISTS (SELECT 1
                          FROM chacra_levels
                         WHERE project_id = (SELECT id FROM chacra_projects WHERE name = ?1)
                           AND ref = ?2 AND sha1 = ?3 AND flavor = ?7 AND depth = 3
                           AND distro = ?4 AND distro_version = ?5 AND arch = ?6)"
    );
    let slice = &folder.slice;
    let params = params![
        &folder.project,
        &slice.reference,
        &slice.sha1,
        &folder.distro,
        &folder.distro_version,
        &folder.arch,
        &slice.flavor,
        assay_web::time::now(),
        slice.query(),
    ];
    db.text(SQL, params).await
}

struct New(bool);

impl FromRow for New {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        row.flag("new").map(Self)
    }
}

/// Makes a level (`path` is a package, then a distribution, a release, an architecture) and the
/// ones above it; false when it is there already.
pub async fn create(db: Db, slice: &Slice, path: &[String]) -> Result<bool> {
    const SQL: &str = include_str!("level.sql");
    let part = |nth: usize| path.get(nth).map_or("", String::as_str);
    let params = params![
        part(0),
        &slice.reference,
        &slice.sha1,
        &slice.flavor,
        part(1),
        part(2),
        part(3),
        i64::try_from(path.len()).unwrap_or(i64::MAX) - 1,
        assay_web::time::now(),
    ];
    Ok(db.one::<New>(SQL, params).await?.is_some_and(|new| new.0))
}
