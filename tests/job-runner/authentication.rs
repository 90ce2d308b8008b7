//! Who is let in: the signatures of the contract's section 4.1, and what is refused.

use assay_tests::json;

use crate::acceptance::{Lab, bearer, signature};

#[test]
fn a_worker_is_known_by_either_header() {
    let lab = Lab::new();
    let given = format!("ApiKey {}:{}", lab.worker1.key, signature("GET", "/api/v1/run/", ""));
    for header in ["authentication", "authorization"] {
        lab.anybody().get("/api/v1/run/").header(header, &given).expect(200);
    }
    let both = lab.anybody().get("/api/v1/run/").header("authentication", &given);
    both.header("authorization", "ApiKey a:b").expect(401);
}

#[test]
fn the_literal_readings_are_taken_for_reads_only() {
    let lab = Lab::new();
    let key = &lab.worker1.key;
    let target = "/api/v1/run/?state=scheduled&limit=2";
    let path = "/api/v1/run/state=scheduled&limit=2";
    for signed in [target.to_owned(), format!("{target}{target}"), format!("{target}{path}")] {
        let given = format!("ApiKey {key}:{}", signature("GET", &signed, ""));
        lab.anybody().get(target).header("authentication", &given).expect(200);
    }
    let twice = format!("{0}{0}", lab.run1);
    let given = format!("ApiKey {key}:{}", signature("PATCH", &twice, ""));
    let request = lab.anybody().patch(&lab.run1, json!({ "pid": 1 }));
    request.header("authentication", &given).expect(401);
}

#[test]
fn every_refusal_has_one_body() {
    let lab = Lab::new();
    let key = &lab.worker1.key;
    let good = signature("GET", "/api/v1/run/", "");
    let other = signature("GET", "/api/v1/job/", "");
    let long = format!("ApiKey {key}:{}", "a".repeat(10_000));
    let wrong = lab.anybody().get("/api/v1/run/").expect(401).text().to_owned();
    for given in [
        "ApiKey",
        "ApiKey x",
        "ApiKey :",
        "Bearer nobody",
        "Basic eDp5",
        &long,
        &format!("ApiKey {key}:zz"),
        &format!("ApiKey {key}:"),
        &format!("ApiKey :{good}"),
        &format!("ApiKey {key}:{other}"),
        &format!("ApiKey nobody-{key}:{good}"),
    ] {
        let refused = lab.anybody().get("/api/v1/run/").header("authorization", given).expect(401);
        assert_eq!(refused.text(), wrong, "{given}");
    }
    for path in ["/api/v1/run/1/", "/api/v1/nothing/", "/api/v1/run/schema/", "/api/v1/stats/"] {
        assert_eq!(lab.anybody().get(path).expect(401).text(), wrong, "{path}");
    }
}

#[test]
fn the_index_is_public_and_methods_are_told() {
    let lab = Lab::new();
    let index = lab.anybody().get("/api/v1/").expect(200).json();
    assert_eq!(
        index["run"],
        json!({ "list_endpoint": "/api/v1/run/", "schema": "/api/v1/run/schema/" })
    );
    for operators in ["user", "reschedule_exclude", "notification"] {
        assert!(index[operators].is_object(), "{operators}");
    }
    let options = lab.anybody().options("/api/v1/run/").expect(200);
    assert!(options.header("allow").unwrap().contains("POST"));
    lab.worker1.signed("HEAD", "/api/v1/run/", None).expect(200);
}

#[test]
fn the_bridge_reads_and_writes_nothing() {
    let lab = Lab::new();
    lab.bridge.get(&lab.run1).expect(200);
    lab.bridge.patch(&lab.run1, json!({ "pid": 1 })).expect(401);
    lab.bridge.post("/api/v1/group/", json!({ "name": "x" })).expect(401);
}

#[test]
fn a_worker_may_send_its_method_in_a_header() {
    let lab = Lab::new();
    let body = json!({ "pid": 12 });
    let given =
        format!("ApiKey {}:{}", lab.worker1.key, signature("PATCH", &lab.run1, &body.to_string()));
    let request = lab.anybody().post(&lab.run1, body).header("authentication", &given);
    request.header("x-http-method-override", "PATCH").expect(202);
    assert_eq!(lab.see(&lab.run1)["pid"], 12);
}

#[test]
fn without_a_token_nobody_is_the_operator() {
    let app = assay_tests::App::with(&[], &[]);
    bearer(&app, "").get("/api/v1/run/").expect(401);
    bearer(&app, "x").get("/api/v1/run/").expect(401);
}

#[test]
fn a_wrong_time_zone_is_told_in_every_answer() {
    let app = assay_tests::App::with(&[("job_runner_time_zone", "Europe/Atlantis")], &[]);
    let answer = app.client(assay_tests::areas::JOB_RUNNER).get("/api/v1/").expect(500);
    assert!(answer.message().contains("Europe/Atlantis"));
}
