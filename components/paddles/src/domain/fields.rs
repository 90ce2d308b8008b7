//! The fields of a job that a client may write, and how each kind of value is read.

use serde_json::value::RawValue;
use serde_json::{Number, Value};

use crate::error::{Error, Result};

/// How a field's value is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text; numbers and booleans become their JSON text.
    Text,
    /// true, false, null.
    Boolean,
    /// A whole number; integral text is taken, floats are rounded half up.
    Integer,
    /// Any JSON, kept as it came.
    Json,
    /// `YYYY-MM-DD_HH:MM:SS`.
    Timestamp,
}

/// The kind of a writable field; `None` for keys that are not stored. Every one of them is a key of
/// `paddles_job_texts` in `migrations/0001_runs.sql`.
pub fn kind(name: &str) -> Option<Kind> {
    Some(match name {
        "archive_path" | "description" | "email" | "failure_reason" | "flavor" | "machine_type"
        | "name" | "os_type" | "os_version" | "owner" | "pid" | "sentry_event" | "branch"
        | "sha1" | "subset" | "suite" | "suite_branch" | "suite_path" | "suite_relpath"
        | "suite_repo" | "suite_sha1" | "teuthology_branch" | "pcp_grafana_url" | "user"
        | "queue" | "package_source" | "repo" | "teuthology_sha1" | "issue_url" | "comment" => {
            Kind::Text
        }
        "last_in_suite" | "nuke_on_error" | "verbose" | "success" => Kind::Boolean,
        "duration" | "priority" | "seed" | "sleep_before_teardown" => Kind::Integer,
        "kernel" | "overrides" | "roles" | "targets" | "tasks" => Kind::Json,
        "timestamp" => Kind::Timestamp,
        _ => return None,
    })
}

/// Fields of a job that only the server writes but clients may ask for with `fields=`.
const READ_ONLY: [&str; 10] =
    ["job_id", "status", "posted", "started", "updated", "log_href", "href", "run", "id", "run_id"];

/// Reads a `fields=` list of a job: names that begin with `_` and empty ones are passed over; no name at all means
/// every field.
pub fn parse_slice(text: &str) -> Result<Option<Vec<&str>>> {
    let names: Vec<&str> = text
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty() && !name.starts_with('_'))
        .collect();
    if names.iter().any(|name| kind(name).is_none() && !READ_ONLY.contains(name)) {
        return Err(invalid_field());
    }
    Ok(if names.is_empty() { None } else { Some(names) })
}

/// The refusal of a `fields=` list.
pub fn invalid_field() -> Error {
    Error::invalid("an invalid field was specified")
}

/// Reads a text value; also for the text fields of nodes.
pub fn text(name: &str, raw: &RawValue) -> Result<Value> {
    match value(name, raw)? {
        Value::Number(_) | Value::Bool(_) => Ok(Value::String(raw.get().trim().to_owned())),
        value @ (Value::String(_) | Value::Null) => Ok(value),
        _ => Err(Error::field(name, "text")),
    }
}

/// Reads true, false or null.
pub fn boolean(name: &str, raw: &RawValue) -> Result<Value> {
    match value(name, raw)? {
        value @ (Value::Bool(_) | Value::Null) => Ok(value),
        _ => Err(Error::field(name, "true or false")),
    }
}

/// Reads a whole number or null.
pub fn integer(name: &str, raw: &RawValue) -> Result<Value> {
    let refused = || Error::field(name, "an integer");
    match value(name, raw)? {
        Value::Null => Ok(Value::Null),
        Value::Number(number) => Ok(Value::from(rounded(&number).ok_or_else(refused)?)),
        Value::String(text) => Ok(Value::from(text.trim().parse::<i64>().map_err(|_| refused())?)),
        _ => Err(refused()),
    }
}

/// Ten years: longer than anybody waits for anything here.
const MOST_SECONDS: f64 = 315_360_000.0;

/// Reads a length of time, given in seconds, into microseconds, or null. It must be longer than nothing.
pub fn seconds(name: &str, raw: &RawValue) -> Result<Option<i64>> {
    let refused = || Error::field(name, "a positive number of seconds, ten years at the most");
    let number = match value(name, raw)? {
        Value::Null => return Ok(None),
        Value::Number(number) => number.as_f64().ok_or_else(refused)?,
        _ => return Err(refused()),
    };
    if !(0.000_001..=MOST_SECONDS).contains(&number) {
        return Err(refused());
    }
    #[expect(clippy::cast_possible_truncation, reason = "checked to be within the range")]
    Ok(Some((number * 1e6) as i64))
}

/// Half up, as a duration is measured as a float and shown in seconds.
fn rounded(number: &Number) -> Option<i64> {
    if number.is_i64() {
        return number.as_i64();
    }
    let whole = (number.as_f64()? + 0.5).floor();
    // Beyond 2^53 a float does not know its own last digits any more.
    #[expect(clippy::cast_possible_truncation, reason = "checked to be within the range")]
    (whole.abs() <= 9_007_199_254_740_992.0).then_some(whole as i64)
}

/// Reads teuthology's `2024-05-06_07:08:09` into wire form.
pub fn timestamp(name: &str, raw: &RawValue) -> Result<Value> {
    let refused = || Error::field(name, "a time, YYYY-MM-DD_HH:MM:SS");
    match value(name, raw)? {
        Value::Null => Ok(Value::Null),
        Value::String(text) => {
            let micros = assay_web::time::parse(&text.replacen('_', " ", 1)).ok_or_else(refused)?;
            Ok(Value::String(assay_web::time::format(micros)))
        }
        _ => Err(refused()),
    }
}

/// Builds a value; only lone surrogates can still be wrong with it.
pub fn value(name: &str, raw: &RawValue) -> Result<Value> {
    serde_json::from_str(raw.get()).map_err(|_| Error::field(name, "valid Unicode"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(text: &str) -> Box<RawValue> {
        RawValue::from_string(text.to_owned()).unwrap()
    }

    #[test]
    fn text_takes_numbers_and_booleans_as_their_json_text() {
        assert_eq!(text("pid", &raw("4711")).unwrap(), "4711");
        assert_eq!(text("os_version", &raw("22.04")).unwrap(), "22.04");
        assert_eq!(text("owner", &raw("true")).unwrap(), "true");
        assert_eq!(text("owner", &raw("null")).unwrap(), Value::Null);
        assert!(text("owner", &raw("[]")).is_err());
        assert!(text("owner", &raw("\"\\ud800\"")).is_err());
    }

    #[test]
    fn integers_are_rounded_half_up() {
        for (given, expected) in
            [("61.7", 62), ("61.5", 62), ("61.4", 61), ("-0.5", 0), ("\" 40 \"", 40), ("-3", -3)]
        {
            assert_eq!(integer("duration", &raw(given)).unwrap(), expected, "{given}");
        }
        for given in ["\"high\"", "\"6.5\"", "true", "[]", "1e300", "99999999999999999999"] {
            assert!(integer("priority", &raw(given)).is_err(), "{given}");
        }
    }

    #[test]
    fn seconds_are_a_positive_number() {
        assert_eq!(seconds("lease_seconds", &raw("1.5")).unwrap(), Some(1_500_000));
        assert_eq!(seconds("lease_seconds", &raw("null")).unwrap(), None);
        for given in ["0", "-1", "\"60\"", "true", "1e300", "315360001", "[]"] {
            assert!(seconds("lease_seconds", &raw(given)).is_err(), "{given}");
        }
    }

    #[test]
    fn a_timestamp_gets_wire_form() {
        assert_eq!(
            timestamp("timestamp", &raw("\"2024-05-06_07:08:09\"")).unwrap(),
            "2024-05-06 07:08:09"
        );
        let message = timestamp("timestamp", &raw("\"soon\"")).unwrap_err().to_string();
        assert!(message.starts_with("field 'timestamp' must be"));
    }

    #[test]
    fn a_slice_names_known_fields() {
        assert_eq!(parse_slice(",job_id,status,").unwrap().unwrap(), ["job_id", "status"]);
        assert_eq!(parse_slice("_x,,").unwrap(), None);
        assert_eq!(parse_slice("nope").unwrap_err().to_string(), "an invalid field was specified");
    }
}
