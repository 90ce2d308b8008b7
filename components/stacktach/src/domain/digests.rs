//! A name for a notification that brings none: the digest of its canonical JSON.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;
use sha2::{Digest, Sha256};

/// `sha256:` and the digest of a body whose keys are sorted and whose blanks are gone.
pub fn of_body(body: &str) -> String {
    let canonical = match serde_json::from_str::<Value>(body) {
        Ok(value) => sorted(value).to_string(),
        // A text that `Value` cannot hold (half a surrogate pair) stands for itself.
        Err(_) => body.to_owned(),
    };
    let mut name = String::from("sha256:");
    for byte in Sha256::digest(canonical.as_bytes()) {
        _ = write!(name, "{byte:02x}");
    }
    name
}

fn sorted(value: Value) -> Value {
    match value {
        Value::Object(object) => {
            let sorted: BTreeMap<_, _> =
                object.into_iter().map(|(key, value)| (key, self::sorted(value))).collect();
            Value::Object(sorted.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        scalar => scalar,
    }
}

#[cfg(test)]
mod tests {
    use super::of_body;

    #[test]
    fn the_order_of_keys_and_blanks_do_not_count() {
        let name = of_body(r#"{"b": [1, {"d": 2, "c": 3}], "a": null}"#);
        assert_eq!(name, of_body(r#"{"a":null,"b":[1,{"c":3,"d":2}]}"#));
        assert_ne!(name, of_body(r#"{"a":null,"b":[1,{"c":3,"d":4}]}"#));
        assert_eq!(name.len(), 71);
        assert_ne!(of_body(r#"{"a":"\ud800"}"#), of_body(r#"{"a":"\ud801"}"#));
    }
}
