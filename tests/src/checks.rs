//! The rules that hold for every answer, whoever asked for what.

use serde_json::Value;

use crate::Area;
use crate::wire::Reply;

/// Which statuses the test is content with.
#[derive(Clone, Copy, Debug)]
pub enum Asked<'a> {
    /// Anything below 500.
    NoFailure,
    /// One of these.
    OneOf(&'a [u16]),
}

/// Says what is wrong with an answer, if anything is.
pub fn check(
    area: &Area,
    method: &str,
    path: &str,
    reply: &Reply,
    asked: Asked,
) -> Result<(), String> {
    check_status(reply.status, asked)?;
    check_headers(area, reply)?;
    if method != "HEAD" {
        check_body(area, path, reply)?;
    }
    Ok(())
}

fn check_status(status: u16, asked: Asked) -> Result<(), String> {
    match asked {
        Asked::NoFailure if status < 500 => Ok(()),
        Asked::OneOf(wanted) if wanted.contains(&status) => Ok(()),
        Asked::NoFailure => Err(format!("failed with {status}")),
        Asked::OneOf(wanted) => Err(format!("expected {wanted:?}, not {status}")),
    }
}

fn check_headers(area: &Area, reply: &Reply) -> Result<(), String> {
    if let Some(name) = area.headers.iter().find(|name| reply.header(name).is_none()) {
        return Err(format!("every answer of {} has the header {name}", area.name));
    }
    if matches!(reply.status, 204 | 304) && reply.header("content-length").is_some() {
        return Err(format!("a {} with a content-length (RFC 9110, 8.6)", reply.status));
    }
    Ok(())
}

fn check_body(area: &Area, path: &str, reply: &Reply) -> Result<(), String> {
    let content_type = reply.header("content-type").unwrap_or_default();
    let is_json = is_json(content_type);
    if is_json {
        check_json(reply)?;
    }
    if area.name == "plain" {
        return Ok(());
    }
    if !reply.body.is_empty() && content_type.is_empty() {
        return Err("a body without a content type".into());
    }
    if reply.status < 400 {
        return Ok(());
    }
    if !is_json {
        return Err("an error whose body is not JSON".into());
    }
    let body: Value = serde_json::from_slice(&reply.body).map_err(|e| e.to_string())?;
    match (area.message)(path, &body) {
        Some(_) => Ok(()),
        None => Err(format!("an error that has not the shape of {}", area.name)),
    }
}

/// Stacktach's specification calls it `text/json`.
pub fn is_json(content_type: &str) -> bool {
    ["application/json", "text/json"].iter().any(|json| content_type.starts_with(json))
}

fn check_json(reply: &Reply) -> Result<(), String> {
    if reply.body.is_empty() {
        // An empty `text/json` is what stacktach says of an event that is not there.
        let is_text = reply.header("content-type").is_some_and(|t| t.starts_with("text/json"));
        return if reply.status == 304 || is_text {
            Ok(())
        } else {
            Err("JSON without a body".into())
        };
    }
    if reply.header("content-length").is_none() {
        return Err("JSON without a content-length".into());
    }
    serde_json::from_slice::<Value>(&reply.body).map_err(|e| format!("broken JSON: {e}"))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::areas::{JOB_RUNNER, PADDLES};

    fn reply(status: u16, body: &str) -> Reply {
        let mut headers = vec![
            ("content-type".into(), "application/json".into()),
            ("content-length".into(), String::new()),
        ];
        headers.extend(PADDLES.headers.iter().map(|name| ((*name).to_owned(), "x".to_owned())));
        Reply { status, headers, body: body.into() }
    }

    fn fault(reply: &Reply, asked: Asked) -> String {
        check(&PADDLES, "GET", "/runs/", reply, asked).expect_err("a fault")
    }

    #[test]
    fn an_answer_without_a_body_says_no_length() {
        let fault = fault(&reply(304, ""), Asked::NoFailure);
        assert!(fault.contains("content-length"), "{fault}");
    }

    #[test]
    fn a_good_answer_passes() {
        check(&PADDLES, "GET", "/runs/", &reply(200, "{}"), Asked::OneOf(&[200])).unwrap();
        check(&PADDLES, "GET", "/runs/", &reply(404, r#"{"message": "no"}"#), Asked::NoFailure)
            .unwrap();
    }

    #[test]
    fn a_failure_passes_only_when_it_was_asked_for() {
        let failed = reply(503, r#"{"message": "busy"}"#);
        assert_eq!(fault(&failed, Asked::NoFailure), "failed with 503");
        check(&PADDLES, "GET", "/runs/", &failed, Asked::OneOf(&[200, 503])).unwrap();
    }

    #[test]
    fn an_error_has_the_shape_of_its_area() {
        let other = reply(404, r#"{"error": "no"}"#);
        assert!(fault(&other, Asked::NoFailure).contains("shape of paddles"));
        check(&JOB_RUNNER, "GET", "/api/", &other, Asked::NoFailure).unwrap();
    }

    #[test]
    fn json_is_whole_and_has_a_length() {
        assert!(fault(&reply(200, r#"{"a": "#), Asked::NoFailure).starts_with("broken JSON"));
        let mut chunked = reply(200, "{}");
        chunked.headers.retain(|(name, _)| name != "content-length");
        assert_eq!(fault(&chunked, Asked::NoFailure), "JSON without a content-length");
    }

    #[test]
    fn a_promised_header_is_on_every_answer() {
        let mut bare = reply(200, "{}");
        bare.headers.retain(|(name, _)| name != "access-control-allow-origin");
        assert!(fault(&bare, Asked::NoFailure).contains("access-control-allow-origin"));
    }
}
