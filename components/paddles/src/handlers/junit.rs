//! `/runs/{run}/junit.xml`: a run for whatever reads the results of tests.

use assay_web::time::SECOND;
use assay_web::xml::escape;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, header};

use super::triage::{subject, tag};
use crate::domain::failures::Outcome;
use crate::error::Result;
use crate::extract::Path;
use crate::site::Site;
use crate::store::triage::Subject;
use crate::store::{self, triage};

/// `GET /runs/{run}/junit.xml`: one test case for each job.
pub async fn show(site: Site, Path(run): Path<String>, given: HeaderMap) -> Result<Response> {
    let db = store::open().await?;
    let run = subject(db, &run).await?;
    let tag = tag("junit", &[&run.head]);
    if tag.is_known(&given) {
        return Ok(tag.not_modified());
    }
    let outcomes = triage::outcomes(db, run.head.id).await?;
    let xml = HeaderValue::from_static("application/xml");
    let document = document(&run, &outcomes, site.log_href);
    Ok(tag.on(([(header::CONTENT_TYPE, xml)], document).into_response()))
}

fn document(run: &Subject, outcomes: &[Outcome], log_href: &str) -> String {
    let class = escape(if run.suite.is_empty() { &run.name } else { &run.suite });
    let cases: String = outcomes
        .iter()
        .map(|outcome| {
            let log = log_href.replace("{run_name}", &run.name);
            case(outcome, &class, &log.replace("{job_id}", &outcome.job_id))
        })
        .collect();
    let name = escape(&run.name);
    let failures = outcomes.iter().filter(|outcome| outcome.status.is_failure()).count();
    let skipped = outcomes.iter().filter(|outcome| !outcome.status.is_finished()).count();
    let counts = format!(
        r#"tests="{}" failures="{failures}" errors="0" skipped="{skipped}" time="{}""#,
        outcomes.len(),
        outcomes.iter().filter_map(|outcome| outcome.duration).fold(0, i64::saturating_add),
    );
    // ISO 8601 to the second, without zone: what the format's schema wants.
    let second = run.scheduled - run.scheduled.rem_euclid(SECOND);
    let timestamp = assay_web::time::format(second).replace(' ', "T");
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites {counts}>
<testsuite name="{name}" timestamp="{timestamp}" {counts}>
{cases}</testsuite>
</testsuites>
"#
    )
}

fn case(outcome: &Outcome, class: &str, log: &str) -> String {
    let name = escape(outcome.description.as_deref().unwrap_or(&outcome.job_id));
    let time = outcome.duration.unwrap_or_default();
    let open = format!(r#"<testcase classname="{class}" name="{name}" time="{time}""#);
    let (word, log) = (outcome.status.word(), escape(log));
    if outcome.status.is_failure() {
        let reason = escape(outcome.failure_reason.as_deref().unwrap_or_default());
        let failure = format!(r#"<failure type="{word}" message="{reason}">{log}</failure>"#);
        return format!("{open}>{failure}</testcase>\n");
    }
    if !outcome.status.is_finished() {
        return format!("{open}><skipped message=\"{word}\"/></testcase>\n");
    }
    format!("{open}/>\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::statuses::Status;

    fn outcome(status: Status, reason: Option<&str>) -> Outcome {
        Outcome {
            job_id: "7".into(),
            status,
            description: None,
            duration: Some(61),
            failure_reason: reason.map(str::to_owned),
        }
    }

    #[test]
    fn a_case_says_how_its_job_ended() {
        let failed = case(&outcome(Status::Dead, Some("a<b\n")), "rados", "http://logs/7");
        assert_eq!(
            failed,
            "<testcase classname=\"rados\" name=\"7\" time=\"61\">\
             <failure type=\"dead\" message=\"a&lt;b&#10;\">http://logs/7</failure></testcase>\n"
        );
        let passed = case(&outcome(Status::Pass, Some("left over")), "rados", "");
        assert_eq!(passed, "<testcase classname=\"rados\" name=\"7\" time=\"61\"/>\n");
        let queued = case(&outcome(Status::Queued, None), "rados", "");
        assert!(queued.contains("><skipped message=\"queued\"/></testcase>"), "{queued}");
    }
}
