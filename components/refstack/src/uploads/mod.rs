//! An upload on its way in: the body is taken apart, and its content goes at once to the key-value
//! store and to the parser.
//!
//! [`bodies`] finds the content in a body (a form, a multipart form, or the body itself; [`gunzip`]
//! unpacks it before),
//! [`intake`] stores it piece by piece, [`reading`] takes the tests out of it ([`stage`] is how far
//! that has come), [`unfold`] does so once more for what was stored without its tests. Nothing of
//! it can be seen until [`crate::store::results::create`] names it; whatever stops an upload on its
//! way calls [`Upload::abandon`].

pub mod bodies;
pub mod excerpts;
pub mod gunzip;
pub mod intake;
pub mod reading;
pub mod stage;
pub mod unfold;

use std::sync::atomic::{AtomicI64, Ordering};

use assay_blobs::{Blobs, Chunk};
use assay_db::Db;
use assay_subunit::Summary;
use assay_web::time;
use http::HeaderMap;

use crate::domain::keys::{PublicKey, Wrong};
use crate::domain::rows::Batch;
use crate::domain::rows::names::Blocks;
use crate::error::{Error, Result};
use crate::store;

/// Who takes an upload, which decides on what is taken and on the words of refusals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// `post-result`: whatever it is.
    PostResult,
    /// `results`: JSON, unless it is said or seen to be a stream.
    Results,
}

/// A whole upload that was read, and stored if it is a long one, and is not yet a result.
#[derive(Clone, Debug)]
pub struct Upload {
    /// Its row, if any of it is stored already.
    pub id: Option<i64>,
    /// Its chunks.
    pub chunks: Vec<Chunk>,
    /// All of it, if it has no chunks.
    pub content: Option<Vec<u8>>,
    /// Its length, unpacked.
    pub size: u64,
    /// Its SHA-256 in hex. Of what has no chunks it is computed when somebody asks.
    pub sha256: Option<String>,
    /// What it says.
    pub run: Run,
    /// The last tests. `None`: none are stored, that is done when somebody asks.
    pub rest: Option<Batch>,
}

/// What an upload says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// `json`, `subunit-v1`, `subunit-v2`.
    pub format: &'static str,
    /// Whether its end is missing.
    pub truncated: bool,
    /// Counts of its tests.
    pub summary: Summary,
    /// How long the run took.
    pub duration_seconds: i64,
    /// Of which cloud it says it is.
    pub cpid: Option<String>,
    /// Whether it is a list of what passed, which must not be empty.
    pub lists_passed_only: bool,
    /// How each name ended.
    pub names: Blocks,
}

impl Upload {
    /// Forgets an upload that becomes no result.
    pub async fn abandon(self) {
        if let Some(id) = self.id {
            forget(id, &self.keys()).await;
        }
    }

    /// The keys of its chunks.
    pub fn keys(&self) -> Vec<String> {
        self.chunks.iter().map(|chunk| chunk.key.clone()).collect()
    }

    /// By what the same bytes are known again. Content is cut at the same places each time.
    pub fn fingerprint(&self) -> String {
        match &self.content {
            Some(content) => assay_blobs::fingerprint(content),
            None => {
                let hashes: Vec<&str> = self.chunks.iter().map(Chunk::hash).collect();
                assay_blobs::fingerprint(hashes.concat().as_bytes())
            }
        }
    }
}

/// Removes what is stored of an upload, as far as possible; what stays behind is loose and found by
/// the sweep.
pub async fn forget(id: i64, keys: &[String]) {
    let forgotten = async {
        Blobs::open().await?.delete(keys).await?;
        store::uploads::delete(store::open().await?, id).await?;
        Ok::<(), Error>(())
    };
    if let Err(error) = forgotten.await {
        eprintln!("refstack: an unfinished upload stays behind: {error}");
    }
}

/// Removes a few uploads that a crash has left behind a day ago or earlier; once a minute is enough.
pub async fn sweep(db: Db) -> Result<()> {
    static NEXT: AtomicI64 = AtomicI64::new(0);
    let now = time::now();
    if NEXT.load(Ordering::Relaxed) > now {
        return Ok(());
    }
    NEXT.store(now + 60 * time::SECOND, Ordering::Relaxed);
    let before = now - time::DAY;
    for stale in store::uploads::stale(db, before).await? {
        forget(stale.id, &stale.keys()).await;
    }
    Ok(())
}

/// The two headers of a signed upload.
#[derive(Debug)]
pub struct Signature {
    signature: Option<Vec<u8>>,
    key: std::result::Result<PublicKey, Wrong>,
}

impl Signature {
    /// Reads the headers; `None` when neither is there.
    pub fn read(headers: &HeaderMap) -> Option<Self> {
        let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or_default().trim());
        let (signature, key) = (text("x-signature"), text("x-public-key"));
        if signature.is_none() && key.is_none() {
            return None;
        }
        let key = PublicKey::from_line(key.unwrap_or_default()).map(|(key, _, _)| key);
        let signature = signature.filter(|text| !text.is_empty());
        Some(Self { signature: signature.and_then(|text| hex::decode(text).ok()), key })
    }

    /// The fingerprint of the key, if it has signed bytes with this SHA-256.
    pub fn signer(&self, sha256: &[u8; 32]) -> Result<String> {
        let signature = self.signature.as_deref();
        let signature = signature.ok_or_else(|| Error::invalid("Malformed signature"))?;
        let key = self.key.as_ref().map_err(|_| Error::invalid("Malformed public key"))?;
        if !key.verifies(sha256, signature) {
            return Err(Error::invalid("Signature verification failed"));
        }
        Ok(key.fingerprint())
    }
}
