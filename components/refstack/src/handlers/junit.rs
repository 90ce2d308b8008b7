//! The tests of a result as a JUnit file, for CI systems.

use assay_web::xml::escape;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use serde_json::Value;

use super::csv;
use crate::domain::rows::Test;

/// The beginning of a file: the suite and its counts.
pub fn head(id: &str, summary: &str) -> String {
    let summary: Value = serde_json::from_str(summary).unwrap_or_default();
    let count = |key: &str| summary.get(key).and_then(Value::as_u64).unwrap_or_default();
    let tests = count("total");
    let failures = count("failed") + count("uxsuccess");
    let (errors, skipped) = (count("incomplete"), count("skipped"));
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"{}\" tests=\"{tests}\" \
         failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\">\n",
        escape(id)
    )
}

/// The end of a file.
pub fn foot() -> String {
    "</testsuite>\n".to_owned()
}

/// One test; nothing for one that was only listed.
pub fn case(test: &Test<'_>) -> String {
    if test.status == "exists" {
        return String::new();
    }
    let (class, name) = test.id.rsplit_once('.').unwrap_or(("", &test.id));
    // A dot inside of attributes does not end the class.
    let (class, name) = match class.contains('[') || class.contains('(') {
        true => ("", &*test.id),
        false => (class, name),
    };
    let time = test.duration.map(|time| format!(" time=\"{time}\"")).unwrap_or_default();
    let open = format!("<testcase classname=\"{}\" name=\"{}\"{time}", escape(class), escape(name));
    let word = escape(&test.status);
    let inner = match &*test.status {
        "fail" | "uxsuccess" => format!("<failure message=\"{word}\"/>"),
        "skip" => "<skipped/>".to_owned(),
        "inprogress" | "unknown" => format!("<error message=\"{word}\"/>"),
        _ => return format!("{open}/>\n"),
    };
    format!("{open}>{inner}</testcase>\n")
}

/// A file as an answer.
pub fn answer(body: Body, id: &str, download: bool) -> Response {
    let mut response = body.into_response();
    let xml = HeaderValue::from_static("application/xml; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, xml);
    if download {
        csv::attach(&mut response, &format!("{id}.xml"));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(id: &str, status: &str) -> String {
        let test = serde_json::json!({
            "index": 0, "id": id, "name": id, "uuid": null, "status": status, "attempt": 1,
            "worker": null, "tags": [], "started_at": null, "stopped_at": null, "duration": 1.5,
        });
        case(&serde_json::from_str(&test.to_string()).unwrap())
    }

    #[test]
    fn a_case_says_how_its_test_ended() {
        let failed = shown("a.B.test_<x>", "fail");
        assert_eq!(
            failed,
            "<testcase classname=\"a.B\" name=\"test_&lt;x&gt;\" time=\"1.5\">\
             <failure message=\"fail\"/></testcase>\n"
        );
        assert!(shown("a.b", "xfail").ends_with("time=\"1.5\"/>\n"));
        assert!(shown("setUpClass (a.B)", "unknown").contains("name=\"setUpClass (a.B)\""));
        assert_eq!(shown("a", "exists"), "");
    }
}
