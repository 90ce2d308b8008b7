//! Attachments: what is left of a file when its bytes have passed by.

use sha2::{Digest, Sha256};

use crate::Piece;

/// The type of a file of which nobody says the type.
const DEFAULT_MIME: &str = "application/octet-stream";
/// A file may come in this many separate pieces: where each is has to be remembered.
const MOST_PIECES: usize = 65_536;

/// A file that a test has attached, or one of the run itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Its name.
    pub name: String,
    /// Its type.
    pub mime: String,
    /// Its bytes.
    pub size: u64,
    /// Their SHA-256, of a parser that computes it.
    pub sha256: Option<[u8; 32]>,
    /// Where in the stream they are: offset and length of each piece.
    pub pieces: Vec<(u64, u64)>,
}

/// A file whose pieces are still coming.
#[derive(Clone, Debug)]
pub(crate) struct Growing {
    pub(crate) name: String,
    mime: Option<String>,
    size: u64,
    /// In a box, because it is large and not always wanted.
    hash: Option<Box<Sha256>>,
    pieces: Vec<(u64, u64)>,
}

impl Growing {
    pub(crate) fn new(name: &str, digest: bool) -> Self {
        let hash = digest.then(Box::default);
        Self { name: name.to_owned(), mime: None, size: 0, hash, pieces: Vec::new() }
    }

    /// Takes a piece, and says how much memory that costs. `keep` is whether the place will be
    /// asked for.
    pub(crate) fn add(
        &mut self,
        mime: Option<&str>,
        piece: &Piece<'_>,
        keep: bool,
    ) -> Result<usize, &'static str> {
        let mut cost = 0;
        if self.mime.is_none() {
            self.mime = mime.map(str::to_owned);
            cost += mime.map_or(0, str::len);
        }
        let length = u64::try_from(piece.bytes.len()).unwrap_or(u64::MAX);
        self.size = self.size.saturating_add(length);
        if let Some(hash) = &mut self.hash {
            hash.update(piece.bytes);
        }
        if !keep || length == 0 {
            return Ok(cost);
        }
        match self.pieces.last_mut() {
            Some((offset, size)) if offset.saturating_add(*size) == piece.offset => *size += length,
            _ => {
                self.pieces.push((piece.offset, length));
                cost += size_of::<(u64, u64)>();
            }
        }
        if self.pieces.len() > MOST_PIECES {
            return Err("an attachment comes in too many pieces");
        }
        Ok(cost)
    }

    pub(crate) fn finish(self) -> Attachment {
        Attachment {
            name: self.name,
            mime: self.mime.unwrap_or_else(|| DEFAULT_MIME.to_owned()),
            size: self.size,
            sha256: self.hash.map(|hash| hash.finalize().into()),
            pieces: self.pieces,
        }
    }
}
