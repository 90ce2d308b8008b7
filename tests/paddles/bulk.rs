//! Many jobs of a run in one step: an array POST, and PUT and DELETE of
//! `/runs/{name}/jobs/?status=`.

use assay_tests::{Client, Value, json, unique};

use crate::{column, job, lab_run, new_job, paddles};

/// A run with one job of each of these statuses, named `"0"`, `"1"`, ...
fn run_of(paddles: &Client, statuses: &[&str]) -> String {
    let run = unique("run");
    let job = |(id, status): (usize, &&str)| json!({ "job_id": id, "status": status });
    let jobs: Vec<Value> = statuses.iter().enumerate().map(job).collect();
    paddles.post(&format!("/runs/{run}/jobs/"), json!(jobs)).expect(200);
    run
}

#[test]
fn a_thousand_jobs_are_stored_in_one_step_and_in_order() {
    let (paddles, run) = (paddles(), unique("run"));
    let jobs: Vec<Value> = (0..1000)
        .map(|number| json!({ "job_id": 5000 - number, "status": "queued", "seed": number }))
        .collect();
    let answer = paddles.post(&format!("/runs/{run}/jobs/"), json!(jobs)).expect(200).json();
    let expected: Vec<String> = (0..1000).map(|number| (5000 - number).to_string()).collect();
    assert_eq!(answer, json!({ "job_ids": expected }));
    let whole = lab_run(&paddles, &run);
    assert_eq!((&whole["results"]["queued"], &whole["status"]), (&json!(1000), &json!("queued")));
    assert_eq!(whole["jobs"][999]["seed"], 0, "natural order");
    let one_more: Vec<Value> = (0..1001).map(|seed| json!({ "seed": seed })).collect();
    paddles.post(&format!("/runs/{run}/jobs/"), json!(one_more)).expect(400);
    paddles.post(&format!("/runs/{run}/jobs/"), json!([])).expect(400);
    assert_eq!(lab_run(&paddles, &run)["jobs_count"], 1000);
}

#[test]
fn an_array_gets_ids_where_it_has_none() {
    let (paddles, run) = (paddles(), unique("run"));
    let jobs = json!([{ "seed": 1 }, { "job_id": "mine" }, {}, { "seed": 4 }]);
    let answer = paddles.post(&format!("/runs/{run}/jobs/"), jobs).expect(200).json();
    let ids: Vec<_> =
        answer["job_ids"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    assert_eq!((ids.len(), ids[1]), (4, "mine"));
    let numbers: Vec<u64> =
        [0, 2, 3].iter().map(|&index: &usize| ids[index].parse().unwrap()).collect();
    assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
    assert_eq!(job(&paddles, &run, ids[3])["seed"], 4);
}

#[test]
fn one_refused_job_of_an_array_refuses_all() {
    let paddles = paddles();
    let taken = new_job(&paddles, json!({ "status": "running" }));
    for (jobs, message) in [
        (json!([{ "job_id": 2 }, { "job_id": "1" }]), "job 1: job with job_id 1 already exists"),
        (
            json!([{ "job_id": 7 }, {}, { "job_id": "7" }]),
            "job 2: job with job_id 7 already exists",
        ),
        (json!([{ "job_id": 2, "seed": "x" }]), "job 0: field 'seed' must be an integer"),
        (json!([{ "job_id": 2, "targets": { "left": 1 } }, 3]), "job 1: a job must be an object"),
    ] {
        paddles.post(&format!("/runs/{taken}/jobs/"), jobs).refused(400, message);
        assert_eq!(lab_run(&paddles, &taken)["jobs_count"], 1, "{message}");
    }
    let fresh = unique("run");
    let jobs = json!([{ "job_id": 1 }, { "job_id": 2, "status": "odd" }]);
    paddles.post(&format!("/runs/{fresh}/jobs/"), jobs).expect(400);
    paddles.get(&format!("/runs/{fresh}/")).expect(404);
}

#[test]
fn an_array_may_be_upserted() {
    let paddles = paddles();
    let run = new_job(&paddles, json!({ "status": "queued", "owner": "bo" }));
    let jobs = json!([{ "job_id": 1, "status": "running" }, { "job_id": 2, "status": "dead" }]);
    let path = format!("/runs/{run}/jobs/?upsert=1");
    let answer = paddles.post(&path, jobs).expect(200).json();
    assert_eq!(answer, json!({ "job_ids": ["1", "2"] }));
    let first = job(&paddles, &run, "1");
    assert_eq!((&first["status"], &first["owner"]), (&json!("running"), &json!("bo")));
    assert_eq!(lab_run(&paddles, &run)["jobs_count"], 2);
}

#[test]
fn one_body_changes_all_jobs_that_match() {
    let paddles = paddles();
    let run = run_of(&paddles, &["queued", "running", "pass", "queued", "fail"]);
    let put = |query: &str, body: Value| paddles.put(&format!("/runs/{run}/jobs/{query}"), body);
    let body = json!({ "status": "dead", "failure_reason": "killed", "job_id": 77 });
    let answer = put("?status=queued,running", body).expect(200).json();
    assert_eq!(answer, json!({ "updated": 3 }));
    let jobs = lab_run(&paddles, &run)["jobs"].clone();
    assert_eq!(column(&jobs, "status"), ["dead", "dead", "pass", "dead", "fail"]);
    assert_eq!(column(&jobs, "job_id"), ["0", "1", "2", "3", "4"]);
    assert_eq!(jobs[2]["failure_reason"], Value::Null);
    assert_eq!(put("?status=queued", json!({ "status": "pass" })).expect(200).json()["updated"], 0);
    assert_eq!(put("", json!({ "status": "unknown" })).expect(200).json()["updated"], 5);
    let results = lab_run(&paddles, &run)["results"].clone();
    assert_eq!([&results["unknown"], &results["pass"], &results["fail"]], [3, 1, 1]);
    put("?status=odd", json!({ "status": "dead" })).expect(400);
    put("?status=pass", json!({ "status": "odd" })).expect(400);
    assert_eq!(lab_run(&paddles, &run)["results"], results);
    let none = paddles.put(&format!("/runs/{}/jobs/", unique("none")), json!({}));
    none.refused(404, "associated run was not found");
}

#[test]
fn the_jobs_that_match_are_deleted_and_which_ones_must_be_said() {
    let paddles = paddles();
    let run = run_of(&paddles, &["queued", "running", "pass", "queued", "fail"]);
    let path = format!("/runs/{run}/jobs/");
    paddles.delete(&path).expect(400);
    paddles.delete(&format!("{path}?status=")).expect(400);
    paddles.delete(&format!("{path}?status=odd")).expect(400);
    assert_eq!(lab_run(&paddles, &run)["jobs_count"], 5);
    let deleted = |query: &str| paddles.delete(&format!("{path}{query}")).expect(200).json();
    assert_eq!(deleted("?status=queued,fail"), json!({ "deleted": 3 }));
    assert_eq!(deleted("?status=queued"), json!({ "deleted": 0 }));
    let whole = lab_run(&paddles, &run);
    assert_eq!(column(&whole["jobs"], "job_id"), ["1", "2"]);
    assert_eq!((&whole["results"]["total"], &whole["status"]), (&json!(2), &json!("running")));
}
