//! Which format some bytes are in. Content is recognised, not declared: old runners label
//! everything as a form.

use crate::bytes::find;
use crate::{v1, v2};

/// After so many bytes a stream is recognised or refused.
pub const DECIDED_BY: usize = SEARCHED + (4 << 20);
/// Where the first packet begins at the latest.
const SEARCHED: usize = 1 << 20;
/// What may be read of what looks like a packet, in bytes and all in all. A stream names the length
/// of each packet, so without this a short one can have gigabytes checksummed: one packet of 4 MiB
/// begins at each of its bytes, or so it says.
const CHECKED: usize = 16 << 20;
/// Of content that is still coming so many bytes are searched for the first that is not blank. All
/// of them are once it is decided what it is; until then each new byte would have them searched.
const BLANK: usize = 1024;

/// A format of results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Binary subunit.
    V2,
    /// Textual subunit.
    V1,
    /// JSON of one shape or another; not read here.
    Json,
}

/// What is known of a beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recognised {
    /// It is this.
    As(Format),
    /// More bytes are needed.
    NotYet,
    /// It is nothing that we know.
    Nothing,
}

/// Looks at the beginning of some content; `whole` says that there is no more. While that is
/// [`Recognised::NotYet`] it takes next to no time, so it can be asked at each piece that comes.
pub fn recognise(bytes: &[u8], whole: bool) -> Recognised {
    if bytes.first() == Some(&v2::SIGNATURE) {
        return Recognised::As(Format::V2);
    }
    let decided = whole || bytes.len() >= DECIDED_BY;
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = if decided { text } else { text.get(..BLANK).unwrap_or(text) };
    if matches!(text.trim_ascii_start().first(), Some(b'{' | b'[')) {
        return Recognised::As(Format::Json);
    }
    if !decided {
        return Recognised::NotYet;
    }
    let mut left = CHECKED;
    if has_packet(bytes, &mut left) {
        return Recognised::As(Format::V2);
    }
    if bytes.split(|byte| *byte == b'\n').any(v1::is_directive) {
        return Recognised::As(Format::V1);
    }
    Recognised::Nothing
}

/// Whether a packet begins early enough. Of the bytes that may be checked `left` says how many are.
fn has_packet(bytes: &[u8], left: &mut usize) -> bool {
    let mut at = 0;
    while let Some(searched) = bytes.get(at..SEARCHED.min(bytes.len()))
        && let Some(next) = find(v2::SIGNATURE, searched)
    {
        if bytes.get(at + next..).is_some_and(|rest| v2::is_packet(rest, left)) {
            return true;
        }
        at += next + 1;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_is_recognised_by_what_it_is() {
        let whole = |bytes: &[u8]| recognise(bytes, true);
        assert_eq!(whole(b"\xb3"), Recognised::As(Format::V2));
        assert_eq!(whole(b" \n{}"), Recognised::As(Format::Json));
        assert_eq!(whole(b"\xEF\xBB\xBF[]"), Recognised::As(Format::Json));
        assert_eq!(whole(b"hello\ntest: a\n"), Recognised::As(Format::V1));
        assert_eq!(whole(b"hello\n tests: a\n"), Recognised::Nothing);
        assert_eq!(whole(b""), Recognised::Nothing);
        assert_eq!(whole(b"\x89PNG\r\n\x1a\n"), Recognised::Nothing);
        assert_eq!(recognise(b"hello", false), Recognised::NotYet);
    }

    #[test]
    fn a_packet_behind_output_is_found() {
        let mut bytes = b"discovering \xb3...\n".to_vec();
        bytes.extend([0xb3, 0x29, 0x01, 0x0d, 4, b'z', b'e', b't', b'a', 0xa5, 0xc8, 0x8b, 0x2e]);
        assert_eq!(recognise(&bytes, true), Recognised::As(Format::V2));
        bytes.pop();
        assert_eq!(recognise(&bytes, true), Recognised::Nothing);
    }

    const ZETA: [u8; 13] =
        [0xb3, 0x29, 0x01, 0x0d, 4, b'z', b'e', b't', b'a', 0xa5, 0xc8, 0x8b, 0x2e];

    /// The beginning of a packet that reaches to the end of `total` bytes, from `at` on.
    fn header(flags: u16, at: usize, total: usize) -> Vec<u8> {
        let [_, high, middle, low] = u32::try_from(total - at).unwrap().to_be_bytes();
        let [first, second] = flags.to_be_bytes();
        vec![0xb3, first, second, 0x80 | high, middle, low]
    }

    /// Content of this length that begins with `text`.
    fn filled(mut text: Vec<u8>, total: usize) -> Vec<u8> {
        text.resize(total, b'y');
        text
    }

    #[test]
    fn beginnings_of_packets_whose_fields_do_not_fit_are_not_checksummed() {
        let total = 1 << 20;
        let mut bytes = b"x\n".to_vec();
        while bytes.len() < 100_000 {
            // A time and an id, whose lengths are made of the next beginning.
            bytes.extend(header(0x2b01, bytes.len(), total));
        }
        let mut left = CHECKED;
        assert!(!has_packet(&filled(bytes, total), &mut left));
        assert!(CHECKED - left < 1000, "{left}");
    }

    #[test]
    fn of_beginnings_whose_fields_fit_only_some_are_checksummed() {
        let total = 4 << 20;
        let mut bytes = b"x\n".to_vec();
        while bytes.len() < 100_000 {
            // A file without a name in which the rest is.
            let length = u32::try_from(total - bytes.len() - 4 - 11).unwrap() | 3 << 30;
            bytes.extend(header(0x2040, bytes.len(), total));
            bytes.push(0);
            bytes.extend(length.to_be_bytes());
        }
        bytes.extend(ZETA);
        let mut left = CHECKED;
        assert!(
            has_packet(&filled(bytes.clone(), total), &mut left),
            "a short one can be afforded"
        );
        assert!(left < total, "{left}");
        let others = bytes.len() - ZETA.len();
        assert!(!has_packet(&filled(bytes[..others].to_vec(), total), &mut left));
    }

    #[test]
    fn beginnings_of_packets_with_many_tags_are_looked_at_as_long_as_can_be_afforded() {
        let total = 3 << 20;
        let mut bytes = b"x\n".to_vec();
        while bytes.len() < 100_000 {
            bytes.extend(header(0x2080, bytes.len(), total));
            bytes.extend((2_800_000_u32 | 3 << 30).to_be_bytes());
            // The first tag goes past all beginnings.
            let length = u32::try_from(100_100 - bytes.len()).unwrap() | 2 << 22;
            bytes.extend(&length.to_be_bytes()[1..]);
        }
        bytes.resize(total, 0); // tags without a letter
        let mut left = CHECKED;
        assert!(!has_packet(&bytes, &mut left));
        assert_eq!(left, 0);
    }

    #[test]
    fn a_packet_behind_much_that_looks_like_one_is_found() {
        let mut bytes = "größe ³ ⳳ\n".repeat(1000).into_bytes();
        for at in 0..50 {
            bytes.extend(header(0x2b01, at, 3 << 20));
            bytes.extend(b"\xb3\x29\x01\x0d\x04zet!");
        }
        bytes.extend(&ZETA[..12]);
        bytes.extend(ZETA);
        let mut left = CHECKED;
        assert!(has_packet(&bytes, &mut left));
        assert!(CHECKED - left < 1000, "{left}");
    }

    #[test]
    fn blanks_are_searched_once() {
        for (blanks, early) in
            [(BLANK - 1, Recognised::As(Format::Json)), (BLANK, Recognised::NotYet)]
        {
            let text = [vec![b' '; blanks], b"{}".to_vec()].concat();
            assert_eq!(recognise(&text, false), early, "{blanks}");
            assert_eq!(recognise(&text, true), Recognised::As(Format::Json));
        }
        let text = [vec![b'\n'; DECIDED_BY - 1], b"[".to_vec()].concat();
        assert_eq!(recognise(&text, false), Recognised::As(Format::Json));
    }
}
