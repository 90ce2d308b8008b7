//! Reads Debian packages (deb(5)): the members of the `ar` archive, and the control file.
//!
//! Only the front is needed: the control member, and of those behind it their names. All sizes are
//! checked, since any bytes may be called a package.

use std::io::{Cursor, Read, Take};

use flate2::read::GzDecoder;
use lzma_rust2::XzReader;
use ruzstd::decoding::StreamingDecoder;

use super::tars;

/// The beginning of an `ar` archive.
pub const MAGIC: &[u8; 8] = b"!<arch>\n";
/// The length of a member's header.
pub const HEADER: usize = 60;
/// Members that are looked at.
pub const MOST_MEMBERS: usize = 100;
/// A control member is this long at most, packed.
pub const LARGEST_CONTROL: u64 = 16 << 20;
/// And unpacked.
const LARGEST_UNPACKED: u64 = 64 << 20;
/// A control file is this long at most.
const LARGEST_STANZA: u64 = 1 << 20;
/// The memory that a decoder may take: an instance may have 64 MiB.
const LARGEST_WINDOW: u64 = 16 << 20;
/// How xz writes a dictionary of 8 MiB, which is that of `xz -6`.
const LARGEST_DICTIONARY: u8 = 22;

/// A member of the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its name without padding.
    pub name: String,
    /// Its bytes.
    pub size: u64,
}

impl Member {
    /// Reads the 60 bytes of a header.
    pub fn parse(header: &[u8]) -> Result<Self, String> {
        if header.len() < HEADER {
            return Err("the archive is cut off".into());
        }
        if header.get(58..60) != Some(b"`\n") {
            return Err("a member of the archive has no header".into());
        }
        let field = |start: usize, end: usize| {
            String::from_utf8_lossy(header.get(start..end).unwrap_or_default()).trim().to_owned()
        };
        let size = field(48, 58);
        let size = size.parse().map_err(|_| "the size of a member is not a number")?;
        Ok(Self { name: field(0, 16).trim_end_matches('/').to_owned(), size })
    }

    /// The bytes up to the next header.
    pub fn padded(&self) -> u64 {
        self.size.saturating_add(self.size % 2)
    }

    /// Whether it is the one with the control file.
    pub fn is_control(&self) -> bool {
        self.name
            .strip_prefix("control.tar")
            .is_some_and(|ending| ["", ".gz", ".xz", ".zst"].contains(&ending))
    }

    /// Whether it is a signature (debsigs).
    pub fn is_signature(&self) -> bool {
        self.name.starts_with("_gpg")
    }
}

/// What a package says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Control {
    /// The control file, without what is behind its stanza.
    pub stanza: String,
    /// `Package`.
    pub name: String,
    /// Of `Version`.
    pub epoch: String,
    /// Of `Version`, without epoch and revision.
    pub version: String,
    /// Of `Version`; empty for native packages.
    pub revision: String,
    /// `Architecture`.
    pub arch: String,
    /// `Source`, or the package's own name.
    pub source: String,
    /// Its own name and the names in `Provides`.
    pub provides: Vec<String>,
    /// The names in `Depends` and `Pre-Depends`.
    pub requires: Vec<String>,
}

/// A control member that is being read, in steps that let others have the thread between them.
pub struct Unpacking {
    archive: Take<Box<dyn Read + Send>>,
    search: tars::Search,
}

impl Unpacking {
    /// Begins with a member as it is in the archive.
    pub fn begin(member: &Member, mut packed: Vec<u8>) -> Result<Self, String> {
        let archive: Box<dyn Read + Send> = match member.name.strip_prefix("control.tar") {
            Some(".gz") => Box::new(GzDecoder::new(Cursor::new(packed))),
            Some(".xz") => {
                limit_dictionary(&mut packed);
                let limit = u32::try_from(LARGEST_WINDOW / 1024).unwrap_or(u32::MAX);
                Box::new(XzReader::new_mem_limit(Cursor::new(packed), false, limit))
            }
            Some(".zst") => {
                let packed = Cursor::new(packed);
                let decoder = StreamingDecoder::new_with_max_window_size(packed, LARGEST_WINDOW)
                    .map_err(|error| format!("the control member cannot be unpacked: {error}"))?;
                Box::new(decoder)
            }
            _ => Box::new(Cursor::new(packed)),
        };
        let search = tars::Search::new("control", LARGEST_STANZA);
        Ok(Self { archive: archive.take(LARGEST_UNPACKED), search })
    }

    /// Goes on for about a millisecond; `None` while there is more to read.
    pub fn step(&mut self) -> Option<Result<Control, String>> {
        let found = self.search.step(&mut self.archive)?;
        Some(found.and_then(|file| parse(&file)))
    }
}

/// Lets the first block of an xz stream do with a smaller dictionary than `xz -9` asks for: that is
/// as large as everything that an instance may have. A dictionary only has to reach back as far as
/// the content does, and a control member has some kilobytes; where it did not suffice, the block's
/// checksum would tell.
fn limit_dictionary(packed: &mut [u8]) -> Option<()> {
    const STREAM_HEADER: usize = 12;
    let length = (usize::from(*packed.get(STREAM_HEADER)?) + 1) * 4;
    let (fields, sum) =
        packed.get_mut(STREAM_HEADER..)?.get_mut(..length)?.split_last_chunk_mut::<4>()?;
    let flags = *fields.get(1)?;
    let is_sound = crc32(fields) == u32::from_le_bytes(*sum);
    if !is_sound || flags & 0b11 != 0 {
        return None;
    }
    // Behind the flags come as many sizes as they say, each of bytes with the high bit set but for
    // its last one, then the filter: its number, the length of its properties, the dictionary.
    let mut at = 2;
    for _ in 0..(flags >> 6).count_ones() {
        at += fields.get(at..)?.iter().position(|byte| byte & 0x80 == 0)? + 1;
    }
    let [0x21, 1, dictionary, ..] = fields.get_mut(at..)? else { return None };
    if (LARGEST_DICTIONARY + 1..=40).contains(dictionary) {
        *dictionary = LARGEST_DICTIONARY;
        *sum = crc32(fields).to_le_bytes();
    }
    Some(())
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// Reads a control file.
pub fn parse(file: &[u8]) -> Result<Control, String> {
    let text = latin1_or_utf8(file);
    let stanza = first_stanza(&text);
    let needed = |name: &str| {
        let value = field(&stanza, name).filter(|value| !value.is_empty());
        value.ok_or_else(|| format!("the control file has no {name}"))
    };
    let (name, version, arch) = (needed("Package")?, needed("Version")?, needed("Architecture")?);
    let (epoch, rest) = version.split_once(':').unwrap_or(("0", &version));
    let (upstream, revision) = rest.rsplit_once('-').unwrap_or((rest, ""));
    let source = field(&stanza, "Source").unwrap_or_default();
    let source = source.split([' ', '(']).next().unwrap_or_default();
    let mut provides = vec![name.clone()];
    provides.extend(names(field(&stanza, "Provides")));
    let mut requires = names(field(&stanza, "Pre-Depends"));
    requires.extend(names(field(&stanza, "Depends")));
    Ok(Control {
        epoch: epoch.to_owned(),
        version: upstream.to_owned(),
        revision: revision.to_owned(),
        source: if source.is_empty() { name.clone() } else { source.to_owned() },
        provides,
        requires,
        name,
        arch,
        stanza,
    })
}

/// The lines up to the first empty one, comments left out.
fn first_stanza(text: &str) -> String {
    let lines = text.lines().map(str::trim_end).skip_while(|line| line.is_empty());
    let lines = lines.take_while(|line| !line.is_empty()).filter(|line| !line.starts_with('#'));
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// The first line of a field's value and its continuation lines, joined by blanks.
fn field(stanza: &str, name: &str) -> Option<String> {
    let mut lines = stanza.lines();
    let first = lines.find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })?;
    let more = lines.take_while(|line| line.starts_with([' ', '\t'])).map(str::trim);
    Some([first].into_iter().chain(more).collect::<Vec<_>>().join(" ").trim().to_owned())
}

/// The names in a list of relations: `a (>= 1), b:any | c`.
fn names(list: Option<String>) -> Vec<String> {
    let list = list.unwrap_or_default();
    let words = list.split([',', '|']).map(|relation| {
        let name = relation.trim().split([' ', '(', '[', '<', ':']).next().unwrap_or_default();
        name.to_owned()
    });
    words.filter(|name| !name.is_empty()).collect()
}

/// Bytes that are not UTF-8 are read as Latin-1.
pub fn latin1_or_utf8(bytes: &[u8]) -> String {
    match str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use base64::Engine as _;

    use super::*;
    use crate::domain::tars::tests::member;

    /// `xz -9` of a tar with a control file.
    const XZ_9: &str = "/Td6WFoAAATm1rRGAgAhARwAAAAQz1jM4Cf/AKxdABcLyOfZ5dHD1ZV9QtvcDlxs1FkS8hVs\
        Me5g72gZu0nQz2tmott8OGmWwzd2xed+D2kmYu4iI7M060vFnGom40Q9xjqni6eu/OPReNeOUGGJ+TUvDNE2Xzfl\
        K+f+hKILPRLbDRW3bKTeN2FpEwK9Lkc4Zu0JQ2t+GBgtU8sFZbSS+nhp6E4LFSS2BcpsY2dmCiUZTj33a6yLqV70\
        SWO6vRYmKiDAFD8reR/dkgAAC33JHyCwKEMAAcgBgFAAAD/5a4KxxGf7AgAAAAAEWVo=";

    const CONTROL: &[u8] =
        b"Package: glim\nSource: lantern (1)\nVersion: 2:0.3-1\nArchitecture: amd64\n\
        Maintainer: A <a@b>\nProvides: lamp (= 1), light\nDepends: libc6 (>= 2), a | b:any,\n c\n\
        Description: light\n more\n .\n\nPackage: smuggled\n";

    fn header(name: &str, size: &str) -> Vec<u8> {
        format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{size:<10}`\n", 0, 0, 0, 100_644).into_bytes()
    }

    fn gzipped(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_member_is_read_from_its_header() {
        let found = Member::parse(&header("control.tar.xz/", "740")).unwrap();
        assert_eq!(found, Member { name: "control.tar.xz".into(), size: 740 });
        assert!(found.is_control());
        assert!(Member::parse(&header("_gpgorigin", "9999999999")).unwrap().is_signature());
        for bad in [header("x", "-1"), header("x", "many"), vec![b' '; 60], vec![b'x'; 10]] {
            assert!(Member::parse(&bad).is_err());
        }
    }

    fn control(member: &Member, packed: &[u8]) -> Result<Control, String> {
        let mut unpacking = Unpacking::begin(member, packed.to_vec())?;
        std::iter::repeat_with(|| unpacking.step()).flatten().next().unwrap()
    }

    #[test]
    fn the_dictionary_of_xz_9_is_made_to_fit() {
        let packed = base64::prelude::BASE64_STANDARD.decode(XZ_9).unwrap();
        let member = Member { name: "control.tar.xz".into(), size: 0 };
        assert_eq!(control(&member, &packed).unwrap().name, "glim");
        for at in 12..packed.len() {
            let mut broken = packed.clone();
            broken[at] ^= 0x10;
            // A header that is broken is not made whole; behind it, some bits mean little.
            assert!(control(&member, &broken).is_err() || at >= 24, "{at}");
            let _ = control(&member, &packed[..at]);
        }
    }

    #[test]
    fn the_control_file_is_found_and_read() {
        let tar = member("./control", b'0', CONTROL);
        let plain = Member { name: "control.tar".into(), size: 0 };
        let control = super::tests::control(&plain, &tar).unwrap();
        assert_eq!((control.name.as_str(), control.source.as_str()), ("glim", "lantern"));
        let version = (control.epoch.as_str(), control.version.as_str(), control.revision.as_str());
        assert_eq!(version, ("2", "0.3", "1"));
        assert_eq!(control.provides, ["glim", "lamp", "light"]);
        assert_eq!(control.requires, ["libc6", "a", "b", "c"]);
        assert!(control.stanza.ends_with(" more\n .\n"), "no second stanza: {}", control.stanza);
        let packed = Member { name: "control.tar.gz".into(), size: 0 };
        assert_eq!(super::tests::control(&packed, &gzipped(&tar)).unwrap(), control);
    }

    #[test]
    fn what_cannot_be_unpacked_is_said_so() {
        for name in ["control.tar", "control.tar.gz", "control.tar.xz", "control.tar.zst"] {
            let member = Member { name: name.into(), size: 0 };
            assert!(control(&member, b"").is_err(), "{name}");
            assert!(control(&member, &[7; 700]).is_err(), "{name}");
        }
    }

    #[test]
    fn a_member_that_unpacks_to_gigabytes_is_left_early() {
        let mut tar = member("filler", b'0', b"");
        tar[124..135].copy_from_slice(b"70000000000");
        tar.extend(vec![0; 80 << 20]);
        let bomb = Member { name: "control.tar.gz".into(), size: 0 };
        assert!(control(&bomb, &gzipped(&tar)).unwrap_err().contains("cut off"));
    }

    #[test]
    fn a_control_file_names_what_it_lacks() {
        assert!(parse(b"Package: a\nVersion: 1\n").unwrap_err().contains("Architecture"));
        assert!(parse(b"").unwrap_err().contains("Package"));
        assert_eq!(
            parse(b"Package: a\nVersion: 1\nArchitecture: all\nX: \xfc\n").unwrap().source,
            "a"
        );
    }
}
