//! The contract's table of bad input.

use assay_tests::{Value, json, unique};

use crate::acceptance::Lab;

#[test]
fn a_body_that_is_no_json_object_is_refused() {
    let lab = Lab::new();
    let deep = format!("{{\"a\": {}{}}}", "[".repeat(64), "]".repeat(64));
    for body in ["", "{", "[]", "null", "\"x\"", &deep] {
        lab.operator.patch(&lab.run1, body).header("content-type", "application/json").expect(400);
    }
    lab.operator.patch(&lab.run1, &b"{\"a\": \"\xff\"}"[..]).expect(400);
    lab.operator.patch(&lab.run1, "{}").expect(202);
    lab.operator.patch(&lab.run1, "{}").header("content-type", "text/plain").expect(415);
    lab.operator.patch(&lab.job1, json!({ "description": "x".repeat(1 << 20) })).expect(413);
}

#[test]
fn a_field_of_another_kind_is_named() {
    let lab = Lab::new();
    for (field, value) in [
        ("pid", json!("abc")),
        ("pid", json!(-3)),
        ("pid", json!(9_223_372_036_854_775_808_u64)),
        ("return_success", json!("maybe")),
        ("start_dts", json!("2013-02-30 00:00")),
        ("start_dts", json!("0000-01-01 00:00")),
        ("start_dts", json!("10000-01-01 00:00")),
        ("start_dts", json!("junk")),
        ("worker", json!(1)),
        ("worker", json!("junk")),
        ("worker", json!("/api/v1/job/1/")),
        ("worker", json!("http://evil.example/api/v1/worker/1/")),
        ("worker", json!("/api/v1/worker/1/../2/")),
        ("is_manual", json!(null)),
    ] {
        let refused = lab.operator.patch(&lab.run1, json!({ field: value })).expect(400).json();
        assert_eq!(refused["field"], field, "{value}");
    }
    assert_eq!(
        lab.operator.patch(&lab.run1, json!({ "pid": -3 })).expect(400).message(),
        "The 'pid' field must be an integer >= 0."
    );
}

#[test]
fn texts_have_bounds() {
    let lab = Lab::new();
    for title in ["", "  \t", &"x".repeat(256), "a\u{0}b"] {
        lab.operator.patch(&lab.job1, json!({ "title": title })).expect(400);
    }
    lab.operator.patch(&lab.job1, json!({ "description": "a\u{0}b" })).expect(400);
    lab.operator.post("/api/v1/worker/", json!({ "title": "x", "api_key": "a:b" })).expect(400);
    for blank in [' ', '\t', '\u{a0}', '\u{3000}'] {
        let name = format!("a{blank}b");
        lab.operator
            .post("/api/v1/user/", json!({ "username": name, "password": "longenough" }))
            .expect(400);
    }
    lab.operator
        .post("/api/v1/user/", json!({ "username": unique("u"), "password": "short" }))
        .expect(400);
    let missing = lab.operator.post("/api/v1/job/", json!({ "title": "x" })).expect(400).json();
    assert_eq!(missing["field"], "job_template");
}

#[test]
fn only_positive_integers_are_ids() {
    let lab = Lab::new();
    let long = "9".repeat(400);
    for id in ["0", "-1", "abc", "9223372036854775808", "1.0", "%FF", &long] {
        lab.operator.get(&format!("/api/v1/run/{id}/")).expect(404);
    }
}

#[test]
fn methods_that_are_not_there_are_refused_with_those_that_are() {
    let lab = Lab::new();
    for (method, path) in
        [("PUT", "/api/v1/run/"), ("DELETE", "/api/v1/run_log/1/"), ("POST", "/api/v1/run/schema/")]
    {
        let refused = lab.operator.request(method, path).expect(405);
        assert!(
            refused.header("allow").is_some_and(|allow| allow.contains("GET")),
            "{method} {path}"
        );
    }
}

#[test]
fn a_log_has_a_limit() {
    let app = assay_tests::App::with(
        &[
            ("job_runner_admin_token", crate::acceptance::TOKEN),
            ("job_runner_max_log_bytes", "200000"),
        ],
        &[],
    );
    let lab = Lab::on(&app);
    let log = |bytes: usize| -> Value { json!({ "run": lab.run1, "content": "x".repeat(bytes) }) };
    lab.operator.post("/api/v1/run_log/", log(200_001)).expect(413);
    lab.operator.post("/api/v1/run_log/", log(9_000_000)).expect(413);
    lab.operator.post("/api/v1/run_log/", log(200_000)).expect(201);
    let claimed = &lab.worker1.claim(1)[0];
    let heartbeat = format!("{}heartbeat/", claimed["resource_uri"].as_str().unwrap());
    let beat = |bytes: usize| json!({ "lease": claimed["lease"], "log": "x".repeat(bytes) });
    lab.worker1.post(&heartbeat, beat(200_001)).expect(413);
    lab.worker1.post(&heartbeat, beat(200_000)).expect(200);
}

#[test]
fn a_long_body_of_nobody_we_know_is_refused_as_any_of_theirs() {
    let lab = Lab::new();
    let long = json!({ "description": "x".repeat(2 << 20) }).to_string();
    for credentials in ["Bearer wrong", "ApiKey nobody:00"] {
        for path in ["/api/v1/run/", "/api/v1/run_log/"] {
            let request = lab.anybody().post(path, &*long).header("authorization", credentials);
            request.header("content-type", "application/json").expect(401);
        }
    }
    lab.worker1.post("/api/v1/run/", json!({ "job": "x".repeat(2 << 20) })).expect(413);
}
