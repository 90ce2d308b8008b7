//! RSA public keys as OpenSSH writes them, and what they have signed.

use base64::Engine;
use base64::alphabet::STANDARD as ALPHABET;
use base64::engine::DecodePaddingMode::Indifferent;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD_NO_PAD};
use rsa::traits::PublicKeyParts;
use rsa::{BigUint, Pkcs1v15Sign, RsaPublicKey};
use sha2::{Digest, Sha256};

/// The only kind of key.
pub const FORMAT: &str = "ssh-rsa";
const SMALLEST_BITS: usize = 1024;
const LARGEST_BITS: usize = 8192;

/// Padding may be missing: people copy keys by hand.
const TOLERANT: GeneralPurpose = GeneralPurpose::new(
    &ALPHABET,
    GeneralPurposeConfig::new().with_decode_padding_mode(Indifferent),
);

/// What is wrong with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// It is no RSA key of 1024 to 8192 bits.
    Format,
    /// It cannot be read.
    Malformed,
}

/// A public key that can be used.
#[derive(Clone, Debug)]
pub struct PublicKey {
    key: RsaPublicKey,
    decoded: Vec<u8>,
}

impl PublicKey {
    /// Reads `ssh-rsa <base64>[ comment]`. Gives the base64 and the comment as well.
    pub fn from_line(line: &str) -> Result<(Self, &str, &str), Wrong> {
        let (format, rest) = line.trim().split_once([' ', '\t']).ok_or(Wrong::Format)?;
        if format != FORMAT {
            return Err(Wrong::Format);
        }
        let rest = rest.trim_start();
        let (text, comment) = rest.split_once([' ', '\t']).unwrap_or((rest, ""));
        Ok((Self::from_base64(text)?, text, comment.trim()))
    }

    /// Reads the base64 part alone.
    pub fn from_base64(text: &str) -> Result<Self, Wrong> {
        let decoded = TOLERANT.decode(text).map_err(|_| Wrong::Malformed)?;
        let (format, rest) = field(&decoded).ok_or(Wrong::Malformed)?;
        if format != FORMAT.as_bytes() {
            return Err(Wrong::Format);
        }
        let (exponent, rest) = field(rest).ok_or(Wrong::Malformed)?;
        let (modulus, rest) = field(rest).ok_or(Wrong::Malformed)?;
        if !rest.is_empty() {
            return Err(Wrong::Malformed);
        }
        let number = BigUint::from_bytes_be;
        let (modulus, exponent) = (number(modulus), number(exponent));
        if !(SMALLEST_BITS..=LARGEST_BITS).contains(&modulus.bits()) {
            return Err(Wrong::Format);
        }
        let key = RsaPublicKey::new_with_max_size(modulus, exponent, LARGEST_BITS);
        Ok(Self { key: key.map_err(|_| Wrong::Malformed)?, decoded })
    }

    /// Whether this key made `signature` over bytes with this SHA-256 (PKCS#1 v1.5).
    pub fn verifies(&self, sha256: &[u8; 32], signature: &[u8]) -> bool {
        signature.len() == self.key.size()
            && self.key.verify(Pkcs1v15Sign::new::<rsa::sha2::Sha256>(), sha256, signature).is_ok()
    }

    /// The SHA-256 of the decoded key in hex: by this it is known.
    pub fn fingerprint(&self) -> String {
        hex::encode(Sha256::digest(&self.decoded))
    }

    /// The same as OpenSSH shows it: `SHA256:<base64>`.
    pub fn ssh_fingerprint(&self) -> String {
        format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(&self.decoded)))
    }
}

/// A field with its length before it (RFC 4251, section 5), and what follows.
fn field(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A key of so many bits that is no secret: nothing is signed with it.
    fn line(bits: usize) -> String {
        let mut modulus = vec![0xC3_u8; bits / 8];
        modulus.insert(0, 0);
        let mut blob = Vec::new();
        for field in [FORMAT.as_bytes(), &[1, 0, 1], &modulus] {
            blob.extend(u32::try_from(field.len()).unwrap().to_be_bytes());
            blob.extend(field);
        }
        format!("ssh-rsa {} me@host", base64::engine::general_purpose::STANDARD.encode(blob))
    }

    #[test]
    fn keys_of_usual_sizes_are_read() {
        for bits in [1024, 2048, 8192] {
            let line = line(bits);
            let (key, _, comment) = PublicKey::from_line(&line).unwrap();
            assert_eq!(comment, "me@host");
            assert!(key.ssh_fingerprint().starts_with("SHA256:"));
            assert!(!key.verifies(&[0; 32], &vec![1; bits / 8]));
        }
    }

    #[test]
    fn other_keys_are_refused() {
        let wrong = |line: &str| PublicKey::from_line(line).unwrap_err();
        assert_eq!(wrong(&line(16_384)), Wrong::Format);
        assert_eq!(wrong(&line(512)), Wrong::Format);
        assert_eq!(wrong("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA"), Wrong::Format);
        assert_eq!(wrong("ssh-rsa"), Wrong::Format);
        assert_eq!(wrong("ssh-rsa AAAA"), Wrong::Malformed);
        assert_eq!(wrong("ssh-rsa AAAAB3Nza!"), Wrong::Malformed);
        assert_eq!(wrong("ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAA"), Wrong::Format);
    }
}
