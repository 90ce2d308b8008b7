//! What a sender said that its bytes are, and whether they are.

use assay_blobs::{Digests, Hash};

/// Announced digests, each with the header that named it.
#[derive(Clone, Debug, Default)]
pub struct Checks {
    /// SHA-256.
    pub sha256: Vec<(&'static str, Hash<32>)>,
    /// SHA-512.
    pub sha512: Vec<(&'static str, Hash<64>)>,
}

impl Checks {
    /// The first header whose digest is another one.
    pub fn mismatch(&self, found: &Digests) -> Option<&'static str> {
        let sha256 = self.sha256.iter().find(|(_, told)| *told != found.sha256);
        let sha512 = self.sha512.iter().find(|(_, told)| Some(*told) != found.sha512);
        sha256.map(|(name, _)| *name).or(sha512.map(|(name, _)| *name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_that_differs_is_named() {
        let found =
            Digests { sha256: Hash([1; 32]), sha512: Some(Hash([2; 64])), sha1: None, md5: None };
        let mut checks = Checks { sha256: vec![("a", Hash([1; 32]))], ..Checks::default() };
        assert_eq!(checks.mismatch(&found), None);
        checks.sha512.push(("b", Hash([3; 64])));
        assert_eq!(checks.mismatch(&found), Some("b"));
    }
}
