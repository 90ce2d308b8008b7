//! Scripts: a template's body with a job's part in it.
//!
//! Upstream runs Django's whole template language over shell scripts; here `{{ content|safe }}` and
//! `{{ content }}` are replaced and every other byte stays as it is.

use serde_json::{Value, json};

/// A body cut at its placeholders: text as text, 1 = the job's part as it is, 2 = escaped for HTML.
/// The store puts the pieces together again, so that a changed template changes its jobs at once.
pub fn pieces(body: &str) -> Value {
    let mut pieces = Vec::new();
    let mut text_from = 0;
    let mut at = 0;
    while let Some(found) = body.get(at..).and_then(|rest| rest.find("{{")) {
        let start = at + found;
        match body.get(start..).and_then(placeholder) {
            Some((length, escaped)) => {
                push_text(&mut pieces, body.get(text_from..start));
                pieces.push(json!(if escaped { 2 } else { 1 }));
                at = start + length;
                text_from = at;
            }
            None => at = start + 1,
        }
    }
    push_text(&mut pieces, body.get(text_from..));
    Value::Array(pieces)
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
}
