//! Rows of contents (`chacra_blobs`), of their chunks, and of keys that wait for their removal.

use assay_blobs::{Chunk, Hash};
use assay_db::{Db, FromRow, Result, Row, params};

use super::signed;

/// A live content.
#[derive(Clone, Debug)]
pub struct Blob {
    /// Its row.
    pub id: i64,
    /// Its bytes.
    pub size: u64,
}

impl FromRow for Blob {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self { id: row.int("id")?, size: row.int("size")? })
    }
}

struct StoredChunk(Chunk);

impl FromRow for StoredChunk {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self(Chunk { key: row.text("key")?, size: row.int("bytes")? }))
    }
}

/// A number for a new content: random, so that an upload has it before its first statement.
pub fn new_id() -> std::result::Result<i64, assay_blobs::Error> {
    let number = getrandom::u64().map_err(assay_blobs::Error::Random)?;
    Ok(i64::try_from(number >> 1).unwrap_or(1).max(1))
}

/// Notes a chunk that is about to be stored.
pub async fn announce(db: Db, blob: i64, start: u64, chunk: &Chunk) -> Result<()> {
    const SQL: &str = "
        INSERT INTO chacra_chunk_arrivals (blob_id, start, bytes, key, now)
        VALUES (?1, ?2, ?3, ?4, ?5)";
    let now = assay_web::time::now();
    db.run(SQL, params![blob, signed(start), signed(chunk.size), &chunk.key, now]).await
}

/// The live content with this digest, through the index `chacra_blobs_live`.
pub async fn by_sha256(db: Db, sha256: &Hash<32>) -> Result<Option<Blob>> {
    const SQL: &str = "SELECT id, size FROM chacra_blobs WHERE live = 1 AND sha256 = ?1";
    db.one(SQL, params![sha256.to_string()]).await
}

/// The chunks of a content that have bytes of `start..end`, and where the first of them begins.
pub async fn chunks(db: Db, blob: i64, start: u64, end: u64) -> Result<(Vec<Chunk>, u64)> {
    const SQL: &str = "
        SELECT json_object('first', min(start), 'chunks', json_group_array(json_array(key, bytes)))
          FROM (SELECT start, bytes, key
                  FROM chacra_chunks
                 WHERE blob_id = ?1
                   AND start >= coalesce((SELECT max(start)
                                            FROM chacra_chunks
                                           WHERE blob_id = ?1 AND start <= ?2), 0)
                   AND start < ?3
                 ORDER BY start)";
    #[derive(serde::Deserialize)]
    struct Found {
        first: Option<u64>,
        chunks: Vec<(String, u64)>,
    }
    // One text instead of a row each: a content of 16 GiB has 16,000 chunks.
    let text = db.text(SQL, params![blob, signed(start), signed(end)]).await?;
    let found: Found = super::from_json(text)?;
    let chunks = found.chunks.into_iter().map(|(key, size)| Chunk { key, size }).collect();
    Ok((chunks, found.first.unwrap_or(0)))
}

/// Removes a content that never became live, and gives the keys of its chunks, which are on the
/// list of dead ones from now on.
pub async fn drop_pending(db: Db, blob: i64) -> Result<Vec<String>> {
    const CHUNKS: &str = "SELECT key, bytes FROM chacra_chunks WHERE blob_id = ?1 ORDER BY start";
    const DROP: &str = "DELETE FROM chacra_blobs WHERE id = ?1 AND live = 0 RETURNING id";
    let chunks: Vec<StoredChunk> = db.all(CHUNKS, params![blob]).await?;
    if !db.any(DROP, params![blob]).await? {
        return Ok(Vec::new());
    }
    Ok(chunks.into_iter().map(|chunk| chunk.0.key).collect())
}

/// Those of some keys that are no content's chunk. One may be on the list of dead ones.
pub async fn without_row(db: Db, blob: i64, keys: &[String]) -> Result<Vec<String>> {
    const SQL: &str = "
        SELECT json_group_array(value)
          FROM json_each(?2)
         WHERE value NOT IN (SELECT key FROM chacra_chunks WHERE blob_id = ?1)";
    let keys = serde_json::Value::from(keys).to_string();
    super::from_json(db.text(SQL, params![blob, keys]).await?)
}

/// Takes removed keys off the list of dead ones.
pub async fn forget_keys(db: Db, keys: &[String]) -> Result<()> {
    const SQL: &str =
        "DELETE FROM chacra_dead_chunks WHERE key IN (SELECT value FROM json_each(?1))";
    db.run(SQL, params![serde_json::Value::from(keys).to_string()]).await
}
