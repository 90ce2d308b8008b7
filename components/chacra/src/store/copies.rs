//! Copies of whole levels, without moving a byte.

use assay_db::{Db, FromRow, Result, Row, params};
use serde::Deserialize;
use serde_json::json;

use crate::domain::names;
use crate::domain::places::{Folder, Place, Slice};
use crate::domain::prefixes::Prefix;

/// The most files of one copy, which is one statement.
pub const MOST: i64 = 20_000;

/// A file that is to be copied.
#[derive(Debug)]
pub struct Source {
    /// Its row.
    pub id: i64,
    /// Where it is.
    pub place: Place,
}

#[derive(Deserialize)]
struct Fields {
    id: i64,
    project: String,
    reference: String,
    sha1: String,
    flavor: String,
    distro: String,
    distro_version: String,
    arch: String,
    name: String,
}

impl From<Fields> for Source {
    fn from(fields: Fields) -> Self {
        let slice = Slice { reference: fields.reference, sha1: fields.sha1, flavor: fields.flavor };
        let folder = Folder {
            project: fields.project,
            slice,
            distro: fields.distro,
            distro_version: fields.distro_version,
            arch: fields.arch,
        };
        Self { id: fields.id, place: folder.file(fields.name) }
    }
}

/// The files of a level that have content, in the order of the unique index of `chacra_binaries`.
pub async fn sources(db: Db, from: &Prefix) -> Result<Vec<Source>> {
    const SQL: &str = "
        SELECT json_group_array(json_object(
                   'id', id, 'project', ?1, 'reference', ref, 'sha1', sha1, 'flavor', flavor,
                   'distro', distro, 'distro_version', distro_version, 'arch', arch,
                   'name', name))
          FROM (SELECT id, ref, sha1, flavor, distro, distro_version, arch, name
                  FROM chacra_binaries
                 WHERE project_id = (SELECT id FROM chacra_projects WHERE name = ?1)
                   AND ref = ?2 AND sha1 = ?3
                   AND (?4 IS NULL OR distro = ?4)
                   AND (?5 IS NULL OR distro_version = ?5)
                   AND (?6 IS NULL OR arch = ?6)
                   AND (?7 IS NULL OR flavor = ?7)
                   AND (?8 IS NULL OR name = ?8)
                   AND blob_id IS NOT NULL
                 LIMIT ?9 + 0)";
    let params = params![
        &from.project,
        &from.reference,
        &from.sha1,
        from.distro.as_ref(),
        from.distro_version.as_ref(),
        from.arch.as_ref(),
        from.flavor.as_ref(),
        from.name.as_ref(),
        MOST + 1,
    ];
    let fields: Vec<Fields> = super::from_json(db.text(SQL, params).await?)?;
    Ok(fields.into_iter().map(Source::from).collect())
}

struct Copied;

impl FromRow for Copied {
    fn from_row(_row: &Row<'_>) -> Result<Self> {
        Ok(Self)
    }
}

/// Copies files, each to its place: all, or none when one of them is there already (without
/// `force`) or a source has gone meanwhile. Gives how many.
pub async fn copy(db: Db, files: &[(i64, Place)], force: bool) -> Result<usize> {
    const SQL: &str = include_str!("copy.sql");
    let files = files.iter().map(|(id, place)| {
        let folder = &place.folder;
        json!({
            "id": id, "project": folder.project,
            "ref": folder.slice.reference, "sha1": folder.slice.sha1,
            "distro": folder.distro, "distro_version": folder.distro_version, "arch": folder.arch,
            "flavor": folder.slice.flavor, "name": place.name, "slug": place.slug(),
            "package_slug": place.package_slug(), "repo_slug": folder.repo_slug(),
            "type": names::repo_type(&place.name),
        })
    });
    let files = serde_json::Value::Array(files.collect()).to_string();
    Ok(db.all::<Copied>(SQL, params![files, force, assay_web::time::now()]).await?.len())
}
