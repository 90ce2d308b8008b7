//! The bytes of one PATCH. Each chunk counts as soon as it is stored, so what arrived before a
//! connection broke need not be sent again; with a checksum, nothing counts before all of it was
//! right.

use assay_blobs::{Blobs, Chunk, Cut, Cutter, Wanted, yield_now};
use assay_db::Db;
use assay_web::body::next_frame;
use axum::body::Body;
use sha1::{Digest, Sha1};
use sha2::Sha256;

use super::metadata::Checksum;
use crate::error::{Error, Result};
use crate::store::resumable::{self, Upload};
use crate::store::{blobs, contents};

/// Bytes on their way into an upload.
pub struct Receiving<'a> {
    db: Db,
    store: Blobs,
    id: &'a str,
    blob: i64,
    holder: i64,
    cutter: Cutter,
    /// Where the next chunk begins.
    start: u64,
    /// Where the upload ends.
    length: u64,
    check: Option<Check>,
    /// What this PATCH has stored.
    keys: Vec<String>,
}

/// A checksum that is computed beside.
enum Check {
    Sha1(Sha1, Vec<u8>),
    Sha256(Sha256, Vec<u8>),
}

impl Check {
    fn new(told: Checksum) -> Self {
        match told {
            Checksum::Sha1(digest) => Self::Sha1(Sha1::new(), digest),
            Checksum::Sha256(digest) => Self::Sha256(Sha256::new(), digest),
        }
    }

    fn update(&mut self, data: &[u8]) {
        match self {
            Self::Sha1(hasher, _) => hasher.update(data),
            Self::Sha256(hasher, _) => hasher.update(data),
        }
    }

    fn passes(self) -> bool {
        match self {
            Self::Sha1(hasher, told) => hasher.finalize()[..] == told[..],
            Self::Sha256(hasher, told) => hasher.finalize()[..] == told[..],
        }
    }
}

impl<'a> Receiving<'a> {
    /// Takes the upload over at `offset`, which must be where it is.
    pub async fn begin(
        db: Db,
        id: &'a str,
        upload: &Upload,
        offset: u64,
        check: Option<Checksum>,
    ) -> Result<Self> {
        let holder = blobs::new_id()?;
        if !resumable::hold(db, id, holder, offset).await? {
            return Err(Error::Conflict("Upload-Offset is not where the upload is"));
        }
        Ok(Self {
            db,
            store: Blobs::open().await?,
            id,
            blob: upload.blob,
            holder,
            cutter: Cutter::new(Wanted::SHA256),
            start: offset,
            length: upload.length,
            check: check.map(Check::new),
            keys: Vec::new(),
        })
    }

    /// Takes a body to its end.
    pub async fn take(&mut self, mut body: Body) -> Result<()> {
        let begin = self.start;
        while let Some(mut data) = next_frame(&mut body).await? {
            let size = u64::try_from(data.len()).unwrap_or(u64::MAX);
            let end = begin.saturating_add(self.cutter.size()).saturating_add(size);
            if end > self.length {
                return Err(Error::invalid("these are more bytes than Upload-Length says"));
            }
            if let Some(check) = &mut self.check {
                check.update(&data);
            }
            while !data.is_empty() {
                if let Some(cut) = self.cutter.push(&mut data)? {
                    self.store(cut).await?;
                }
            }
            yield_now().await;
        }
        Ok(())
    }

    /// Stores the last bytes and gives the offset behind them.
    pub async fn finish(&mut self) -> Result<u64> {
        let check = self.check.take();
        if check.is_some_and(|check| !check.passes()) {
            return Err(Error::ChecksumMismatch);
        }
        let cutter = std::mem::replace(&mut self.cutter, Cutter::new(Wanted::SHA256));
        let (last, _) = cutter.finish()?;
        if let Some(cut) = last {
            self.store(cut).await?;
        }
        self.count().await?;
        Ok(self.start)
    }

    /// Stores a chunk, and counts it unless a checksum of all must be right first.
    async fn store(&mut self, cut: Cut) -> Result<()> {
        let chunk: &Chunk = &cut.chunk;
        let mine = resumable::announce(self.db, self.id, self.holder, self.start, chunk).await?;
        if !mine {
            return Err(TAKEN_OVER);
        }
        self.keys.push(chunk.key.clone());
        self.store.put(&cut).await?;
        self.start = self.start.saturating_add(cut.chunk.size);
        if self.check.is_none() { self.count().await } else { Ok(()) }
    }

    /// Removes what this PATCH has stored and nobody knows of any more: another PATCH or the end of
    /// the upload may have taken the row of a chunk before its key was there.
    pub async fn forget(self) {
        let lost = match blobs::without_row(self.db, self.blob, &self.keys).await {
            Ok(keys) => contents::remove_keys(self.db, self.store, &keys).await,
            Err(error) => Err(error.into()),
        };
        if let Err(error) = lost {
            eprintln!("chacra: chunks of a lost PATCH may be left behind: {error}");
        }
    }

    /// Counts what is stored. The last bytes count when the file is in place: after a crash in
    /// between, the client must learn that something is left to send.
    async fn count(&self) -> Result<()> {
        if self.start == self.length {
            return Ok(());
        }
        match resumable::receive(self.db, self.id, self.holder, self.start).await? {
            true => Ok(()),
            false => Err(TAKEN_OVER),
        }
    }
}

/// Only the newest PATCH may add bytes.
pub const TAKEN_OVER: Error = Error::Conflict("another PATCH has taken this upload over");
