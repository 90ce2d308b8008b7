//! Writes tests as JSON. By hand: with a serialiser and a date library this took a third of the
//! time of an upload.

use std::fmt::Display;
use std::io::Write;

use assay_subunit::{Attachment, Micros};

use super::NewTest;

/// A test as it is shown.
pub fn test(out: &mut Vec<u8>, test: &NewTest<'_>) {
    out.extend_from_slice(b"{\"index\":");
    number(out, test.index);
    out.extend_from_slice(b",\"id\":");
    string(out, &test.id);
    out.extend_from_slice(b",\"name\":");
    string(out, &test.name);
    out.extend_from_slice(b",\"uuid\":");
    string_or_null(out, test.uuid.as_deref());
    out.extend_from_slice(b",\"status\":");
    string(out, super::word(test.status));
    out.extend_from_slice(b",\"attempt\":");
    number(out, test.attempt);
    out.extend_from_slice(b",\"worker\":");
    string_or_null(out, test.worker.as_deref());
    out.extend_from_slice(b",\"tags\":");
    list(out, &test.tags, |out, tag| string(out, tag));
    out.extend_from_slice(b",\"started_at\":");
    time_or_null(out, test.started_at);
    out.extend_from_slice(b",\"stopped_at\":");
    time_or_null(out, test.stopped_at);
    out.extend_from_slice(b",\"duration\":");
    // Infinities have no JSON form; they become null. Nothing fails in memory.
    let _written = serde_json::to_writer(&mut *out, &test.duration);
    out.extend_from_slice(b",\"attachments\":");
    list(out, test.attachments, attachment);
    out.push(b'}');
}

/// How long the digest of an attachment is.
pub const DIGEST: usize = ",\"sha256\":\"\"".len() + 64;

/// Where each attachment is in the upload.
pub fn pieces(out: &mut Vec<u8>, attachments: &[Attachment]) {
    list(out, attachments, |out, file| {
        list(out, &file.pieces, |out, (offset, length)| {
            number(out, offset);
            out.push(b',');
            number(out, length);
        });
    });
}

/// One more item of an array without brackets.
pub fn next_item(out: &mut Vec<u8>, item: &str) {
    if !out.is_empty() {
        out.push(b',');
    }
    string(out, item);
}

/// An array of what has no need of quotes.
pub fn numbers<T: Display>(numbers: impl Iterator<Item = T>) -> String {
    let mut text = String::from("[");
    for number in numbers {
        if text.len() > 1 {
            text.push(',');
        }
        text.push_str(&number.to_string());
    }
    text.push(']');
    text
}

fn attachment(out: &mut Vec<u8>, file: &Attachment) {
    out.extend_from_slice(b"{\"name\":");
    string(out, &file.name);
    out.extend_from_slice(b",\"mime\":");
    string(out, &file.mime);
    out.extend_from_slice(b",\"size\":");
    number(out, file.size);
    if let Some(sha256) = file.sha256 {
        let mut digits = [0; 64];
        let _same_length = hex::encode_to_slice(sha256, &mut digits);
        out.extend_from_slice(b",\"sha256\":\"");
        out.extend_from_slice(&digits);
        out.push(b'"');
    }
    out.push(b'}');
}

fn list<T>(out: &mut Vec<u8>, items: &[T], write: impl Fn(&mut Vec<u8>, &T)) {
    out.push(b'[');
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write(out, item);
    }
    out.push(b']');
}

fn number(out: &mut Vec<u8>, number: impl Display) {
    // Nothing fails in memory.
    let _written = write!(out, "{number}");
}

fn string_or_null(out: &mut Vec<u8>, text: Option<&str>) {
    match text {
        Some(text) => string(out, text),
        None => out.extend_from_slice(b"null"),
    }
}

/// A text in quotes. Ids hardly ever have anything in them that must be escaped, so they are looked
/// at eight bytes at a time.
fn string(out: &mut Vec<u8>, text: &str) {
    let (words, rest) = text.as_bytes().as_chunks::<8>();
    let plain = words.iter().all(|word| is_plain(u64::from_le_bytes(*word)))
        && rest.iter().all(|byte| !matches!(byte, 0..=0x1F | b'"' | b'\\'));
    if plain {
        out.reserve(text.len() + 2);
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
    } else {
        let _written = serde_json::to_writer(out, text); // nothing fails in memory
    }
}

/// Whether none of eight bytes is a control character, a quote or a backslash.
fn is_plain(word: u64) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const TOPS: u64 = 0x8080_8080_8080_8080;
    let below = |word: u64, limit: u64| word.wrapping_sub(ONES * limit) & !word & TOPS;
    let equals = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    below(word, 0x20) | equals(b'"') | equals(b'\\') == 0
}

fn time_or_null(out: &mut Vec<u8>, micros: Option<Micros>) {
    match micros {
        Some(micros) => time(out, micros),
        None => out.extend_from_slice(b"null"),
    }
}

/// `"2024-02-29T23:59:58.250000Z"`: always six digits of fraction.
fn time(out: &mut Vec<u8>, micros: Micros) {
    let (seconds, fraction) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000));
    let (days, clock) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = date(days);
    out.push(b'"');
    digits::<4>(out, year);
    out.push(b'-');
    digits::<2>(out, month);
    out.push(b'-');
    digits::<2>(out, day);
    out.push(b'T');
    digits::<2>(out, clock / 3600);
    out.push(b':');
    digits::<2>(out, clock / 60 % 60);
    out.push(b':');
    digits::<2>(out, clock % 60);
    out.push(b'.');
    digits::<6>(out, fraction);
    out.extend_from_slice(b"Z\"");
}

/// Year, month and day of a number of days since 1970 (Howard Hinnant's `civil_from_days`): years
/// that begin in March have their leap day at the end.
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

/// The last `N` digits of a number.
fn digits<const N: usize>(out: &mut Vec<u8>, mut number: i64) {
    let mut digits = [b'0'; N];
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + u8::try_from(number.rem_euclid(10)).unwrap_or_default();
        number = number.div_euclid(10);
    }
    out.extend_from_slice(&digits);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_six_decimals() {
        let shown = |micros| {
            let mut out = Vec::new();
            time(&mut out, micros);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(shown(1_709_251_198_250_000), r#""2024-02-29T23:59:58.250000Z""#);
        assert_eq!(shown(-1), r#""1969-12-31T23:59:59.999999Z""#);
        // Every day from 1970 to what version 2 can say, as another library has it.
        for day in (0..49_710).map(i64::from) {
            let micros = day * 86_400_000_000 + 1;
            let other = jiff::Timestamp::from_microsecond(micros).unwrap();
            assert_eq!(shown(micros), other.strftime("\"%Y-%m-%dT%H:%M:%S.%6fZ\"").to_string());
        }
    }

    #[test]
    fn texts_are_escaped_where_they_must_be() {
        for text in [
            "",
            "a",
            "12345678",
            "größe größe",
            "a\"b",
            "1234567\\",
            "\u{1f}",
            "\n2345678",
            "€€€€€\0",
        ] {
            let mut out = Vec::new();
            string(&mut out, text);
            assert_eq!(String::from_utf8(out).unwrap(), serde_json::to_string(text).unwrap());
        }
    }

    #[test]
    fn every_byte_is_told_plain_or_not() {
        for byte in 0..=255_u8 {
            let special = matches!(byte, 0..=0x1F | b'"' | b'\\');
            for at in 0..8 {
                let mut word = *b"abcdefgh";
                word[at] = byte;
                assert_eq!(is_plain(u64::from_le_bytes(word)), !special, "{byte} at {at}");
            }
        }
    }
}
