//! What billing's pipeline says it has sent: yagi's batch in its three versions, and what is to be
//! repaired.

use assay_web::json::RawObject;
use serde::Serialize;
use serde_json::value::RawValue;

use super::fields::{Fields, Text};
use super::services::Service;

/// "The exists of this message was sent."
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Confirmation {
    /// Nova or glance.
    pub svc: i64,
    /// Which notification.
    pub message_id: String,
    /// The status of HTTP that billing got.
    pub send_status: i64,
    /// What billing calls it; `None` leaves what is known.
    pub event_id: Option<String>,
}

impl Confirmation {
    /// The one of the body of `/db/confirm/usage/exists/{message_id}/`.
    pub fn of_one(message_id: &str, body: &Fields<'_>) -> Result<Self, String> {
        let status = body.raw("send_status").ok_or("'send_status' missing from request body")?;
        let send_status = integer(status).ok_or("'send_status' must be an integer")?;
        let (svc, message_id) = (Service::Nova.number(), message_id.to_owned());
        Ok(Self { svc, message_id, send_status, event_id: None })
    }

    /// Those of a batch, in its order; none if any is malformed.
    pub fn of_batch(body: &Fields<'_>) -> Result<Vec<Self>, String> {
        let messages = body.raw("messages").ok_or("'messages' missing from request body")?;
        let version = match body.raw("version").map(RawValue::get) {
            None | Some("null" | "0") => {
                return Self::of_service(Service::Nova, messages, status_of);
            }
            Some("1") => status_of,
            Some("2") => status_and_event_of,
            Some(other) => return Err(format!("Unknown version {other}")),
        };
        let mut confirmations = Vec::new();
        for (name, messages) in pairs(messages).ok_or("'messages' must be an object")? {
            let service = billed(&name)?;
            confirmations.extend(Self::of_service(service, messages, version)?);
        }
        Ok(confirmations)
    }

    fn of_service(
        service: Service,
        messages: &RawValue,
        version: Version,
    ) -> Result<Vec<Self>, String> {
        let pairs = pairs(messages)
            .ok_or_else(|| format!("the messages of {} must be an object", service.name()))?;
        let confirmation = |(message_id, value): (String, &RawValue)| {
            let (send_status, event_id) = version(value)
                .ok_or_else(|| format!("'{message_id}' has no status that is an integer"))?;
            Ok(Self { svc: service.number(), message_id, send_status, event_id })
        };
        pairs.into_iter().map(confirmation).collect()
    }
}

/// The service of that name, if its usage is billed.
pub fn billed(name: &str) -> Result<Service, String> {
    let service = Service::parse(name).filter(|service| *service != Service::Generic);
    service.ok_or_else(|| format!("Unknown service '{name}'"))
}

/// Status and event id out of a value of one version of the batch.
type Version = fn(&RawValue) -> Option<(i64, Option<String>)>;

fn status_of(value: &RawValue) -> Option<(i64, Option<String>)> {
    Some((integer(value)?, None))
}

fn status_and_event_of(value: &RawValue) -> Option<(i64, Option<String>)> {
    let fields = Fields::of(value.get());
    if !fields.is_object() {
        return None;
    }
    let status = fields.raw("status").map_or(Some(0), integer)?;
    let event_id = match fields.text("event_id") {
        Text::Text(text) => text.into_owned(),
        Text::Null => String::new(),
        Text::Absent if !fields.has("event_id") => String::new(),
        Text::Absent => return None,
    };
    Some((status, Some(event_id)))
}

/// The pairs of an object, or of a list of objects with one key each: upstream's documentation
/// shows both.
fn pairs(raw: &RawValue) -> Option<Vec<(String, &RawValue)>> {
    let objects: Vec<RawObject<'_>> = match RawObject::parse(raw.get()) {
        Some(object) => vec![object],
        None => serde_json::from_str(raw.get()).ok()?,
    };
    let pairs = objects.iter().flat_map(RawObject::pairs);
    Some(pairs.map(|(key, value)| (key.to_owned(), value)).collect())
}

/// An integer, or a string of digits.
fn integer(raw: &RawValue) -> Option<i64> {
    let text = raw.get();
    match text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
        Some(digits) if digits.bytes().all(|digit| digit.is_ascii_digit()) => digits.parse().ok(),
        Some(_) => None,
        None => text.parse().ok(),
    }
}

/// The ids to repair in a JSON body, and the service's name if there is one.
pub fn to_repair(body: &Fields<'_>) -> Result<(Vec<String>, Option<String>), String> {
    let ids = body.raw("message_ids").ok_or("'message_ids' missing from request body")?;
    let ids = serde_json::from_str(ids.get());
    let ids = ids.map_err(|_| "'message_ids' must be a list of strings")?;
    let service = match body.text("service") {
        Text::Text(name) => Some(name.into_owned()),
        Text::Null => None,
        Text::Absent if !body.has("service") => None,
        Text::Absent => return Err("'service' must be a string".to_owned()),
    };
    Ok((ids, service))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(body: &str) -> Result<Vec<Confirmation>, String> {
        Confirmation::of_batch(&Fields::of(body))
    }

    fn confirmation(svc: i64, id: &str, status: i64, event_id: Option<&str>) -> Confirmation {
        let event_id = event_id.map(str::to_owned);
        Confirmation { svc, message_id: id.to_owned(), send_status: status, event_id }
    }

    #[test]
    fn all_three_versions_are_read() {
        let old = [confirmation(1, "a", 201, None), confirmation(1, "b", 404, None)];
        assert_eq!(batch(r#"{"messages":{"a":201,"b":"404"}}"#).unwrap(), old);
        assert_eq!(batch(r#"{"messages":[{"a":201},{"b":404}],"version":0}"#).unwrap(), old);
        let both =
            batch(r#"{"messages":{"nova":{"a":1},"glance":[{"b":2}]},"version":1}"#).unwrap();
        assert_eq!(both, [confirmation(1, "a", 1, None), confirmation(2, "b", 2, None)]);
        let new =
            r#"{"messages":{"nova":{"a":{"status":201,"event_id":"urn:x"},"b":{}}},"version":2}"#;
        let expected =
            [confirmation(1, "a", 201, Some("urn:x")), confirmation(1, "b", 0, Some(""))];
        assert_eq!(batch(new).unwrap(), expected);
        assert!(batch(r#"{"messages":{}}"#).unwrap().is_empty());
    }

    #[test]
    fn one_bad_value_spoils_the_batch() {
        assert_eq!(batch("{}").unwrap_err(), "'messages' missing from request body");
        for body in [
            r#"{"messages":{"a":201,"b":"x"}}"#,
            r#"{"messages":{"a":201.5}}"#,
            r#"{"messages":{"a":null}}"#,
            r#"{"messages":{"a":""}}"#,
            r#"{"messages":{"a":99999999999999999999}}"#,
            r#"{"messages":7}"#,
            r#"{"messages":["a"]}"#,
            r#"{"messages":{},"version":3}"#,
            r#"{"messages":{},"version":"2"}"#,
            r#"{"messages":{"cinder":{"a":1}},"version":1}"#,
            r#"{"messages":{"nova":{"a":1}},"version":2}"#,
            r#"{"messages":{"nova":{"a":{"event_id":[]}}},"version":2}"#,
        ] {
            assert!(batch(body).is_err(), "{body}");
        }
    }

    #[test]
    fn one_message_needs_a_status() {
        let one = |body| Confirmation::of_one("m", &Fields::of(body));
        assert_eq!(one(r#"{"send_status":201}"#).unwrap(), confirmation(1, "m", 201, None));
        assert_eq!(one("{}").unwrap_err(), "'send_status' missing from request body");
        assert!(one(r#"{"send_status":true}"#).is_err());
    }
}
