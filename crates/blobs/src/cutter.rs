//! Cuts a content into chunks while it arrives, and hashes it in the same pass. Knows no store.

use bytes::{Buf, Bytes};

use crate::hashes::{Digests, Hasher, Wanted};
use crate::{Chunk, LARGEST_CHUNK, Result, keys};

/// A chunk that is complete and may be stored.
#[derive(Debug)]
pub struct Cut {
    /// Its fresh key and its size.
    pub chunk: Chunk,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Takes a content piece by piece and gives it back in chunks of at most [`LARGEST_CHUNK`] bytes.
pub struct Cutter {
    whole: Hasher,
    buffer: Vec<u8>,
    size: u64,
}

impl Cutter {
    /// Begins a content.
    pub fn new(wanted: Wanted) -> Self {
        Self { whole: Hasher::new(wanted), buffer: Vec::new(), size: 0 }
    }

    /// Bytes taken so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Takes `data` up to the end of the present chunk, and gives that chunk when it is full. What
    /// remains in `data` belongs to the next one: call again until it is empty.
    pub fn push(&mut self, data: &mut Bytes) -> Result<Option<Cut>> {
        let taken = data.len().min(LARGEST_CHUNK.saturating_sub(self.buffer.len()));
        let piece = data.split_to(taken);
        self.whole.update(&piece);
        self.buffer.extend_from_slice(piece.chunk());
        self.size = self.size.saturating_add(u64::try_from(taken).unwrap_or(u64::MAX));
        if self.buffer.len() < LARGEST_CHUNK { Ok(None) } else { self.cut().map(Some) }
    }

    /// Ends the content: the last chunk (none when the last one was full, or nothing came at all)
    /// and the digests.
    pub fn finish(mut self) -> Result<(Option<Cut>, Digests)> {
        let last = if self.buffer.is_empty() { None } else { Some(self.cut()?) };
        Ok((last, self.whole.finish()))
    }

    fn cut(&mut self) -> Result<Cut> {
        // The next chunk will most likely be a whole one too.
        let bytes = std::mem::replace(&mut self.buffer, Vec::with_capacity(LARGEST_CHUNK));
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        Ok(Cut { chunk: Chunk { key: keys::fresh(&bytes)?, size }, bytes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut_up(content: &[u8], frame: usize) -> (Vec<Cut>, Digests) {
        let mut cutter = Cutter::new(Wanted::SHA256);
        let mut cuts = Vec::new();
        for piece in content.chunks(frame) {
            let mut data = Bytes::copy_from_slice(piece);
            while !data.is_empty() {
                cuts.extend(cutter.push(&mut data).unwrap());
            }
        }
        assert_eq!(cutter.size(), content.len() as u64);
        let (last, digests) = cutter.finish().unwrap();
        cuts.extend(last);
        (cuts, digests)
    }

    fn hash(bytes: &[u8]) -> Digests {
        let mut hasher = Hasher::new(Wanted::SHA256);
        hasher.update(bytes);
        hasher.finish()
    }

    #[test]
    fn chunks_put_together_are_the_content() {
        let content: Vec<u8> = (0..2_100_000_u32).map(|n| (n % 251) as u8).collect();
        let cases = [(0, 1), (1, 1), (999_999, 16_384), (1_000_000, 999_983), (1_000_001, 700_000)];
        for (size, frame) in cases.into_iter().chain([(2_000_000, 16_384), (2_100_000, 3_000_000)])
        {
            let (cuts, digests) = cut_up(&content[..size], frame);
            assert_eq!(cuts.len(), size.div_ceil(LARGEST_CHUNK), "{size} in {frame}");
            assert_eq!(digests, hash(&content[..size]));
            for cut in &cuts {
                assert_eq!(cut.chunk.size, cut.bytes.len() as u64);
                assert_eq!(cut.chunk.hash(), blake3::hash(&cut.bytes).to_hex().as_str());
            }
            let together: Vec<u8> = cuts.into_iter().flat_map(|cut| cut.bytes).collect();
            assert_eq!(together, content[..size]);
        }
    }
}
