//! What holds for every URL of the area: the last slash, HEAD, OPTIONS, other methods, CORS, and
//! unknown URLs.

use std::time::{Duration, Instant};

use assay_tests::{Client, json, unique};

use crate::{new_job, paddles, status_of};

/// Every kind of URL about runs and jobs that answers GET, for a run with a job `"1"`.
fn readable(run: &str) -> Vec<String> {
    vec![
        "/runs/".into(),
        format!("/runs/{run}/"),
        format!("/runs/{run}/1/"),
        format!("/runs/{run}/jobs/"),
        format!("/runs/{run}/jobs/1/"),
        "/runs/branch/".into(),
        "/runs/branch/none/".into(),
        "/runs/date/from/2024-05-05/to/2024-05-06/".into(),
        "/runs/queued/".into(),
        "/jobs/".into(),
        "/paddles/".into(),
        "/paddles/health/".into(),
        "/errors/not_found/".into(),
    ]
}

fn run_with_a_job(paddles: &Client) -> String {
    new_job(paddles, json!({ "status": "running" }))
}

#[test]
fn the_last_slash_makes_no_difference_but_for_the_dialect_of_a_run() {
    let paddles = paddles();
    let run = run_with_a_job(&paddles);
    for path in readable(&run) {
        if path == "/jobs/" || path == "/runs/" || path == "/runs/queued/" {
            continue; // other tests add to these lists meanwhile
        }
        let bare = path.trim_end_matches('/');
        let bare = if path == format!("/runs/{run}/") {
            format!("{bare}?dialect=plain")
        } else {
            bare.into()
        };
        let (with, without) = (paddles.get(&path).send(), paddles.get(&bare).send());
        assert_eq!(with.status(), without.status(), "{path}");
        assert_eq!(with.text(), without.text(), "{path}");
    }
}

#[test]
fn writes_take_both_forms_of_a_url() {
    let (paddles, run) = (paddles(), unique("run"));
    paddles.post("/runs", json!({ "name": run })).expect(200);
    paddles.post(&format!("/runs/{run}"), json!({ "job_id": 1 })).expect(200);
    paddles.post(&format!("/runs/{run}/jobs"), json!({ "job_id": 2 })).expect(200);
    paddles.put(&format!("/runs/{run}/jobs/2"), json!({ "status": "dead" })).expect(200);
    paddles.put(&format!("/runs/{run}/1"), json!({ "status": "dead" })).expect(200);
    paddles.put(&format!("/runs/{run}"), json!({ "status": "pass" })).expect(200);
    paddles.delete(&format!("/runs/{run}/jobs/2")).expect(200);
    paddles.delete(&format!("/runs/{run}/1")).expect(200);
    paddles.delete(&format!("/runs/{run}")).expect(200);
}

#[test]
fn head_answers_like_get_without_a_body() {
    let paddles = paddles();
    let run = run_with_a_job(&paddles);
    let missing = [format!("/runs/{run}x/"), format!("/runs/{run}/jobs/2/"), "/runs/a/b/c/".into()];
    for path in readable(&run).iter().chain(&missing) {
        let (get, head) = (paddles.get(path).send(), paddles.head(path).send());
        assert_eq!(head.status(), get.status(), "{path}");
        assert_eq!(head.bytes(), b"", "{path}");
        for name in ["content-type", "x-paddles-dialect", "etag"] {
            assert_eq!(head.header(name), get.header(name), "{name} of {path}");
        }
    }
}

#[test]
fn options_is_answered_everywhere_with_what_is_allowed() {
    let paddles = paddles();
    let run = run_with_a_job(&paddles);
    let nowhere = ["/runs/a/b/c/d/".to_owned(), format!("/runs/{run}x/"), unique("/none")];
    for path in readable(&run).iter().chain(&nowhere) {
        let answer = paddles.options(path).expect(200);
        assert_eq!(answer.bytes(), b"", "{path}");
        assert!(answer.header("allow").is_some_and(|allow| allow.contains("OPTIONS")), "{path}");
    }
    let allow = paddles.options("/runs/").expect(200).header("allow").unwrap().to_owned();
    assert!(allow.contains("GET") && allow.contains("POST"), "{allow}");
}

#[test]
fn a_preflight_of_a_browser_is_let_through() {
    let paddles = paddles();
    let request = paddles.options("/runs/?count=25&page=1");
    let request = request.header("origin", "http://ng.example");
    let answer = request.header("access-control-request-method", "GET").expect(200);
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    assert_eq!(answer.header("access-control-allow-methods"), Some("GET, OPTIONS"));
    let allowed = answer.header("access-control-allow-headers");
    assert_eq!(allowed, Some("origin, authorization, accept"));
}

#[test]
fn a_method_that_a_url_lacks_is_refused_with_those_it_has() {
    let paddles = paddles();
    let run = run_with_a_job(&paddles);
    for (method, path, allowed) in [
        ("DELETE", "/runs/".to_owned(), "POST"),
        ("PATCH", "/runs/".to_owned(), "GET"),
        ("PATCH", format!("/runs/{run}/"), "PUT"),
        ("POST", format!("/runs/{run}/jobs/1/"), "PUT"),
        ("POST", format!("/runs/{run}/1/"), "DELETE"),
        ("POST", "/jobs/".to_owned(), "GET"),
        ("PUT", "/runs/queued/".to_owned(), "GET"),
        ("DELETE", "/runs/branch/main/".to_owned(), "GET"),
        ("TRACE", format!("/runs/{run}/"), "GET"),
    ] {
        let refusal = paddles.request(method, &path).expect(405);
        let allow = refusal.header("allow").unwrap_or_default();
        assert!(allow.contains(allowed), "{method} {path}: {allow}");
        assert!(!refusal.message().is_empty());
    }
    assert_eq!(paddles.get(&format!("/runs/{run}")).expect(200).json()["jobs_count"], 1);
}

#[test]
fn an_unknown_url_below_the_roots_is_not_found() {
    let paddles = paddles();
    for path in [
        "/runs/a/b/c/",
        "/runs/a/jobs/1/x/",
        "/paddles/none/",
        "/paddles/runs/a/b/c/d/",
        "/jobs/a/b/c/",
        "/runs/%FF/",
        "/runs/a/%FF/",
        "/errors/none/",
        "/errors/",
    ] {
        paddles.get(path).expect(404);
    }
    paddles.get("/runs/a/jobs/1/x/").refused(404, "resource was not found");
    paddles.post("/runs/a/b/c/", json!({})).refused(404, "resource was not found");
}

#[test]
fn error_pages_say_what_they_are_asked_to() {
    let paddles = paddles();
    for (page, status) in
        [("invalid", 400), ("forbidden", 403), ("not_found", 404), ("unavailable", 503)]
    {
        let path = format!("/errors/{page}/");
        assert!(!paddles.get(&path).expect(status).message().is_empty());
        let path = format!("{path}?error_message=no%20%22way%22");
        paddles.get(&path).refused(status, "no \"way\"");
    }
}

#[test]
fn the_specifications_second_example_leads_to_the_run() {
    let paddles = paddles().with_header("host", "lab.example");
    let run = run_with_a_job(&paddles);
    let found = paddles.get(&format!("/{run}")).expect(302);
    assert_eq!(found.header("location"), Some(format!("http://lab.example/runs/{run}/").as_str()));
    paddles.get(&format!("/{run}x")).refused(404, "resource was not found");
}

#[test]
fn monstrous_urls_are_refused_quickly() {
    let paddles = paddles();
    let started = Instant::now();
    for path in [
        format!("/runs/{}", "branch/a/".repeat(5_000)),
        format!("/runs/{}", "a/".repeat(10_000)),
        format!("/runs/{}/", "x".repeat(50_000)),
        format!("/runs/{}/jobs/{}/", "x".repeat(20_000), "y".repeat(20_000)),
        format!("/runs/?branch={}", "x".repeat(60_000)),
        format!("/runs/?{}", "count=1&".repeat(7_000)),
    ] {
        paddles.get(&path).expect_any(&[200, 400, 404, 414]);
    }
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

#[test]
fn a_url_beyond_what_the_server_reads_is_answered_too() {
    let paddles = paddles();
    for path in [
        format!("/runs{}/", "/branch".repeat(10_000)),
        format!("/runs/?branch={}", "x".repeat(100_000)),
    ] {
        // Refused before it reaches the area, so in another shape.
        let request = format!("GET {path} HTTP/1.1\r\nhost: lab\r\nconnection: close\r\n\r\n");
        let status = status_of(&paddles, &request);
        assert!([400, 404, 414, 431].contains(&status), "{status}");
    }
}

#[test]
fn signs_that_databases_know_are_plain_characters() {
    let paddles = paddles();
    let mark = unique("q");
    for name in [
        format!("{mark}'; DROP TABLE paddles_runs; --"),
        format!("{mark}%"),
        format!("{mark}_"),
        format!("{mark}\" \\ {{}} [] ü 漢 🦀"),
        format!("{mark}?a=b&c#d+e"),
    ] {
        paddles.post("/runs/", json!({ "name": name })).expect(200);
        let path = format!("/runs/{}", assay_tests::segment(&name));
        let run = paddles.get(&path).expect(200).json();
        assert_eq!(run["name"], name);
        let href = run["href"].as_str().unwrap();
        let href = href.strip_prefix(&paddles.base_url()).unwrap();
        assert_eq!(paddles.get(href).expect(200).json(), json!({}), "{href} leads back");
        let words = json!({ "job_id": 1, "description": name, "failure_reason": name });
        paddles.post(&format!("{path}/jobs/"), words).expect(200);
        let job = paddles.get(&format!("{path}/jobs/1/")).expect(200).json();
        assert_eq!((&job["description"], &job["failure_reason"]), (&json!(name), &json!(name)));
    }
    paddles.get(&format!("/runs/{mark}x")).expect(404);
}
