//! Times in the text of version 1: `2024-03-01 00:00:00.000000Z`.

use crate::Micros;

/// Reads `YYYY-MM-DD HH:MM:SS[.f]Z`, UTC. Blanks around it do not matter.
pub(crate) fn parse(text: &[u8]) -> Option<Micros> {
    let text = text.trim_ascii();
    let (clock, fraction) = text.split_first_chunk::<{ "YYYY-MM-DD HH:MM:SS".len() }>()?;
    let [a, b, c, d, b'-', e, f, b'-', g, h, b' ', i, j, b':', k, l, b':', m, n] = *clock else {
        return None;
    };
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n] =
        values([a, b, c, d, e, f, g, h, i, j, k, l, m, n])?;
    let (year, month, day) = (a * 1000 + b * 100 + c * 10 + d, e * 10 + f, g * 10 + h);
    let (hour, minute, second) = (i * 10 + j, k * 10 + l, m * 10 + n);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let seconds = days(year, month, day)? * 86_400 + i64::from(hour * 3600 + minute * 60 + second);
    Some(seconds * 1_000_000 + i64::from(micros(fraction)?))
}

/// What digits are worth.
fn values<const N: usize>(digits: [u8; N]) -> Option<[u32; N]> {
    let values = digits.map(|digit| u32::from(digit.wrapping_sub(b'0')));
    values.iter().all(|value| *value < 10).then_some(values)
}

/// A fraction of a second and the `Z` behind it; digits behind the sixth are dropped.
fn micros(text: &[u8]) -> Option<u32> {
    let digits = match text.strip_suffix(b"Z")? {
        [] => return Some(0),
        [b'.', digits @ ..] if digits.len() <= 12 => digits,
        _ => return None,
    };
    let mut all = [b'0'; 12];
    all.iter_mut().zip(digits).for_each(|(to, digit)| *to = *digit);
    let [a, b, c, d, e, f, ..] = values(all)?;
    Some(a * 100_000 + b * 10_000 + c * 1000 + d * 100 + e * 10 + f)
}

/// Days since 1970 of a date in the Gregorian calendar, of which the year has four digits.
fn days(year: u32, month: u32, day: u32) -> Option<i64> {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let longest = match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u32::from(leap),
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=longest).contains(&day) || year == 0 {
        return None;
    }
    // Years that begin in March have their leap day at the end.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let before = year * 365 + year / 4 - year / 100 + year / 400;
    Some(i64::from(before + (month * 153 + 2) / 5 + day - 1) - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_up_to_six_digits_of_fraction() {
        assert_eq!(parse(b"1970-01-01 00:00:00Z"), Some(0));
        assert_eq!(parse(b"2024-03-01 00:00:01.500000Z"), Some(1_709_251_201_500_000));
        assert_eq!(parse(b"2024-02-29 23:59:58.25Z"), Some(1_709_251_198_250_000));
        assert_eq!(parse(b"1969-12-31 23:59:59.999999Z"), Some(-1));
        assert_eq!(parse(b"2000-12-31 00:00:00Z"), Some(978_220_800_000_000));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "soon",
            "2024-03-01 00:00:00",
            "2023-02-29 00:00:00Z",
            "2024-13-01 00:00:00Z",
            "2024-03-01 24:00:00Z",
            "2024-3-01 00:00:00Z",
            "2024-03-01 00:00:00.xZ",
            "2024-03-01-01 00:00:00Z",
            "+024-03-01 00:00:00Z",
            "2024-03-01 00:00:00.1234567890123Z",
            "2024-03-01 00:00:00.1",
        ] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
    }
}
