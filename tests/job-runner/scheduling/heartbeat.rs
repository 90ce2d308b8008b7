//! `/api/v1/run/{id}/heartbeat/`, and what becomes of runs whose lease is over.

use assay_tests::{App, Value, json, race};
use std::time::Duration;

use super::lab::{self, Lab, Worker, id, uri};

fn beat(run: &Value) -> String {
    format!("{}heartbeat/", uri(run))
}

/// Claims one run with the shortest lease there is.
fn claim_shortly(worker: &Worker) -> Value {
    let body = json!({ "limit": 1, "lease_seconds": 10 });
    worker.post("/api/v1/run/claim/", body).expect(200).json()["objects"][0].clone()
}

/// The one place that waits: a lease is over after ten seconds, which nothing tells.
fn until_leases_are_over() {
    std::thread::sleep(Duration::from_millis(10_200));
}

#[test]
fn a_heartbeat_prolongs_the_lease_and_shows_the_log() {
    let lab = Lab::shared();
    let site = lab.site(1);
    let worker = &site.workers[0];
    let uri = site.due(&site.job(json!({})));
    let run = &worker.claim(1)[0];
    let body = json!({ "lease": run["lease"], "pid": 123, "log": "first line\n" });
    let answer = worker.post(&beat(run), body).expect(200).json();
    assert_eq!(answer["kill"], false);
    let stored = lab.read(&uri);
    assert_eq!(
        (&stored["pid"], &stored["lease_expires_dts"]),
        (&json!(123), &answer["lease_expires_dts"])
    );
    assert!(stored["lease_expires_dts"].as_str() > run["lease_expires_dts"].as_str());
    let log = stored["run_log"].as_str().unwrap().to_owned();
    assert_eq!(lab.read(&log)["content"], "first line\n");

    let more = json!({ "lease": run["lease"], "log": "first line\nsecond\n" });
    worker.post(&beat(run), more).expect(200);
    assert_eq!(lab.read(&log)["content"], "first line\nsecond\n");
    worker.post(&beat(run), json!({ "lease": run["lease"] })).expect(200);
    assert_eq!(lab.read(&log)["content"], "first line\nsecond\n", "no log: it stays");
    assert_eq!(lab.read(&uri)["pid"], 123);
}

#[test]
fn bad_heartbeats_are_refused() {
    let lab = Lab::shared();
    let site = lab.site(2);
    let run = site.due(&site.job(json!({})));
    let [worker, other] = &site.workers[..] else { unreachable!() };
    let claimed = &worker.claim(1)[0];
    let (url, lease) = (format!("{run}heartbeat/"), &claimed["lease"]);
    for body in [
        json!({}),
        json!({ "lease": 1 }),
        json!({ "lease": null }),
        json!({ "lease": lease, "pid": -1 }),
        json!({ "lease": lease, "pid": "abc" }),
        json!({ "lease": lease, "log": 7 }),
        json!({ "lease": lease, "log": "a\u{0}" }),
        json!(null),
    ] {
        worker.post(&url, body).expect(400);
    }
    let long = "x".repeat((1 << 20) + 1);
    worker.post(&url, json!({ "lease": lease, "log": long })).expect(413);
    let most = "x".repeat(1 << 20);
    worker.post(&url, json!({ "lease": lease, "log": most })).expect(200);
    worker.post(&url, json!({ "lease": "another" })).expect(409);
    other.post(&url, json!({ "lease": lease })).expect(409);
    lab.site(1).workers[0].post(&url, json!({ "lease": lease })).expect(401);
    worker.post("/api/v1/run/999999999/heartbeat/", json!({ "lease": lease })).expect(404);
    worker.post("/api/v1/run/x/heartbeat/", json!({ "lease": lease })).expect(404);
    lab.anybody.post(&url, json!({ "lease": lease })).expect(401);
    worker.finish(claimed, true);
    worker.post(&url, json!({ "lease": lease })).expect(409);
}

#[test]
fn a_kill_request_reaches_the_worker_with_its_next_heartbeat() {
    let lab = Lab::shared();
    let site = lab.site(1);
    let worker = &site.workers[0];
    site.due(&site.job(json!({})));
    let run = &worker.claim(1)[0];
    let started = json!({ "lease": run["lease"], "start_dts": "2013-01-01 00:00:01+00:00" });
    worker.patch(&uri(run), started).expect(202);
    let request = uri(&lab.create("kill_request", json!({ "run": uri(run) })));
    let alive = json!({ "lease": run["lease"], "pid": 5 });
    assert_eq!(worker.post(&beat(run), alive).expect(200).json()["kill"], true);
    assert!(lab.read(&request)["enqueue_dts"].is_string());
    worker.patch(&request, json!({ "execute_dts": "2013-01-01 00:00:03+00:00" })).expect(202);
    worker.finish(run, false);
    let told = lab.list(&format!("/api/v1/notification/?job={}", id(run["job"].as_str().unwrap())));
    assert!(told[0]["body"].as_str().unwrap().contains("Killed: yes"), "{}", told[0]["body"]);
    lab.operator.post("/api/v1/kill_request/", json!({ "run": uri(run) })).expect(409);
}

#[test]
fn a_claimed_run_is_changed_with_its_lease_only() {
    let lab = Lab::shared();
    let site = lab.site(1);
    let worker = &site.workers[0];
    site.due(&site.job(json!({})));
    let run = &worker.claim(1)[0];
    let started = "2013-01-01 00:00:01+00:00";
    worker.patch(&uri(run), json!({ "start_dts": started })).expect(409);
    worker.patch(&uri(run), json!({ "start_dts": started, "lease": "old" })).expect(409);
    assert_eq!(lab.read(&uri(run))["start_dts"], Value::Null);
    worker.patch(&uri(run), json!({ "start_dts": started, "lease": run["lease"] })).expect(202);
    worker.finish(run, true);
}

/// Leases that are over are seen by claims, broadcasts and health checks; all of it in one wait.
#[test]
fn a_lost_lease_gives_the_run_to_another_or_ends_it() {
    let app: App = lab::app(&[]);
    let lab = Lab::of(&app);
    let site = lab.site(2);
    let [lost, other] = &site.workers[..] else { unreachable!() };
    let start = |run: &Value| {
        let body = json!({ "lease": run["lease"], "start_dts": "2013-01-01 00:00:01+00:00" });
        lost.patch(&uri(run), body).expect(202);
    };
    let claimed = |fields: Value| {
        site.due(&site.job(fields));
        claim_shortly(lost)
    };
    let not_started = claimed(json!({}));
    let once = claimed(json!({ "max_attempts": 1, "reschedule_interval": 1,
                               "reschedule_interval_type": "DAY" }));
    let twice = claimed(json!({ "max_attempts": 2 }));
    start(&once);
    start(&twice);
    lost.post(&beat(&once), json!({ "lease": once["lease"], "log": "so far" })).expect(200);

    until_leases_are_over();
    let second = race(4, |_| other.claim(5));
    let mut second: Vec<Value> = second.into_iter().flatten().collect();
    second.sort_by_key(|run| run["id"].as_i64());
    assert_eq!(second.iter().map(uri).collect::<Vec<_>>(), [uri(&not_started), uri(&twice)]);
    for run in &second {
        assert_eq!((&run["attempt"], &run["worker"]), (&json!(2), &json!(other.uri)));
        assert_eq!((&run["start_dts"], &run["pid"]), (&Value::Null, &Value::Null));
    }
    let failed = lab.read(&uri(&once));
    assert_eq!(failed["return_success"], false);
    let log = lab.read(failed["run_log"].as_str().unwrap());
    assert_eq!(log["content"], "so far\nThe worker stopped responding.");
    let job = once["job"].as_str().unwrap();
    assert_eq!(lab.runs(job, "scheduled").len(), 1);
    let told = lab.list(&format!("/api/v1/notification/?job={}", id(job)));
    assert_eq!(told.len(), 1);

    // The worker that was thought dead cannot spoil the second attempt.
    let late = json!({ "lease": twice["lease"], "return_dts": "2013-01-01 00:00:09+00:00",
                       "return_success": true });
    lost.patch(&uri(&twice), late).expect(409);
    lost.post(&beat(&twice), json!({ "lease": twice["lease"] })).expect(409);
    for run in &second {
        other.finish(run, true);
    }
    assert_eq!(lab.read(&uri(&twice))["return_success"], true);
}
