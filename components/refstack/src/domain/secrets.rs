//! Random names and secrets, and the hashes under which secrets are kept.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// What API and session tokens begin with.
pub const TOKEN: &str = "rst_";
/// What the tokens of anonymous results begin with.
pub const RESULT_TOKEN: &str = "rrt_";
/// What the tokens of protected tests begin with.
pub const TEST_TOKEN: &str = "rtt_";
/// What challenges begin with.
pub const CHALLENGE: &str = "refstack-challenge:";

/// A new secret: the prefix and 43 characters.
pub fn fresh(prefix: &str) -> String {
    format!("{prefix}{}", URL_SAFE_NO_PAD.encode(random::<32>()))
}

/// The SHA-256 of a secret in hex.
pub fn hash(secret: &str) -> String {
    hex::encode(Sha256::digest(secret))
}

/// A random UUID (version 4).
pub fn uuid() -> String {
    let mut bytes = random::<16>();
    let [_, _, _, _, _, _, version, _, variant, ..] = &mut bytes;
    *version = *version & 0x0F | 0x40;
    *variant = *variant & 0x3F | 0x80;
    let text = hex::encode(bytes);
    let part = |from, to| text.get(from..to).unwrap_or_default();
    format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}

/// Random bytes. Without them nothing here can be kept, so their lack ends the instance.
fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    while getrandom::fill(&mut bytes).is_err() {}
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_long_and_differ() {
        let (one, two) = (fresh(TOKEN), fresh(TOKEN));
        assert_ne!(one, two);
        assert_eq!(one.len(), 4 + 43);
        assert_eq!(hash("abc").len(), 64);
    }

    #[test]
    fn a_uuid_is_of_version_4() {
        let uuid = uuid();
        assert_eq!(uuid.len(), 36);
        assert_eq!(&uuid[14..15], "4");
        assert!("89ab".contains(&uuid[19..20]));
    }
}
