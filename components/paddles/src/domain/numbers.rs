//! Numbers and switches in queries: their defaults, their bounds, and refusals that name the
//! parameter.

use std::ops::RangeInclusive;

use assay_web::query::Query;

use crate::error::{Error, Result};

/// A whole number within bounds.
pub fn bounded(
    query: &Query,
    name: &str,
    default: i64,
    bounds: RangeInclusive<i64>,
) -> Result<i64> {
    let Some(text) = query.non_empty(name) else { return Ok(default) };
    let (least, most) = (bounds.start(), bounds.end());
    let refused = || Error::invalid(format!("{name} must be an integer from {least} to {most}"));
    digits(text).filter(|number| bounds.contains(number)).ok_or_else(refused)
}

/// How many rows of a list: any number will do, and is cut to `most`.
pub fn count(query: &Query, default: u32, most: u32) -> Result<u32> {
    let Some(text) = query.non_empty("count") else { return Ok(default) };
    let refused = || Error::invalid("count must be an integer");
    Ok(few_digits(text).ok_or_else(refused)?.min(most))
}

/// `name=1` switches on, `name=0` and nothing switch off.
pub fn switch(query: &Query, name: &str) -> Result<bool> {
    match query.non_empty(name) {
        None | Some("0") => Ok(false),
        Some("1") => Ok(true),
        Some(_) => Err(Error::invalid(format!("{name} must be 0 or 1"))),
    }
}

/// One to nine digits.
pub fn few_digits(text: &str) -> Option<u32> {
    digits(text).filter(|_| text.len() <= 9).and_then(|number| u32::try_from(number).ok())
}

/// Digits and nothing else: no sign, no blank.
fn digits(text: &str) -> Option<i64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: &str) -> Query {
        Query::parse(text.as_bytes())
    }

    #[test]
    fn a_number_out_of_bounds_is_refused_by_name() {
        assert_eq!(bounded(&query(""), "days", 14, 1..=366).unwrap(), 14);
        assert_eq!(bounded(&query("days="), "days", 14, 1..=366).unwrap(), 14);
        assert_eq!(bounded(&query("days=366"), "days", 14, 1..=366).unwrap(), 366);
        for text in ["0", "367", "-1", "x", "1.5", "+1", "99999999999999999999"] {
            let given = query(&format!("days={text}").replace('+', "%2B"));
            let error = bounded(&given, "days", 14, 1..=366).unwrap_err();
            assert_eq!(error.to_string(), "days must be an integer from 1 to 366", "{text}");
        }
    }

    #[test]
    fn a_count_is_cut() {
        assert_eq!(count(&query("count=0"), 25, 1000).unwrap(), 0);
        assert_eq!(count(&query("count=99999"), 25, 1000).unwrap(), 1000);
        for text in ["count=x", "count=-1", "count=9999999999"] {
            let error = count(&query(text), 25, 1000).unwrap_err();
            assert_eq!(error.to_string(), "count must be an integer");
        }
    }

    #[test]
    fn a_switch_is_0_or_1() {
        assert!(switch(&query("all=1"), "all").unwrap());
        assert!(!switch(&query("all=0"), "all").unwrap());
        assert!(!switch(&query(""), "all").unwrap());
        assert!(switch(&query("all=maybe"), "all").is_err());
    }
}
