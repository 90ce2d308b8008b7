//! Instants as we keep them: integer microseconds since 1970, UTC.
//!
//! On the wire the old clients of three areas want `YYYY-MM-DD HH:MM:SS[.ffffff]`: no zone, and six digits of
//! fraction or none at all.

use jiff::{SignedDuration, Timestamp, civil};

/// Microseconds since 1970-01-01T00:00:00Z.
pub type Micros = i64;

/// A second in our unit.
pub const SECOND: Micros = 1_000_000;
/// A day in our unit.
pub const DAY: Micros = 86_400 * SECOND;

/// The present time.
pub fn now() -> Micros {
    Timestamp::now().as_microsecond()
}

/// `2024-05-06 07:08:09.000120`, or without fraction when it is zero.
pub fn format(micros: Micros) -> String {
    let time = Timestamp::from_microsecond(micros).unwrap_or(Timestamp::UNIX_EPOCH);
    let form =
        if micros.rem_euclid(SECOND) == 0 { "%Y-%m-%d %H:%M:%S" } else { "%Y-%m-%d %H:%M:%S.%6f" };
    time.strftime(form).to_string()
}

/// Reads `YYYY-MM-DD HH:MM:SS[.f]`, a `T` instead of the blank and a final `Z` allowed; UTC.
pub fn parse(text: &str) -> Option<Micros> {
    let text = text.strip_suffix(['Z', 'z']).unwrap_or(text);
    let form = if text.contains('.') { "%H:%M:%S%.f" } else { "%H:%M:%S" };
    let (day, clock) = text.split_once([' ', 'T'])?;
    at(parse_day(day)?, civil::Time::strptime(form, clock).ok()?)
}

/// Reads `YYYY-MM-DD`, four digits and two and two.
pub fn parse_day(text: &str) -> Option<civil::Date> {
    let shape = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    if shape { civil::Date::strptime("%Y-%m-%d", text).ok() } else { None }
}

/// A day's midnight, UTC.
pub fn midnight(day: civil::Date) -> Option<Micros> {
    at(day, civil::Time::midnight())
}

/// The day of an instant, UTC.
pub fn day_of(micros: Micros) -> civil::Date {
    let days = i32::try_from(micros.div_euclid(DAY)).unwrap_or_default();
    civil::date(1970, 1, 1).saturating_add(SignedDuration::from_hours(24 * i64::from(days)))
}

/// A day and a time of day, both UTC, as an instant.
pub fn at(day: civil::Date, clock: civil::Time) -> Option<Micros> {
    let offset = jiff::tz::Offset::UTC;
    Some(offset.to_timestamp(day.to_datetime(clock)).ok()?.as_microsecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fraction_has_six_digits_or_none() {
        assert_eq!(format(0), "1970-01-01 00:00:00");
        assert_eq!(format(1_714_979_289_000_120), "2024-05-06 07:08:09.000120");
        assert_eq!(format(-1), "1969-12-31 23:59:59.999999");
    }

    #[test]
    fn what_is_formatted_is_read_back() {
        for micros in [0, 1, -1, 1_714_979_289_000_120, 4_102_444_800_000_000] {
            assert_eq!(parse(&format(micros)), Some(micros));
        }
        assert_eq!(parse("2024-05-06T07:08:09.5Z"), Some(1_714_979_289_500_000));
        for text in [
            "",
            "soon",
            "2024-05-06",
            "2024-13-01 00:00:00",
            "2024-05-06 25:00:00",
            "24-05-06 07:08:09",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn days_begin_at_midnight() {
        let day = parse_day("2024-05-06").unwrap();
        assert_eq!(format(midnight(day).unwrap()), "2024-05-06 00:00:00");
        assert_eq!(day_of(midnight(day).unwrap() + DAY - 1), day);
        assert_eq!(day_of(-1).to_string(), "1969-12-31");
        assert!(parse_day("2024-5-6").is_none());
    }
}
