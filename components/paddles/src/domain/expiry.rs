//! After how long a job that nobody reports on any more counts as dead.

use assay_web::json::RawObject;
use assay_web::time::{DAY, Micros, SECOND};

use crate::error::{Error, Result};

const MINUTE: Micros = 60 * SECOND;
/// A century, so that no product overflows.
const MOST_DAYS: i64 = 36_500;

/// How long a job may stay without a report.
#[derive(Debug, PartialEq, Eq)]
pub struct Patience {
    /// While it should be at work: running, waiting, unknown.
    pub running: Micros,
    /// While it is queued.
    pub queued: Micros,
}

impl Patience {
    /// Reads `{"running_minutes": 30, "queued_days": 14}`, both of which may be left out. 0 expires
    /// all.
    pub fn parse(object: &RawObject<'_>) -> Result<Self> {
        Ok(Self {
            running: MINUTE * number(object, "running_minutes", 30, MOST_DAYS * 24 * 60)?,
            queued: DAY * number(object, "queued_days", 14, MOST_DAYS)?,
        })
    }
}

fn number(object: &RawObject<'_>, name: &str, default: i64, most: i64) -> Result<i64> {
    let Some(raw) = object.get(name) else { return Ok(default) };
    let number = serde_json::from_str(raw.get()).ok().filter(|number| (0..=most).contains(number));
    number.ok_or_else(|| Error::field(name, &format!("an integer from 0 to {most}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Patience> {
        Patience::parse(&RawObject::parse(text).unwrap())
    }

    #[test]
    fn what_is_left_out_has_a_default() {
        assert_eq!(parse("{}").unwrap(), Patience { running: 30 * MINUTE, queued: 14 * DAY });
        let some = parse(r#"{"running_minutes": 5, "queued_days": 0}"#).unwrap();
        assert_eq!(some, Patience { running: 5 * MINUTE, queued: 0 });
    }

    #[test]
    fn what_is_no_such_number_is_refused_by_name() {
        for value in ["-1", "1.5", "\"30\"", "null", "true", "[]", "99999999999", "1e3"] {
            for name in ["running_minutes", "queued_days"] {
                let error = parse(&format!(r#"{{"{name}": {value}}}"#)).unwrap_err();
                let expected = format!("field '{name}' must be an integer from 0 to ");
                assert!(error.to_string().starts_with(&expected), "{error}");
            }
        }
    }
}
