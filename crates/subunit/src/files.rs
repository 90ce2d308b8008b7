//! Attachments: what is left of a file when its bytes have passed by.

use std::hash::BuildHasher;
use std::sync::Arc;

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use sha2::{Digest, Sha256};
use smallvec::SmallVec;

use crate::Piece;
use crate::bytes::same;
use crate::shared::Known;

/// The most files of a test, and of the run itself those that are known by name. A list of tests
/// could show no more: each takes over 100 bytes there, and a test has 256 KiB.
pub const MOST_FILES: usize = 2000;
/// So many names are looked at one after the other; mostly there are no more.
const FEW: usize = 8;
/// The type of a file of which nobody says the type.
const DEFAULT_MIME: &str = "application/octet-stream";
/// A file may come in this many separate pieces: where each is has to be remembered.
const MOST_PIECES: usize = 65_536;
/// What a file costs beside its texts.
const FILE_COST: usize = 250;

/// A file that a test has attached, or one of the run itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Its name.
    pub name: Arc<str>,
    /// Its type.
    pub mime: Arc<str>,
    /// Its bytes.
    pub size: u64,
    /// Their SHA-256, of a parser that computes it.
    pub sha256: Option<[u8; 32]>,
    /// Where in the stream they are: offset and length of each piece. Mostly it is one.
    pub pieces: SmallVec<[(u64, u64); 1]>,
}

/// Names and types, which most files have in common with another one.
#[derive(Debug)]
pub(crate) struct Words {
    known: Known<Arc<str>>,
    /// The type of files of which none was said so far.
    no_mime: Arc<str>,
    hasher: RandomState,
}

impl Default for Words {
    fn default() -> Self {
        let (known, hasher) = Default::default();
        Self { known, no_mime: DEFAULT_MIME.into(), hasher }
    }
}

impl Words {
    fn of(&mut self, text: &str) -> Arc<str> {
        self.known.get(text.as_bytes(), || text.into())
    }
}

/// Files whose pieces are still coming.
#[derive(Clone, Debug)]
pub(crate) struct Growing {
    files: Vec<Attachment>,
    /// Where those behind the first [`FEW`] are, by their names.
    more: Option<Box<HashTable<usize>>>,
    /// Of each file what it hashes to so far, if that is wanted.
    hashes: Option<Vec<Sha256>>,
    /// Whether the places of pieces are kept.
    pieces: bool,
}

impl Default for Growing {
    fn default() -> Self {
        Self::new(false, false)
    }
}

impl Growing {
    /// No files yet.
    pub(crate) fn new(digests: bool, pieces: bool) -> Self {
        Self { files: Vec::new(), more: None, hashes: digests.then(Vec::new), pieces }
    }

    /// Whether a piece would be one file too many.
    pub(crate) fn is_full_for(&self, piece: &Piece<'_>, words: &Words) -> bool {
        self.files.len() >= MOST_FILES && self.find(piece.name, words).is_none()
    }

    /// Where the file of this name is.
    fn find(&self, name: &str, words: &Words) -> Option<usize> {
        let is_it = |file: &Attachment| same(file.name.as_bytes(), name.as_bytes());
        let few = self.files.get(..FEW).unwrap_or(&self.files);
        if let Some(at) = few.iter().rposition(is_it) {
            return Some(at);
        }
        let more = self.more.as_ref()?;
        let is_there = |at: &usize| self.files.get(*at).is_some_and(is_it);
        more.find(words.hasher.hash_one(name), is_there).copied()
    }

    /// Takes a piece, and says how much memory that costs.
    pub(crate) fn add(
        &mut self,
        mime: Option<&str>,
        piece: &Piece<'_>,
        words: &mut Words,
    ) -> Result<usize, &'static str> {
        let (at, mut cost) = match self.find(piece.name, words) {
            Some(at) => (at, 0),
            None if self.files.len() >= MOST_FILES => {
                return Err("a test has too many attachments");
            }
            None => (self.begin(piece.name, words), FILE_COST + piece.name.len()),
        };
        if let Some(hash) = self.hashes.as_mut().and_then(|hashes| hashes.get_mut(at)) {
            hash.update(piece.bytes);
        }
        if let Some(file) = self.files.get_mut(at) {
            cost += file.add_mime(mime, words) + file.add_bytes(piece, self.pieces)?;
        }
        Ok(cost)
    }

    fn begin(&mut self, name: &str, words: &mut Words) -> usize {
        let name = words.of(name);
        let mime = words.no_mime.clone();
        if self.files.is_empty() {
            self.files.reserve_exact(1);
        }
        let (at, pieces) = (self.files.len(), SmallVec::new());
        self.files.push(Attachment { name, mime, size: 0, sha256: None, pieces });
        if at >= FEW {
            let hash = |at: &usize| {
                self.files.get(*at).map_or(0, |file| words.hasher.hash_one(&*file.name))
            };
            self.more.get_or_insert_default().insert_unique(hash(&at), at, hash);
        }
        if let Some(hashes) = &mut self.hashes {
            hashes.push(Sha256::new());
        }
        at
    }

    /// All of them, by name. They are out of it afterwards.
    pub(crate) fn finish(&mut self) -> Vec<Attachment> {
        self.more = None;
        let hashes = self.hashes.take().into_iter().flatten();
        for (file, hash) in self.files.iter_mut().zip(hashes) {
            file.sha256 = Some(hash.finalize().into());
        }
        self.files.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        std::mem::take(&mut self.files)
    }
}

impl Attachment {
    /// The type that is said first counts.
    fn add_mime(&mut self, mime: Option<&str>, words: &mut Words) -> usize {
        match mime {
            Some(mime) if Arc::ptr_eq(&self.mime, &words.no_mime) => {
                self.mime = words.of(mime);
                mime.len()
            }
            _ => 0,
        }
    }

    fn add_bytes(&mut self, piece: &Piece<'_>, keep: bool) -> Result<usize, &'static str> {
        let length = u64::try_from(piece.bytes.len()).unwrap_or(u64::MAX);
        self.size = self.size.saturating_add(length);
        if !keep || length == 0 {
            return Ok(0);
        }
        if let Some((offset, size)) = self.pieces.last_mut()
            && offset.saturating_add(*size) == piece.offset
        {
            *size += length;
            return Ok(0);
        }
        if self.pieces.len() == MOST_PIECES {
            return Err("an attachment comes in too many pieces");
        }
        self.pieces.push((piece.offset, length));
        Ok(size_of::<(u64, u64)>())
    }
}
