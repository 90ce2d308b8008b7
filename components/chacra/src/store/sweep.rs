//! The sweep: what nothing refers to goes, rows first and keys afterwards.
//!
//! A key is never used again, so a key whose row is gone can be removed at any time. Between the
//! two it is on the list of dead chunks, which survives a crash.

use assay_blobs::{Blobs, Chunk};
use assay_db::{Db, FromRow, Row, params};
use assay_web::time::{self, SECOND};

use super::contents;
use crate::error::Result;

/// What one sweep removed.
#[derive(Clone, Copy, Debug, Default, serde::Serialize)]
pub struct Swept {
    /// Contents.
    pub blobs: usize,
    /// Keys.
    pub chunks: usize,
    /// Bytes of these keys.
    pub bytes: u64,
    /// Whether there is more to do.
    pub more: bool,
}

/// How much one sweep does: some seconds at the most.
const BLOBS: i64 = 500;
const CHUNKS: i64 = 2000;
/// How much each removal of a file does beside.
const A_LITTLE: i64 = 8;

struct Dead {
    key: String,
    bytes: u64,
}

impl FromRow for Dead {
    fn from_row(row: &Row<'_>) -> assay_db::Result<Self> {
        Ok(Self { key: row.text("key")?, bytes: row.int("bytes")? })
    }
}

/// One bounded sweep of what nobody has touched for `grace_hours`.
pub async fn run(db: Db, grace_hours: i64) -> Result<Swept> {
    limited(db, grace_hours, BLOBS, CHUNKS).await
}

/// A small one, beside a removal. That it fails is no reason for the removal to.
pub async fn a_little(db: Db) {
    let outcome = match super::config::grace_hours(db).await {
        Ok(hours) => limited(db, hours, A_LITTLE, 4 * A_LITTLE).await,
        Err(error) => Err(error.into()),
    };
    if let Err(error) = outcome {
        eprintln!("chacra: a sweep failed: {error:?}");
    }
}

/// Removes a content that did not become live. What cannot be removed now is left to the next
/// sweep.
pub async fn discard(db: Db, blob: i64) {
    discard_own(db, blob, &[]).await;
}

/// The same, with the chunks that the caller has stored itself, see [`contents::discard_own`].
pub async fn discard_own(db: Db, blob: i64, chunks: &[Chunk]) {
    let outcome = match Blobs::open().await {
        Ok(store) => contents::discard_own(db, store, blob, chunks).await,
        Err(error) => Err(error.into()),
    };
    if let Err(error) = outcome {
        eprintln!("chacra: a content is left to the sweep: {error:?}");
    }
}

async fn limited(db: Db, grace_hours: i64, blobs: i64, chunks: i64) -> Result<Swept> {
    // `<=`, so that no grace takes what was left in this very microsecond.
    const EXPIRED: &str = "DELETE FROM chacra_uploads WHERE expires <= ?1";
    const UNREFERENCED: &str = "
        DELETE FROM chacra_blobs
         WHERE id IN (SELECT b.id
                        FROM chacra_blobs AS b
                       WHERE b.unreferenced <= ?1
                         AND b.refs = 0
                         AND NOT EXISTS (SELECT 1 FROM chacra_uploads WHERE blob_id = b.id)
                       ORDER BY b.unreferenced
                       LIMIT ?2 + 0)
        RETURNING id";
    const DEAD: &str = "SELECT key, bytes FROM chacra_dead_chunks ORDER BY key LIMIT ?1 + 0";
    let now = time::now();
    let cutoff = now.saturating_sub(grace_hours.saturating_mul(3600 * SECOND));
    db.run(EXPIRED, params![now]).await?;
    let removed = db.count(UNREFERENCED, params![cutoff, blobs]).await?;
    let dead: Vec<Dead> = db.all(DEAD, params![chunks]).await?;
    let keys: Vec<String> = dead.iter().map(|chunk| chunk.key.clone()).collect();
    contents::remove_keys(db, Blobs::open().await?, &keys).await?;
    let full = |count: usize, limit: i64| i64::try_from(count).is_ok_and(|count| count >= limit);
    Ok(Swept {
        blobs: removed,
        chunks: keys.len(),
        bytes: dead.iter().map(|chunk| chunk.bytes).sum(),
        more: full(removed, blobs) || full(keys.len(), chunks),
    })
}
