//! `POST /jobs/expire/`: jobs that nobody reports on any more become dead.

use assay_tests::{App, Client, Value, areas, json, race, unique};
use jiff::{SignedDuration, Timestamp};

/// These tests expire jobs of every run, so each has an app of its own.
fn alone() -> (App, Client) {
    let app = App::with(&[], &[]);
    let paddles = app.client(areas::PADDLES);
    (app, paddles)
}

/// Stores a job that was last reported at that time.
fn store(paddles: &Client, run: &str, job_id: u32, status: &str, updated: &str) {
    let job = json!({"job_id": job_id, "status": status, "updated": updated});
    paddles.post(&format!("/runs/{run}/jobs/"), job).expect(200);
}

fn expire(paddles: &Client, body: Value) -> Value {
    paddles.post("/jobs/expire/", body).expect(200).json()
}

fn status(paddles: &Client, run: &str, job_id: u32) -> Value {
    paddles.get(&format!("/runs/{run}/jobs/{job_id}/")).expect(200).json()["status"].clone()
}

/// So many seconds ago, as clients write it.
fn ago(seconds: i64) -> String {
    let then = Timestamp::now() - SignedDuration::from_secs(seconds);
    then.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

#[test]
fn jobs_without_a_report_for_too_long_become_dead() {
    let (_app, paddles) = alone();
    let (run, hour, fortnight) = (unique("run"), 3600, 14 * 86_400);
    for (job_id, word, seconds) in [
        (1, "running", hour),
        (2, "waiting", hour),
        (3, "unknown", hour),
        (4, "queued", fortnight + hour),
        (5, "running", 60),
        (6, "queued", fortnight - hour),
        (7, "pass", fortnight + hour),
        (8, "fail", fortnight + hour),
        (9, "dead", fortnight + hour),
    ] {
        store(&paddles, &run, job_id, word, &ago(seconds));
    }
    assert_eq!(expire(&paddles, json!({})), json!({"expired": 4}));
    for job_id in [1, 2, 3, 4, 9] {
        assert_eq!(status(&paddles, &run, job_id), "dead", "job {job_id}");
    }
    for (job_id, word) in [(5, "running"), (6, "queued"), (7, "pass"), (8, "fail")] {
        assert_eq!(status(&paddles, &run, job_id), word, "job {job_id}");
    }
    assert_eq!(expire(&paddles, json!({})), json!({"expired": 0}));
}

#[test]
fn an_expired_job_counts_as_dead_everywhere() {
    let (_app, paddles) = alone();
    let run = unique("run");
    store(&paddles, &run, 1, "running", &ago(7200));
    let tag = paddles.get(&format!("/runs/{run}")).expect(200).header("etag").unwrap().to_owned();
    assert_eq!(expire(&paddles, json!({"running_minutes": 60})), json!({"expired": 1}));
    let shown =
        paddles.get(&format!("/runs/{run}")).header("if-none-match", &tag).expect(200).json();
    assert_eq!(shown["status"], "finished dead");
    assert_eq!((&shown["results"]["dead"], &shown["results"]["running"]), (&json!(1), &json!(0)));
    let events = paddles.get("/paddles/events/").expect(200).json()["events"].clone();
    let last =
        events.as_array().unwrap().iter().rfind(|event| event["kind"] == "job.status").unwrap();
    assert_eq!((&last["from"], &last["to"]), (&json!("running"), &json!("dead")));
    // Not a result that sticks: a late report still counts.
    paddles.put(&format!("/runs/{run}/jobs/1/"), json!({"status": "pass"})).expect(200);
    assert_eq!(status(&paddles, &run, 1), "pass");
}

#[test]
fn patience_can_be_chosen_down_to_none() {
    let (_app, paddles) = alone();
    let run = unique("run");
    store(&paddles, &run, 1, "running", &ago(120));
    store(&paddles, &run, 2, "queued", &ago(2 * 86_400));
    let body = json!({"running_minutes": 3, "queued_days": 3});
    assert_eq!(expire(&paddles, body), json!({"expired": 0}));
    assert_eq!(expire(&paddles, json!({"running_minutes": 1})), json!({"expired": 1}));
    assert_eq!(expire(&paddles, json!({"queued_days": 1})), json!({"expired": 1}));
    paddles
        .post(&format!("/runs/{run}/jobs/"), json!({"job_id": 3, "status": "running"}))
        .expect(200);
    assert_eq!(expire(&paddles, json!({"running_minutes": 0})), json!({"expired": 1}));
}

#[test]
fn a_job_expires_once_however_many_ask() {
    let (_app, paddles) = alone();
    let run = unique("run");
    for job_id in 1..=20 {
        store(&paddles, &run, job_id, "running", &ago(7200));
    }
    let expired = race(8, |_| expire(&paddles, json!({}))["expired"].as_u64().unwrap());
    assert_eq!(expired.iter().sum::<u64>(), 20);
    let results = &paddles.get(&format!("/runs/{run}")).expect(200).json()["results"];
    assert_eq!((&results["dead"], &results["total"]), (&json!(20), &json!(20)));
}

#[test]
fn what_is_no_number_is_refused_and_nothing_expires() {
    let (_app, paddles) = alone();
    let run = unique("run");
    store(&paddles, &run, 1, "running", &ago(7200));
    for bad in
        [json!(-1), json!(1.5), json!("30"), json!(null), json!(true), json!([]), json!(1e12)]
    {
        let refused = "field 'running_minutes' must be an integer from 0 to 52560000";
        paddles.post("/jobs/expire/", json!({ "running_minutes": bad })).refused(400, refused);
        let refused = "field 'queued_days' must be an integer from 0 to 36500";
        paddles.post("/jobs/expire/", json!({ "queued_days": bad })).refused(400, refused);
    }
    paddles.post("/jobs/expire/", "").refused(400, "could not decode JSON body");
    paddles.post("/jobs/expire/", json!([])).refused(400, "JSON body must be an object");
    paddles.get("/jobs/expire/").expect(405);
    assert_eq!(status(&paddles, &run, 1), "running");
}

#[test]
fn expiring_is_a_write() {
    let app = App::with(&[("paddles_write_token", "s3")], &[]);
    let paddles = app.client(areas::PADDLES);
    paddles.post("/jobs/expire/", json!({})).expect(401);
    paddles.post("/jobs/expire/", json!({})).header("authorization", "Bearer s3").expect(200);
}
