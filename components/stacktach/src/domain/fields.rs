//! Values out of notifications that may have any shape.
//!
//! Any level of a path may be missing, null or of another type: then the value is simply absent.
//! Extraction never fails.

use std::borrow::Cow;

use assay_web::json::RawObject;
use serde_json::value::RawValue;

/// An object that may not be one.
#[derive(Debug)]
pub struct Fields<'a>(Option<RawObject<'a>>);

/// A number that counts nothing: negative, broken, or beyond 63 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoCount;

/// What stands under a key, as a text.
#[derive(Debug, PartialEq, Eq)]
pub enum Text<'a> {
    /// No such key, or a value that is no text: a boolean, an array, an object.
    Absent,
    /// JSON's null.
    Null,
    /// A string, or a number's decimal text.
    Text(Cow<'a, str>),
}

impl<'a> Fields<'a> {
    /// The object in this text, if it is one.
    pub fn of(text: &'a str) -> Self {
        Self(RawObject::parse(text))
    }

    /// Whether it is an object.
    pub fn is_object(&self) -> bool {
        self.0.is_some()
    }

    /// The value under a key.
    pub fn raw(&self, key: &str) -> Option<&'a RawValue> {
        self.0.as_ref()?.get(key)
    }

    /// Whether the key is there, whatever its value.
    pub fn has(&self, key: &str) -> bool {
        self.raw(key).is_some()
    }

    /// The object under a key.
    pub fn object(&self, key: &str) -> Self {
        Self(self.raw(key).and_then(|raw| RawObject::parse(raw.get())))
    }

    /// The object under a key of nova's versioned notifications, which wrap every object once more.
    pub fn versioned(&self, key: &str) -> Self {
        self.object(key).object(VERSIONED)
    }

    /// The value under a key as a text.
    pub fn text(&self, key: &str) -> Text<'a> {
        self.raw(key).map_or(Text::Absent, |raw| text_of(raw.get()))
    }

    /// The text under a key, if there is one that is not empty.
    pub fn non_empty(&self, key: &str) -> Option<Cow<'a, str>> {
        self.text(key).known().filter(|text| !text.is_empty())
    }

    /// An integer from 0 to 2^63-1 under a key; `Err` when there is a number that is none of these.
    pub fn count(&self, key: &str) -> Result<Option<i64>, NoCount> {
        match self.text(key) {
            Text::Absent | Text::Null => Ok(None),
            Text::Text(digits) => match digits.parse::<i64>() {
                Ok(count) if count >= 0 => Ok(Some(count)),
                _ => Err(NoCount),
            },
        }
    }
}

/// The key under which nova's versioned objects have their values.
pub const VERSIONED: &str = "nova_object.data";

impl<'a> Text<'a> {
    /// The text, if there is one.
    pub fn known(self) -> Option<Cow<'a, str>> {
        match self {
            Self::Text(text) => Some(text),
            Self::Absent | Self::Null => None,
        }
    }

    /// The same, but a missing key is an empty text, and null stays null.
    pub fn or_empty(self) -> Option<Cow<'a, str>> {
        match self {
            Self::Absent => Some(Cow::Borrowed("")),
            text => text.known(),
        }
    }
}

/// A JSON value as text.
pub fn text_of(raw: &str) -> Text<'_> {
    match raw.as_bytes().first() {
        Some(b'"') => Text::Text(unquoted(raw)),
        Some(b'-' | b'0'..=b'9') => Text::Text(Cow::Borrowed(raw)),
        Some(b'n') => Text::Null,
        _ => Text::Absent,
    }
}

/// The text of a JSON string. NUL and halves of surrogate pairs, which no text of ours can hold,
/// become U+FFFD.
fn unquoted(raw: &str) -> Cow<'_, str> {
    let inner = raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"')).unwrap_or(raw);
    if !inner.contains('\\') {
        return Cow::Borrowed(inner);
    }
    let (mut text, mut rest) = (String::with_capacity(inner.len()), inner);
    while let Some((plain, escaped)) = rest.split_once('\\') {
        text.push_str(plain);
        let mut signs = escaped.chars();
        let sign = signs.next().unwrap_or('\\');
        rest = signs.as_str();
        match sign {
            'u' => text.push(take_unicode(&mut rest)),
            'n' => text.push('\n'),
            't' => text.push('\t'),
            'r' => text.push('\r'),
            'b' => text.push('\u{8}'),
            'f' => text.push('\u{c}'),
            other => text.push(other),
        }
    }
    text.push_str(rest);
    Cow::Owned(text)
}

/// The sign after `\u`, of which a second escape may be part.
fn take_unicode(rest: &mut &str) -> char {
    let first = take_hex(rest).unwrap_or(0);
    let mut code = first;
    if (0xd800..0xdc00).contains(&first) {
        let mut after = rest.strip_prefix("\\u").unwrap_or_default();
        if let Some(second @ 0xdc00..0xe000) = take_hex(&mut after) {
            *rest = after;
            code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        }
    }
    char::from_u32(code).filter(|sign| *sign != '\0').unwrap_or(char::REPLACEMENT_CHARACTER)
}

fn take_hex(rest: &mut &str) -> Option<u32> {
    let (digits, after) = rest.split_at_checked(4)?;
    *rest = after;
    u32::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(raw: &str) -> String {
        text_of(raw).known().unwrap().into_owned()
    }

    #[test]
    fn strings_and_numbers_are_texts() {
        assert_eq!(text(r#""a\"\\\/\n\u00e9\ud83d\ude00""#), "a\"\\/\n\u{e9}\u{1f600}");
        assert_eq!(text("18446744073709551616"), "18446744073709551616");
        assert_eq!(text_of("null"), Text::Null);
        for raw in ["true", "[1]", "{}"] {
            assert_eq!(text_of(raw), Text::Absent);
        }
    }

    #[test]
    fn what_no_text_can_hold_becomes_a_replacement() {
        assert_eq!(text(r#""a\ud800b""#), "a\u{fffd}b");
        assert_eq!(text(r#""\udc00\ud83d\u0041""#), "\u{fffd}\u{fffd}A");
        assert_eq!(text(r#""x\u0000y""#), "x\u{fffd}y");
    }

    #[test]
    fn any_level_may_be_of_another_type() {
        let fields = Fields::of(r#"{"a": {"b": {"c": 7}}, "s": "text", "n": null, "e": ""}"#);
        assert_eq!(fields.object("a").object("b").text("c"), Text::Text("7".into()));
        for missing in [fields.object("s"), fields.object("n"), fields.object("a").object("x")] {
            assert_eq!(missing.object("b").text("c"), Text::Absent);
        }
        assert_eq!(fields.text("n").or_empty(), None);
        assert_eq!(fields.text("x").or_empty().as_deref(), Some(""));
        assert_eq!(fields.non_empty("e"), None);
        assert!(!Fields::of("\"text\"").is_object());
    }

    #[test]
    fn counts_are_exact_up_to_63_bits() {
        let fields = Fields::of(
            r#"{"a": 9223372036854775807, "b": -1, "c": 9223372036854775808, "d": null, "e": 1.5}"#,
        );
        assert_eq!(fields.count("a"), Ok(Some(i64::MAX)));
        assert_eq!((fields.count("b"), fields.count("c")), (Err(NoCount), Err(NoCount)));
        assert_eq!((fields.count("d"), fields.count("x")), (Ok(None), Ok(None)));
        assert_eq!(fields.count("e"), Err(NoCount));
    }
}
