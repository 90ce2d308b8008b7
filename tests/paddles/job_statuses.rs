//! How reports move a job's status, and what its run shows then.

use assay_tests::{Value, json, unique};

use crate::{job, lab_run, new_job, paddles};

const WORDS: [&str; 7] = ["queued", "waiting", "running", "pass", "fail", "dead", "unknown"];

#[test]
fn words_of_both_dialects_are_taken_and_shown_in_the_labs() {
    let paddles = paddles();
    for (sent, shown) in WORDS
        .iter()
        .zip(WORDS)
        .map(|(sent, shown)| (*sent, shown))
        .chain([("failed", "fail"), ("pending", "queued")])
    {
        let run = new_job(&paddles, json!({ "status": sent }));
        assert_eq!(job(&paddles, &run, "1")["status"], shown);
    }
}

#[test]
fn what_a_new_job_is_follows_from_status_then_success() {
    let paddles = paddles();
    for (body, status) in [
        (json!({}), "unknown"),
        (json!({ "success": true }), "pass"),
        (json!({ "success": false }), "fail"),
        (json!({ "success": null }), "unknown"),
        (json!({ "success": false, "status": "dead" }), "dead"),
        (json!({ "success": true, "status": "running" }), "running"),
    ] {
        let run = new_job(&paddles, body.clone());
        let job = job(&paddles, &run, "1");
        assert_eq!(job["status"], status, "{body}");
        assert_eq!(job["success"], body["success"], "it is stored whatever it decides");
    }
}

#[test]
fn a_result_sticks_against_every_word_but_not_against_success() {
    let paddles = paddles();
    for result in ["pass", "fail"] {
        for word in WORDS {
            let run = new_job(&paddles, json!({ "status": result }));
            let body = json!({ "status": word, "success": word == "pass", "owner": word });
            paddles.put(&format!("/runs/{run}/jobs/1/"), body).expect(200);
            let job = job(&paddles, &run, "1");
            assert_eq!(job["status"], result, "after {word}");
            assert_eq!(job["owner"], word, "the rest of the body is applied");
            assert!(job["started"].is_null(), "and {word} did not start it");
        }
        for (success, status) in
            [(json!(true), "pass"), (json!(false), "fail"), (Value::Null, "unknown")]
        {
            let run = new_job(&paddles, json!({ "status": result }));
            let body = json!({ "success": success });
            paddles.put(&format!("/runs/{run}/jobs/1/"), body).expect(200);
            assert_eq!(job(&paddles, &run, "1")["status"], status);
        }
    }
}

#[test]
fn all_other_words_follow_each_other_freely() {
    let paddles = paddles();
    let run = new_job(&paddles, json!({}));
    for word in
        ["dead", "queued", "running", "unknown", "waiting", "dead", "running", "queued", "fail"]
    {
        paddles.put(&format!("/runs/{run}/jobs/1/"), json!({ "status": word })).expect(200);
        assert_eq!(job(&paddles, &run, "1")["status"], word);
    }
}

#[test]
fn a_job_and_its_run_start_once() {
    let paddles = paddles();
    let run = new_job(&paddles, json!({ "status": "queued" }));
    let put = |id: &str, word: &str| {
        paddles.put(&format!("/runs/{run}/jobs/{id}/"), json!({ "status": word })).expect(200);
    };
    put("1", "waiting");
    assert!(job(&paddles, &run, "1")["started"].is_null());
    assert!(lab_run(&paddles, &run)["started"].is_null());
    put("1", "running");
    let started = job(&paddles, &run, "1")["started"].clone();
    assert!(started.is_string());
    assert_eq!(lab_run(&paddles, &run)["started"], started);
    put("1", "waiting");
    put("1", "running");
    assert_eq!(job(&paddles, &run, "1")["started"], started, "the first time counts");
    let second = json!({ "job_id": 2, "status": "running" });
    paddles.post(&format!("/runs/{run}/jobs/"), second).expect(200);
    assert!(job(&paddles, &run, "2")["started"].as_str() > started.as_str());
    assert_eq!(lab_run(&paddles, &run)["started"], started, "and never moves later");
}

#[test]
fn the_status_of_a_run_follows_from_its_jobs() {
    let paddles = paddles();
    for (jobs, status, plain) in [
        ("queued queued", "queued", "pending"),
        ("queued running dead", "running", "pending"),
        ("waiting queued", "waiting", "pending"),
        ("waiting running", "running", "pending"),
        ("waiting fail pass", "waiting", "pending"),
        ("dead dead", "finished dead", "failed"),
        ("dead pass", "finished fail", "failed"),
        ("fail queued", "finished fail", "failed"),
        ("dead queued", "finished fail", "failed"),
        ("pass fail unknown", "finished fail", "failed"),
        ("pass pass", "finished pass", "pass"),
        ("pass queued", "queued", "pending"),
        ("unknown queued", "queued", "pending"),
        ("pass unknown", "unknown", "pending"),
        ("unknown", "unknown", "pending"),
    ] {
        let run = unique("run");
        let bodies: Vec<Value> = jobs.split(' ').map(|word| json!({ "status": word })).collect();
        paddles.post(&format!("/runs/{run}/jobs/"), json!(bodies)).expect(200);
        let whole = lab_run(&paddles, &run);
        assert_eq!(whole["status"], status, "{jobs}");
        for word in WORDS {
            let expected = jobs.split(' ').filter(|job| *job == word).count();
            assert_eq!(whole["results"][word], expected, "{word} of {jobs}");
        }
        assert_eq!(whole["results"]["total"], bodies.len());
        let list = "/runs/?dialect=plain&count=10000";
        assert_eq!(paddles.get(list).expect(200).json()[&run]["status"], plain, "{jobs}");
    }
}
