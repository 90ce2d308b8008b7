//! Request -> typed arguments. Parts of a path are checked before the database sees them: a bad one
//! names nothing on reads (404) and is refused on writes (400).

use assay_web::query::Query;
use assay_web::{body, json, links};
use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts};
use http::Method;
use http::request::Parts;

use crate::domain::names;
use crate::domain::places::{Folder, LATEST, Place, Slice};
use crate::domain::queries::with_literal_plus;
use crate::error::{Error, Result};
use crate::{site, store};

/// JSON bodies may be this long.
pub const BODY_LIMIT: usize = 1 << 20;
/// And nest this deep.
pub const DEPTH_LIMIT: usize = 32;

/// The parts of a path behind its root, decoded and checked. On reads below `/binaries` and
/// `/repos` a sha1 of `latest` is the newest one.
#[derive(Clone, Debug)]
pub struct Path(pub Vec<String>);

/// The slice that the query of a `/packages/` URL chooses.
#[derive(Clone, Debug)]
pub struct InSlice(pub Slice);

/// A folder of files, in either tree.
#[derive(Clone, Debug)]
pub struct Collection(pub Folder);

/// A file, in either tree.
#[derive(Clone, Debug)]
pub struct File(pub Place);

/// A JSON object, whatever its content type says: `curl -d` calls it a form.
#[derive(Debug)]
pub struct JsonBody(pub json::Document);

impl JsonBody {
    /// Reads a body.
    pub async fn read(body: Body) -> Result<Self> {
        Self::parse(&body::read(body, BODY_LIMIT).await?)
    }

    /// Reads the text of one.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        json::Document::parse(bytes, DEPTH_LIMIT).map(Self).ok_or_else(Error::not_json)
    }

    /// The body as an object.
    pub fn object(&self) -> Result<json::RawObject<'_>> {
        self.0.object().ok_or_else(|| Error::invalid("JSON body must be an object"))
    }
}

impl<S: Sync> FromRequest<S> for JsonBody {
    type Rejection = Error;

    async fn from_request(request: http::Request<Body>, _state: &S) -> Result<Self> {
        Self::read(request.into_body()).await
    }
}

impl<S: Sync> FromRequestParts<S> for Path {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self> {
        let reads = matches!(parts.method, Method::GET | Method::HEAD);
        let bad = || match reads {
            true => Error::NoSuchPage,
            false => {
                Error::invalid("a part of the URL is not 1 to 255 bytes of UTF-8 without slashes")
            }
        };
        let mut path = links::segments(parts.uri.path()).ok_or_else(bad)?;
        let root = path.remove(0);
        if !path.iter().all(|part| names::is_part(part)) {
            return Err(bad());
        }
        if root != "packages" && path.get(2).is_some_and(|sha1| sha1 == LATEST) {
            if !reads {
                return Err(Error::invalid(ONLY_READS));
            }
            let newest = store::repos::newest_sha1(store::open().await?, &path).await?;
            // No file has a part that is empty, so without a newest one nothing is found.
            path.splice(2..3, [newest.unwrap_or_default()]);
        }
        Ok(Self(path))
    }
}

const ONLY_READS: &str = "'latest' is a word for reads, not a sha1";

impl<S: Sync> FromRequestParts<S> for InSlice {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self> {
        let query = Query::parse(parts.uri.query().unwrap_or_default().as_bytes());
        match (slice(&query), parts.method == Method::GET || parts.method == Method::HEAD) {
            (Some(slice), true) => Ok(Self(slice)),
            (Some(slice), false) if slice.sha1 != LATEST => Ok(Self(slice)),
            (_, true) => Err(Error::NoSuchPage),
            (Some(_), false) => Err(Error::invalid(ONLY_READS)),
            (None, false) => Err(Error::invalid("ref, sha1 or flavor is not a part of a URL")),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Collection {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let Path(path) = Path::from_request_parts(parts, state).await?;
        let (folder, rest) = folder(parts, path).await?;
        if rest.is_empty() { Ok(Self(folder)) } else { Err(Error::NoSuchPage) }
    }
}

impl<S: Sync> FromRequestParts<S> for File {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let Path(path) = Path::from_request_parts(parts, state).await?;
        let (folder, rest) = folder(parts, path).await?;
        let [name] = <[String; 1]>::try_from(rest).map_err(|_| Error::NoSuchPage)?;
        Ok(Self(folder.file(name)))
    }
}

/// Reads the folder at the beginning of a path, and what follows.
async fn folder(parts: &mut Parts, path: Vec<String>) -> Result<(Folder, Vec<String>)> {
    let found = match parts.uri.path().starts_with("/packages/") {
        true => packages_folder(InSlice::from_request_parts(parts, &()).await?.0, path),
        false => binaries_folder(path),
    };
    found.ok_or(Error::NoSuchPage)
}

/// A URL of ours that a body or a header names: the decoded parts of its path, the tree's name
/// first, and the slice that its query chooses. `None` when a part is none.
pub fn named_url(url: &str) -> Option<(Vec<String>, Slice)> {
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let path = path.trim_end_matches('/');
    let short = site::short_form(path);
    let parts = links::segments(short.as_deref().unwrap_or(path))?;
    let slice = slice(&Query::parse(with_literal_plus(query).as_bytes()))?;
    (!parts.is_empty() && parts.iter().all(|part| names::is_part(part))).then_some((parts, slice))
}

/// `{p}/{d}/{r}/{a}/...`
pub fn packages_folder(slice: Slice, path: Vec<String>) -> Option<(Folder, Vec<String>)> {
    let mut path = path.into_iter();
    let folder = Folder {
        project: path.next()?,
        slice,
        distro: path.next()?,
        distro_version: path.next()?,
        arch: path.next()?,
    };
    Some((folder, path.collect()))
}

/// `{project}/{ref}/{sha1}/{distro}/{version}/{arch}/[flavors/{flavor}/]...`
pub fn binaries_folder(path: Vec<String>) -> Option<(Folder, Vec<String>)> {
    let mut path = path.into_iter();
    let (project, reference, sha1) = (path.next()?, path.next()?, path.next()?);
    let (distro, distro_version, arch) = (path.next()?, path.next()?, path.next()?);
    let mut rest: Vec<String> = path.collect();
    let mut slice = Slice { reference, sha1, ..Slice::default() };
    if rest.len() > 1 && rest.first().is_some_and(|word| word == names::FLAVORS) {
        slice.flavor = rest.remove(1);
        rest.remove(0);
    }
    Some((Folder { project, slice, distro, distro_version, arch }, rest))
}

/// The slice that the query of a `/packages/` URL chooses; `None` when it names what no URL can.
pub fn slice(query: &Query) -> Option<Slice> {
    let usual = Slice::default();
    let chosen = |name, usual| {
        let part = query.non_empty(name).map_or(usual, str::to_owned);
        names::is_part(&part).then_some(part)
    };
    Some(Slice {
        reference: chosen("ref", usual.reference)?,
        sha1: chosen("sha1", usual.sha1)?,
        flavor: chosen("flavor", usual.flavor)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binaries(path: &str) -> Option<(Folder, Vec<String>)> {
        binaries_folder(path.split('/').map(str::to_owned).collect())
    }

    #[test]
    fn a_flavor_is_named_behind_a_word() {
        let (folder, rest) = binaries("p/r/s/d/v/a/flavors/f/n.deb").unwrap();
        assert_eq!((folder.slice.flavor.as_str(), rest), ("f", vec!["n.deb".to_owned()]));
        let (folder, rest) = binaries("p/r/s/d/v/a/n.deb").unwrap();
        assert_eq!((folder.slice.flavor.as_str(), rest.len()), ("default", 1));
        assert!(binaries("p/r/s/d/v").is_none());
    }

    #[test]
    fn what_is_not_json_is_refused_with_one_text() {
        let deep = "[".repeat(33) + &"]".repeat(33);
        for body in ["", "{\"name\":", &deep] {
            let error = JsonBody::parse(body.as_bytes()).unwrap_err();
            assert_eq!(error.to_string(), "could not decode JSON body", "{body}");
        }
    }
}
