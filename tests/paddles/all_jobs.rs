//! `/jobs/`: jobs across runs.

use assay_tests::{App, Client, Value, areas, json};

use crate::column;

/// An app with three jobs, `"1"` to `"3"`, in two runs.
fn app_with_jobs() -> (App, Client) {
    let app = App::with(&[], &[]);
    let paddles = app.client(areas::PADDLES);
    for (run, job) in [
        (
            "fig",
            json!({ "job_id": 1, "status": "pass", "branch": "main", "suite": "rados",
            "user": "bo", "sha1": "abc", "description": "rados/100%_a" }),
        ),
        (
            "fig",
            json!({ "job_id": 2, "status": "fail", "branch": "main", "suite": "rgw",
            "machine_type": "smithi", "failure_reason": "Boom! it's gone" }),
        ),
        (
            "plum",
            json!({ "job_id": 3, "status": "queued", "branch": "reef", "user": "bo",
            "sha1": "abcd", "description": "rados/100xya" }),
        ),
    ] {
        paddles.post(&format!("/runs/{run}/jobs/"), job).expect(200);
    }
    (app, paddles)
}

#[test]
fn jobs_of_all_runs_are_filtered_by_all_that_is_given() {
    let (_app, paddles) = app_with_jobs();
    for (query, expected) in [
        ("", vec!["3", "2", "1"]),
        ("status=fail", vec!["2"]),
        ("status=failed", vec!["2"]),
        ("sha1=abc", vec!["1"]),
        ("branch=main", vec!["2", "1"]),
        ("user=bo", vec!["3", "1"]),
        ("user=bo&branch=main", vec!["1"]),
        ("suite=rgw", vec!["2"]),
        ("machine_type=smithi", vec!["2"]),
        ("run=fig", vec!["2", "1"]),
        ("run=fig&status=pass", vec!["1"]),
        ("run=none", vec![]),
        ("description=rados", vec!["3", "1"]),
        ("description=100%25_", vec!["1"]),
        ("description=", vec!["3", "2", "1"]),
        ("failure_reason=it%27s", vec!["2"]),
        ("failure_reason=%25", vec![]),
        ("count=2", vec!["3", "2"]),
        ("count=2&page=2", vec!["1"]),
        ("count=0", vec![]),
        ("color=red", vec!["3", "2", "1"]),
    ] {
        let jobs = paddles.get(&format!("/jobs/?{query}")).expect(200).json();
        assert_eq!(column(&jobs, "job_id"), expected, "{query}");
    }
}

#[test]
fn a_window_of_time_is_open_at_both_ends() {
    let (_app, paddles) = app_with_jobs();
    let ids =
        |query: &str| column(&paddles.get(&format!("/jobs/?{query}")).expect(200).json(), "job_id");
    assert_eq!(ids("posted_after=today"), ["3", "2", "1"]);
    assert_eq!(ids("posted_before=today"), [""; 0]);
    assert_eq!(ids("posted_after=yesterday&posted_before=2999-01-01"), ["3", "2", "1"]);
    let posted = paddles.get("/runs/fig/jobs/2/").expect(200).json()["posted"].clone();
    let posted = posted.as_str().unwrap().replace(' ', "%20");
    assert_eq!(ids(&format!("posted_after={posted}")), ["3"]);
    assert_eq!(ids(&format!("posted_before={posted}")), ["1"]);
    for query in ["posted_after=soon", "posted_before=2024-13-01", "posted_after=5"] {
        paddles.get(&format!("/jobs/?{query}")).expect(400);
    }
}

#[test]
fn jobs_are_whole_or_sliced_and_ten_unless_it_is_said() {
    let (_app, paddles) = app_with_jobs();
    let first = paddles.get("/jobs/?count=1").expect(200).json()[0].clone();
    assert_eq!(first, paddles.get("/runs/plum/jobs/3/").expect(200).json());
    let slice = paddles.get("/jobs/?count=1&fields=run,job_id").expect(200);
    assert_eq!(slice.text(), r#"[{"run":"plum","job_id":"3"}]"#);
    paddles.get("/jobs/?fields=zip").refused(400, "an invalid field was specified");
    paddles.get("/jobs/?status=odd").expect(400);
    let many: Vec<Value> = (0..600).map(|seed| json!({ "seed": seed })).collect();
    for run in ["x", "y"] {
        paddles.post(&format!("/runs/{run}/jobs/"), json!(many)).expect(200);
    }
    let count = |path: &str| paddles.get(path).expect(200).json().as_array().unwrap().len();
    assert_eq!(count("/jobs/"), 10);
    assert_eq!(count("/jobs/?count=5000&fields=job_id"), 1000, "a thousand at the most");
}
