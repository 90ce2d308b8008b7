//! What packages say of themselves, read from their stored content.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use assay_blobs::{Blobs, Chunk, Digests, Hash, yield_now};
use assay_db::{Db, FromRow, Row, params};
use serde_json::{Value, json};

use super::blobs;
use super::contents::{Reader, Stored};
use super::files::Notes;
use crate::domain::debs::{self, Control, Member, Unpacking};
use crate::domain::names::PackageKind;
use crate::domain::rpms::{self, Header, Index};
use crate::error::{Error, Result};

/// One package at a time: what a decoder or a header takes, an instance may have once and not for
/// each of its requests.
///
/// Who waits asks again and again. A lock that wakes the next request would trap: a task of a
/// component may only be woken by the runtime (`docs/ARCHITECTURE.md`).
struct Turn;

static TAKEN: AtomicBool = AtomicBool::new(false);
/// Who has waited for so long is sent away: two at once could take more memory than there is.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

impl Turn {
    async fn take() -> Result<Self> {
        let since = Instant::now();
        loop {
            match Self::try_take() {
                Some(turn) => return Ok(turn),
                None if since.elapsed() > LONGEST_WAIT => return Err(Error::TooManyPackages),
                None => yield_now().await,
            }
        }
    }

    /// The turn, if nobody has it. Only who has it gives it back.
    fn try_take() -> Option<Self> {
        (!TAKEN.swap(true, Ordering::Relaxed)).then(|| Self)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        TAKEN.store(false, Ordering::Relaxed);
    }
}

/// Reads a stored package. One that cannot be read is noted with the reason.
pub async fn read(kind: PackageKind, chunks: &[Chunk], size: u64) -> Result<Notes> {
    let _turn = Turn::take().await?;
    let mut content = Reader::new(Blobs::open().await?, chunks);
    let (name, read) = match kind {
        PackageKind::Deb => ("deb", deb(&mut content, size).await?),
        PackageKind::Rpm => ("rpm", rpm(&mut content, size).await?),
    };
    let mut package = read.unwrap_or_else(|problem| json!({ "problem": problem }));
    if let Some(fields) = package.as_object_mut() {
        fields.insert("kind".into(), name.into());
    }
    let signed = package.get("signed").and_then(Value::as_bool).unwrap_or_default();
    Ok(Notes { package: Some(package.to_string()), signed, built_by: None })
}

/// What was found, or why it cannot be read. Outside of it: the store failed.
type Findings = Result<std::result::Result<Value, String>>;

/// Walks the members of a Debian package: the control member, and whether one behind it is a
/// signature.
async fn deb(content: &mut Reader<'_>, size: u64) -> Findings {
    if content.read(0, debs::MAGIC.len()).await? != debs::MAGIC {
        return Ok(Err("it is not an ar archive".into()));
    }
    let (mut at, mut control, mut signed) = (8, None, false);
    for _ in 0..debs::MOST_MEMBERS {
        if at >= size {
            break;
        }
        let member = match Member::parse(&content.read(at, debs::HEADER).await?) {
            Ok(member) => member,
            Err(problem) => return Ok(Err(problem)),
        };
        at = at.saturating_add(60);
        if member.padded() > size.saturating_sub(at).saturating_add(1) {
            return Ok(Err("a member is longer than the file".into()));
        }
        signed |= member.is_signature();
        if control.is_none() && member.is_control() {
            control = Some(unpack(content, at, &member).await?);
        }
        at = at.saturating_add(member.padded());
    }
    let control = control.unwrap_or_else(|| Err("there is no control member in it".into()));
    Ok(control.map(|control| {
        json!({
            "signed": signed, "name": control.name,
            "epoch": control.epoch, "version": control.version,
            "release": control.revision, "arch": control.arch, "source": control.source,
            "stanza": control.stanza, "provides": control.provides, "requires": control.requires,
        })
    }))
}

async fn unpack(
    content: &mut Reader<'_>,
    at: u64,
    member: &Member,
) -> Result<std::result::Result<Control, String>> {
    if member.size > debs::LARGEST_CONTROL {
        return Ok(Err("the control member is too large".into()));
    }
    let size = usize::try_from(member.size).unwrap_or(usize::MAX);
    let mut unpacking = match Unpacking::begin(member, content.read(at, size).await?) {
        Ok(unpacking) => unpacking,
        Err(problem) => return Ok(Err(problem)),
    };
    loop {
        match unpacking.step() {
            Some(found) => return Ok(found),
            None => yield_now().await,
        }
    }
}

/// Reads the two headers of an rpm.
async fn rpm(content: &mut Reader<'_>, size: u64) -> Findings {
    let lead = content.read(0, rpms::LEAD).await?;
    if !rpms::is_lead(&lead) {
        return Ok(Err("it does not begin as an rpm does".into()));
    }
    let signature = match index(content, LEAD_END, size).await? {
        Ok(signature) => signature,
        Err(problem) => return Ok(Err(problem)),
    };
    let at = LEAD_END + signature.header_length().next_multiple_of(8);
    let main = match index(content, at, size).await? {
        Ok(main) => main,
        Err(problem) => return Ok(Err(problem)),
    };
    let mut values = Vec::new();
    for value in main.values() {
        let length = usize::try_from(value.length).unwrap_or(usize::MAX);
        values.push((value, content.read(at + value.start, length).await?));
        yield_now().await;
    }
    let package = rpms::package(&Header::new(main, values));
    Ok(package.map(|package| {
        json!({
            "signed": rpms::is_signed(&signature), "name": package.name,
            "epoch": package.epoch, "version": package.version,
            "release": package.release, "arch": package.arch, "source": package.source,
            "files": package.files, "provides": package.provides, "requires": package.requires,
        })
    }))
}

/// Where the lead ends.
const LEAD_END: u64 = 96;

/// The index of the header at `at`, which must be there as a whole.
async fn index(
    content: &mut Reader<'_>,
    at: u64,
    size: u64,
) -> Result<std::result::Result<Index, String>> {
    let intro = content.read(at, rpms::INTRO).await?;
    let length = match rpms::index_length(&intro) {
        Ok(length) => length,
        Err(problem) => return Ok(Err(problem)),
    };
    let index = Index::parse(&content.read(at, length).await?);
    let cut_off = || "the package is cut off".to_owned();
    Ok(index.and_then(|index| {
        let fits = at.saturating_add(index.header_length()) <= size;
        if fits { Ok(index) } else { Err(cut_off()) }
    }))
}

struct Known {
    blob: i64,
    size: u64,
    sha512: Option<Hash<64>>,
}

impl FromRow for Known {
    fn from_row(row: &Row<'_>) -> assay_db::Result<Self> {
        let sha512 = row.text_or_null("sha512")?;
        Ok(Self {
            blob: row.int("id")?,
            size: row.int("size")?,
            sha512: sha512.and_then(|hex| Hash::from_hex(&hex)),
        })
    }
}

/// A live content as if it had just been stored, by its digest.
pub async fn known(db: Db, sha256: &Hash<32>) -> Result<Option<Stored>> {
    const SQL: &str = "SELECT id, size, sha512 FROM chacra_blobs WHERE live = 1 AND sha256 = ?1";
    let Some(known) = db.one::<Known>(SQL, params![sha256.to_string()]).await? else {
        return Ok(None);
    };
    let (chunks, _) = blobs::chunks(db, known.blob, 0, known.size).await?;
    let digests = Digests { sha256: *sha256, sha512: known.sha512, sha1: None, md5: None };
    Ok(Some(Stored { blob: known.blob, size: known.size, digests, chunks }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_is_given_back_by_who_has_it_alone() {
        let turn = Turn::try_take();
        assert!(turn.is_some());
        assert!(Turn::try_take().is_none());
        assert!(Turn::try_take().is_none(), "a refusal gives nothing back");
        drop(turn);
        assert!(Turn::try_take().is_some());
    }
}
