//! Queues: their names, and pausing them.

use assay_web::json::RawObject;
use assay_web::query::Query;
use serde_json::Value;

use super::fields;
use crate::error::{Error, Result};

/// What a PUT wants of a queue.
#[derive(Debug, PartialEq, Eq)]
pub enum PauseWish {
    /// It goes on.
    Resume,
    /// It gives nothing for so many microseconds.
    Pause {
        /// Who says so.
        paused_by: String,
        /// How long.
        duration: i64,
    },
}

/// The queue in a body.
pub fn parse_name(object: &RawObject<'_>) -> Result<String> {
    let raw = object.get("queue").ok_or_else(|| Error::missing_key("queue"))?;
    match fields::value("queue", raw)? {
        Value::Null => Err(Error::missing_key("queue")),
        Value::String(name) if name.is_empty() => Err(Error::missing_key("queue")),
        Value::String(name) => Ok(name),
        _ => Err(Error::field("queue", "text")),
    }
}

/// The queue in a body, as the name of a new one.
pub fn parse_new_name(object: &RawObject<'_>) -> Result<String> {
    let name = parse_name(object)?;
    if name.chars().count() > 32 || name.chars().any(char::is_control) {
        return Err(Error::field("queue", "1 to 32 characters, none of them a control character"));
    }
    Ok(name)
}

/// The queue in a query string.
pub fn named_in(query: &Query) -> Result<String> {
    let name = query.non_empty("queue").ok_or_else(|| Error::missing_key("queue"))?;
    Ok(name.to_owned())
}

/// Reads what a PUT wants: `{"paused": false}`, or who pauses and for how long.
pub fn parse_pause(object: &RawObject<'_>) -> Result<PauseWish> {
    let paused = object.get("paused").map(|raw| fields::boolean("paused", raw)).transpose()?;
    if paused == Some(Value::Bool(false)) {
        return Ok(PauseWish::Resume);
    }
    let text = object.get("paused_by").map(|raw| fields::text("paused_by", raw)).transpose()?;
    let paused_by = match text {
        Some(Value::String(name)) if !name.is_empty() => name,
        _ => return Err(Error::invalid("Cannot pause without specifying paused_by")),
    };
    let duration = object
        .get("pause_duration")
        .map(|raw| fields::seconds("pause_duration", raw))
        .transpose()?;
    let duration = duration.flatten().ok_or_else(|| Error::missing_key("pause_duration"))?;
    Ok(PauseWish::Pause { paused_by, duration })
}

/// What `machine_type=` of the list stands for: jobs for several types wait in the queue `multi`.
pub fn queue_of(machine_type: &str) -> &str {
    if machine_type.contains('|') { "multi" } else { machine_type }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(body: &str) -> Result<PauseWish> {
        parse_pause(&RawObject::parse(body).unwrap())
    }

    #[test]
    fn a_pause_has_an_author_and_an_end() {
        assert_eq!(
            wish(r#"{"paused_by": "bo", "pause_duration": 1.5}"#).unwrap(),
            PauseWish::Pause { paused_by: "bo".into(), duration: 1_500_000 }
        );
        assert_eq!(wish(r#"{"paused": false, "paused_by": "bo"}"#).unwrap(), PauseWish::Resume);
        for body in ["{}", r#"{"paused_by": null}"#, r#"{"paused_by": "", "pause_duration": 5}"#] {
            let message = wish(body).unwrap_err().to_string();
            assert_eq!(message, "Cannot pause without specifying paused_by");
        }
        for body in [
            r#"{"paused_by": "bo"}"#,
            r#"{"paused_by": "bo", "pause_duration": "long"}"#,
            r#"{"paused_by": "bo", "pause_duration": -1}"#,
            r#"{"paused": "no"}"#,
        ] {
            assert!(wish(body).is_err(), "{body}");
        }
    }

    #[test]
    fn a_new_queue_has_a_short_name() {
        let name = |body: &str| parse_new_name(&RawObject::parse(body).unwrap());
        assert_eq!(name(r#"{"queue": "gibba"}"#).unwrap(), "gibba");
        for body in [r"{}", r#"{"queue": null}"#, r#"{"queue": ""}"#] {
            let message = name(body).unwrap_err().to_string();
            assert_eq!(message, "could not find required key: 'queue'");
        }
        assert!(name(r#"{"queue": 7}"#).is_err());
        assert!(name(&format!(r#"{{"queue": "{}"}}"#, "q".repeat(33))).is_err());
    }

    #[test]
    fn several_types_wait_in_one_queue() {
        assert_eq!(queue_of("a|b"), "multi");
        assert_eq!(queue_of("a"), "a");
    }
}
