//! Fields of JSON bodies, with refusals in the words of this area.

use serde_json::{Map, Value};

use crate::error::{Error, Result};

/// The longest name of a vendor or a product.
const LONGEST_NAME: usize = 80;
/// The longest description, and the longest properties.
pub const LONGEST_TEXT: usize = 65_536;

/// Refuses keys that mean nothing here.
pub fn only(body: &Map<String, Value>, known: &[&str]) -> Result<()> {
    match body.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(Error::schema(format!("unknown key '{key}'"))),
        None => Ok(()),
    }
}

/// A text of at most so many characters, if it is there; null is as good as nothing.
pub fn text(body: &Map<String, Value>, key: &str, longest: usize) -> Result<Option<String>> {
    match body.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.chars().count() <= longest => Ok(Some(text.clone())),
        Some(_) => {
            Err(Error::schema(format!("'{key}' must be a text of at most {longest} characters")))
        }
    }
}

/// A text that must be there.
pub fn needed(body: &Map<String, Value>, key: &str, longest: usize) -> Result<String> {
    text(body, key, longest)?.ok_or_else(|| Error::schema(format!("'{key}' is missing")))
}

/// The name of a vendor or a product: refused with `name should not be empty` when it is.
pub fn name(body: &Map<String, Value>) -> Result<Option<String>> {
    let name = text(body, "name", LONGEST_NAME)?;
    match name.as_deref().map(str::trim) {
        Some("") => Err(Error::invalid("name should not be empty")),
        _ => Ok(name),
    }
}

/// A text that may be set to null.
pub fn clearable(
    body: &Map<String, Value>,
    key: &str,
    longest: usize,
) -> Result<Option<Option<String>>> {
    match body.contains_key(key) {
        true => text(body, key, longest).map(Some),
        false => Ok(None),
    }
}

/// The properties of a vendor or a product: an object, kept as text.
pub fn properties(body: &Map<String, Value>) -> Result<Option<Option<String>>> {
    match body.get("properties") {
        None => Ok(None),
        Some(Value::Null) => Ok(Some(None)),
        Some(value @ Value::Object(_)) => {
            let text = value.to_string();
            match text.len() <= LONGEST_TEXT {
                true => Ok(Some(Some(text))),
                false => Err(Error::schema("'properties' are too long")),
            }
        }
        Some(_) => Err(Error::schema("'properties' must be an object")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_texts_of_bounded_length() {
        let body = serde_json::json!({"a": "xy", "b": 7, "c": null});
        let body = body.as_object().unwrap();
        assert_eq!(text(body, "a", 2).unwrap().as_deref(), Some("xy"));
        assert_eq!(text(body, "c", 2).unwrap(), None);
        assert!(text(body, "a", 1).is_err());
        assert!(text(body, "b", 9).is_err());
        assert!(needed(body, "c", 9).is_err());
        assert!(only(body, &["a", "b"]).is_err());
    }
}
