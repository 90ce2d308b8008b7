//! Bodies: taken as JSON whatever their content type, refused alike by every URL that wants one.

use assay_tests::{Client, json, unique};

use crate::{job, lab_run, new_job, paddles, status_of};

/// Every URL that takes a JSON object, for a run with a job `"1"`.
fn writes(run: &str) -> Vec<(&'static str, String)> {
    vec![
        ("POST", "/runs/".into()),
        ("PUT", format!("/runs/{run}/")),
        ("POST", format!("/runs/{run}/")),
        ("POST", format!("/runs/{run}/jobs/")),
        ("PUT", format!("/runs/{run}/jobs/")),
        ("PUT", format!("/runs/{run}/jobs/1/")),
        ("PUT", format!("/runs/{run}/jobs/1/?upsert=1")),
        ("PUT", format!("/runs/{run}/1/")),
    ]
}

/// The run as it must still be after a refusal: without the times and versions of reads.
fn state(paddles: &Client, run: &str) -> String {
    lab_run(paddles, run).to_string()
}

#[test]
fn what_is_no_json_is_refused_with_one_message() {
    let paddles = paddles();
    let run = new_job(&paddles, json!({ "status": "running" }));
    let before = state(&paddles, &run);
    let deep = format!("{{\"overrides\": {}{}}}", "[".repeat(128), "]".repeat(128));
    for (method, path) in writes(&run) {
        for body in [
            &b""[..],
            b" ",
            b"{",
            b"{\"status\": \"de",
            b"NaN",
            b"{\"duration\": NaN}",
            b"{\"name\": \"\xff\xfe\"}",
            b"name=x&status=pass",
            b"{} {}",
            deep.as_bytes(),
        ] {
            let request = paddles.request(method, &path).body(body);
            request.refused(400, "could not decode JSON body");
        }
    }
    assert_eq!(state(&paddles, &run), before);
}

#[test]
fn what_is_json_but_no_object_is_refused() {
    let paddles = paddles();
    let run = new_job(&paddles, json!({}));
    for (method, path) in writes(&run) {
        for body in ["\"x\"", "7", "null", "true", "[]", "[1]"] {
            let takes_arrays = method == "POST" && path.ends_with("/jobs/");
            let refusal = paddles.request(method, &path).body(body).expect(400);
            if !(takes_arrays && body.starts_with('[')) {
                assert_eq!(refusal.message(), "JSON body must be an object", "{method} {path}");
            }
        }
    }
}

#[test]
fn a_body_over_four_mebibytes_is_too_large_and_one_under_it_is_taken() {
    let (paddles, run) = (paddles(), unique("run"));
    let path = format!("/runs/{run}/jobs/");
    let sized = |bytes: usize| {
        let empty = json!({ "job_id": "1", "description": "" }).to_string().len();
        json!({ "job_id": "1", "description": "x".repeat(bytes - empty) })
    };
    paddles.post(&path, sized(4 * 1024 * 1024 + 1)).expect(413);
    paddles.get(&format!("/runs/{run}/")).expect(404);
    paddles.post(&path, sized(4 * 1024 * 1024)).expect(200);
    let length = job(&paddles, &run, "1")["description"].as_str().unwrap().len();
    assert!(length > 4_000_000);
}

#[test]
fn a_body_that_nests_deep_comes_back_as_it_was() {
    let (paddles, run) = (paddles(), unique("run"));
    // 128 are allowed, but the client of these tests reads only 127 levels itself.
    let deep = format!("{}{}", "[".repeat(124), "]".repeat(124));
    let body = format!("{{\"job_id\": 1, \"overrides\": {deep}}}");
    paddles.post(&format!("/runs/{run}/jobs/"), body).expect(200);
    let text = paddles.get(&format!("/runs/{run}/jobs/1/?fields=overrides")).expect(200);
    assert_eq!(text.text(), format!("{{\"overrides\":{deep}}}"));
}

#[test]
fn the_content_type_of_a_body_does_not_matter() {
    let paddles = paddles();
    for content_type in [
        "application/x-www-form-urlencoded",
        "text/plain",
        "application/json; charset=utf-8",
        "nonsense",
    ] {
        let run = unique("run");
        let body = json!({ "name": run });
        paddles.post("/runs/", body).header("content-type", content_type).expect(200);
        let job = json!({ "job_id": 1 });
        let request = paddles.post(&format!("/runs/{run}/jobs/"), job);
        request.header("content-type", content_type).expect(200);
    }
    let run = unique("run");
    paddles.post("/runs/", format!("{{\"name\": \"{run}\"}}")).expect(200);
}

#[test]
fn a_body_that_comes_in_chunks_is_put_together() {
    let (paddles, run) = (paddles(), unique("run"));
    let (head, tail) = ("{\"name\": \"", format!("{run}\"}}"));
    let request = format!(
        "POST /runs/ HTTP/1.1\r\nhost: lab\r\nconnection: close\r\n\
         transfer-encoding: chunked\r\n\r\n\
         {:x}\r\n{head}\r\n{:x}\r\n{tail}\r\n0\r\n\r\n",
        head.len(),
        tail.len()
    );
    assert_eq!(status_of(&paddles, &request), 200);
    paddles.get(&format!("/runs/{run}/")).expect(200);
}

#[test]
fn a_body_that_is_cut_off_writes_nothing() {
    let (paddles, run) = (paddles(), unique("run"));
    let body = format!("{{\"name\": \"{run}\"}}");
    let request = format!("POST /runs/ HTTP/1.1\r\nhost: lab\r\ncontent-length: 99\r\n\r\n{body}");
    if let Ok(reply) = paddles.raw(request) {
        assert_eq!(reply.status, 400);
    }
    paddles.get(&format!("/runs/{run}/")).expect(404);
}

#[test]
fn a_missing_thing_is_not_found_before_its_body_is_wrong() {
    let paddles = paddles();
    let (run, none) = (new_job(&paddles, json!({})), unique("none"));
    for (method, path) in [
        ("PUT", format!("/runs/{none}/")),
        ("POST", format!("/runs/{none}/")),
        ("PUT", format!("/runs/{none}/jobs/")),
        ("PUT", format!("/runs/{none}/jobs/1/")),
        ("PUT", format!("/runs/{run}/jobs/2/")),
        ("PUT", format!("/runs/{run}/2/")),
    ] {
        for body in ["{", "[]", r#"{"status": "odd"}"#] {
            paddles.request(method, &path).body(body).expect(404);
        }
    }
    paddles.get(&format!("/runs/{none}/jobs/?status=odd")).expect(404);
    paddles.get(&format!("/runs/{none}/jobs/?fields=zip")).expect(404);
    paddles.delete(&format!("/runs/{none}/jobs/")).expect(404);
    paddles.get(&format!("/runs/{run}/jobs/2/?fields=zip")).expect(404);
}

#[test]
fn the_last_of_two_equal_keys_counts() {
    let (paddles, run) = (paddles(), unique("run"));
    let body = r#"{"job_id": "1", "status": "dead", "owner": "a",
                   "job_id": "2", "status": "pass", "owner": "b"}"#;
    paddles.post(&format!("/runs/{run}/jobs/"), body).expect(200);
    let job = job(&paddles, &run, "2");
    assert_eq!((&job["status"], &job["owner"]), (&json!("pass"), &json!("b")));
    paddles.post("/runs/", format!("{{\"name\": 7, \"name\": \"{run}-2\"}}")).expect(200);
    let odd_first = r#"{"status": "odd", "status": "running", "seed": [], "seed": 3}"#;
    paddles.put(&format!("/runs/{run}/jobs/2/"), odd_first).expect(200);
}
