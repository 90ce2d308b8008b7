//! The words at the beginning of a line that make it one of version 1.

use crate::Status;
use crate::bytes::find;

/// The longest word of a directive, with its colon and the blank behind it.
const LONGEST: usize = "successful: ".len();

/// What a directive says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    Start,
    Outcome(Status),
    Time,
    Tags,
    Progress,
}

/// The word of a directive and what follows the blank behind it.
pub(crate) fn directive(line: &[u8]) -> Option<(Word, &[u8])> {
    let (word, rest) = line.split_at_checked(find(b' ', line.get(..LONGEST).unwrap_or(line))?)?;
    let word = match word.strip_suffix(b":").unwrap_or(word) {
        b"test" | b"testing" => Word::Start,
        b"success" | b"successful" => Word::Outcome(Status::Success),
        b"failure" | b"error" => Word::Outcome(Status::Fail),
        b"skip" => Word::Outcome(Status::Skip),
        b"xfail" => Word::Outcome(Status::XFail),
        b"uxsuccess" => Word::Outcome(Status::UxSuccess),
        b"time" => Word::Time,
        b"tags" => Word::Tags,
        b"progress" => Word::Progress,
        _ => return None,
    };
    rest.get(1..).map(|rest| (word, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directive_is_a_word_a_colon_or_none_and_a_blank() {
        let fails = Word::Outcome(Status::Fail);
        assert_eq!(directive(b"error: a b"), Some((fails, &b"a b"[..])));
        assert_eq!(directive(b"failure "), Some((fails, &b""[..])));
        let passed = Word::Outcome(Status::Success);
        assert_eq!(directive(b"successful: a"), Some((passed, &b"a"[..])));
        for line in ["", "test", "test:", " test: a", "tests: a", "test:: a", "Test: a", "tests"] {
            assert_eq!(directive(line.as_bytes()), None, "{line}");
        }
    }
}
