//! Resumable uploads (`chacra_uploads`).
//!
//! Their bytes are chunks of a content that is not live. Every PATCH takes the upload over from the
//! one before, which may still hang on a dead connection: only the newest one may count bytes as
//! received.

use assay_blobs::Chunk;
use assay_db::{Db, FromRow, Result, Row, params};
use assay_web::time::{self, DAY};

use super::signed;

/// An upload that has not ended.
#[derive(Clone, Debug)]
pub struct Upload {
    /// The content that its bytes become.
    pub blob: i64,
    /// The URL path of the file.
    pub target: String,
    /// Whether it may replace one.
    pub force: bool,
    /// What the client said that the digest will be.
    pub sha256: Option<String>,
    /// All its bytes.
    pub length: u64,
    /// Those that are stored.
    pub received: u64,
    /// When it is given up.
    pub expires: time::Micros,
}

impl FromRow for Upload {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            blob: row.int("blob_id")?,
            target: row.text("target")?,
            force: row.flag("force")?,
            sha256: row.text_or_null("sha256")?,
            length: row.int("length")?,
            received: row.int("received")?,
            expires: row.int("expires")?,
        })
    }
}

/// Stores a new upload under its number.
pub async fn create(db: Db, id: &str, upload: &Upload) -> Result<()> {
    const SQL: &str = "
        INSERT INTO chacra_uploads (id, target, force, sha256, blob_id, length, expires)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let params = params![
        id,
        &upload.target,
        upload.force,
        upload.sha256.as_ref(),
        upload.blob,
        signed(upload.length),
        upload.expires,
    ];
    db.run(SQL, params).await
}

/// The upload of a number, unless it has expired.
pub async fn by_id(db: Db, id: &str) -> Result<Option<Upload>> {
    const SQL: &str = "
        SELECT blob_id, target, force, sha256, length, received, expires
          FROM chacra_uploads
         WHERE id = ?1 AND expires > ?2";
    db.one(SQL, params![id, time::now()]).await
}

/// Takes an upload over at the given offset; false when its offset is another one.
pub async fn hold(db: Db, id: &str, holder: i64, offset: u64) -> Result<bool> {
    const SQL: &str = "
        UPDATE chacra_uploads
           SET holder = ?2, expires = ?4
         WHERE id = ?1 AND received = ?3
        RETURNING id";
    db.any(SQL, params![id, holder, signed(offset), time::now() + DAY]).await
}

/// Notes a chunk that is about to be stored behind the received bytes; false when another PATCH
/// holds the upload.
pub async fn announce(db: Db, id: &str, holder: i64, start: u64, chunk: &Chunk) -> Result<bool> {
    const SQL: &str = "
        INSERT INTO chacra_chunk_arrivals (blob_id, start, bytes, key, now)
        SELECT blob_id, ?3, ?4, ?5, ?6
          FROM chacra_uploads
         WHERE id = ?1 AND holder = ?2
        RETURNING blob_id";
    let params = params![id, holder, signed(start), signed(chunk.size), &chunk.key, time::now()];
    db.any(SQL, params).await
}

/// Counts a chunk as received, now that it is stored; false when another PATCH holds the upload.
pub async fn receive(db: Db, id: &str, holder: i64, end: u64) -> Result<bool> {
    const SQL: &str = "
        UPDATE chacra_uploads
           SET received = ?3, expires = ?4
         WHERE id = ?1 AND holder = ?2
        RETURNING id";
    db.any(SQL, params![id, holder, signed(end), time::now() + DAY]).await
}

/// Ends an upload, and gives up its content unless that is live; false when there is none.
pub async fn delete(db: Db, id: &str) -> Result<bool> {
    db.any("DELETE FROM chacra_uploads WHERE id = ?1 RETURNING id", params![id]).await
}
