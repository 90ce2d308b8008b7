//! What packages say of themselves, read from their stored content.

use assay_blobs::{Chunk, Digests, Hash};
use assay_db::{Db, FromRow, Row, params};

use super::blobs;
use super::contents::Stored;
use super::files::Notes;
use crate::domain::names::PackageKind;
use crate::error::Result;

/// Reads a stored package. One that cannot be read is noted with the reason.
pub async fn read(_kind: PackageKind, _chunks: &[Chunk], _size: u64) -> Result<Notes> {
    Ok(Notes::default())
}

struct Known {
    blob: i64,
    size: u64,
    sha512: Option<Hash<64>>,
}

impl FromRow for Known {
    fn from_row(row: &Row<'_>) -> assay_db::Result<Self> {
        let sha512 = row.text_or_null("sha512")?;
        Ok(Self {
            blob: row.int("id")?,
            size: row.int("size")?,
            sha512: sha512.and_then(|hex| Hash::from_hex(&hex)),
        })
    }
}

/// A live content as if it had just been stored, by its digest.
pub async fn known(db: Db, sha256: &Hash<32>) -> Result<Option<Stored>> {
    const SQL: &str = "SELECT id, size, sha512 FROM chacra_blobs WHERE live = 1 AND sha256 = ?1";
    let Some(known) = db.one::<Known>(SQL, params![sha256.to_string()]).await? else {
        return Ok(None);
    };
    let (chunks, _) = blobs::chunks(db, known.blob, 0, known.size).await?;
    let digests = Digests { sha256: *sha256, sha512: known.sha512, sha1: None, md5: None };
    Ok(Some(Stored { blob: known.blob, size: known.size, digests, chunks }))
}
