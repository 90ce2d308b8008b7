//! Uploads, and the chunks that make up their content.

use assay_blobs::{Chunk, LARGEST_CHUNK};
use assay_db::{Db, Error, FromRow, IntoValue, Result, Row, Value, params};
use lz4_flex::block::DecompressError;

use crate::domain::rows::Batch;

/// Begins an upload, whose first chunk is about to be stored.
pub async fn begin(db: Db, chunk: Option<&Chunk>) -> Result<i64> {
    const SQL: &str = "
        INSERT INTO refstack_upload (started_at, chunks)
        VALUES (?1, iif(?2 IS NULL, '[]', json_array(json_array(?2, ?3))))
        RETURNING id";
    let size = chunk.map(|chunk| i64::try_from(chunk.size).unwrap_or(i64::MAX));
    let key = chunk.map(|chunk| chunk.key.as_str());
    let id = db.int(SQL, params![assay_web::time::now(), key, size]).await?;
    id.ok_or(Error::Column("id"))
}

/// Notes one more chunk that is about to be stored. Index: primary key.
pub async fn add_chunk(db: Db, id: i64, chunk: &Chunk) -> Result<()> {
    const SQL: &str = "
        UPDATE refstack_upload
           SET chunks = json_insert(chunks, '$[#]', json_array(?2, ?3))
         WHERE id = ?1";
    let size = i64::try_from(chunk.size).unwrap_or(i64::MAX);
    db.run(SQL, params![id, &chunk.key, size]).await
}

/// Stores tests of an upload; those that are stored already stay, and of an upload that is not there
/// none are.
pub async fn add_tests(db: Db, id: i64, batch: Batch) -> Result<()> {
    const SQL: &str = "
        INSERT INTO refstack_new_tests (upload, first, layout, bytes, passed_names, passed_uuids)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let [first, layout, bytes, passed_names, passed_uuids] = batch_params(Some(batch));
    db.run(SQL, [id.into_value(), first, layout, bytes, passed_names, passed_uuids]).await
}

/// The content of an upload whose tests are not stored. Indexes: primary key, unique `upload`.
pub async fn folded(db: Db, id: i64) -> Result<Option<Vec<u8>>> {
    const SQL: &str = "
        SELECT id, chunks, 1 AS whole, content
          FROM refstack_upload
         WHERE id = ?1
           AND EXISTS (SELECT 1 FROM refstack_result WHERE upload = ?1 AND unfolded = 0)";
    let stored: Option<Stored> = db.one(SQL, params![id]).await?;
    Ok(stored.and_then(|stored| stored.content))
}

/// Notes that all tests of a result's upload are stored, and the digest. Index: unique `upload`.
pub async fn unfolded(db: Db, id: i64, sha256: &str) -> Result<()> {
    const SQL: &str = "UPDATE refstack_result SET unfolded = 1, sha256 = ?2 WHERE upload = ?1";
    db.run(SQL, params![id, sha256]).await
}

/// Forgets the tests of an upload that goes on. Indexes: primary keys.
pub async fn forget_tests(db: Db, id: i64) -> Result<()> {
    const SQL: &str = "INSERT INTO refstack_no_tests (upload) VALUES (?1)";
    db.run(SQL, params![id]).await
}

/// A batch as parameters, in the order of `refstack_new_tests`; without one they are NULL.
pub fn batch_params(batch: Option<Batch>) -> [Value; 5] {
    let Some(batch) = batch else { return std::array::from_fn(|_| Value::Null) };
    let first = i64::try_from(batch.first).unwrap_or(i64::MAX);
    let Batch { layout, bytes, passed_names, passed_uuids, .. } = batch;
    params![first, layout, bytes, passed_names, passed_uuids]
}

/// Forgets an upload that no result names, with its tests. Index: primary key.
pub async fn delete(db: Db, id: i64) -> Result<()> {
    const SQL: &str = "DELETE FROM refstack_upload WHERE id = ?1 AND loose = 1";
    db.run(SQL, params![id]).await
}

/// Content as it is kept with its row. LZ4, because a megabyte of what runners say is a tenth then,
/// and to compress it takes less time than to write the rest.
pub fn pack(content: &[u8]) -> Vec<u8> {
    lz4_flex::compress_prepend_size(content)
}

fn unpack(packed: &[u8]) -> Result<Vec<u8>> {
    let damaged = |error: DecompressError| Error::Failed(error.to_string());
    let (length, block) = lz4_flex::block::uncompressed_size(packed).map_err(damaged)?;
    if length > LARGEST_CHUNK {
        return Err(Error::Failed("the content of an upload is damaged".to_owned()));
    }
    lz4_flex::decompress(block, length).map_err(damaged)
}

/// Where an upload's content is.
#[derive(Debug)]
pub struct Stored {
    /// The upload.
    pub id: i64,
    /// All of it, if it has no chunks.
    pub content: Option<Vec<u8>>,
    chunks: String,
}

impl Stored {
    /// Its chunks, in order.
    pub fn chunks(&self) -> Vec<Chunk> {
        let chunks: Vec<(String, u64)> = serde_json::from_str(&self.chunks).unwrap_or_default();
        chunks.into_iter().map(|(key, size)| Chunk { key, size }).collect()
    }

    /// The keys of its chunks.
    pub fn keys(&self) -> Vec<String> {
        self.chunks().into_iter().map(|chunk| chunk.key).collect()
    }
}

impl FromRow for Stored {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let content = if row.flag("whole")? { Some(unpack(&row.bytes("content")?)?) } else { None };
        Ok(Self { id: row.int("id")?, content, chunks: row.text("chunks")? })
    }
}

/// A few uploads that began before `before` and became no result. Index: `refstack_upload_loose`.
pub async fn stale(db: Db, before: i64) -> Result<Vec<Stored>> {
    const SQL: &str = "
        SELECT id, chunks, 0 AS whole
          FROM refstack_upload
         WHERE loose = 1
           AND started_at < ?1
         ORDER BY started_at
         LIMIT 3";
    db.all(SQL, params![before]).await
}

/// One upload. Index: primary key.
pub async fn by_id(db: Db, id: i64) -> Result<Option<Stored>> {
    const SQL: &str = "
        SELECT id, chunks, content IS NOT NULL AS whole, content
          FROM refstack_upload
         WHERE id = ?1";
    db.one(SQL, params![id]).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_comes_back_as_it_was() {
        let random: Vec<u8> =
            (0..200_000_u32).flat_map(|n| n.wrapping_mul(n).to_be_bytes()).collect();
        for content in [&b""[..], b"a", &[0; 1_000_000], &random] {
            assert_eq!(unpack(&pack(content)).unwrap(), content);
        }
        assert!(pack(&[b'x'; 1_000_000]).len() < 10_000);
        for damaged in [&b""[..], &[255; 9], &pack(b"abc")[..5]] {
            assert!(unpack(damaged).is_err());
        }
    }
}
