//! Takes content in, piece by piece: counts it, reads it, stores it.
//!
//! Content that fits into one chunk is kept with its result's row and only read in outline here:
//! [`super::unfold`] does the rest when somebody asks. Longer content is stored chunk by chunk, and
//! its tests with it, so that memory does not follow its length.

use assay_blobs::{Blobs, Chunk, Cut, Cutter, LARGEST_CHUNK, Wanted};
use assay_db::Db;
use bytes::Bytes;

use super::reading::{Depth, Reading, STEP, Taken};
use super::{Door, Run, Upload, forget};
use crate::error::{Error, Result};
use crate::store;

/// An upload that is coming in.
pub struct Intake {
    db: Db,
    door: Door,
    limit: u64,
    is_json: bool,
    size: u64,
    content: Content,
}

/// Where the content is.
enum Content {
    /// All of it here: it may still fit into its row.
    Held(Vec<u8>),
    /// In chunks, and read as far as they go.
    Chunked(Box<Chunked>),
}

struct Chunked {
    db: Db,
    blobs: Blobs,
    cutter: Cutter,
    reading: Reading,
    id: Option<i64>,
    chunks: Vec<Chunk>,
}

impl Intake {
    /// Begins an upload of at most `limit` bytes; `announced` is how many the client says it has.
    pub async fn begin(door: Door, limit: u64, announced: Option<usize>) -> Result<Self> {
        let room = announced.filter(|size| *size <= LARGEST_CHUNK).unwrap_or_default();
        Ok(Self {
            db: store::open().await?,
            door,
            limit,
            is_json: false,
            size: 0,
            content: Content::Held(Vec::with_capacity(room)),
        })
    }

    /// Reads whatever comes as JSON.
    pub fn expect_json(&mut self) {
        self.is_json = true;
    }

    /// How much has come.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Takes the next piece.
    pub async fn write(&mut self, data: Bytes) -> Result<()> {
        self.size = self.size.saturating_add(u64::try_from(data.len()).unwrap_or(u64::MAX));
        if self.size > self.limit {
            return Err(Error::TooLarge(self.limit));
        }
        if let Content::Held(held) = &mut self.content {
            if held.len().saturating_add(data.len()) <= LARGEST_CHUNK {
                held.extend_from_slice(&data);
                return Ok(());
            }
            let held = Bytes::from(std::mem::take(held));
            let chunked = Chunked::begin(self.db, self.door, self.is_json).await?;
            self.content = Content::Chunked(Box::new(chunked));
            self.write_chunked(held).await?;
        }
        self.write_chunked(data).await
    }

    async fn write_chunked(&mut self, data: Bytes) -> Result<()> {
        match &mut self.content {
            Content::Chunked(chunked) => chunked.write(data).await,
            Content::Held(_) => Ok(()),
        }
    }

    /// Ends the content. Whatever fails, nothing stays behind.
    pub async fn finish(self) -> Result<Upload> {
        match self.content {
            Content::Held(held) => read_held(held, self.door, self.is_json).await,
            Content::Chunked(chunked) => (*chunked).finish(self.size).await,
        }
    }

    /// Forgets what has come.
    pub async fn abandon(self) {
        if let Content::Chunked(chunked) = self.content {
            chunked.abandon().await;
        }
    }
}

/// Reads content that is all here.
async fn read_held(content: Vec<u8>, door: Door, is_json: bool) -> Result<Upload> {
    let mut reading = Reading::of(&content, door, Depth::Outline, is_json)?;
    for step in content.chunks(STEP) {
        reading.step(step).await?;
    }
    let (run, _) = reading.finish()?;
    let size = u64::try_from(content.len()).unwrap_or(u64::MAX);
    let content = Some(content);
    Ok(Upload { id: None, chunks: Vec::new(), content, size, sha256: None, run, rest: None })
}

impl Chunked {
    async fn begin(db: Db, door: Door, is_json: bool) -> Result<Self> {
        Ok(Self {
            db,
            blobs: Blobs::open().await?,
            cutter: Cutter::new(Wanted::SHA256),
            reading: Reading::begin(door, Depth::Whole, is_json),
            id: None,
            chunks: Vec::new(),
        })
    }

    async fn write(&mut self, mut data: Bytes) -> Result<()> {
        match self.reading.recognise(&data, false)? {
            None if self.reading.is_unknown() => {}
            None => self.read(&data).await?,
            Some(held) => self.read(&held).await?,
        }
        while !data.is_empty() {
            if let Some(cut) = self.cutter.push(&mut data)? {
                self.store(cut).await?;
            }
        }
        Ok(())
    }

    /// Reads bytes in steps: finished tests must not pile up, nor other requests wait.
    async fn read(&mut self, bytes: &[u8]) -> Result<()> {
        for step in bytes.chunks(STEP) {
            if let Some(taken) = self.reading.step(step).await? {
                self.store_tests(taken).await?;
            }
        }
        Ok(())
    }

    /// Stores finished tests of a very large upload before its end, so that they need not be held.
    async fn store_tests(&mut self, taken: Taken) -> Result<()> {
        self.forget_restarted(&taken).await?;
        let id = match self.id {
            Some(id) => id,
            None => *self.id.insert(store::uploads::begin(self.db, None).await?),
        };
        Ok(store::uploads::add_tests(self.db, id, taken.batch).await?)
    }

    /// Removes stored tests that do not count after all.
    async fn forget_restarted(&self, taken: &Taken) -> Result<()> {
        match self.id {
            Some(id) if taken.afresh => Ok(store::uploads::forget_tests(self.db, id).await?),
            _ => Ok(()),
        }
    }

    /// Notes where a chunk will be, then stores it: a crash in between leaves nothing that cannot
    /// be found.
    async fn store(&mut self, cut: Cut) -> Result<()> {
        let chunk = cut.chunk.clone();
        self.chunks.push(chunk.clone());
        match self.id {
            None => self.id = Some(store::uploads::begin(self.db, Some(&chunk)).await?),
            Some(id) => store::uploads::add_chunk(self.db, id, &chunk).await?,
        }
        Ok(self.blobs.put(&cut).await?)
    }

    async fn finish(mut self, size: u64) -> Result<Upload> {
        match self.end().await {
            Ok((run, rest, sha256)) => Ok(Upload {
                id: self.id,
                chunks: self.chunks,
                content: None,
                size,
                sha256: Some(sha256),
                run,
                rest: Some(rest.batch),
            }),
            Err(error) => {
                self.abandon().await;
                Err(error)
            }
        }
    }

    async fn end(&mut self) -> Result<(Run, Taken, String)> {
        if let Some(held) = self.reading.recognise(&[], true)? {
            self.read(&held).await?;
        }
        let (run, rest) = self.reading.finish()?;
        self.forget_restarted(&rest).await?;
        let cutter = std::mem::replace(&mut self.cutter, Cutter::new(Wanted::SHA256));
        let (last, digests) = cutter.finish()?;
        if let Some(cut) = last {
            self.store(cut).await?;
        }
        Ok((run, rest, digests.sha256.to_string()))
    }

    async fn abandon(self) {
        let Some(id) = self.id else { return };
        let keys: Vec<String> = self.chunks.into_iter().map(|chunk| chunk.key).collect();
        forget(id, &keys).await;
    }
}
