//! `/runs/{run}/badge.svg`: a run as a picture of one line, for a page elsewhere.

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, header};
use serde_json::Value;

use super::triage::{subject, tag};
use super::xml::escape;
use crate::error::Result;
use crate::extract::Path;
use crate::store;
use crate::store::triage::Subject;

/// Longer texts are cut: the picture is one line on somebody's page.
const LONGEST_LABEL: usize = 40;

/// `GET /runs/{run}/badge.svg`: the run's suite, status and passed jobs. Pages must ask anew each
/// time, and get 304 while nothing has changed.
pub async fn show(Path(run): Path<String>, given: HeaderMap) -> Result<Response> {
    let run = subject(store::open().await?, &run).await?;
    let tag = tag("badge", &[&run.head]);
    let response = if tag.is_known(&given) {
        tag.not_modified()
    } else {
        let svg = HeaderValue::from_static("image/svg+xml");
        tag.on(([(header::CONTENT_TYPE, svg)], picture(&run)).into_response())
    };
    Ok(([(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"))], response).into_response())
}

fn picture(run: &Subject) -> String {
    let label = if run.suite.is_empty() { "run" } else { &run.suite };
    draw(&shortened(label), &message(&run.status, &run.results), color(&run.status))
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= LONGEST_LABEL {
        return text.to_owned();
    }
    text.chars().take(LONGEST_LABEL - 1).chain(['…']).collect()
}

/// `pass 15/15`: the status, and how many of the jobs passed.
fn message(status: &str, results: &str) -> String {
    let word = status.strip_prefix("finished ").unwrap_or(status);
    let results: Value = serde_json::from_str(results).unwrap_or_default();
    let number = |name| results.get(name).and_then(Value::as_u64).unwrap_or_default();
    match number("total") {
        0 => word.to_owned(),
        total => format!("{word} {}/{total}", number("pass")),
    }
}

fn color(status: &str) -> &'static str {
    match status {
        "finished pass" => "#2e8b3d",
        "finished fail" => "#c33d2e",
        "finished dead" => "#7a1f1f",
        "running" => "#1f6fb5",
        _ => "#6b6b6b",
    }
}

/// Two boxes with a text each. The width of a text is a guess (7 pixels a sign of 11 pixel
/// Verdana), which `textLength` makes true.
fn draw(label: &str, message: &str, color: &str) -> String {
    let (left, right) = (7 * label.chars().count() + 10, 7 * message.chars().count() + 10);
    let (left_text, right_text) = (left - 10, right - 10);
    let (width, right_x) = (left + right, left + 5);
    let (label, message) = (escape(label), escape(message));
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20" role="img"
 aria-label="{label}: {message}">
<title>{label}: {message}</title>
<rect width="{left}" height="20" fill="#444"/>
<rect x="{left}" width="{right}" height="20" fill="{color}"/>
<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">
<text x="5" y="14" textLength="{left_text}">{label}</text>
<text x="{right_x}" y="14" textLength="{right_text}">{message}</text>
</g>
</svg>
"##
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_counts_what_passed() {
        assert_eq!(message("finished fail", r#"{"pass": 12, "total": 15}"#), "fail 12/15");
        assert_eq!(message("running", r#"{"pass": 0, "total": 3}"#), "running 0/3");
        assert_eq!(message("empty", r#"{"pass": 0, "total": 0}"#), "empty");
    }

    #[test]
    fn a_text_in_the_picture_is_escaped_and_short() {
        let picture = draw(&shortened(&"<".repeat(100)), "pass 1/1", "#000");
        assert!(picture.contains(&format!(">{}…<", "&lt;".repeat(39))), "{picture}");
        assert!(picture.contains(r#"<rect width="290""#), "{picture}");
    }
}
