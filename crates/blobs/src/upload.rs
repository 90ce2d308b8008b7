//! A content on its way into the store.

use bytes::Bytes;

use crate::beside::Beside;
use crate::cutter::{Cut, Cutter};
use crate::hashes::{Digests, Wanted};
use crate::keys::{self, Keys};
use crate::{BETWEEN_YIELDS, Chunk, Error, Result};

/// A whole content, stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// Its bytes.
    pub size: u64,
    /// Its digests.
    pub digests: Digests,
    /// Where it is, in order. Empty for an empty content.
    pub chunks: Vec<Chunk>,
}

impl Content {
    /// The keys of its chunks, for [`crate::Blobs::delete`] when the content is not wanted after
    /// all.
    pub fn keys(&self) -> Vec<String> {
        self.chunks.iter().map(|chunk| chunk.key.clone()).collect()
    }
}

/// Stores a content while it arrives. Holds one chunk that fills and the one before it on its way
/// into the store, which takes about as long as hashing does (a synced write). Two megabytes, and a
/// third one for the SDK's copy.
///
/// When the store fails, what was stored is removed again as far as possible. When the caller stops
/// (the connection broke, a digest was wrong), it calls [`Upload::abandon`], or keeps the
/// [`Upload::chunks`] for its sweep.
pub struct Upload<K> {
    store: K,
    cutter: Cutter,
    chunks: Vec<Chunk>,
    under_way: Beside<Error>,
    since_yield: usize,
}

impl<K: Keys> Upload<K> {
    pub(crate) fn new(store: K, wanted: Wanted) -> Self {
        let cutter = Cutter::new(wanted);
        Self { store, cutter, chunks: Vec::new(), under_way: Beside::default(), since_yield: 0 }
    }

    /// Bytes taken so far.
    pub fn size(&self) -> u64 {
        self.cutter.size()
    }

    /// The chunks that are stored, or about to be.
    pub fn chunks(&self) -> &[Chunk] {
        &self.chunks
    }

    /// Takes the next piece, of any length.
    pub async fn write(&mut self, mut data: Bytes) -> Result<()> {
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
                let stored = self.under_way.breathe().await;
                self.keep_or_remove(stored).await?;
            }
        }
        Ok(())
    }

    /// Stores the last chunk and says what the content is.
    pub async fn finish(mut self) -> Result<Content> {
        let size = self.cutter.size();
        let cutter = std::mem::replace(&mut self.cutter, Cutter::new(Wanted::SHA256));
        let (last, digests) = cutter.finish()?;
        if let Some(cut) = last {
            self.store(cut).await?;
        }
        self.settle().await?;
        Ok(Content { size, digests, chunks: self.chunks })
    }

    /// Removes what was stored, as far as possible.
    pub async fn abandon(mut self) {
        // When it fails it removes everything itself.
        if self.settle().await.is_ok() {
            self.remove().await;
        }
    }

    /// Begins to store a chunk, when the one before it is stored.
    async fn store(&mut self, cut: Cut) -> Result<()> {
        self.settle().await?;
        self.chunks.push(cut.chunk.clone());
        let store = self.store.clone();
        let storing = async move { store.set(&cut.chunk.key, &cut.bytes).await };
        let stored = self.under_way.begin(Box::pin(storing)).await;
        self.keep_or_remove(stored).await
    }

    /// Waits for the chunk that is under way.
    async fn settle(&mut self) -> Result<()> {
        let stored = self.under_way.settle().await;
        self.keep_or_remove(stored).await
    }

    async fn keep_or_remove(&mut self, stored: Result<()>) -> Result<()> {
        if stored.is_err() {
            self.remove().await;
        }
        stored
    }

    async fn remove(&mut self) {
        let keys: Vec<String> = self.chunks.iter().map(|chunk| chunk.key.clone()).collect();
        if let Err(error) = keys::delete_all(&self.store, &keys).await {
            eprintln!("blobs: an unfinished upload stays behind: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;

    use super::*;
    use crate::keys::tests::InMemory;
    use crate::{Error, LARGEST_CHUNK};

    fn upload(store: &InMemory, content: &[u8]) -> Result<Content> {
        block_on(async {
            let mut upload = Upload::new(store.clone(), Wanted::SHA256);
            for frame in content.chunks(70_000) {
                upload.write(Bytes::copy_from_slice(frame)).await?;
            }
            upload.finish().await
        })
    }

    #[test]
    fn an_upload_is_in_the_store_when_it_is_finished() {
        let store = InMemory::default();
        let content = upload(&store, &[7; 2_300_000]).unwrap();
        assert_eq!(content.size, 2_300_000);
        let sizes: Vec<u64> = content.chunks.iter().map(|chunk| chunk.size).collect();
        assert_eq!(sizes, [1_000_000, 1_000_000, 300_000]);
        let values = store.values.lock().unwrap();
        assert_eq!(values.len(), 3, "equal chunks have keys of their own");
        for chunk in &content.chunks {
            assert_eq!(values[&chunk.key].len() as u64, chunk.size);
        }
    }

    #[test]
    fn an_empty_upload_stores_nothing() {
        let store = InMemory::default();
        let content = upload(&store, b"").unwrap();
        assert_eq!((content.size, content.chunks.len()), (0, 0));
        assert!(store.values.lock().unwrap().is_empty());
    }

    #[test]
    fn a_store_that_fails_halfway_is_left_clean() {
        let store = InMemory { room: Some(2), ..InMemory::default() };
        let outcome = upload(&store, &[7; 3 * LARGEST_CHUNK]);
        assert!(matches!(outcome, Err(Error::Store(_))));
        assert!(store.values.lock().unwrap().is_empty());
    }

    #[test]
    fn an_abandoned_upload_removes_what_it_stored() {
        let store = InMemory::default();
        let mut upload = Upload::new(store.clone(), Wanted::ALL);
        block_on(upload.write(Bytes::from(vec![1; LARGEST_CHUNK + 1]))).unwrap();
        assert_eq!((upload.size(), upload.chunks().len()), (1_000_001, 1));
        assert_eq!(store.values.lock().unwrap().len(), 0, "under way");
        block_on(upload.abandon());
        assert!(store.values.lock().unwrap().is_empty());
    }
}
