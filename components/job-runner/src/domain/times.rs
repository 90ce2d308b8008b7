//! Instants on the wire: answers in the lab's local time, requests in any zone.
//!
//! The store writes instants into JSON as microseconds between two marks that no JSON text can hold
//! ([`MARK`]), because SQLite knows no time zones; [`localize`] puts local times in their place in
//! one pass.

use assay_web::time::Micros;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};

/// Stands before and after the microseconds of an instant. JSON escapes this character in strings.
pub const MARK: char = '\u{1f}';

/// `2013-01-01T01:00:00`, with six digits of fraction if it is not zero.
pub fn format(micros: Micros, zone: &TimeZone) -> String {
    let time = Timestamp::from_microsecond(micros).unwrap_or(Timestamp::UNIX_EPOCH);
    let local = zone.to_datetime(time);
    let form = if micros.rem_euclid(1_000_000) == 0 {
        "%Y-%m-%dT%H:%M:%S"
    } else {
        "%Y-%m-%dT%H:%M:%S.%6f"
    };
    local.strftime(form).to_string()
}

/// Puts local times in the place of marked instants. A text without any is given back as it is:
/// logs are long.
pub fn localize(json: String, zone: &TimeZone) -> String {
    if !json.contains(MARK) {
        return json;
    }
    let mut parts = json.split(MARK);
    let mut text = String::with_capacity(json.len() + json.len() / 8);
    text.push_str(parts.next().unwrap_or_default());
    while let Some(micros) = parts.next() {
        match micros.parse() {
            Ok(micros) => text.extend(["\"", &format(micros, zone), "\""]),
            Err(_) => text.push_str("null"),
        }
        text.push_str(parts.next().unwrap_or_default());
    }
    text
}

/// Reads `YYYY-MM-DD[ T]HH:MM[:SS[.f{1,6}]]` and then, after an optional blank, `Z`, `+HH`, `+HHMM`
/// or `+HH:MM`. Without an offset it is local.
pub fn parse(text: &str, zone: &TimeZone) -> Option<Micros> {
    let (day, rest) = text.split_at_checked(10)?;
    let clock = rest.strip_prefix([' ', 'T'])?;
    let end = clock.find(|c: char| !c.is_ascii_digit() && c != ':' && c != '.');
    let (clock, offset) = clock.split_at_checked(end.unwrap_or(clock.len()))?;
    let local = parse_day(day)?.to_datetime(parse_clock(clock)?);
    let offset = offset.strip_prefix(' ').unwrap_or(offset);
    if offset.is_empty() { resolve(local, zone) } else { instant(parse_offset(offset)?, local) }
}

/// The same, and `YYYY-MM-DD` alone, for filters.
pub fn parse_filter(text: &str, zone: &TimeZone) -> Option<Micros> {
    match text.len() {
        10 => resolve(parse_day(text)?.to_datetime(Time::midnight()), zone),
        _ => parse(text, zone),
    }
}

/// A wall-clock time as an instant: the first one if it comes twice; moved forward by the gap if it
/// is left out.
pub fn resolve(local: DateTime, zone: &TimeZone) -> Option<Micros> {
    Some(zone.to_ambiguous_timestamp(local).compatible().ok()?.as_microsecond())
}

/// Seconds since midnight of `HH:MM[:SS]`.
pub fn parse_time_of_day(text: &str) -> Option<i64> {
    let time = parse_clock(text)?;
    let whole = time.subsec_nanosecond() == 0;
    let seconds =
        i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second());
    whole.then_some(seconds)
}

fn parse_day(text: &str) -> Option<Date> {
    let mut parts = text.split('-');
    let year = digits(parts.next()?, 4)?;
    let (month, day) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    if year == 0 || parts.next().is_some() {
        return None;
    }
    Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

fn parse_clock(text: &str) -> Option<Time> {
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    let mut parts = whole.split(':');
    let (hour, minute) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let second = parts.next();
    if parts.next().is_some() || (second.is_none() && fraction.is_some()) {
        return None;
    }
    let second = second.map_or(Some(0), |second| digits(second, 2))?;
    let micros = fraction.map_or(Some(0), |fraction| {
        let missing = 6_usize.checked_sub(fraction.len())?;
        Some(digits(fraction, fraction.len())? * 10_i32.pow(u32::try_from(missing).ok()?))
    })?;
    let part = |number: i32| i8::try_from(number).ok();
    Time::new(part(hour)?, part(minute)?, part(second)?, micros * 1000).ok()
}

fn parse_offset(text: &str) -> Option<Offset> {
    if text == "Z" || text == "z" {
        return Some(Offset::UTC);
    }
    let sign = match text.chars().next()? {
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    let rest = text.get(1..)?.replacen(':', "", 1);
    let (hours, minutes) = rest.split_at_checked(2)?;
    let minutes = if minutes.is_empty() && text.len() == 3 { 0 } else { digits(minutes, 2)? };
    let hours = digits(hours, 2)?;
    if hours > 23 || minutes > 59 || (text.contains(':') && text.find(':') != Some(3)) {
        return None;
    }
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
}

/// Exactly so many decimal digits, at least one.
fn digits(text: &str, count: usize) -> Option<i32> {
    let shaped =
        !text.is_empty() && text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    if shaped { text.parse().ok() } else { None }
}

fn instant(offset: Offset, local: DateTime) -> Option<Micros> {
    Some(offset.to_timestamp(local).ok()?.as_microsecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amsterdam() -> TimeZone {
        TimeZone::get("Europe/Amsterdam").unwrap()
    }

    fn utc(text: &str) -> Micros {
        assay_web::time::parse(text).unwrap()
    }

    #[test]
    fn every_form_of_a_time_is_read() {
        let zone = amsterdam();
        let expected = utc("2013-01-01 00:00:00");
        for text in [
            "2013-01-01T00:00:00Z",
            "2013-01-01 00:00:00+00:00",
            "2013-01-01 00:00 Z",
            "2013-01-01 01:00:00.0",
            "2013-01-01T01:00",
            "2013-01-01T02:30:00.000000 +0230",
            "2012-12-31T23:00:00-01",
        ] {
            assert_eq!(parse(text, &zone), Some(expected), "{text}");
        }
        assert_eq!(parse("2013-01-01 00:00:00.12+00:00", &zone), Some(expected + 120_000));
        assert_eq!(parse_filter("2013-01-01", &zone), Some(expected - 3_600_000_000));
        for text in [
            "junk",
            "",
            "2013-01-01",
            "2013-02-30 00:00",
            "0000-01-01 00:00",
            "10000-01-01 00:00",
            "2013-01-01 24:00",
            "2013-01-01 00:00:00.1234567",
            "2013-01-01 00:00+1",
            "2013-01-01 00:00+0:100",
            "2013-01-01 00:00 CET",
            "2013-01-01 00",
            "2013-01-01 00:00.5",
            "+013-01-01 00:00",
            "2013-01-01  00:00",
        ] {
            assert_eq!(parse(text, &zone), None, "{text}");
        }
    }

    #[test]
    fn a_doubled_hour_is_the_first_and_a_missing_one_moves_forward() {
        let zone = amsterdam();
        assert_eq!(parse("2013-10-27 02:30", &zone), Some(utc("2013-10-27 00:30:00")));
        assert_eq!(parse("2013-03-31 02:30", &zone), Some(utc("2013-03-31 01:30:00")));
    }

    #[test]
    fn marked_instants_become_local_times() {
        let micros = utc("2013-01-01 00:00:00");
        let json = format!("{{\"a\":{MARK}{micros}{MARK},\"b\":{MARK}{}{MARK}}}", micros + 1);
        assert_eq!(
            localize(json, &amsterdam()),
            r#"{"a":"2013-01-01T01:00:00","b":"2013-01-01T01:00:00.000001"}"#
        );
        assert_eq!(localize("{}".into(), &TimeZone::UTC), "{}");
    }

    #[test]
    fn a_time_of_day_is_seconds() {
        assert_eq!(parse_time_of_day("23:59"), Some(86_340));
        assert_eq!(parse_time_of_day("00:00:01"), Some(1));
        assert_eq!(parse_time_of_day("24:00"), None);
        assert_eq!(parse_time_of_day("1:00"), None);
    }
}
