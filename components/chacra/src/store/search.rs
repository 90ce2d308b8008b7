//! Finds files by what is known of them. One statement for each filter that an index can serve; the
//! rest of the filters is the same in all of them.

use assay_db::{Db, FromRow, Result, Row, params};
use assay_web::time::Micros;

/// What files must have; `None` is anything.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of the file's place.
    pub project: Option<String>,
    /// The same.
    pub reference: Option<String>,
    /// The same.
    pub sha1: Option<String>,
    /// The same.
    pub distro: Option<String>,
    /// The same.
    pub distro_version: Option<String>,
    /// The same.
    pub arch: Option<String>,
    /// The same.
    pub flavor: Option<String>,
    /// The whole name.
    pub name: Option<String>,
    /// A part of the name, taken literally.
    pub name_has: Option<String>,
    /// Who built it.
    pub built_by: Option<String>,
    /// Its bytes.
    pub size: Option<i64>,
    /// Its SHA-512.
    pub checksum: Option<String>,
    /// Its SHA-256.
    pub sha256: Option<String>,
    /// Whether the package is signed.
    pub signed: Option<bool>,
    /// The name in the package.
    pub package: Option<String>,
    /// The version in the package.
    pub version: Option<String>,
    /// Changed then or later.
    pub modified_since: Option<Micros>,
    /// The path of a file inside the package.
    pub file: Option<String>,
    /// What the package provides.
    pub provides: Option<String>,
    /// What the package requires.
    pub requires: Option<String>,
}

/// A page of what was found.
#[derive(Debug)]
pub struct Found {
    /// A JSON array of file objects.
    pub json: String,
    /// How many there are on all pages.
    pub total: u64,
}

impl FromRow for Found {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self { json: row.text("list")?, total: row.int("total")? })
    }
}

/// A search whose first condition is served by an index.
macro_rules! search {
    ($first:literal) => {
        concat!(
            "WITH found AS MATERIALIZED (
                SELECT b.id, p.name AS project, b.ref, b.sha1, b.distro, b.distro_version,
                       b.flavor, b.arch, b.name
                  FROM chacra_binaries AS b
                 CROSS JOIN chacra_projects AS p ON p.id = b.project_id
                 WHERE ",
            $first,
            "
                   AND (?1 IS NULL OR p.name = ?1)
                   AND (?2 IS NULL OR b.ref = ?2)
                   AND (?3 IS NULL OR b.sha1 = ?3)
                   AND (?4 IS NULL OR b.distro = ?4)
                   AND (?5 IS NULL OR b.distro_version = ?5)
                   AND (?6 IS NULL OR b.arch = ?6)
                   AND (?7 IS NULL OR b.flavor = ?7)
                   AND (?8 IS NULL OR b.name = ?8)
                   AND (?9 IS NULL OR instr(b.name, ?9) > 0)
                   AND (?10 IS NULL OR b.built_by = ?10)
                   AND (?11 IS NULL OR b.size = ?11)
                   AND (?12 IS NULL OR EXISTS (
                           SELECT 1 FROM chacra_blobs WHERE id = b.blob_id AND sha512 = ?12))
                   AND (?13 IS NULL OR EXISTS (
                           SELECT 1 FROM chacra_blobs WHERE id = b.blob_id AND sha256 = ?13))
                   AND (?14 IS NULL OR b.signed = ?14)
                   AND (?15 IS NULL OR EXISTS (
                           SELECT 1 FROM chacra_packages
                            WHERE blob_id = b.blob_id AND problem IS NULL AND name = ?15))
                   AND (?16 IS NULL OR EXISTS (
                           SELECT 1 FROM chacra_packages
                            WHERE blob_id = b.blob_id AND problem IS NULL AND version = ?16))
                   AND (?17 IS NULL OR b.modified >= ?17)
                   AND (?18 IS NULL OR EXISTS (
                           SELECT 1
                             FROM chacra_package_files
                            WHERE path = ?18 AND blob_id = b.blob_id))
                   AND (?19 IS NULL OR EXISTS (
                           SELECT 1
                             FROM chacra_package_relations
                            WHERE kind = 'provides' AND name = ?19 AND blob_id = b.blob_id))
                   AND (?20 IS NULL OR EXISTS (
                           SELECT 1
                             FROM chacra_package_relations
                            WHERE kind = 'requires' AND name = ?20 AND blob_id = b.blob_id))),
            page AS MATERIALIZED (
                SELECT id, row_number() OVER (
                               ORDER BY project, ref, sha1, distro, distro_version, flavor, arch,
                                   name) AS nth
                  FROM found
                 ORDER BY nth
                 LIMIT ?21 + 0 OFFSET ?22 + 0)
            SELECT (SELECT count(*) FROM found) AS total,
                   (SELECT json_group_array(json(object))
                      FROM (SELECT ",
            file_object!("?23"),
            " AS object
                              FROM page
                             CROSS JOIN chacra_binaries AS b ON b.id = page.id",
            with_content!(),
            "                ORDER BY page.nth)) AS list"
        )
    };
}

impl Filter {
    /// The statement whose index leaves the fewest files.
    fn statement(&self) -> &'static str {
        if self.sha256.is_some() {
            return search!(
                "b.blob_id IN (SELECT id FROM chacra_blobs WHERE live = 1 AND sha256 = ?13)"
            );
        }
        if self.checksum.is_some() {
            return search!(
                "b.blob_id IN (SELECT id FROM chacra_blobs WHERE live = 1 AND sha512 = ?12)"
            );
        }
        if self.name.is_some() {
            return search!("b.name = ?8");
        }
        self.statement_by_package().unwrap_or_else(|| self.statement_by_place())
    }

    fn statement_by_package(&self) -> Option<&'static str> {
        if self.file.is_some() {
            return Some(search!(
                "b.blob_id IN (SELECT blob_id FROM chacra_package_files WHERE path = ?18)"
            ));
        }
        if self.package.is_some() {
            return Some(search!(
                "b.blob_id IN (SELECT blob_id FROM chacra_packages
                                WHERE problem IS NULL AND name = ?15)"
            ));
        }
        if self.provides.is_some() {
            return Some(search!(
                "b.blob_id IN (SELECT blob_id FROM chacra_package_relations
                                WHERE kind = 'provides' AND name = ?19)"
            ));
        }
        self.requires.is_some().then_some(search!(
            "b.blob_id IN (SELECT blob_id FROM chacra_package_relations
                            WHERE kind = 'requires' AND name = ?20)"
        ))
    }

    fn statement_by_place(&self) -> &'static str {
        if self.project.is_some() {
            return search!("b.project_id = (SELECT id FROM chacra_projects WHERE name = ?1)");
        }
        if self.sha1.is_some() {
            return search!("b.sha1 = ?3");
        }
        if self.built_by.is_some() {
            return search!("b.built_by = ?10");
        }
        if self.size.is_some() {
            return search!("b.size = ?11");
        }
        if self.modified_since.is_some() {
            return search!("b.modified >= ?17");
        }
        if self.reference.is_some() {
            return search!("b.ref = ?2");
        }
        if self.distro.is_some() {
            return search!("b.distro = ?4");
        }
        search!("-- scan: what is left can be true of every file\n TRUE")
    }
}

/// A page of the files that fit.
pub async fn run(db: Db, filter: &Filter, limit: i64, offset: i64) -> Result<Found> {
    let params = params![
        filter.project.as_ref(),
        filter.reference.as_ref(),
        filter.sha1.as_ref(),
        filter.distro.as_ref(),
        filter.distro_version.as_ref(),
        filter.arch.as_ref(),
        filter.flavor.as_ref(),
        filter.name.as_ref(),
        filter.name_has.as_ref(),
        filter.built_by.as_ref(),
        filter.size,
        filter.checksum.as_ref(),
        filter.sha256.as_ref(),
        filter.signed,
        filter.package.as_ref(),
        filter.version.as_ref(),
        filter.modified_since,
        filter.file.as_ref(),
        filter.provides.as_ref(),
        filter.requires.as_ref(),
        limit,
        offset,
        assay_web::time::now(),
    ];
    db.one(filter.statement(), params).await?.ok_or(assay_db::Error::Column("list"))
}
