//! Contents on their way into the store and back.
//!
//! Each chunk gets its row before it gets its key, because keys cannot be listed: whatever a crash
//! leaves behind is named by a row of a content that is not live, where the sweep finds it.

use std::collections::BTreeSet;

use assay_blobs::{BETWEEN_YIELDS, Beside, Blobs, Chunk, Cut, Cutter, Digests, Wanted};
use assay_db::Db;
use bytes::Bytes;

use super::blobs;
use crate::error::{Error, Result};

/// A content that is stored but not live: nothing refers to it yet.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Its row.
    pub blob: i64,
    /// Its bytes.
    pub size: u64,
    /// All four digests.
    pub digests: Digests,
    /// Where it is.
    pub chunks: Vec<Chunk>,
}

/// A content that arrives. Holds one chunk that fills and the one before it on its way into the
/// store.
pub struct Arriving {
    db: Db,
    store: Blobs,
    blob: i64,
    cutter: Cutter,
    chunks: Vec<Chunk>,
    start: u64,
    under_way: Beside<Error>,
    since_yield: usize,
    limit: u64,
}

impl Arriving {
    /// Begins a content of at most `limit` bytes. Nothing is written before its first chunk is
    /// full.
    pub async fn begin(db: Db, limit: u64) -> Result<Self> {
        Ok(Self {
            db,
            store: Blobs::open().await?,
            blob: blobs::new_id()?,
            cutter: Cutter::new(Wanted::ALL),
            chunks: Vec::new(),
            start: 0,
            under_way: Beside::default(),
            since_yield: 0,
            limit,
        })
    }

    /// Takes the next piece, of any length. After a failure only [`Arriving::abandon`] makes sense.
    pub async fn write(&mut self, mut data: Bytes) -> Result<()> {
        let length = u64::try_from(data.len()).unwrap_or(u64::MAX);
        if self.cutter.size().saturating_add(length) > self.limit {
            return Err(Error::TooLarge(self.limit));
        }
        while !data.is_empty() {
            let room = BETWEEN_YIELDS.saturating_sub(self.since_yield);
            let mut piece = data.split_to(data.len().min(room));
            self.since_yield += piece.len();
            while !piece.is_empty() {
                if let Some(cut) = self.cutter.push(&mut piece)? {
                    self.store(cut).await?;
                }
            }
            if self.since_yield >= BETWEEN_YIELDS {
                self.since_yield = 0;
                self.under_way.breathe().await?;
            }
        }
        Ok(())
    }

    /// Stores the last chunk and says what the content is. When that fails, nothing stays behind.
    pub async fn finish(mut self) -> Result<Stored> {
        let size = self.cutter.size();
        match self.finish_chunks().await {
            Ok(digests) => Ok(Stored { blob: self.blob, size, digests, chunks: self.chunks }),
            Err(error) => {
                self.abandon().await;
                Err(error)
            }
        }
    }

    /// Forgets the content and removes what was stored of it, as far as possible.
    pub async fn abandon(mut self) {
        let settled = self.under_way.settle().await;
        let empty = self.chunks.is_empty();
        let discarded = discard_own(self.db, self.store, self.blob, &self.chunks);
        if let (false, Err(error)) = (empty, discarded.await) {
            eprintln!("chacra: an unfinished upload is left to the sweep: {error} {settled:?}");
        }
    }

    async fn finish_chunks(&mut self) -> Result<Digests> {
        let cutter = std::mem::replace(&mut self.cutter, Cutter::new(Wanted::SHA256));
        let (last, digests) = cutter.finish()?;
        if let Some(cut) = last {
            self.store(cut).await?;
        }
        self.under_way.settle().await?;
        Ok(digests)
    }

    /// Begins to store a chunk, when the one before it is stored. Together with the hashing of the
    /// next one that takes a third less time.
    async fn store(&mut self, cut: Cut) -> Result<()> {
        self.under_way.settle().await?;
        self.chunks.push(cut.chunk.clone());
        let (db, store, blob, start) = (self.db, self.store, self.blob, self.start);
        self.start = self.start.saturating_add(cut.chunk.size);
        let storing = async move {
            blobs::announce(db, blob, start, &cut.chunk).await?;
            Ok(store.put(&cut).await?)
        };
        self.under_way.begin(Box::pin(storing)).await
    }
}

/// Removes a content that never became live: its rows, then its keys, then the notes of these.
/// `chunks` are those that the caller has stored itself: a sweep without grace may have taken the
/// row of one before its key was there, and then nobody else knows of that key.
pub async fn discard_own(db: Db, store: Blobs, blob: i64, chunks: &[Chunk]) -> Result<()> {
    let mut keys: BTreeSet<String> = blobs::drop_pending(db, blob).await?.into_iter().collect();
    keys.extend(chunks.iter().map(|chunk| chunk.key.clone()));
    let keys: Vec<String> = keys.into_iter().collect();
    remove_keys(db, store, &keys).await
}

/// Removes keys from the store and then from the list of dead ones.
pub async fn remove_keys(db: Db, store: Blobs, keys: &[String]) -> Result<()> {
    if keys.is_empty() {
        return Ok(());
    }
    store.delete(keys).await?;
    Ok(blobs::forget_keys(db, keys).await?)
}

/// The digests of a content that arrived in several requests.
pub async fn digest(store: Blobs, chunks: &[Chunk]) -> Result<Digests> {
    Ok(store.digest(chunks, Wanted::ALL).await?)
}

/// Whether the key-value store answers.
pub async fn ping() -> Result<()> {
    Blobs::open().await?.get("c/none").await?;
    Ok(())
}

/// Reads parts of a stored content, the last fetched chunk kept.
pub struct Reader<'a> {
    store: Blobs,
    chunks: &'a [Chunk],
    cached: Option<(u64, Bytes)>,
}

impl<'a> Reader<'a> {
    /// A reader of the content that these chunks make up.
    pub fn new(store: Blobs, chunks: &'a [Chunk]) -> Self {
        Self { store, chunks, cached: None }
    }

    /// Up to `length` bytes from `start` on; fewer only at the end.
    pub async fn read(&mut self, start: u64, length: usize) -> Result<Vec<u8>> {
        let mut found = Vec::with_capacity(length.min(1 << 16));
        let mut at = start;
        while found.len() < length {
            let Some((first, bytes)) = self.chunk_at(at).await? else { break };
            let offset = usize::try_from(at - first).unwrap_or(usize::MAX);
            let rest = bytes.get(offset..).unwrap_or_default();
            let taken = rest.len().min(length - found.len());
            found.extend_from_slice(rest.get(..taken).unwrap_or_default());
            at = at.saturating_add(u64::try_from(taken).unwrap_or(u64::MAX));
        }
        Ok(found)
    }

    /// The chunk that has the byte at `at`, and where it begins.
    async fn chunk_at(&mut self, at: u64) -> Result<Option<(u64, Bytes)>> {
        let mut first = 0_u64;
        for chunk in self.chunks {
            let end = first.saturating_add(chunk.size);
            if at >= end {
                first = end;
                continue;
            }
            if let Some((cached, bytes)) = &self.cached
                && *cached == first
            {
                return Ok(Some((first, bytes.clone())));
            }
            let bytes = self.store.get(&chunk.key).await?;
            let bytes = bytes.ok_or_else(|| assay_blobs::Error::Missing(chunk.key.clone()))?;
            let bytes = Bytes::from(bytes);
            self.cached = Some((first, bytes.clone()));
            return Ok((!bytes.is_empty()).then_some((first, bytes)));
        }
        Ok(None)
    }
}
