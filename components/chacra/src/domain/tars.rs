//! Finds one small file in a tar archive that streams by (ustar, GNU long names, pax headers).
//!
//! Ours and not the `tar` crate: that one reads long names and pax headers whole, however long they
//! say they are.

use std::io::{self, Read};

const BLOCK: usize = 512;
/// Long names and pax headers beyond this are not looked at.
const LONGEST_HEADER: u64 = 64 * 1024;
/// Members before the one that is looked for.
const MOST_MEMBERS: usize = 10_000;

/// Bytes that one step passes over.
const STEP: u64 = 256 * 1024;

/// The search for one file, in steps that are short enough to let others have the thread between
/// them.
pub struct Search {
    name: &'static str,
    limit: u64,
    /// What the next member is really called.
    renamed: Option<String>,
    /// Bytes to pass over before the next header, and how many of them must be there.
    left: u64,
    needed: u64,
    members: usize,
}

impl Search {
    /// For the first regular file that is called `name` or `./name`, of at most `limit` bytes.
    pub fn new(name: &'static str, limit: u64) -> Self {
        Self { name, limit, renamed: None, left: 0, needed: 0, members: 0 }
    }

    /// Goes on by one header or a quarter of a megabyte; `None` while there is more to read.
    pub fn step(&mut self, archive: &mut impl Read) -> Option<Result<Vec<u8>, String>> {
        let outcome = if self.left > 0 { self.pass(archive) } else { self.member(archive) };
        outcome.transpose()
    }

    fn pass(&mut self, archive: &mut impl Read) -> Result<Option<Vec<u8>>, String> {
        let step = self.left.min(STEP);
        let passed = io::copy(&mut archive.take(step), &mut io::sink()).map_err(broken)?;
        self.needed = self.needed.saturating_sub(passed);
        self.left = if passed < step { 0 } else { self.left - step };
        if passed < step && self.needed > 0 {
            Err("the archive is cut off".into())
        } else {
            Ok(None)
        }
    }

    fn member(&mut self, archive: &mut impl Read) -> Result<Option<Vec<u8>>, String> {
        let header = if self.members < MOST_MEMBERS { Header::read(archive)? } else { None };
        let Some(header) = header else {
            return Err(format!("there is no file '{}' in it", self.name));
        };
        self.members += 1;
        match header.kind {
            b'L' if header.is_short() => self.renamed = Some(header.text(archive)?),
            b'x' if header.is_short() => {
                self.renamed = pax_path(&header.text(archive)?).or(self.renamed.take());
            }
            b'L' | b'x' | b'g' | b'K' => self.skip(&header),
            kind => {
                let called = self.renamed.take().unwrap_or_else(|| header.name.clone());
                let is_file = matches!(kind, b'0' | 0);
                if is_file && called.strip_prefix("./").unwrap_or(&called) == self.name {
                    return header.content(archive, self.limit).map(Some);
                }
                self.skip(&header);
            }
        }
        Ok(None)
    }

    fn skip(&mut self, header: &Header) {
        (self.left, self.needed) = (header.padded(), header.size);
    }
}

struct Header {
    name: String,
    kind: u8,
    size: u64,
}

impl Header {
    /// The next header, or `None` at the end of the archive.
    fn read(archive: &mut impl Read) -> Result<Option<Self>, String> {
        let mut block = [0; BLOCK];
        let read = fill(archive, &mut block).map_err(broken)?;
        if read == 0 || block.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        if read < BLOCK {
            return Err("the archive is cut off".into());
        }
        let field = |start: usize, end: usize| block.get(start..end).unwrap_or_default();
        let size = octal(field(124, 136)).ok_or("a size in the archive is not a number")?;
        let (prefix, name) = (text(field(345, 500)), text(field(0, 100)));
        let ustar = field(257, 262) == b"ustar" && !prefix.is_empty();
        let name = if ustar { format!("{prefix}/{name}") } else { name };
        Ok(Some(Self { name, kind: block.get(156).copied().unwrap_or_default(), size }))
    }

    /// The bytes up to the next header.
    fn padded(&self) -> u64 {
        let block = 512;
        self.size.div_ceil(block).saturating_mul(block)
    }

    fn content(&self, archive: &mut impl Read, limit: u64) -> Result<Vec<u8>, String> {
        if self.size > limit {
            return Err(format!("'{}' is larger than {limit} bytes", self.name.escape_debug()));
        }
        let mut content = Vec::new();
        archive.take(self.padded()).read_to_end(&mut content).map_err(broken)?;
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        if content.len() < size {
            return Err("the archive is cut off".into());
        }
        content.truncate(size);
        Ok(content)
    }

    /// Whether it can be the name of the next member.
    fn is_short(&self) -> bool {
        self.size <= LONGEST_HEADER
    }

    /// The content of a header that names the next member.
    fn text(&self, archive: &mut impl Read) -> Result<String, String> {
        Ok(text(&self.content(archive, LONGEST_HEADER)?))
    }
}

/// The `path` of a pax header: lines of `<length> <key>=<value>`.
fn pax_path(text: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let (_, pair) = line.split_once(' ')?;
        pair.strip_prefix("path=").map(str::to_owned)
    })
}

/// Up to the first NUL, as UTF-8 or what is nearest to it.
fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(bytes.get(..end).unwrap_or_default()).into_owned()
}

/// A number in octal digits, blanks around it. GNU's binary form is for sizes beyond 8 GiB, which
/// nothing here has.
fn octal(bytes: &[u8]) -> Option<u64> {
    let text = text(bytes);
    let digits = text.trim_matches(' ');
    if digits.is_empty() { Some(0) } else { u64::from_str_radix(digits, 8).ok() }
}

fn fill(archive: &mut impl Read, block: &mut [u8]) -> io::Result<usize> {
    let mut read = 0;
    while let Some(rest) = block.get_mut(read..).filter(|rest| !rest.is_empty()) {
        match archive.read(rest)? {
            0 => break,
            more => read += more,
        }
    }
    Ok(read)
}

fn broken(error: io::Error) -> String {
    format!("the archive cannot be unpacked: {error}")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A member as `tar` writes it.
    pub(crate) fn member(name: &str, kind: u8, content: &[u8]) -> Vec<u8> {
        let mut block = vec![0; BLOCK];
        block[..name.len()].copy_from_slice(name.as_bytes());
        block[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
        block[156] = kind;
        block[257..262].copy_from_slice(b"ustar");
        block.extend_from_slice(content);
        block.resize(block.len().div_ceil(BLOCK) * BLOCK, 0);
        block
    }

    fn look(parts: &[Vec<u8>]) -> Result<String, String> {
        let archive = parts.concat();
        let (mut search, mut rest) = (Search::new("control", 100), &archive[..]);
        let found = std::iter::repeat_with(|| search.step(&mut rest)).flatten().next().unwrap();
        found.map(|found| String::from_utf8(found).unwrap())
    }

    #[test]
    fn a_file_is_found_behind_others_and_by_its_long_name() {
        let folder = member("./", b'5', b"");
        let other = member("./md5sums", b'0', &[7; 1_000_000]);
        assert_eq!(look(&[folder, other, member("./control", b'0', b"x: y\n")]).unwrap(), "x: y\n");
        let long = member("././@LongLink", b'L', b"control\0");
        assert_eq!(look(&[long, member("cut", b'0', b"a")]).unwrap(), "a");
        let pax = member("PaxHeaders/c", b'x', b"30 mtime=1.5\n16 path=control\n");
        assert_eq!(look(&[pax, member("cut", b'0', b"b")]).unwrap(), "b");
    }

    #[test]
    fn what_is_no_archive_is_said_so() {
        let file = member("control", b'0', &[1; 90]);
        for (parts, why) in [
            (vec![], "no file"),
            (vec![vec![0; 1024]], "no file"),
            (vec![b"junk".to_vec()], "cut off"),
            (vec![vec![b'z'; 512]], "not a number"),
            (vec![file[..520].to_vec()], "cut off"),
            (vec![member("control", b'0', &[1; 101])], "larger than"),
            (vec![member("control", b'5', b"")], "no file"),
        ] {
            let error = look(&parts).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn endless_names_end() {
        let name = member("x", b'x', b"16 path=control\n");
        assert!(look(&vec![name; 11_000]).unwrap_err().contains("no file"));
    }
}
