//! JSON: answers that are JSON text already, and bodies that are looked at before they are believed.

use std::borrow::Cow;

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use serde::Deserialize;
use serde_json::value::RawValue;

/// An answer that is JSON text already, for example built by SQLite. Says its length itself, because not
/// every answer passes a router that would: what a gate refuses never reaches one.
pub struct JsonText(pub String);

impl IntoResponse for JsonText {
    fn into_response(self) -> Response {
        let json = HeaderValue::from_static("application/json");
        let length = HeaderValue::from(self.0.len());
        ([(header::CONTENT_TYPE, json), (header::CONTENT_LENGTH, length)], self.0).into_response()
    }
}

/// How deep a text nests arrays and objects (0 for a scalar). Only counts brackets outside strings, so it
/// is cheap and can be asked before parsing: `serde_json` limits the depth of what it builds, not of
/// what it skips or keeps as [`RawValue`].
pub fn depth(text: &[u8]) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'[' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// A text that has been checked to be JSON, UTF-8 and of bounded depth, but not yet to be anything in particular.
#[derive(Debug)]
pub struct Document(String);

impl Document {
    /// Checks a body; `None` when it is not JSON or nests deeper than `most_levels`.
    pub fn parse(body: &[u8], most_levels: usize) -> Option<Self> {
        if depth(body) > most_levels {
            return None;
        }
        let text = std::str::from_utf8(body).ok()?;
        serde_json::from_str::<&RawValue>(text).ok()?;
        Some(Self(text.to_owned()))
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// It as an object, if it is one.
    pub fn object(&self) -> Option<RawObject<'_>> {
        RawObject::parse(&self.0)
    }

    /// Its elements, if it is an array.
    pub fn array(&self) -> Option<Vec<&RawValue>> {
        serde_json::from_str(&self.0).ok()
    }

    /// It as a type of the caller's.
    pub fn read<'a, T: Deserialize<'a>>(&'a self) -> serde_json::Result<T> {
        serde_json::from_str(&self.0)
    }
}

/// A JSON object whose values have been checked to be JSON but not been built. For large bodies of which
/// only some keys matter. A key given twice counts with its last value.
#[derive(Debug)]
pub struct RawObject<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> RawObject<'a> {
    /// Reads the text of an object; `None` if it is not one.
    pub fn parse(text: &'a str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// The last value of a key.
    pub fn get(&self, key: &str) -> Option<&'a RawValue> {
        self.0.iter().rev().find(|(name, _)| name == key).map(|(_, value)| *value)
    }

    /// The pairs in the order of the text, repeated keys included.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &'a RawValue)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), *value))
    }

    /// The pairs themselves.
    pub fn into_pairs(self) -> impl Iterator<Item = (Cow<'a, str>, &'a RawValue)> {
        self.0.into_iter()
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A value that is built; a long text in room that is made at once. serde_json's own room for a text
/// with escapes grows by doubling, which for a log takes thrice its length for a moment.
pub fn value(raw: &RawValue) -> serde_json::Result<serde_json::Value> {
    let json = raw.get();
    match json.strip_prefix('"').and_then(|json| json.strip_suffix('"')) {
        Some(escaped) if escaped.len() > LONG => unescaped(escaped).map(Into::into),
        _ => serde_json::from_str(json),
    }
}

/// Up to here doubling costs nothing that matters.
const LONG: usize = 64 * 1024;

/// A text between its quotes, which has been checked to be JSON. What is escaped in a row is read by
/// serde_json: two `\u` may be one character.
fn unescaped(mut escaped: &str) -> serde_json::Result<String> {
    let mut text = String::with_capacity(escaped.len());
    while let Some(start) = escaped.find('\\') {
        let (plain, rest) = escaped.split_at(start);
        let (escapes, rest) = rest.split_at(escapes_at(rest.as_bytes()));
        text.push_str(plain);
        match escapes {
            "\\n" => text.push('\n'),
            _ => text.push_str(&serde_json::from_str::<String>(&format!("\"{escapes}\""))?),
        }
        escaped = rest;
    }
    text.push_str(escaped);
    Ok(text)
}

/// How long the escapes at the start of a text are.
fn escapes_at(text: &[u8]) -> usize {
    let mut length = 0;
    while let Some([b'\\', kind, ..]) = text.get(length..) {
        length += if *kind == b'u' { 6 } else { 2 };
    }
    length
}

impl<'de: 'a, 'a> Deserialize<'de> for RawObject<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Pairs).map(Self)
    }
}

struct Pairs;

impl<'de> serde::de::Visitor<'de> for Pairs {
    type Value = Vec<(Cow<'de, str>, &'de RawValue)>;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a JSON object")
    }

    fn visit_map<M: serde::de::MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let mut pairs = Vec::new();
        while let Some((Key(key), value)) = map.next_entry::<Key<'de>, &RawValue>()? {
            pairs.push((key, value));
        }
        Ok(pairs)
    }
}

/// A key that is borrowed where the text has no escapes in it.
#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_counts_brackets_outside_strings() {
        assert_eq!(depth(b"7"), 0);
        assert_eq!(depth(br#"{"a":[1,[2]],"b":"[[[[\"[["}"#), 3);
        assert_eq!(depth("[".repeat(200).as_bytes()), 200);
    }

    #[test]
    fn a_document_is_utf8_json_of_bounded_depth() {
        let deep = "[".repeat(9) + &"]".repeat(9);
        assert!(Document::parse(deep.as_bytes(), 9).is_some());
        for body in ["", "{", "NaN", "{} x", "\u{feff}{}", &deep] {
            assert!(Document::parse(body.as_bytes(), 8).is_none(), "{body}");
        }
        assert!(Document::parse(b"\"\xff\"", 8).is_none());
        let array = Document::parse(b"[1]", 8).unwrap();
        assert!(array.object().is_none());
        assert_eq!(array.array().unwrap().len(), 1);
        assert_eq!(array.read::<Vec<u8>>().unwrap(), [1]);
    }

    #[test]
    fn a_key_given_twice_counts_with_its_last_value() {
        let object =
            RawObject::parse(r#" {"a": 1, "b\n": [18446744073709551615], "a": 2} "#).unwrap();
        assert_eq!(object.get("a").unwrap().get(), "2");
        assert_eq!(object.get("b\n").unwrap().get(), "[18446744073709551615]");
        assert!(object.get("c").is_none());
        assert_eq!(object.into_pairs().map(|(key, _)| key).collect::<Vec<_>>(), ["a", "b\n", "a"]);
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for text in ["", "[]", "1", "null", "{", "{}x", r#"{"a":NaN}"#, r#"{"a":1,}"#] {
            assert!(RawObject::parse(text).is_none(), "{text}");
        }
        assert!(RawObject::parse("{}").unwrap().is_empty());
    }

    #[test]
    fn a_long_text_is_unescaped_as_a_short_one() {
        let parts = [r#"a\n\\n\""#, r"\ud83d\ude00", "h\u{e9}", r"\u00e9\t\/", r"\n\n"];
        let json = format!("\"{}\"", parts.join("").repeat(LONG / 20));
        let raw: &RawValue = serde_json::from_str(&json).unwrap();
        assert_eq!(value(raw).unwrap(), serde_json::from_str::<serde_json::Value>(&json).unwrap());
        let lone = format!("\"{}{}\"", "x".repeat(LONG), r"\ud83d");
        assert!(value(serde_json::from_str(&lone).unwrap()).is_err());
    }
}
