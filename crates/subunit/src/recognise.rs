//! Which format some bytes are in. Content is recognised, not declared: old runners label
//! everything as a form.

use crate::bytes::find;
use crate::{v1, v2};

/// After so many bytes a stream is recognised or refused.
pub const DECIDED_BY: usize = SEARCHED + (4 << 20);
/// Where the first packet begins at the latest.
const SEARCHED: usize = 1 << 20;

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

/// Looks at the beginning of some content; `whole` says that there is no more.
pub fn recognise(bytes: &[u8], whole: bool) -> Recognised {
    if bytes.first() == Some(&v2::SIGNATURE) {
        return Recognised::As(Format::V2);
    }
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
    if matches!(text.first(), Some(b'{' | b'[')) {
        return Recognised::As(Format::Json);
    }
    if !whole && bytes.len() < DECIDED_BY {
        return Recognised::NotYet;
    }
    if has_packet(bytes) {
        return Recognised::As(Format::V2);
    }
    if bytes.split(|byte| *byte == b'\n').any(v1::is_directive) {
        return Recognised::As(Format::V1);
    }
    Recognised::Nothing
}

fn has_packet(bytes: &[u8]) -> bool {
    let mut at = 0;
    while let Some(searched) = bytes.get(at..SEARCHED.min(bytes.len()))
        && let Some(next) = find(v2::SIGNATURE, searched)
    {
        if bytes.get(at + next..).is_some_and(v2::is_packet) {
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
}
