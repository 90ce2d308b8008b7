//! `/runs/{run}/badge.svg`: a run as a picture of one line, for a page elsewhere.

use assay_web::badge::Badge;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, header};
use serde_json::Value;

use super::triage::{subject, tag};
use crate::error::Result;
use crate::extract::Path;
use crate::store;
use crate::store::triage::Subject;

/// `GET /runs/{run}/badge.svg`: the run's suite, status and passed jobs. Pages must ask anew each
/// time, and get 304 while nothing has changed.
pub async fn show(Path(run): Path<String>, given: HeaderMap) -> Result<Response> {
    let run = subject(store::open().await?, &run).await?;
    let tag = tag("badge", &[&run.head]);
    let response = if tag.is_known(&given) { tag.not_modified() } else { tag.on(picture(&run)) };
    Ok(([(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"))], response).into_response())
}

fn picture(run: &Subject) -> Response {
    let label = if run.suite.is_empty() { "run" } else { &run.suite };
    let message = message(&run.status, &run.results);
    Badge { label, message: &message, color: color(&run.status) }.into_response()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_counts_what_passed() {
        assert_eq!(message("finished fail", r#"{"pass": 12, "total": 15}"#), "fail 12/15");
        assert_eq!(message("running", r#"{"pass": 0, "total": 3}"#), "running 0/3");
        assert_eq!(message("empty", r#"{"pass": 0, "total": 0}"#), "empty");
    }
}
