//! Dates as OpenStack and old clients write them, read into microseconds since 1970.
//!
//! Read by hand, because a batch has several for each of its notifications: 40 ns each, and
//! `strptime` takes ten times that.

use assay_web::time::{Micros, SECOND};

const MINUTE: Micros = 60 * SECOND;
const HOUR: Micros = 60 * MINUTE;
const DAY: Micros = 24 * HOUR;

/// Reads `YYYY-MM-DD HH:MM:SS[.f]`, with `T` or a blank in the middle, and `Z` or `+hh:mm` at the
/// end or not. What a fraction has beyond microseconds is cut.
pub fn parse(text: &str) -> Option<Micros> {
    let (mut rest, clock) = (text.as_bytes(), &mut 0);
    let day = take_day(&mut rest)?;
    rest = match rest {
        [b' ' | b'T', rest @ ..] => rest,
        _ => return None,
    };
    *clock += take_number(&mut rest, 2, 23)? * HOUR;
    *clock += take_after(&mut rest, b':', 59)? * MINUTE;
    *clock += take_after(&mut rest, b':', 59)? * SECOND;
    *clock += take_fraction(&mut rest, 9)?;
    let offset = take_offset(&mut rest)?;
    if rest.is_empty() { Some(day * DAY + *clock - offset) } else { None }
}

/// Reads `YYYY-MM-DD HH:MM[:SS[.f]]` with a zone or not: what the search for reports takes.
pub fn parse_minute(text: &str) -> Option<Micros> {
    let (minutes, zone) = text.split_at_checked(16)?;
    if zone.starts_with(':') { parse(text) } else { parse(&format!("{minutes}:00{zone}")) }
}

/// Reads `YYYY-MM-DD`, as the first moment of that day.
pub fn parse_day(text: &str) -> Option<Micros> {
    let mut rest = text.as_bytes();
    let day = take_day(&mut rest)?;
    if rest.is_empty() { Some(day * DAY) } else { None }
}

/// Reads seconds since 1970, with a fraction or not: `1773137196.5`.
pub fn parse_unix(text: &str) -> Option<Micros> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !is_number(whole) || !is_number(fraction) || fraction.len() > 30 {
        return None;
    }
    let whole = whole.trim_start_matches('0');
    let seconds: Micros = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    // 30,000 years are enough, and nothing overflows.
    if seconds > 999_999_999_999 {
        return None;
    }
    let micros: String = fraction.chars().chain("000000".chars()).take(6).collect();
    Some(sign * (seconds * SECOND + micros.parse::<Micros>().ok()?))
}

/// Days since 1970.
fn take_day(rest: &mut &[u8]) -> Option<i64> {
    let year = take_number(rest, 4, 9999)?;
    let month = take_after(rest, b'-', 12)?;
    let day = take_after(rest, b'-', 31)?;
    let longest = match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if year < 1 || month < 1 || !(1..=longest).contains(&day) {
        return None;
    }
    // Days from civil (Hinnant): years begin in March, so that the leap day is the last one.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    Some(365 * year + year / 4 - year / 100 + year / 400 + day_of_year - 719_468)
}

fn take_after(rest: &mut &[u8], sign: u8, most: i64) -> Option<i64> {
    *rest = rest.strip_prefix(&[sign])?;
    take_number(rest, 2, most)
}

fn take_number(rest: &mut &[u8], digits: usize, most: i64) -> Option<i64> {
    let (number, after) = rest.split_at_checked(digits)?;
    let mut value = 0;
    for digit in number {
        value = value * 10 + i64::from(digit.is_ascii_digit().then(|| digit - b'0')?);
    }
    *rest = after;
    (value <= most).then_some(value)
}

/// Microseconds of `.f`, of at most that many digits, or zero when there is no dot.
fn take_fraction(rest: &mut &[u8], most_digits: usize) -> Option<Micros> {
    let Some(after) = rest.strip_prefix(b".") else { return Some(0) };
    let length = after.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, after) = after.split_at_checked(length)?;
    if length == 0 || length > most_digits {
        return None;
    }
    *rest = after;
    let micros = digits.iter().chain(b"000000").take(6);
    Some(micros.fold(0, |value, digit| value * 10 + i64::from(digit - b'0')))
}

/// How far the clock of `+hh:mm` is ahead of UTC.
fn take_offset(rest: &mut &[u8]) -> Option<Micros> {
    let (sign, mut after) = match rest {
        [] => return Some(0),
        [b'Z' | b'z', after @ ..] => {
            *rest = after;
            return Some(0);
        }
        [b'+', after @ ..] => (1, after),
        [b'-', after @ ..] => (-1, after),
        _ => return None,
    };
    let hours = take_number(&mut after, 2, 23)?;
    let minutes = take_after(&mut after, b':', 59)?;
    *rest = after;
    Some(sign * (hours * HOUR + minutes * MINUTE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use assay_web::time::format;

    #[test]
    fn the_forms_of_openstack_are_read() {
        for (text, same) in [
            ("2026-03-10 09:04:26.292110", "2026-03-10 09:04:26.292110"),
            ("2026-03-10T09:04:26", "2026-03-10 09:04:26"),
            ("2026-03-10T09:04:26.5Z", "2026-03-10 09:04:26.500000"),
            ("2026-03-10 09:04:26.123456789", "2026-03-10 09:04:26.123456"),
            ("2026-03-10T09:04:26+02:00", "2026-03-10 07:04:26"),
            ("2026-03-10T00:00:00-05:30", "2026-03-10 05:30:00"),
            ("2024-02-29 00:00:00", "2024-02-29 00:00:00"),
            ("1969-12-31 23:59:59.999999", "1969-12-31 23:59:59.999999"),
        ] {
            assert_eq!(format(parse(text).expect(text)), same);
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "yesterday",
            "2026-03-10",
            "2026-02-30 00:00:00",
            "2026-02-29 00:00:00",
            "2026-13-01 00:00:00",
            "2026-01-01 24:00:00",
            "2026-01-01 00:00:60",
            "2026-01-01 00:00:00.",
            "2026-01-01 00:00:00.1234567890",
            "2026-01-01 00:00:00 ",
            "2026-01-01 00:00:00+0100",
            "+026-01-01 00:00:00",
            "2026-01-01x00:00:00",
            "0000-01-01 00:00:00",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn unix_times_are_decimal() {
        assert_eq!(parse_unix("1773137196.5"), Some(1_773_137_196_500_000));
        assert_eq!(parse_unix("0"), Some(0));
        assert_eq!(parse_unix("-1.25"), Some(-1_250_000));
        assert_eq!(parse_unix("1773137196.1234567"), Some(1_773_137_196_123_456));
        let long = "1".repeat(400);
        for text in ["", "nan", "inf", "1e3", ".5", "5.", "0x1", " 1", &long] {
            assert_eq!(parse_unix(text), None, "{text}");
        }
    }

    #[test]
    fn reports_are_searched_by_days_and_minutes() {
        assert_eq!(parse_day("1970-01-02"), Some(DAY));
        assert_eq!(parse_day("1970-1-2"), None);
        assert_eq!(parse_minute("1970-01-01 00:01"), Some(MINUTE));
        assert_eq!(parse_minute("1970-01-01 00:01Z"), Some(MINUTE));
        assert_eq!(parse_minute("1970-01-01 00:01:02.5"), Some(MINUTE + 2_500_000));
        assert_eq!(parse_minute("1970-01-01"), None);
    }
}
