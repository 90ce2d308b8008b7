//! Scripts: a template's body with a job's part in it.
//!
//! Upstream runs Django's whole template language over shell scripts; here `{{ content|safe }}` and
//! `{{ content }}` are replaced and every other byte stays as it is.

use serde_json::{Map, Value, json};

use crate::error::{Error, Result};

/// A job's part comes into its script so often at the most: it may be as long as a body, and a
/// script must go through an instance's memory.
const MOST_PARTS: usize = 4;

/// A body cut at its placeholders: text as text, 1 = the job's part as it is, 2 = escaped for HTML.
/// The store puts the pieces together again, so that a changed template changes its jobs at once.
/// `None` when there are too many placeholders.
pub fn pieces(body: &str) -> Option<Vec<Value>> {
    let mut pieces = Vec::new();
    let mut parts = 0;
    let mut text_from = 0;
    let mut at = 0;
    while let Some(found) = body.get(at..).and_then(|rest| rest.find("{{")) {
        let start = at + found;
        match body.get(start..).and_then(placeholder) {
            Some((length, escaped)) => {
                parts += 1;
                push_text(&mut pieces, body.get(text_from..start));
                pieces.push(json!(if escaped { 2 } else { 1 }));
                at = start + length;
                text_from = at;
            }
            None => at = start + 1,
        }
    }
    push_text(&mut pieces, body.get(text_from..));
    (parts <= MOST_PARTS).then_some(pieces)
}

/// Checks a template's body and adds its pieces to the fields, and how many times as long as a
/// job's part its share of the script is at the most: escaped, a quote is five bytes.
pub fn cut_field(fields: &mut Map<String, Value>) -> Result<()> {
    let Some(body) = fields.get("body").and_then(Value::as_str) else { return Ok(()) };
    let wrong = || Error::field("body", &format!("text with at most {MOST_PARTS} placeholders"));
    let pieces = pieces(body).ok_or_else(wrong)?;
    let shares: i64 = pieces.iter().map(|piece| piece.as_i64().map_or(0, share)).sum();
    fields.insert("pieces".into(), Value::Array(pieces));
    fields.insert("part_shares".into(), shares.into());
    Ok(())
}

fn share(piece: i64) -> i64 {
    if piece == 2 { 5 } else { 1 }
}

fn push_text(pieces: &mut Vec<Value>, text: Option<&str>) {
    pieces.extend(text.filter(|text| !text.is_empty()).map(Value::from));
}

/// The length of the placeholder at the beginning of `text`, and whether what it stands for is
/// escaped.
fn placeholder(text: &str) -> Option<(usize, bool)> {
    let inner = text.strip_prefix("{{")?;
    let end = inner.find("}}")?;
    let mut words = inner.get(..end)?.split('|').map(str::trim);
    if words.next() != Some("content") {
        return None;
    }
    let escaped = match words.next() {
        None => true,
        Some("safe") => false,
        Some(_) => return None,
    };
    words.next().is_none().then_some((end + 4, escaped))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(body: &str) -> Value {
        super::pieces(body).into()
    }

    #[test]
    fn placeholders_are_found_and_all_else_stays() {
        assert_eq!(pieces("#!/bin/sh\n{{ content|safe }}\n"), json!(["#!/bin/sh\n", 1, "\n"]));
        assert_eq!(pieces("{{content | safe}}{{  content }}"), json!([1, 2]));
        for body in [
            "${{ x }}",
            "{{ content|lower }}",
            "{{{{",
            "{% if %}",
            "{{ contents }}",
            "{{ content|safe|x }}",
        ] {
            assert_eq!(pieces(body), json!([body]), "{body}");
        }
        assert_eq!(pieces("{{{ content }}"), json!(["{", 2]));
        assert_eq!(pieces(""), json!([]));
    }

    #[test]
    fn a_job_comes_into_its_script_a_few_times_only() {
        assert!(super::pieces(&"{{ content }}".repeat(MOST_PARTS)).is_some());
        assert!(super::pieces(&"{{ content|safe }}".repeat(MOST_PARTS + 1)).is_none());
        let body = json!({ "body": "a{{ content|safe }}b{{ content }}" });
        let mut fields = body.as_object().cloned().unwrap_or_default();
        cut_field(&mut fields).unwrap();
        assert_eq!(fields["part_shares"], 6);
    }
}
