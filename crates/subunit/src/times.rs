//! Times in the text of version 1: `2024-03-01 00:00:00.000000Z`.

use crate::Micros;

/// Reads `YYYY-MM-DD HH:MM:SS[.f]Z`, UTC.
pub(crate) fn parse(text: &str) -> Option<Micros> {
    let (day, clock) = text.strip_suffix('Z')?.split_once(' ')?;
    let [year, month, day] = numbers(day, '-', [4, 2, 2])?;
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let [hour, minute, second] = numbers(clock, ':', [2, 2, 2])?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let seconds = days(year, month, day)? * 86_400 + hour * 3600 + minute * 60 + second;
    Some(seconds * 1_000_000 + micros(fraction)?)
}

/// Three numbers of so many digits.
fn numbers(text: &str, between: char, digits: [usize; 3]) -> Option<[i64; 3]> {
    let mut parts = text.split(between);
    let mut numbers = [0; 3];
    for (number, digits) in numbers.iter_mut().zip(digits) {
        let part = parts.next().filter(|part| part.len() == digits)?;
        *number = part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse().ok())??;
    }
    parts.next().is_none().then_some(numbers)
}

/// A fraction of a second; digits behind the sixth are dropped.
fn micros(fraction: &str) -> Option<i64> {
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) || fraction.len() > 12 {
        return None;
    }
    let six: String = fraction.chars().chain("000000".chars()).take(6).collect();
    six.parse().ok()
}

/// Days since 1970 of a date in the Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(leap),
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=longest).contains(&day) || year == 0 {
        return None;
    }
    // Years that begin in March have their leap day at the end.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let before = year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    Some(before + (month * 153 + 2) / 5 + day - 1 - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_up_to_six_digits_of_fraction() {
        assert_eq!(parse("1970-01-01 00:00:00Z"), Some(0));
        assert_eq!(parse("2024-03-01 00:00:01.500000Z"), Some(1_709_251_201_500_000));
        assert_eq!(parse("2024-02-29 23:59:58.25Z"), Some(1_709_251_198_250_000));
        assert_eq!(parse("1969-12-31 23:59:59.999999Z"), Some(-1));
        assert_eq!(parse("2000-12-31 00:00:00Z"), Some(978_220_800_000_000));
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
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
