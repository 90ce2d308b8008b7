//! What a tus client says in headers: where its bytes go and what their checksum is.

use assay_blobs::Hash;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;

use super::super::answers::says_yes;
use crate::domain::places::Place;
use crate::error::{Error, Result};
use crate::extract;

/// `Upload-Metadata`.
#[derive(Debug)]
pub struct Metadata {
    /// The URL path of the file.
    pub target: String,
    /// Whether it may replace one.
    pub force: bool,
    /// What its digest will be.
    pub sha256: Option<String>,
}

impl Metadata {
    /// Reads `key <base64>,key <base64>`; keys that mean nothing here are passed over.
    pub fn parse(header: Option<&HeaderValue>) -> Result<Self> {
        let text = header.and_then(|value| value.to_str().ok()).unwrap_or_default();
        let (mut target, mut force, mut sha256) = (None, false, None);
        for pair in text.split(',') {
            let (key, value) = pair.trim().split_once(' ').unwrap_or((pair.trim(), ""));
            let decoded = STANDARD.decode(value.trim()).ok();
            let value = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
            let value = value.ok_or_else(|| {
                Error::invalid("Upload-Metadata must be keys and values in base64")
            })?;
            match key {
                "target" => target = Some(value),
                "force" => force = says_yes(&value),
                "sha256" => sha256 = Some(value),
                _ => {}
            }
        }
        let target = target.ok_or_else(|| {
            Error::invalid("Upload-Metadata must have a target, the file's URL path")
        })?;
        self::target(&target)?;
        if sha256.as_deref().is_some_and(|hex| Hash::<32>::from_hex(hex).is_none()) {
            return Err(Error::invalid("sha256 must be 64 hexadecimal digits"));
        }
        Ok(Self { target, force, sha256 })
    }
}

/// The file that a URL names, and whether it is one of `/packages/`.
pub fn target(url: &str) -> Result<(Place, bool)> {
    let refused = || Error::invalid("target must be the URL path of a file");
    let (mut parts, slice) = extract::named_url(url).ok_or_else(refused)?;
    let root = parts.remove(0);
    let folder = match root.as_str() {
        "packages" => extract::packages_folder(slice, parts),
        "binaries" => extract::binaries_folder(parts),
        _ => None,
    };
    let (folder, rest) = folder.ok_or_else(refused)?;
    let [name] = <[String; 1]>::try_from(rest).map_err(|_| refused())?;
    let place = folder.file(name);
    match place.problem() {
        Some(problem) => Err(Error::Invalid(problem)),
        None => Ok((place, root == "packages")),
    }
}

/// A checksum of the bytes of one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Checksum {
    /// SHA-1.
    Sha1(Vec<u8>),
    /// SHA-256.
    Sha256(Vec<u8>),
}

/// `Upload-Checksum: sha1 <base64>`.
pub fn checksum(header: Option<&HeaderValue>) -> Result<Option<Checksum>> {
    let Some(value) = header else { return Ok(None) };
    let refused =
        || Error::invalid("Upload-Checksum must be sha1 or sha256 and the digest in base64");
    let text = value.to_str().map_err(|_| refused())?;
    let (algorithm, digest) = text.split_once(' ').ok_or_else(refused)?;
    let digest = STANDARD.decode(digest.trim()).map_err(|_| refused())?;
    match (algorithm, digest.len()) {
        ("sha1", 20) => Ok(Some(Checksum::Sha1(digest))),
        ("sha256", 32) => Ok(Some(Checksum::Sha256(digest))),
        _ => Err(refused()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Metadata> {
        Metadata::parse(Some(&text.parse().unwrap()))
    }

    #[test]
    fn a_target_is_a_file_in_either_tree() {
        let encoded = STANDARD.encode("/packages/p/d/r/a/f.deb");
        let metadata = parse(&format!("target {encoded},force MQ==, filename eA==,empty")).unwrap();
        assert!(metadata.force);
        assert!(target(&metadata.target).unwrap().1);
        let (place, specification) = target("/binaries/p/r/s/d/v/a/flavors/f/n/").unwrap();
        assert_eq!((place.folder.slice.flavor.as_str(), specification), ("f", false));
        for path in [
            "",
            "/",
            "/binaries/p",
            "/binaries/p/r/latest/d/v/a/n",
            "/x/p/d/r/a/n",
            "/packages/p/d/r/a/..",
        ] {
            assert!(target(path).is_err(), "{path}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for text in ["", "target", "target !!!", "force MQ=="] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_checksum_is_of_one_of_two_kinds() {
        let read = |text: &str| checksum(Some(&text.parse().unwrap()));
        let digest = STANDARD.encode([7; 20]);
        assert_eq!(read(&format!("sha1 {digest}")).unwrap(), Some(Checksum::Sha1(vec![7; 20])));
        for text in ["", "sha1", "sha1 x", "md5 AAAA", &format!("sha256 {digest}")] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
