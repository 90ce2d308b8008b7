//! Digests of a content, computed while it passes by.

use std::fmt;

use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha512};

/// A digest of `N` bytes. It is shown as lower-case hex.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Hash<const N: usize>(pub [u8; N]);

impl<const N: usize> Hash<N> {
    /// Reads hex of either case and of the right length.
    pub fn from_hex(text: &str) -> Option<Self> {
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|d| u8::try_from(d).ok());
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        if pairs.len() != N || !rest.is_empty() {
            return None;
        }
        let mut bytes = [0; N];
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = digit(*high)? << 4 | digit(*low)?;
        }
        Some(Self(bytes))
    }
}

impl<const N: usize> fmt::Display for Hash<N> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl<const N: usize> fmt::Debug for Hash<N> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// Which digests a content needs besides SHA-256. Each costs time: in wasm hashing is what an
/// upload waits for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// SHA-512.
    pub sha512: bool,
    /// SHA-1.
    pub sha1: bool,
    /// MD5.
    pub md5: bool,
}

impl Wanted {
    /// SHA-256 alone.
    pub const SHA256: Self = Self { sha512: false, sha1: false, md5: false };
    /// All four.
    pub const ALL: Self = Self { sha512: true, sha1: true, md5: true };
}

/// The digests of a content. Those that nobody wanted are `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digests {
    /// SHA-256, by which a content is known.
    pub sha256: Hash<32>,
    /// SHA-512.
    pub sha512: Option<Hash<64>>,
    /// SHA-1.
    pub sha1: Option<Hash<20>>,
    /// MD5.
    pub md5: Option<Hash<16>>,
}

/// Computes the digests of what passes by.
#[derive(Clone)]
pub struct Hasher {
    sha256: sha2::Sha256,
    sha512: Option<Sha512>,
    sha1: Option<Sha1>,
    md5: Option<Md5>,
}

impl Hasher {
    /// Begins with nothing.
    pub fn new(wanted: Wanted) -> Self {
        Self {
            sha256: sha2::Sha256::new(),
            sha512: wanted.sha512.then(Sha512::new),
            sha1: wanted.sha1.then(Sha1::new),
            md5: wanted.md5.then(Md5::new),
        }
    }

    /// Takes the next piece.
    pub fn update(&mut self, data: &[u8]) {
        self.sha256.update(data);
        if let Some(sha512) = &mut self.sha512 {
            sha512.update(data);
        }
        if let Some(sha1) = &mut self.sha1 {
            sha1.update(data);
        }
        if let Some(md5) = &mut self.md5 {
            md5.update(data);
        }
    }

    /// The digests of everything.
    pub fn finish(self) -> Digests {
        Digests {
            sha256: Hash(self.sha256.finalize().into()),
            sha512: self.sha512.map(|sha512| Hash(sha512.finalize().into())),
            sha1: self.sha1.map(|sha1| Hash(sha1.finalize().into())),
            md5: self.md5.map(|md5| Hash(md5.finalize().into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digests_are_those_of_the_standards() {
        let mut hasher = Hasher::new(Wanted::ALL);
        hasher.update(b"a");
        hasher.update(b"bc");
        let digests = hasher.finish();
        assert_eq!(
            digests.sha256.to_string(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(
            digests.sha512.unwrap().to_string(),
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
             2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
        );
        assert_eq!(digests.sha1.unwrap().to_string(), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(digests.md5.unwrap().to_string(), "900150983cd24fb0d6963f7d28e17f72");
    }

    #[test]
    fn what_nobody_wants_is_not_computed() {
        let digests = Hasher::new(Wanted::SHA256).finish();
        assert_eq!((digests.sha512, digests.sha1, digests.md5), (None, None, None));
    }

    #[test]
    fn hex_is_read_back_and_anything_else_refused() {
        let hash = Hash::<16>::from_hex("900150983CD24fb0d6963f7d28e17f72").unwrap();
        assert_eq!(hash.to_string(), "900150983cd24fb0d6963f7d28e17f72");
        for text in
            ["", "90", "g00150983cd24fb0d6963f7d28e17f72", "900150983cd24fb0d6963f7d28e17f7"]
        {
            assert!(Hash::<16>::from_hex(text).is_none(), "{text}");
        }
    }
}
