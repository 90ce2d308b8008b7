//! How each name ended in an upload, so that one test is found over many runs without reading them:
//! entries of [`ENTRY`] bytes, sorted by a hash of the name, in blocks that a key finds.
//!
//! The name itself is not compared: in a run of 200,000 tests one name in 46 million million
//! (2^63 / 200,000) is taken for another one by chance. On purpose it is easy to make such a name, and
//! worth nothing: who can upload for a cloud can use the name itself.

use std::fmt::Write;

use assay_subunit::Status;

use super::word;

/// A hash of the name (8), the number of its status (1), how long it took in seconds (8, NaN: unknown).
pub const ENTRY: usize = 17;
/// How many entries a block has: with fewer than a thousand bytes it needs no page of its own.
const BLOCK: usize = 50;
const HASH: usize = 8;

/// Collects how tests ended.
#[derive(Debug, Default)]
pub struct Names {
    ends: Vec<End>,
}

#[derive(Clone, Copy, Debug)]
struct End {
    hash: u64,
    seconds: f64,
    index: usize,
    status: Option<Status>,
}

/// Names as they are stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blocks {
    /// `[[lowest hash, offset, length], ...]`: what is where in `bytes`.
    pub layout: String,
    /// The entries of all blocks.
    pub bytes: Vec<u8>,
}

impl Names {
    /// Adds how the next test ended, and how many seconds it took.
    pub fn add(&mut self, index: usize, name: &str, status: Option<Status>, seconds: Option<f64>) {
        let seconds = seconds.unwrap_or(f64::NAN);
        self.ends.push(End { hash: hash(name), seconds, index, status });
    }

    /// All of them, each name once: its last attempt that passed counts, else the last one.
    pub fn finish(mut self) -> Blocks {
        self.ends.sort_unstable_by_key(|end| (end.hash, end.index));
        let mut bytes = Vec::with_capacity(self.ends.len() * ENTRY);
        let mut starts: Vec<(u64, usize)> = Vec::new();
        for attempts in self.ends.chunk_by(|one, other| one.hash == other.hash) {
            let Some(last) = attempts.last() else { continue };
            if bytes.len() % (BLOCK * ENTRY) == 0 {
                starts.push((last.hash, bytes.len()));
            }
            let passed = attempts.iter().rfind(|end| end.status == Some(Status::Success));
            let end = passed.unwrap_or(last);
            bytes.extend_from_slice(&end.hash.to_be_bytes());
            bytes.push(Status::number(end.status));
            bytes.extend_from_slice(&end.seconds.to_be_bytes());
        }
        let mut layout = String::from("[");
        for (at, (lowest, offset)) in starts.iter().enumerate() {
            let comma = if at > 0 { "," } else { "" };
            let length = (bytes.len() - offset).min(BLOCK * ENTRY);
            let _written = write!(layout, "{comma}[{lowest},{offset},{length}]"); // in memory
        }
        layout.push(']');
        Blocks { layout, bytes }
    }
}

/// How a name ended, from its entry in hex: its status in one word, and how long it took.
pub fn read(entry: &str) -> Option<(&'static str, Option<f64>)> {
    let mut bytes = [0; ENTRY];
    hex::decode_to_slice(entry, &mut bytes).ok()?;
    let (number, seconds) = bytes.get(HASH..)?.split_first()?;
    let seconds = f64::from_be_bytes(seconds.try_into().ok()?);
    Some((word(Status::numbered(*number)), Some(seconds).filter(|seconds| !seconds.is_nan())))
}

/// The number that stands for a name: not negative, as it is a key too. It is stored, so it stays
/// what it is.
pub fn hash(name: &str) -> u64 {
    const PRIME: u64 = 0x9E37_79B9_7F4A_7C15;
    let (words, rest) = name.as_bytes().as_chunks::<8>();
    let mut last = [0; 8];
    last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    let words = words.iter().chain(std::iter::once(&last)).map(|word| u64::from_le_bytes(*word));
    let hash = words.fold(PRIME ^ name.len() as u64, |hash, word| {
        let mixed = (hash ^ word).wrapping_mul(PRIME);
        mixed ^ (mixed >> 29)
    });
    hash >> 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(blocks: &Blocks) -> Vec<(u64, Vec<String>)> {
        let layout: Vec<(u64, usize, usize)> = serde_json::from_str(&blocks.layout).unwrap();
        let block = |(lowest, offset, length)| {
            let bytes: &[u8] = &blocks.bytes[offset..offset + length];
            (lowest, bytes.chunks(ENTRY).map(hex::encode).collect())
        };
        layout.into_iter().map(block).collect()
    }

    #[test]
    fn nothing_is_no_block() {
        let blocks = Names::default().finish();
        assert_eq!((blocks.layout.as_str(), blocks.bytes.len()), ("[]", 0));
    }

    #[test]
    fn a_name_that_passed_once_has_passed_and_else_its_last_attempt_counts() {
        let mut names = Names::default();
        let ends = [
            ("a", Some(Status::Success), Some(1.5)),
            ("a", Some(Status::Fail), Some(2.5)),
            ("b", Some(Status::Fail), Some(1.0)),
            ("b", None, None),
        ];
        for (index, (name, status, duration)) in ends.into_iter().enumerate() {
            names.add(index, name, status, duration);
        }
        let all: Vec<String> =
            entries(&names.finish()).into_iter().flat_map(|block| block.1).collect();
        let of = |name: &str| {
            let hash = hex::encode(hash(name).to_be_bytes());
            read(all.iter().find(|entry| entry.starts_with(&hash)).unwrap()).unwrap()
        };
        assert_eq!((all.len(), of("a"), of("b")), (2, ("success", Some(1.5)), ("unknown", None)));
    }

    #[test]
    fn each_name_is_in_the_block_whose_lowest_hash_is_the_highest_below_its_own() {
        let name = |index| format!("acme.test_{index}");
        let mut names = Names::default();
        for index in 0..1234 {
            names.add(index, &name(index), None, None);
        }
        let blocks = entries(&names.finish());
        assert_eq!(blocks.len(), 25);
        for index in 0..1234 {
            let hash = hash(&name(index));
            let (_, entries) = blocks.iter().rfind(|(lowest, _)| *lowest <= hash).unwrap();
            let prefix = hex::encode(hash.to_be_bytes());
            assert!(entries.iter().any(|entry| entry.starts_with(&prefix)), "{index}");
        }
    }

    #[test]
    fn what_is_no_entry_says_nothing() {
        assert_eq!((read("00"), read(&"z".repeat(2 * ENTRY))), (None, None));
    }
}
