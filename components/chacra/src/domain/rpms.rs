//! Reads rpm packages: the lead, the signature header and the main header. Every count and offset
//! is checked, since any bytes may be called a package.

use super::debs::latin1_or_utf8;

/// The length of the lead.
pub const LEAD: usize = 96;
/// The length of a header's own beginning.
pub const INTRO: usize = 16;
/// Entries that a header may have.
const MOST_ENTRIES: u32 = 64 * 1024;
/// Bytes of store that a header may have: an instance may have 64 MiB for everything.
const LARGEST_STORE: u32 = 32 << 20;
const ENTRY: usize = 16;
/// Tags of signatures in the signature header.
const SIGNATURES: [u32; 7] = [259, 262, 267, 268, 278, 1002, 1005];

/// Whether a file begins as an rpm does.
pub fn is_lead(bytes: &[u8]) -> bool {
    bytes.len() >= LEAD && bytes.starts_with(&[0xed, 0xab, 0xee, 0xdb])
}

/// The length of a whole header, from its first 16 bytes.
pub fn header_length(intro: &[u8]) -> Result<usize, String> {
    if intro.get(..4) != Some(&[0x8e, 0xad, 0xe8, 0x01]) {
        return Err("a header does not begin as one".into());
    }
    let (entries, store) = (u32_at(intro, 8), u32_at(intro, 12));
    let (Some(entries), Some(store)) = (entries, store) else {
        return Err("the package is cut off".into());
    };
    if entries > MOST_ENTRIES || store > LARGEST_STORE {
        return Err(format!(
            "a header has {entries} entries and {store} bytes, which is too large"
        ));
    }
    let length = entries as usize * ENTRY + store as usize + INTRO;
    Ok(length)
}

/// A header that is there as a whole.
pub struct Header<'a> {
    entries: &'a [u8],
    store: &'a [u8],
}

impl<'a> Header<'a> {
    /// Takes the bytes of a header, its beginning included.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, String> {
        if bytes.len() < header_length(bytes)? {
            return Err("the package is cut off".into());
        }
        let entries = u32_at(bytes, 8).unwrap_or(0) as usize * ENTRY;
        let rest = bytes.get(INTRO..).unwrap_or_default();
        let (entries, store) = rest.split_at_checked(entries).ok_or("the package is cut off")?;
        Ok(Self { entries, store })
    }

    /// Type, count and the bytes from its offset on, of the first entry with this tag.
    fn find(&self, tag: u32) -> Option<(u32, u32, &'a [u8])> {
        self.entries.chunks_exact(ENTRY).find_map(|entry| {
            if u32_at(entry, 0)? != tag {
                return None;
            }
            let offset = usize::try_from(u32_at(entry, 8)?).ok()?;
            Some((u32_at(entry, 4)?, u32_at(entry, 12)?, self.store.get(offset..)?))
        })
    }

    fn has(&self, tag: u32) -> bool {
        self.entries.chunks_exact(ENTRY).any(|entry| u32_at(entry, 0) == Some(tag))
    }

    /// A text, or the first of several.
    pub fn text(&self, tag: u32) -> Option<String> {
        self.texts(tag).into_iter().next()
    }

    /// All texts of an entry. A text without its final NUL is not one.
    pub fn texts(&self, tag: u32) -> Vec<String> {
        let Some((kind, count, bytes)) = self.find(tag) else { return Vec::new() };
        if !matches!(kind, 6 | 8 | 9) {
            return Vec::new();
        }
        let mut found = Vec::new();
        let mut rest = bytes;
        for _ in 0..count {
            let Some(end) = rest.iter().position(|byte| *byte == 0) else { break };
            found.push(latin1_or_utf8(rest.get(..end).unwrap_or_default()));
            rest = rest.get(end + 1..).unwrap_or_default();
        }
        found
    }

    /// The 32-bit numbers of an entry.
    pub fn numbers(&self, tag: u32) -> Vec<u32> {
        let Some((4, count, bytes)) = self.find(tag) else { return Vec::new() };
        let count = usize::try_from(count).unwrap_or(usize::MAX);
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
pub fn is_signed(header: &Header<'_>) -> bool {
    SIGNATURES.iter().any(|tag| header.has(*tag))
}

/// Reads the main header.
pub fn package(header: &Header<'_>) -> Result<Package, String> {
    let needed = |tag, name: &str| {
        let value = header.text(tag).filter(|value| !value.is_empty());
        value.ok_or_else(|| format!("the header has no {name}"))
    };
    let is_source = header.has(1106) || !header.has(1044);
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
fn files(header: &Header<'_>) -> Vec<String> {
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
        if length > LARGEST_LIST || files.len() >= MOST_FILES {
            break;
        }
        files.push(path);
    }
    files
}

/// Paths that are kept for the search.
const MOST_FILES: usize = 50_000;
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
        let package = package(&Header::parse(&bytes).unwrap()).unwrap();
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
        let package = package(&Header::parse(&bytes).unwrap()).unwrap();
        assert_eq!((package.arch.as_str(), package.source.as_str()), ("src", "glim"));
    }

    #[test]
    fn a_signature_is_one_of_some_tags() {
        let signed = |tag| is_signed(&Header::parse(&header(&[(tag, 7, 1, b"x")])).unwrap());
        assert!(signed(268));
        assert!(signed(1005));
        assert!(!signed(273));
    }

    #[test]
    fn nothing_reads_behind_the_end() {
        let bytes = header(GLIM);
        for length in 0..bytes.len() {
            assert!(Header::parse(&bytes[..length]).is_err(), "{length}");
        }
        for (offset, count) in [(u32::MAX, 1), (0, u32::MAX), (3, 7)] {
            let mut bytes = header(&[(1000, 8, count, b"abc"), (1116, 4, count, b"")]);
            bytes[24..28].copy_from_slice(&offset.to_be_bytes());
            let header = Header::parse(&bytes).unwrap();
            assert!(header.texts(1000).is_empty());
            assert!(header.numbers(1116).is_empty());
            assert!(package(&header).is_err());
        }
        let mut huge = bytes;
        huge[8..12].copy_from_slice(&u32::MAX.to_be_bytes());
        assert!(Header::parse(&huge).is_err());
    }
}
