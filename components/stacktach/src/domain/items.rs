//! The forms in which a notification may come, and how a body holds one or many of them.

use std::borrow::Cow;

use assay_web::json::{self, RawObject};
use serde_json::value::RawValue;

use super::fields::{Fields, Text, text_of};
use super::services::Service;

/// An item may be this long.
pub const ITEM_LIMIT: usize = 1024 * 1024;
/// And nest this deep.
const DEPTH_LIMIT: usize = 128;

/// A notification that was unpacked, and what its packing said of it.
#[derive(Debug, Default, PartialEq)]
pub struct Item<'a> {
    /// The notification, a JSON object.
    pub body: Cow<'a, str>,
    /// Of a pair or a wrapper.
    pub routing_key: Option<Cow<'a, str>>,
    /// Of a wrapper.
    pub service: Option<Service>,
    /// Of a wrapper.
    pub deployment: Option<Cow<'a, str>>,
}

/// The items of a JSON body: of an array, of `{"notifications": [...]}`, or the body itself. `None`
/// when it is no JSON.
pub fn of_json(text: &str) -> Option<Vec<&str>> {
    let whole: &RawValue = serde_json::from_str(text).ok()?;
    let whole = whole.get();
    if whole.starts_with('[') && pair(whole).is_none() {
        return elements(whole);
    }
    let notifications =
        RawObject::parse(whole).and_then(|object| object.get("notifications")).map(RawValue::get);
    match notifications.filter(|list| list.starts_with('[')) {
        Some(list) => elements(list),
        None => Some(vec![whole]),
    }
}

/// The items of newline-delimited JSON; a line may turn out to be no JSON.
pub fn of_lines(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect()
}

fn elements(list: &str) -> Option<Vec<&str>> {
    let list: Vec<&RawValue> = serde_json::from_str(list).ok()?;
    Some(list.into_iter().map(RawValue::get).collect())
}

/// Unpacks one item.
pub fn unpack(text: &str) -> Result<Item<'_>, String> {
    if text.len() > ITEM_LIMIT {
        return Err(format!("the item is larger than {ITEM_LIMIT} bytes"));
    }
    if json::depth(text.as_bytes()) > DEPTH_LIMIT {
        return Err(format!("the item nests deeper than {DEPTH_LIMIT} levels"));
    }
    let whole: &RawValue = serde_json::from_str(text).map_err(|_| "the item is not JSON")?;
    if let Some((routing_key, inner)) = pair(whole.get()) {
        let item = opened(inner)?;
        return Ok(Item { routing_key: Some(routing_key), ..item });
    }
    let fields = Fields::of(whole.get());
    match fields.raw("body") {
        Some(body) if !fields.has("event_type") && !fields.has(MESSAGE) => wrapped(&fields, body),
        _ => opened(whole.get()),
    }
}

/// `["routing.key", {...}]`.
fn pair(text: &str) -> Option<(Cow<'_, str>, &str)> {
    if !text.starts_with('[') {
        return None;
    }
    let (key, inner): (&RawValue, &RawValue) = serde_json::from_str(text).ok()?;
    let is_pair = key.get().starts_with('"') && inner.get().starts_with('{');
    if is_pair { Some((text_of(key.get()).known()?, inner.get())) } else { None }
}

/// `{"body": ..., "routing_key": ..., "service": ..., "deployment": ...}`.
fn wrapped<'a>(fields: &Fields<'a>, body: &'a RawValue) -> Result<Item<'a>, String> {
    let text = |key: &str| match fields.text(key) {
        Text::Absent if fields.has(key) => Err(format!("'{key}' must be a string")),
        text => Ok(text.known()),
    };
    let service = match text("service")? {
        Some(name) => {
            Some(Service::parse(&name).ok_or_else(|| format!("Unknown service '{name}'"))?)
        }
        None => None,
    };
    let (routing_key, deployment) = (text("routing_key")?, text("deployment")?);
    Ok(Item { routing_key, service, deployment, ..opened(body.get())? })
}

const MESSAGE: &str = "oslo.message";

/// A notification, out of its oslo.messaging envelope if it has one.
fn opened(text: &str) -> Result<Item<'_>, String> {
    let fields = Fields::of(text);
    if !fields.is_object() {
        return Err("the item is not a notification".into());
    }
    if fields.has("event_type") || !(fields.has(MESSAGE) || fields.has("oslo.version")) {
        return Ok(Item { body: Cow::Borrowed(text), ..Item::default() });
    }
    let message = fields.raw(MESSAGE).ok_or("'oslo.message' missing")?.get();
    let body = match text_of(message) {
        Text::Text(inner) => inner,
        _ => Cow::Borrowed(message),
    };
    if json::depth(body.as_bytes()) > DEPTH_LIMIT || RawObject::parse(&body).is_none() {
        return Err("'oslo.message' is not a JSON object".into());
    }
    Ok(Item { body, ..Item::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const RAW: &str = r#"{"event_type": "a"}"#;

    #[test]
    fn a_body_is_one_item_or_many() {
        let pair = format!(r#"["monitor.info", {RAW}]"#);
        assert_eq!(of_json(&pair).unwrap(), [&pair]);
        assert_eq!(of_json(RAW).unwrap(), [RAW]);
        assert_eq!(of_json(&format!("[{RAW}, {pair}]")).unwrap(), [RAW, &pair]);
        assert_eq!(of_json(&format!(r#"{{"notifications": [{RAW}]}}"#)).unwrap(), [RAW]);
        assert_eq!(of_json("[]").unwrap().len(), 0);
        assert_eq!(of_json(" 7 ").unwrap(), ["7"]);
        assert_eq!(of_json("{"), None);
        assert_eq!(of_lines("a\n\n b \r\n{"), ["a", "b", "{"]);
    }

    #[test]
    fn every_form_is_unpacked() {
        let quoted = serde_json::to_string(RAW).unwrap();
        let oslo = format!(r#"{{"oslo.version": "2.0", "oslo.message": {quoted}}}"#);
        let open = format!(r#"{{"oslo.message": {RAW}}}"#);
        for text in [RAW, &oslo, &open, &format!(r#"{{"body": {oslo}}}"#)] {
            assert_eq!(unpack(text).unwrap(), Item { body: RAW.into(), ..Item::default() });
        }
        let pair = unpack(r#"["k", {"oslo.message": {"event_type": "a"}}]"#).unwrap();
        assert_eq!((pair.body.as_ref(), pair.routing_key.as_deref()), (RAW, Some("k")));
        let text = r#"{"body": {"event_type": "a"}, "service": "glance", "deployment": "d"}"#;
        let item = unpack(text).unwrap();
        assert_eq!((item.service, item.deployment.as_deref()), (Some(Service::Glance), Some("d")));
    }

    #[test]
    fn what_is_no_notification_is_refused() {
        let deep = format!(r#"{{"a": {}1{}}}"#, "[".repeat(128), "]".repeat(128));
        let long = format!("[{}]", " ".repeat(ITEM_LIMIT));
        for text in [
            "null",
            "7",
            "\"text\"",
            "[]",
            r#"["monitor.info"]"#,
            r#"["monitor.info", "x"]"#,
            "[5, {}]",
            r#"{"oslo.version": "2.0"}"#,
            r#"{"oslo.message": "{"}"#,
            r#"{"oslo.message": "[1]"}"#,
            r#"{"oslo.message": null}"#,
            r#"{"body": 5}"#,
            r#"{"body": {}, "service": "cinder"}"#,
            r#"{"body": {}, "deployment": {}}"#,
            "{",
            &deep,
            &long,
        ] {
            assert!(unpack(text).is_err(), "{text:.40}");
        }
    }
}
