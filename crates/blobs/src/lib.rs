//! The only door to key-value for Assay's components: contents of any size, in chunks.
//!
//! A portable key-value store takes values of up to a million bytes, knows no transactions and
//! cannot list keys by prefix. So a content is cut into chunks, each under a key that is never used
//! again, and the caller keeps the list of chunks in SQLite. It writes the row that makes a content
//! visible last: a crash leaves chunks that no visible row names, never a row that points at
//! nothing.
//!
//! ```ignore
//! let blobs = Blobs::open().await?;
//! let mut upload = blobs.upload(Wanted::ALL);
//! while let Some(frame) = body::next_frame(&mut body).await? {
//!     upload.write(frame).await?;
//! }
//! let content = upload.finish().await?; // digests and chunks: now a row may name them
//!
//! let stream = blobs.read(content.chunks, 0..content.size); // fetches when it is polled
//! ```
//!
//! [`Upload`] is the short way. An area that wants a row *before* a chunk is stored (so that a
//! sweep finds what a crash leaves behind) takes the steps itself: [`Cutter::push`], its own
//! statement, [`Blobs::put`].
#![expect(
    clippy::disallowed_types,
    reason = "this crate is the replacement that clippy.toml names"
)]

mod beside;
mod chunks;
mod cutter;
mod hashes;
mod keys;
mod read;
mod upload;

use std::ops::Range;
use std::sync::OnceLock;

use bytes::Bytes;
use futures::Stream;
use spin_sdk::key_value::Store;

pub use beside::Beside;
pub use chunks::{Chunk, LARGEST_CHUNK};
pub use cutter::{Cut, Cutter};
pub use hashes::{Digests, Hash, Hasher, Wanted};
pub use keys::{Keys, fingerprint};
pub use upload::{Content, Upload};

/// What went wrong between us and the store. None of it is the client's fault.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store refused; the text is the store's.
    #[error("the key-value store failed: {0}")]
    Store(String),
    /// A chunk that should be there is not.
    #[error("the chunk '{0}' is missing")]
    Missing(String),
    /// A chunk has not the size that was recorded.
    #[error("the chunk '{key}' has {found} bytes instead of {expected}")]
    Damaged {
        /// Which chunk.
        key: String,
        /// The recorded size.
        expected: u64,
        /// The size of what the store gave.
        found: u64,
    },
    /// The runtime gave no random bytes for a key.
    #[error("no random bytes: {0}")]
    Random(getrandom::Error),
}

/// The result of everything here.
pub type Result<T> = std::result::Result<T, Error>;

/// This instance's key-value store, opened once and shared by the requests that the instance
/// serves.
#[derive(Clone, Copy)]
pub struct Blobs(&'static Store);

static STORE: OnceLock<Store> = OnceLock::new();

impl Blobs {
    /// The default store, opened at the instance's first request.
    pub async fn open() -> Result<Self> {
        if let Some(store) = STORE.get() {
            return Ok(Self(store));
        }
        let opened = Store::open_default().await.map_err(keys::refused)?;
        Ok(Self(STORE.get_or_init(|| opened)))
    }

    /// Begins a content that arrives piece by piece. SHA-256 is always computed, `wanted` says what
    /// else.
    pub fn upload(self, wanted: Wanted) -> Upload<Self> {
        Upload::new(self, wanted)
    }

    /// Stores one chunk that a [`Cutter`] has cut off.
    pub async fn put(self, cut: &Cut) -> Result<()> {
        self.set(&cut.chunk.key, &cut.bytes).await
    }

    /// The value of one key, or `None` when there is none.
    pub async fn get(self, key: &str) -> Result<Option<Vec<u8>>> {
        Keys::get(&self, key).await
    }

    /// The bytes `range` of the content that `chunks` make up, as a stream that fetches a chunk
    /// when the reader gets near it, at most one ahead. A missing or damaged chunk ends it with an
    /// error, so put it into a body of known length and the client sees a broken connection, never
    /// a short file.
    pub fn read(
        self,
        chunks: Vec<Chunk>,
        range: Range<u64>,
    ) -> impl Stream<Item = Result<Bytes>> + Send + use<> {
        read::stream(self, chunks::select(chunks, range))
    }

    /// Reads a stored content once more to hash it: for uploads in several requests, since the
    /// state of a digest does not outlive one.
    pub async fn digest(self, chunks: &[Chunk], wanted: Wanted) -> Result<Digests> {
        read::digest(self, chunks, wanted).await
    }

    /// Removes keys. One that is not there is as good as removed. Tries all of them and reports the
    /// first failure.
    pub async fn delete(self, keys: &[String]) -> Result<()> {
        keys::delete_all(&self, keys).await
    }
}

/// Bytes that are hashed before other requests get the thread: half a millisecond with four
/// digests.
pub const BETWEEN_YIELDS: usize = 64 * 1024;

/// Lets the instance's other requests have the thread. Long work calls this now and then.
pub async fn yield_now() {
    let mut yielded = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut yielded, true) {
            return std::task::Poll::Ready(());
        }
        context.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}
