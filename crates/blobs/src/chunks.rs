//! Chunks of a content, and which of them a range of its bytes needs.

use std::ops::Range;

/// The most that a portable key-value store takes as one value.
pub const LARGEST_CHUNK: usize = 1_000_000;

/// One stored piece of a content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Its key in the store: `c/<BLAKE3>.<random>`.
    pub key: String,
    /// Its bytes.
    pub size: u64,
}

impl Chunk {
    /// The BLAKE3 of its bytes in hex, from its key.
    pub fn hash(&self) -> &str {
        let name = self.key.strip_prefix("c/").unwrap_or(&self.key);
        name.split_once('.').map_or(name, |(hash, _)| hash)
    }
}

/// A chunk and which of its bytes are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) chunk: Chunk,
    pub(crate) within: Range<usize>,
}

/// The pieces that make up the bytes `range` of a content. What lies behind its end is left out.
pub(crate) fn select(chunks: Vec<Chunk>, range: Range<u64>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut start = 0_u64;
    for chunk in chunks {
        let end = start.saturating_add(chunk.size);
        let from = range.start.max(start);
        let to = range.end.min(end);
        if from < to {
            pieces.push(Piece { within: offset(from - start)..offset(to - start), chunk });
        }
        start = end;
        if start >= range.end {
            break;
        }
    }
    pieces
}

/// An offset within a chunk. One that does not fit into memory makes a piece that fails when it is
/// read.
fn offset(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunks(sizes: &[u64]) -> Vec<Chunk> {
        let chunk = |(index, size): (usize, &u64)| Chunk { key: index.to_string(), size: *size };
        sizes.iter().enumerate().map(chunk).collect()
    }

    #[test]
    fn every_range_of_every_cut_selects_exactly_its_bytes() {
        for sizes in [&[][..], &[5], &[3, 4], &[1, 1, 1], &[4, 0, 2, 3]] {
            let all: Vec<(usize, usize)> = sizes
                .iter()
                .enumerate()
                .flat_map(|(chunk, size)| (0..*size as usize).map(move |byte| (chunk, byte)))
                .collect();
            for start in 0..=all.len() + 1 {
                for end in start..=all.len() + 2 {
                    let pieces = select(chunks(sizes), start as u64..end as u64);
                    let chosen: Vec<_> = pieces
                        .iter()
                        .flat_map(|p| p.within.clone().map(|at| (p.chunk.key.parse().unwrap(), at)))
                        .collect();
                    let last = end.min(all.len());
                    assert_eq!(chosen, all[start.min(last)..last], "{sizes:?} {start}..{end}");
                }
            }
        }
    }

    #[test]
    fn sizes_that_overflow_do_no_harm() {
        let pieces = select(chunks(&[u64::MAX, u64::MAX]), u64::MAX - 2..u64::MAX);
        assert_eq!(pieces.len(), 1);
    }

    #[test]
    fn a_chunk_tells_its_hash() {
        let chunk = Chunk { key: "c/abcd.0123".into(), size: 1 };
        assert_eq!(chunk.hash(), "abcd");
    }
}
