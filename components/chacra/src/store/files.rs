//! Files (`chacra_binaries`): how one gets into place, is found and goes.

use assay_db::{Db, FromRow, Result, Row, params};
use assay_web::time::{self, Micros};

use super::contents::Stored;
use super::signed;
use crate::domain::names;
use crate::domain::places::Place;

/// A file that has content.
#[derive(Clone, Debug)]
pub struct File {
    /// The content's row.
    pub blob: i64,
    /// The content's digest in hex.
    pub sha256: String,
    /// The content's bytes.
    pub size: u64,
    /// When it was changed.
    pub modified: Micros,
}

impl FromRow for File {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            blob: row.int("blob_id")?,
            sha256: row.text("sha256")?,
            size: row.int("size")?,
            modified: row.int("modified")?,
        })
    }
}

/// What has been put into a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// It is new, or was without content.
    Created,
    /// It had content, which was replaced.
    Replaced,
    /// It has content, or it is there, and must not be replaced.
    Refused,
    /// A sweep took the chunks before they were in place.
    Swept,
}

struct Had(bool);

impl FromRow for Had {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        row.flag("had").map(Self)
    }
}

struct Arrived {
    had: bool,
    kept: bool,
}

impl FromRow for Arrived {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self { had: row.flag("had")?, kept: row.flag("kept")? })
    }
}

/// What else is to be noted of a file that arrives.
#[derive(Clone, Debug, Default)]
pub struct Notes {
    /// What the package says of itself, a JSON object.
    pub package: Option<String>,
    /// Whether the package is signed.
    pub signed: bool,
    /// Who built it.
    pub built_by: Option<String>,
}

/// Who is said to have built a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BuiltBy {
    /// Nothing is said: what is noted stays.
    Unsaid,
    /// Somebody, or `None`: nobody is known.
    Said(Option<String>),
}

/// The file at a place, with content, through the unique index of `chacra_binaries`.
pub async fn at(db: Db, place: &Place) -> Result<Option<File>> {
    const SQL: &str = "
        SELECT b.blob_id, c.sha256, b.size, b.modified
          FROM chacra_projects AS p
         CROSS JOIN chacra_binaries AS b
            ON b.project_id = p.id AND b.ref = ?2 AND b.sha1 = ?3
           AND b.distro = ?4 AND b.distro_version = ?5 AND b.arch = ?6
           AND b.flavor = ?7 AND b.name = ?8
         CROSS JOIN chacra_blobs AS c
            ON c.id = b.blob_id
         WHERE p.name = ?1";
    db.one(SQL, address(place)).await
}

/// Whether a file or an entry is at a place.
pub async fn is_there(db: Db, place: &Place) -> Result<bool> {
    const SQL: &str = "
        SELECT 1
          FROM chacra_binaries
         WHERE project_id = (SELECT id FROM chacra_projects WHERE name = ?1)
           AND ref = ?2 AND sha1 = ?3 AND distro = ?4 AND distro_version = ?5 AND arch = ?6
           AND flavor = ?7 AND name = ?8";
    db.any(SQL, address(place)).await
}

/// Puts a stored content into a file, and makes what is missing around it.
///
/// When the same content was there already, the stored copy is removed.
pub async fn put(
    db: Db,
    place: &Place,
    stored: &Stored,
    notes: &Notes,
    force: bool,
) -> Result<Put> {
    const SQL: &str = include_str!("arrive.sql");
    let digests = &stored.digests;
    let mut all: Vec<assay_db::Value> = address(place).into();
    all.extend(slugs(place));
    all.extend(params![
        stored.blob,
        digests.sha256.to_string(),
        digests.sha512.map(|digest| digest.to_string()),
        digests.sha1.map(|digest| digest.to_string()),
        digests.md5.map(|digest| digest.to_string()),
        signed(stored.size),
        notes.package.as_ref(),
        notes.signed,
        notes.built_by.as_ref(),
        time::now(),
        force,
        i64::try_from(stored.chunks.len()).unwrap_or(i64::MAX),
        stored.chunks.last().map(|chunk| &chunk.key),
    ]);
    match db.one(SQL, all).await? {
        Some(Arrived { had, kept }) => {
            if !kept {
                super::sweep::discard(db, stored.blob).await;
            }
            Ok(if had { Put::Replaced } else { Put::Created })
        }
        None if !force && at(db, place).await?.is_some() => Ok(Put::Refused),
        None => Ok(Put::Swept),
    }
}

/// Makes an entry without content, or (with `force`) changes what is noted of one that is there.
pub async fn enter(db: Db, place: &Place, built_by: BuiltBy, force: bool) -> Result<Put> {
    const SQL: &str = include_str!("enter.sql");
    let mut all: Vec<assay_db::Value> = address(place).into();
    all.extend(slugs(place));
    let (said, built_by) = match built_by {
        BuiltBy::Unsaid => (false, None),
        BuiltBy::Said(who) => (true, who),
    };
    all.extend(params![built_by, time::now(), force, said]);
    Ok(match db.one(SQL, all).await? {
        Some(Had(true)) => Put::Replaced,
        Some(Had(false)) => Put::Created,
        None => Put::Refused,
    })
}

/// Removes a file or an entry; false if there is none.
pub async fn delete(db: Db, place: &Place) -> Result<bool> {
    const SQL: &str = "
        DELETE FROM chacra_binaries
         WHERE project_id = (SELECT id FROM chacra_projects WHERE name = ?1)
           AND ref = ?2 AND sha1 = ?3 AND distro = ?4 AND distro_version = ?5 AND arch = ?6
           AND flavor = ?7 AND name = ?8
        RETURNING id";
    db.any(SQL, address(place)).await
}

/// The eight parts of a place: ?1 to ?8.
fn address(place: &Place) -> [assay_db::Value; 8] {
    let folder = &place.folder;
    params![
        &folder.project,
        &folder.slice.reference,
        &folder.slice.sha1,
        &folder.distro,
        &folder.distro_version,
        &folder.arch,
        &folder.slice.flavor,
        &place.name,
    ]
}

/// Its URLs and the type of its repository: ?9 to ?12.
fn slugs(place: &Place) -> [assay_db::Value; 4] {
    let kind = names::repo_type(&place.name);
    params![place.slug(), place.package_slug(), place.folder.repo_slug(), kind]
}
