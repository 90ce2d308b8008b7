//! What the headers of an upload say about its bytes.

use assay_blobs::Hash;
use assay_web::digests::Digests;
use http::{HeaderMap, HeaderName};

use super::super::answers::says_yes;
use crate::domain::checks::Checks;
use crate::error::{Error, Result};

/// The digests in the four headers that may have some. One that cannot be read is refused.
pub fn checks(headers: &HeaderMap) -> Result<Checks> {
    let mut checks = Checks::default();
    for name in ["content-digest", "repr-digest"] {
        let told = Digests::read(headers, &HeaderName::from_static(name))
            .map_err(|error| Error::invalid(format!("{name}: {error}")))?;
        checks.sha256.extend(told.sha256.map(|digest| (name, Hash(digest))));
        checks.sha512.extend(told.sha512.map(|digest| (name, Hash(digest))));
    }
    checks.sha256.extend(hex(headers, "x-checksum-sha256")?);
    checks.sha512.extend(hex(headers, "x-checksum-sha512")?);
    Ok(checks)
}

/// Whether the client hopes that it need not send the bytes.
pub fn without_bytes(headers: &HeaderMap) -> bool {
    headers.get("x-checksum-deploy").and_then(|value| value.to_str().ok()).is_some_and(says_yes)
}

fn hex<const N: usize>(
    headers: &HeaderMap,
    name: &'static str,
) -> Result<Option<(&'static str, Hash<N>)>> {
    let Some(value) = headers.get(name) else { return Ok(None) };
    let digest = value.to_str().ok().and_then(|text| Hash::from_hex(text.trim()));
    match digest {
        Some(digest) => Ok(Some((name, digest))),
        None => Err(Error::invalid(format!("{name} must be {} hexadecimal digits", 2 * N))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &'static str, value: &str) -> Result<Checks> {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        checks(&headers)
    }

    #[test]
    fn digests_are_read_from_every_header() {
        let found = read("x-checksum-sha256", &"0a".repeat(32)).unwrap();
        assert_eq!(found.sha256, [("x-checksum-sha256", Hash([10; 32]))]);
        let text = "sha-256=:d435Qo+nKZ+gLcUHn7GQtQ72hiBVAgqoLsZnZPiTGPk=:";
        assert_eq!(read("repr-digest", text).unwrap().sha256.len(), 1);
    }

    #[test]
    fn what_cannot_be_read_is_refused_by_name() {
        for (name, value) in [
            ("x-checksum-sha512", "00"),
            ("x-checksum-sha256", "zz"),
            ("content-digest", "sha-256=x"),
        ] {
            let error = read(name, value).unwrap_err().to_string();
            assert!(error.starts_with(name), "{error}");
        }
    }
}
