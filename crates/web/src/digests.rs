//! Digests that travel in headers: `Content-Digest` and `Repr-Digest` (RFC 9530).

use base64::Engine;
use base64::alphabet::STANDARD as ALPHABET;
use base64::engine::DecodePaddingMode::Indifferent;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use http::{HeaderMap, HeaderName, HeaderValue};

/// What a sender said about its bytes. Algorithms that nobody should use any more are not looked
/// at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Digests {
    /// `sha-256`.
    pub sha256: Option<[u8; 32]>,
    /// `sha-512`.
    pub sha512: Option<[u8; 64]>,
}

/// The header is there but cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the digest is not of the form sha-256=:<base64>:")]
pub struct Malformed;

impl Digests {
    /// Reads all values of one of the two headers; nothing when it is not there.
    pub fn read(headers: &HeaderMap, name: &HeaderName) -> Result<Self, Malformed> {
        let mut digests = Self::default();
        for value in headers.get_all(name) {
            let text = value.to_str().map_err(|_| Malformed)?;
            for member in text.split(',') {
                digests.add(member.trim_matches([' ', '\t']))?;
            }
        }
        Ok(digests)
    }

    /// One `algorithm=:base64:`; when an algorithm comes twice the last one counts (RFC 9651).
    fn add(&mut self, member: &str) -> Result<(), Malformed> {
        let (algorithm, value) = member.split_once('=').ok_or(Malformed)?;
        let value = value.split(';').next().unwrap_or_default().trim_end_matches(' ');
        let inner = value.strip_prefix(':').and_then(|rest| rest.strip_suffix(':'));
        let bytes = TOLERANT.decode(inner.ok_or(Malformed)?).map_err(|_| Malformed)?;
        match algorithm {
            "sha-256" => self.sha256 = Some(bytes.try_into().map_err(|_| Malformed)?),
            "sha-512" => self.sha512 = Some(bytes.try_into().map_err(|_| Malformed)?),
            _ => {}
        }
        Ok(())
    }
}

/// `sha-256=:<base64>:`, the value of a `Repr-Digest` or `Content-Digest` of ours.
pub fn sha256(digest: &[u8; 32]) -> HeaderValue {
    HeaderValue::try_from(format!("sha-256=:{}:", STANDARD.encode(digest)))
        .unwrap_or(HeaderValue::from_static(""))
}

/// Padding may be missing: RFC 9651, section 4.2.7.
const TOLERANT: GeneralPurpose = GeneralPurpose::new(
    &ALPHABET,
    GeneralPurposeConfig::new().with_decode_padding_mode(Indifferent),
);

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[&str]) -> Result<Digests, Malformed> {
        let name = HeaderName::from_static("content-digest");
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(&name, value.parse().unwrap());
        }
        Digests::read(&headers, &name)
    }

    #[test]
    fn a_digest_is_read_back() {
        let ours = sha256(&[0xab; 32]);
        let found = read(&[ours.to_str().unwrap()]).unwrap();
        assert_eq!(found, Digests { sha256: Some([0xab; 32]), sha512: None });
        assert_eq!(read(&[]).unwrap(), Digests::default());
    }

    #[test]
    fn the_example_of_the_rfc_is_read() {
        let text = "sha-256=:d435Qo+nKZ+gLcUHn7GQtQ72hiBVAgqoLsZnZPiTGPk=:,\tunixsum=:MDA=:";
        let found = read(&[text]).unwrap().sha256.unwrap();
        assert_eq!(found[..4], [0x77, 0x8d, 0xf9, 0x42]);
        let bare = text.replace('=', "").replace("sha-256:", "sha-256=:").replace("sum:", "sum=:");
        assert_eq!(read(&[&bare]).unwrap().sha256, Some(found), "without padding");
    }

    #[test]
    fn the_last_of_two_counts_wherever_it_stands() {
        let value = |byte| sha256(&[byte; 32]).to_str().unwrap().to_owned();
        let (one, two) = (value(1), value(2));
        assert_eq!(read(&[&one, &two]).unwrap().sha256, Some([2; 32]));
        assert_eq!(read(&[&format!("{two}, {one}")]).unwrap().sha256, Some([1; 32]));
    }

    #[test]
    fn what_cannot_be_read_is_malformed() {
        for text in [
            "",
            "sha-256",
            "sha-256=",
            "sha-256=abc",
            "sha-256=:abc",
            "sha-256=:!!!!:",
            "sha-256=::",
            "sha-256=:AAAA:",
            "sha-512=:AAAA:",
            "md5=x",
            "sha-256=:AAAA:,",
        ] {
            assert_eq!(read(&[text]), Err(Malformed), "{text}");
        }
    }
}
