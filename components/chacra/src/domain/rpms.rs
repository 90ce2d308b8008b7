//! Reads rpm packages: the lead, the signature header and the main header. Every count and offset
//! is checked, since any bytes may be called a package.

use super::debs::latin1_or_utf8;

/// The length of the lead.
pub const LEAD: usize = 96;
/// The length of a header's own beginning.
pub const INTRO: usize = 16;
/// Entries that a header may have.
const MOST_ENTRIES: u32 = 64 * 1024;
/// Bytes of store that a header may have. Nobody holds them all, see [`Index::values`].
const LARGEST_STORE: u32 = 64 << 20;
/// Bytes of values that are held at once: an instance may have 64 MiB for everything.
const LARGEST_VALUES: u64 = 12 << 20;
/// Texts that a list is read for.
const MOST_TEXTS: usize = 50_000;
const ENTRY: usize = 16;
/// Tags of signatures in the signature header.
const SIGNATURES: [u32; 7] = [259, 262, 267, 268, 278, 1002, 1005];
/// The tags that [`package`] reads, short values first.
const WANTED: [u32; 12] = [1000, 1001, 1002, 1003, 1022, 1044, 1049, 1047, 1118, 1116, 1117, 1027];

/// Whether a file begins as an rpm does.
pub fn is_lead(bytes: &[u8]) -> bool {
    bytes.len() >= LEAD && bytes.starts_with(&[0xed, 0xab, 0xee, 0xdb])
}

/// The length of a header's index and, behind it, of its store, from its first 16 bytes.
fn lengths(intro: &[u8]) -> Result<(usize, u32), String> {
    if intro.get(..4) != Some(&[0x8e, 0xad, 0xe8, 0x01]) {
        return Err("a header does not begin as one".into());
    }
    let (Some(entries), Some(store)) = (u32_at(intro, 8), u32_at(intro, 12)) else {
        return Err("the package is cut off".into());
    };
    if entries > MOST_ENTRIES || store > LARGEST_STORE {
        return Err(format!(
            "a header has {entries} entries and {store} bytes, which is too large"
        ));
    }
    Ok((entries as usize * ENTRY, store))
}

/// The length of a header's beginning and its index, from its first 16 bytes.
pub fn index_length(intro: &[u8]) -> Result<usize, String> {
    lengths(intro).map(|(index, _)| INTRO + index)
}

/// Which values a header has, and where they are.
pub struct Index {
    entries: Vec<Entry>,
    store: u32,
}

/// A value's place in a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    tag: u32,
    kind: u32,
    count: u32,
    /// Where it begins, seen from the header's beginning.
    pub start: u64,
    /// The bytes that it can have.
    pub length: u64,
}

impl Index {
    /// Takes the beginning of a header and its index.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let (length, store) = lengths(bytes)?;
        let index = bytes.get(INTRO..).and_then(|rest| rest.get(..length));
        let index = index.ok_or("the package is cut off")?;
        let mut offsets: Vec<u32> =
            index.chunks_exact(ENTRY).filter_map(|e| u32_at(e, 8)).collect();
        offsets.sort_unstable();
        let entries = index.chunks_exact(ENTRY).filter_map(|entry| {
            let (offset, count) = (u32_at(entry, 8)?, u32_at(entry, 12)?);
            // A value ends where another begins.
            let behind = offsets.partition_point(|other| *other <= offset);
            let end = offsets.get(behind).copied().unwrap_or(store).min(store);
            Some(Entry {
                tag: u32_at(entry, 0)?,
                kind: u32_at(entry, 4)?,
                count,
                start: u64::try_from(INTRO + length).ok()? + u64::from(offset),
                length: u64::from(end.saturating_sub(offset)),
            })
        });
        Ok(Self { entries: entries.collect(), store })
    }

    /// The bytes of the whole header.
    pub fn header_length(&self) -> u64 {
        let index = self.entries.len().saturating_mul(ENTRY).saturating_add(INTRO);
        u64::try_from(index).unwrap_or(u64::MAX).saturating_add(u64::from(self.store))
    }

    /// The places of the values that make up a [`Header`]. Together they are no longer than an
    /// instance can hold; what does not fit is shortened.
    pub fn values(&self) -> Vec<Entry> {
        let mut left = LARGEST_VALUES;
        let wanted = WANTED.iter().filter_map(|tag| self.find(*tag));
        let shortened = wanted.map(|entry| {
            let length = entry.length.min(left);
            left -= length;
            Entry { length, ..entry }
        });
        shortened.collect()
    }

    fn find(&self, tag: u32) -> Option<Entry> {
        self.entries.iter().find(|entry| entry.tag == tag).copied()
    }

    fn has(&self, tag: u32) -> bool {
        self.find(tag).is_some()
    }
}

/// A header with the values that say what a package is.
pub struct Header {
    index: Index,
    values: Vec<(Entry, Vec<u8>)>,
}

impl Header {
    /// A header from the bytes at the places that [`Index::values`] gave.
    pub fn new(index: Index, values: Vec<(Entry, Vec<u8>)>) -> Self {
        Self { index, values }
    }

    /// Type, count and bytes of a value.
    fn find(&self, tag: u32) -> Option<(u32, u32, &[u8])> {
        let (entry, bytes) = self.values.iter().find(|(entry, _)| entry.tag == tag)?;
        Some((entry.kind, entry.count, bytes))
    }

    /// A text, or the first of several.
    fn text(&self, tag: u32) -> Option<String> {
        self.texts(tag).into_iter().next()
    }

    /// All texts of a value. A text without its final NUL is not one.
    fn texts(&self, tag: u32) -> Vec<String> {
        let Some((6 | 8 | 9, count, mut rest)) = self.find(tag) else { return Vec::new() };
        let mut found = Vec::new();
        for _ in 0..count {
            let end = rest.iter().position(|byte| *byte == 0);
            let Some(end) = end.filter(|_| found.len() < MOST_TEXTS) else { break };
            found.push(latin1_or_utf8(rest.get(..end).unwrap_or_default()));
            rest = rest.get(end + 1..).unwrap_or_default();
        }
        found
    }

    /// The 32-bit numbers of a value.
    fn numbers(&self, tag: u32) -> Vec<u32> {
        let Some((4, count, bytes)) = self.find(tag) else { return Vec::new() };
        let count = usize::try_from(count).unwrap_or(usize::MAX).min(MOST_TEXTS);
        bytes.chunks_exact(4).take(count).filter_map(|bytes| u32_at(bytes, 0)).collect()
    }
}

/// What a package says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// `0` when it has none.
    pub epoch: String,
    /// Its version.
    pub version: String,
    /// Its release.
    pub release: String,
    /// Its architecture; `src` for sources.
    pub arch: String,
    /// The source package it was built from.
    pub source: String,
    /// The paths in it.
    pub files: Vec<String>,
    /// What it provides.
    pub provides: Vec<String>,
    /// What it requires.
    pub requires: Vec<String>,
}

/// Whether the signature header holds a signature and not only digests.
pub fn is_signed(signature: &Index) -> bool {
    SIGNATURES.iter().any(|tag| signature.has(*tag))
}

/// Reads the main header.
pub fn package(header: &Header) -> Result<Package, String> {
    let needed = |tag, name: &str| {
        let value = header.text(tag).filter(|value| !value.is_empty());
        value.ok_or_else(|| format!("the header has no {name}"))
    };
    let is_source = header.index.has(1106) || !header.index.has(1044);
    let name = needed(1000, "name")?;
    let source = header.text(1044).unwrap_or_default();
    let arch = if is_source { "src".to_owned() } else { needed(1022, "architecture")? };
    Ok(Package {
        epoch: header.numbers(1003).first().copied().unwrap_or(0).to_string(),
        version: needed(1001, "version")?,
        release: needed(1002, "release")?,
        source: if source.is_empty() { name.clone() } else { source },
        files: files(header),
        provides: header.texts(1047),
        requires: header.texts(1049),
        name,
        arch,
    })
}

/// The paths: base names, each with the number of its folder; or the old form, whole.
fn files(header: &Header) -> Vec<String> {
    let names = header.texts(1117);
    if names.is_empty() {
        return header.texts(1027);
    }
    let (folders, indexes) = (header.texts(1118), header.numbers(1116));
    let mut files = Vec::new();
    let mut length = 0;
    for (name, index) in names.iter().zip(indexes) {
        let folder = usize::try_from(index).ok().and_then(|index| folders.get(index));
        let path = format!("{}{name}", folder.map_or("", String::as_str));
        length += path.len();
        // A few long folders and many names could make gigabytes of a small header.
        if length > LARGEST_LIST {
            break;
        }
        files.push(path);
    }
    files
}

/// Bytes of paths that are kept for the search.
const LARGEST_LIST: usize = 4 << 20;

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let (number, _) = bytes.get(at..)?.split_first_chunk::<4>()?;
    Some(u32::from_be_bytes(*number))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A header of entries (tag, type, count, value).
    fn header(entries: &[(u32, u32, u32, &[u8])]) -> Vec<u8> {
        let (mut index, mut store) = (Vec::new(), Vec::new());
        for (tag, kind, count, value) in entries {
            for number in [*tag, *kind, store.len() as u32, *count] {
                index.extend(number.to_be_bytes());
            }
            store.extend_from_slice(value);
        }
        let mut header = vec![0x8e, 0xad, 0xe8, 1, 0, 0, 0, 0];
        header.extend((entries.len() as u32).to_be_bytes());
        header.extend((store.len() as u32).to_be_bytes());
        [header, index, store].concat()
    }

    fn parse(bytes: &[u8]) -> Result<Header, String> {
        let index = Index::parse(bytes)?;
        if u64::try_from(bytes.len()).unwrap() < index.header_length() {
            return Err("cut off".into());
        }
        let value = |entry: Entry| {
            let (start, length) = (entry.start as usize, entry.length as usize);
            (entry, bytes.get(start..start + length).unwrap_or_default().to_vec())
        };
        let values = index.values().into_iter().map(value).collect();
        Ok(Header::new(index, values))
    }

    const GLIM: &[(u32, u32, u32, &[u8])] = &[
        (1000, 6, 1, b"glim\0"),
        (1001, 6, 1, b"0.3\0"),
        (1002, 6, 1, b"1\0"),
        (1003, 4, 1, &[0, 0, 0, 2]),
        (1022, 6, 1, b"noarch\0"),
        (1044, 6, 1, b"glim-0.3-1.src.rpm\0"),
        (1047, 8, 2, b"glim\0lamp\0"),
        (1049, 8, 1, b"/bin/sh\0"),
        (1116, 4, 2, &[0, 0, 0, 1, 0, 0, 0, 0]),
        (1117, 8, 2, b"glim\0glim.conf\0"),
        (1118, 8, 2, b"/etc/\0/usr/bin/\0"),
    ];

    #[test]
    fn a_header_is_read() {
        let bytes = header(GLIM);
        let package = package(&parse(&bytes).unwrap()).unwrap();
        assert_eq!((package.name.as_str(), package.epoch.as_str()), ("glim", "2"));
        assert_eq!((package.version.as_str(), package.release.as_str()), ("0.3", "1"));
        assert_eq!(
            (package.arch.as_str(), package.source.as_str()),
            ("noarch", "glim-0.3-1.src.rpm")
        );
        assert_eq!(package.files, ["/usr/bin/glim", "/etc/glim.conf"]);
        assert_eq!((package.provides.len(), package.requires.len()), (2, 1));
    }

    #[test]
    fn a_package_without_a_source_is_one() {
        let bytes = header(&GLIM[..5]);
        let package = package(&parse(&bytes).unwrap()).unwrap();
        assert_eq!((package.arch.as_str(), package.source.as_str()), ("src", "glim"));
    }

    #[test]
    fn a_signature_is_one_of_some_tags() {
        let signed = |tag| is_signed(&Index::parse(&header(&[(tag, 7, 1, b"x")])).unwrap());
        assert!(signed(268));
        assert!(signed(1005));
        assert!(!signed(273));
    }

    #[test]
    fn nothing_reads_behind_the_end() {
        let bytes = header(GLIM);
        for length in 0..bytes.len() {
            assert!(parse(&bytes[..length]).is_err(), "{length}");
        }
        for (offset, count) in [(u32::MAX, 1), (0, u32::MAX), (3, 7)] {
            let mut bytes = header(&[(1000, 8, count, b"abc"), (1116, 4, count, b"")]);
            bytes[24..28].copy_from_slice(&offset.to_be_bytes());
            let header = parse(&bytes).unwrap();
            assert!(header.texts(1000).is_empty());
            assert!(header.numbers(1116).is_empty());
            assert!(package(&header).is_err());
        }
        let mut huge = bytes;
        huge[8..12].copy_from_slice(&u32::MAX.to_be_bytes());
        assert!(parse(&huge).is_err());
    }
}
