//! Parts of a download: `Range`, `If-Range` and `Content-Range` (RFC 9110, sections 13.1.5 and 14).
//!
//! One range is served. Several, another unit or nonsense get the whole, which the RFC allows and
//! every client understands.

use std::ops::Range;

use http::{HeaderMap, HeaderValue, header};

use crate::conditional::ETag;
use crate::dates;
use crate::time::{Micros, SECOND};

/// What of a content the client wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Everything: 200.
    Whole,
    /// These bytes, not empty and within the content: 206 with [`content_range`].
    Bytes(Range<u64>),
    /// Bytes that are not there: 416 with [`unsatisfied`].
    Nothing,
}

/// What a GET asks for of a content of `size` bytes. With `If-Range` a part is given only of the
/// version that the client has: the very same strong tag, or the date of the last change to the
/// second.
pub fn wanted(headers: &HeaderMap, size: u64, tag: &ETag, modified: Micros) -> Part {
    let Some(range) = only(headers, header::RANGE) else { return Part::Whole };
    if headers.contains_key(header::IF_RANGE) {
        let condition = only(headers, header::IF_RANGE);
        if !condition.is_some_and(|value| same_version(value, tag, modified)) {
            return Part::Whole;
        }
    }
    range.to_str().map_or(Part::Whole, |text| select(text, size))
}

/// `bytes 1-2/740`, the `Content-Range` of a 206. `part` must not be empty.
pub fn content_range(part: &Range<u64>, size: u64) -> HeaderValue {
    let last = part.end.saturating_sub(1);
    text(format!("bytes {}-{last}/{size}", part.start))
}

/// `bytes */740`, the `Content-Range` of a 416.
pub fn unsatisfied(size: u64) -> HeaderValue {
    text(format!("bytes */{size}"))
}

/// Reads the `Content-Range` of a request: the bytes, and the size of the whole when it is told.
pub fn parse_content_range(value: &HeaderValue) -> Option<(Range<u64>, Option<u64>)> {
    let (unit, rest) = value.to_str().ok()?.split_once(' ')?;
    let (part, size) = rest.split_once('/')?;
    let (first, last) = part.split_once('-')?;
    let end = number(last)?.checked_add(1)?;
    let (start, size) = (number(first)?, if size == "*" { None } else { Some(number(size)?) });
    let fits = start < end && size.is_none_or(|size| end <= size);
    (unit.eq_ignore_ascii_case("bytes") && fits).then_some((start..end, size))
}

fn select(text: &str, size: u64) -> Part {
    let Some((unit, range)) = text.split_once('=') else { return Part::Whole };
    let Some((first, last)) = range.trim().split_once('-') else { return Part::Whole };
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return Part::Whole;
    }
    let (start, end) = match (number(first), number(last)) {
        (Some(first), Some(last)) if first <= last => (first, last.saturating_add(1).min(size)),
        (Some(first), None) if last.is_empty() => (first, size),
        // The last bytes. Of an empty content that is everything, but no `Content-Range` can say
        // so.
        (None, Some(1..)) if first.is_empty() && size == 0 => return Part::Whole,
        (None, Some(count)) if first.is_empty() => (size.saturating_sub(count), size),
        _ => return Part::Whole,
    };
    if start < end { Part::Bytes(start..end) } else { Part::Nothing }
}

/// A number of digits only. One that is too large is as good as the largest: behind every end.
fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

fn same_version(condition: &HeaderValue, tag: &ETag, modified: Micros) -> bool {
    condition == tag.value()
        || dates::parse(condition).is_some_and(|date| date == modified.div_euclid(SECOND) * SECOND)
}

/// The value of a header that is there exactly once.
fn only(headers: &HeaderMap, name: header::HeaderName) -> Option<&HeaderValue> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none())
}

fn text(value: String) -> HeaderValue {
    HeaderValue::try_from(value).unwrap_or(HeaderValue::from_static("bytes */0"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODIFIED: Micros = 784_111_777_250_000;

    fn part(size: u64, headers: &[(&'static str, &str)]) -> Part {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        wanted(&map, size, &ETag::new("v1"), MODIFIED)
    }

    fn range(text: &str) -> Part {
        part(740, &[("range", text)])
    }

    #[test]
    fn the_three_forms_of_a_range() {
        assert_eq!(range("bytes=1-2"), Part::Bytes(1..3));
        assert_eq!(range("bytes=700-9999"), Part::Bytes(700..740));
        assert_eq!(range("bytes=739-"), Part::Bytes(739..740));
        assert_eq!(range("Bytes=-5"), Part::Bytes(735..740));
        assert_eq!(range("bytes=-9999"), Part::Bytes(0..740));
        assert_eq!(range("bytes=0-340282366920938463463374607431768211455"), Part::Bytes(0..740));
    }

    #[test]
    fn what_is_behind_the_end_cannot_be_satisfied() {
        for text in ["bytes=740-", "bytes=740-750", "bytes=-0", "bytes=99999999999999999999999-"] {
            assert_eq!(range(text), Part::Nothing, "{text}");
        }
        assert_eq!(part(0, &[("range", "bytes=0-")]), Part::Nothing);
        assert_eq!(part(0, &[("range", "bytes=-1")]), Part::Whole);
    }

    #[test]
    fn nonsense_and_several_ranges_get_the_whole() {
        for text in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=a-b",
            "bytes=1-2,4-5",
            "lines=1-2",
            "bytes=5-3",
            "bytes=+1-2",
            "bytes=1--2",
            "bytes=1-x",
            "bytes=0x1-2",
            "=1-2",
            "bytes=1 - 2",
        ] {
            assert_eq!(range(text), Part::Whole, "{text}");
        }
        assert_eq!(part(740, &[("range", "bytes=1-2"), ("range", "bytes=4-5")]), Part::Whole);
        assert_eq!(part(740, &[]), Part::Whole);
    }

    #[test]
    fn a_part_is_given_only_of_the_version_that_the_client_has() {
        let with = |condition| part(740, &[("range", "bytes=1-2"), ("if-range", condition)]);
        for condition in ["\"v1\"", "Sun, 06 Nov 1994 08:49:37 GMT"] {
            assert_eq!(with(condition), Part::Bytes(1..3), "{condition}");
        }
        for condition in [
            "W/\"v1\"",
            "\"v2\"",
            "*",
            "",
            "Sun, 06 Nov 1994 08:49:38 GMT",
            "Sun, 06 Nov 1994 08:49:36 GMT",
        ] {
            assert_eq!(with(condition), Part::Whole, "{condition}");
        }
    }

    #[test]
    fn every_pair_of_positions_selects_what_a_slice_would() {
        for size in 0..8_u64 {
            let content: Vec<u64> = (0..size).collect();
            for first in 0..9_u64 {
                for last in first..9 {
                    let expected: Vec<u64> =
                        content.iter().copied().filter(|at| (first..=last).contains(at)).collect();
                    let found = match part(size, &[("range", &format!("bytes={first}-{last}"))]) {
                        Part::Bytes(part) => part.collect(),
                        Part::Nothing => Vec::new(),
                        Part::Whole => panic!("{first}-{last} is a range"),
                    };
                    assert_eq!(found, expected, "{first}-{last} of {size}");
                }
            }
        }
    }

    #[test]
    fn content_range_is_read_back() {
        assert_eq!(content_range(&(1..3), 740), "bytes 1-2/740");
        assert_eq!(unsatisfied(740), "bytes */740");
        assert_eq!(parse_content_range(&content_range(&(1..3), 740)), Some((1..3, Some(740))));
        let read = |text: &str| parse_content_range(&text.parse().unwrap());
        assert_eq!(read("bytes 0-0/*"), Some((0..1, None)));
        for text in ["", "bytes */740", "bytes 2-1/740", "bytes 0-740/740", "bytes 0-1", "b 0-1/2"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
