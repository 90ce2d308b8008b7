//! Dates of HTTP headers (RFC 9110, section 5.6.7): whole seconds, written as `Sun, 06 Nov 1994
//! 08:49:37 GMT`.

use std::time::{Duration, SystemTime};

use http::HeaderValue;

use crate::time::{Micros, SECOND};

/// `Last-Modified` and its kin. The fraction of a second is dropped.
pub fn header(micros: Micros) -> HeaderValue {
    let seconds = u64::try_from(micros.div_euclid(SECOND)).unwrap_or_default().min(LAST_SECOND);
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    HeaderValue::try_from(httpdate::fmt_http_date(time))
        .unwrap_or(HeaderValue::from_static("Thu, 01 Jan 1970 00:00:00 GMT"))
}

/// Reads a date, also in the two obsolete forms that a recipient must know. `None` is "as if it
/// were not there".
pub fn parse(value: &HeaderValue) -> Option<Micros> {
    let time = httpdate::parse_http_date(value.to_str().ok()?).ok()?;
    let since = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_secs()).ok()?.checked_mul(SECOND)
}

/// The end of the year 9999: four digits are all that the format has.
const LAST_SECOND: u64 = 253_402_300_799;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Micros> {
        parse(&HeaderValue::from_str(text).unwrap())
    }

    #[test]
    fn a_date_has_whole_seconds() {
        assert_eq!(header(784_111_777_999_999), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(header(i64::MAX), "Fri, 31 Dec 9999 23:59:59 GMT");
        assert_eq!(header(-1), "Thu, 01 Jan 1970 00:00:00 GMT");
    }

    #[test]
    fn all_three_forms_are_read() {
        for text in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ] {
            assert_eq!(read(text), Some(784_111_777 * SECOND), "{text}");
        }
        for text in ["", "0", "yesterday", "Sun, 06 Nov 1994 25:49:37 GMT", "1994-11-06"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let days = (0..2_000_000).step_by(37).map(|n| n * 86_399 * SECOND);
        for micros in days {
            assert_eq!(parse(&header(micros)), Some(micros));
        }
    }
}
