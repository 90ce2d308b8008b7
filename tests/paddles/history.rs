//! `/jobs/history/` and `/jobs/flaky/`: one test across runs.

use assay_tests::{Value, json, segment, unique};

use crate::paddles;

/// Stores one job of a description in a run of its own, and gives the run's name.
fn ran(description: &str, status: &str, more: &Value) -> String {
    let run = unique("run");
    let mut job = json!({"job_id": 1, "status": status, "description": description});
    job.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    paddles().post(&format!("/runs/{run}/jobs/"), job).expect(200);
    run
}

fn history(description: &str, more: &str) -> Value {
    let url = format!("/jobs/history/?description={}{more}", segment(description));
    paddles().get(&url).expect(200).json()
}

/// The entry of one test among the flaky ones of a branch.
fn flaky(branch: &str, more: &str) -> Value {
    paddles().get(&format!("/jobs/flaky/?branch={branch}{more}")).expect(200).json()["tests"]
        .clone()
}

#[test]
fn a_history_has_the_latest_jobs_first() {
    let test = unique("rados/thrash {a 'b' %_}");
    let more = json!({"sha1": "0f1e", "branch": "quincy", "duration": 7, "failure_reason": "boom"});
    let first = ran(&test, "fail", &more);
    let second = ran(&test, "pass", &json!({}));
    let third = ran(&test, "queued", &json!({}));
    ran(&format!("{test} and more"), "pass", &json!({}));
    let found = history(&test, "");
    assert_eq!(found["description"], json!(test));
    let jobs = found["jobs"].as_array().unwrap();
    let runs: Vec<&Value> = jobs.iter().map(|job| &job["run"]).collect();
    assert_eq!(runs, [&json!(third), &json!(second), &json!(first)]);
    let posted = jobs[2]["posted"].clone();
    assert!(posted.as_str().unwrap().starts_with("20"), "{posted}");
    assert_eq!(
        jobs[2],
        json!({
            "run": first, "job_id": "1", "status": "fail", "posted": posted, "branch": "quincy",
            "sha1": "0f1e", "duration": 7, "failure_reason": "boom",
        })
    );
    assert_eq!(found["counts"]["pass"], 1);
    assert_eq!(found["counts"]["queued"], 1);
    assert_eq!(found["counts"]["dead"], 0);
    assert_eq!(found["counts"]["total"], 3);
    assert_eq!(found["pass_rate"], 0.5, "of the finished jobs");
}

#[test]
fn a_history_is_cut_to_a_count() {
    let test = unique("test");
    for status in ["fail", "pass", "pass"] {
        ran(&test, status, &json!({}));
    }
    let latest = history(&test, "&count=2");
    assert_eq!(latest["jobs"].as_array().unwrap().len(), 2);
    assert_eq!(latest["pass_rate"], 1.0, "of the jobs listed");
    let none = history(&test, "&count=0");
    assert_eq!((&none["jobs"], &none["pass_rate"]), (&json!([]), &Value::Null));
}

#[test]
fn a_history_can_be_of_one_branch_and_suite() {
    let (test, branch, suite) = (unique("test"), unique("wip"), unique("suite"));
    let wanted = ran(&test, "pass", &json!({"branch": branch, "suite": suite}));
    ran(&test, "pass", &json!({"branch": branch, "suite": "other"}));
    ran(&test, "pass", &json!({"branch": "other", "suite": suite}));
    let found = history(&test, &format!("&branch={branch}&suite={suite}"));
    assert_eq!(found["counts"]["total"], 1);
    assert_eq!(found["jobs"][0]["run"], json!(wanted));
    assert_eq!(history(&test, &format!("&branch={branch}"))["counts"]["total"], 2);
}

#[test]
fn a_job_without_branch_has_the_branch_of_its_run() {
    let (test, branch) = (unique("test"), unique("wip"));
    let run = format!("ana-2024-05-06_07:08:09-rados-{branch}-testing-default-plana");
    let job = json!({"job_id": 1, "status": "pass", "description": test});
    paddles().post(&format!("/runs/{run}/jobs/"), job).expect(200);
    let found = history(&test, &format!("&branch={branch}&suite=rados"));
    assert_eq!(found["jobs"][0]["branch"], json!(branch));
}

#[test]
fn a_test_that_never_ran_has_an_empty_history() {
    let found = history(&unique("test"), "");
    assert_eq!((&found["jobs"], &found["pass_rate"]), (&json!([]), &Value::Null));
    assert_eq!(found["counts"]["total"], 0);
}

#[test]
fn a_history_wants_a_description_and_a_count_that_is_a_number() {
    let paddles = paddles();
    for url in ["/jobs/history/", "/jobs/history/?description=", "/jobs/history/?count=1"] {
        paddles.get(url).refused(400, "description must be given");
    }
    for count in ["x", "-1", "99999999999999999999"] {
        let url = format!("/jobs/history/?description=a&count={count}");
        paddles.get(&url).refused(400, "count must be an integer");
    }
}

#[test]
fn the_test_that_flips_most_is_the_flakiest() {
    let branch = unique("wip");
    let on_branch = json!({ "branch": branch });
    let (steady, restless, once) = (unique("steady"), unique("restless"), unique("once"));
    for status in ["pass", "dead", "running", "pass", "fail"] {
        ran(&restless, status, &on_branch);
    }
    for status in ["pass", "pass", "fail", "dead"] {
        ran(&once, status, &on_branch);
    }
    for _ in 0..4 {
        ran(&steady, "fail", &on_branch);
    }
    let expected = json!([
        {"description": restless, "pass": 2, "fail": 2, "flips": 3},
        {"description": once, "pass": 2, "fail": 2, "flips": 1},
    ]);
    assert_eq!(flaky(&branch, ""), expected);
    assert_eq!(flaky(&branch, "&days=1&suite="), expected);
    assert_eq!(flaky(&branch, "&suite=nope"), json!([]));
    assert_eq!(flaky(&branch, "&min=5"), json!([]));
}

#[test]
fn a_few_jobs_are_enough_when_the_client_says_so() {
    let (test, branch) = (unique("test"), unique("wip"));
    for status in ["pass", "fail"] {
        ran(&test, status, &json!({"branch": branch, "suite": "rados"}));
    }
    assert_eq!(flaky(&branch, ""), json!([]), "four are needed by default");
    let expected = json!([{"description": test, "pass": 1, "fail": 1, "flips": 1}]);
    assert_eq!(flaky(&branch, "&min=2&suite=rados"), expected);
}

#[test]
fn bounds_of_the_search_for_flaky_tests_are_numbers() {
    let paddles = paddles();
    for days in ["x", "0", "-1", "367", "1.5"] {
        let refused = "days must be an integer from 1 to 366";
        paddles.get(&format!("/jobs/flaky/?days={days}")).refused(400, refused);
    }
    for min in ["x", "0", "-1", "99999999999999999999"] {
        let refused = "min must be an integer from 1 to 1000000";
        paddles.get(&format!("/jobs/flaky/?min={min}")).refused(400, refused);
    }
    paddles.get("/paddles/jobs/flaky?days=366&min=1").expect(200);
}
