//! Test nodes: their names, and what a client may say of them.

use assay_web::json::RawObject;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::fields;
use super::locks::LockWish;
use crate::error::{Error, Result};

/// Names that are URLs of their own below `/nodes/`.
const RESERVED: [&str; 5] = ["lock_many", "unlock_many", "job_stats", "machine_types", "stale"];

const TEXTS: [&str; 6] =
    ["machine_type", "arch", "os_type", "os_version", "mac_address", "ssh_pub_key"];

/// The name in the body of a new node.
pub fn parse_name(object: &RawObject<'_>) -> Result<String> {
    let raw = object.get("name").ok_or_else(|| Error::missing_key("name"))?;
    match fields::value("name", raw)? {
        Value::Null => Err(Error::missing_key("name")),
        Value::String(name) if name.is_empty() => Err(Error::missing_key("name")),
        Value::String(name) => check_name(name),
        _ => Err(invalid_name("it is not text")),
    }
}

fn check_name(name: String) -> Result<String> {
    if name.chars().count() > 256 {
        return Err(invalid_name("it is longer than 256 characters"));
    }
    if name.contains('/') || name.chars().any(char::is_control) {
        return Err(invalid_name("it has a slash or a control character in it"));
    }
    if RESERVED.contains(&name.as_str()) {
        return Err(invalid_name("it is a reserved word"));
    }
    Ok(name)
}

fn invalid_name(why: &str) -> Error {
    Error::invalid(format!("invalid node name: {why}"))
}

/// What a body says of a node. What is absent stays as it was.
#[derive(Debug, Default)]
pub struct NodeChange {
    /// What is wanted of its lock, and its description.
    pub lock: LockWish,
    /// All else that was sent, in the words of the columns; `vm_host` is a node's name.
    pub fields: Map<String, Value>,
}

impl NodeChange {
    /// Reads a body. Unknown keys are ignored, and so is `name`: nothing renames a node.
    pub fn parse(object: &RawObject<'_>) -> Result<Self> {
        let mut change = Self { lock: LockWish::parse(object)?, fields: Map::new() };
        for (name, raw) in object.pairs() {
            if let Some(value) = field(name, raw)? {
                change.fields.insert(name.to_owned(), value);
            }
        }
        Ok(change)
    }

    /// The host that the node is to be a guest of.
    pub fn vm_host(&self) -> Option<&str> {
        self.fields.get("vm_host")?.as_str()
    }
}

fn field(name: &str, raw: &RawValue) -> Result<Option<Value>> {
    Ok(Some(match name {
        "up" => fields::boolean(name, raw)?,
        "is_vm" => Value::Bool(fields::boolean(name, raw)?.as_bool().unwrap_or_default()),
        "vm_host" => match fields::value(name, raw)? {
            value @ (Value::String(_) | Value::Null) => value,
            _ => return Err(Error::field(name, "a node's name")),
        },
        _ if TEXTS.contains(&name) => fields::text(name, raw)?,
        _ => return Ok(None),
    }))
}

/// Reads `locked=` and `up=` of a list: `1 0 true false True False`.
pub fn parse_flag(name: &str, text: &str) -> Result<bool> {
    match text {
        "1" | "true" | "True" => Ok(true),
        "0" | "false" | "False" => Ok(false),
        _ => Err(Error::invalid(format!("{name} must be true or false"))),
    }
}

/// Reads `smithi|mira`.
pub fn parse_types(text: &str) -> Vec<&str> {
    text.split('|').map(str::trim).filter(|machine_type| !machine_type.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(body: &str) -> Result<String> {
        parse_name(&RawObject::parse(body).unwrap())
    }

    #[test]
    fn names_that_are_urls_or_break_them_are_refused() {
        assert_eq!(name(r#"{"name": "n7.lab.example"}"#).unwrap(), "n7.lab.example");
        for body in [r"{}", r#"{"name": null}"#, r#"{"name": ""}"#] {
            let message = name(body).unwrap_err().to_string();
            assert_eq!(message, "could not find required key: 'name'");
        }
        let long = format!(r#"{{"name": "{}"}}"#, "n".repeat(257));
        for body in [
            r#"{"name": "a/b"}"#,
            r#"{"name": "a\nb"}"#,
            r#"{"name": "stale"}"#,
            r#"{"name": 7}"#,
            &long,
        ] {
            let message = name(body).unwrap_err().to_string();
            assert!(message.starts_with("invalid node name: "), "{message}");
        }
    }

    #[test]
    fn numbers_become_text_and_unknown_keys_are_ignored() {
        let object = r#"{"os_version": 22.04, "up": null, "is_vm": null, "zip": 1, "name": "x"}"#;
        let change = NodeChange::parse(&RawObject::parse(object).unwrap()).unwrap();
        let expected = serde_json::json!({"os_version": "22.04", "up": null, "is_vm": false});
        assert_eq!(Value::Object(change.fields), expected);
        for body in [r#"{"is_vm": "maybe"}"#, r#"{"vm_host": 7}"#, r#"{"arch": []}"#] {
            assert!(NodeChange::parse(&RawObject::parse(body).unwrap()).is_err(), "{body}");
        }
    }

    #[test]
    fn flags_are_the_words_that_clients_send() {
        assert!(parse_flag("up", "True").unwrap());
        assert!(!parse_flag("up", "0").unwrap());
        assert_eq!(parse_flag("up", "yes").unwrap_err().to_string(), "up must be true or false");
        assert_eq!(parse_types("a|b|"), ["a", "b"]);
    }
}
