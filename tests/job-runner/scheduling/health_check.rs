//! `/api/v1/health_check/`: workers that do not answer, and what becomes of their runs. It looks at
//! everything that is stored, so each test has an app of its own.

use assay_tests::{Client, Value, json, race};

use super::lab::{self, Lab, id};

const CHECK: &str = "/api/v1/health_check/";

#[track_caller]
fn check(bridge: &Client) -> Value {
    bridge.post(CHECK, json!({})).expect(200).json()
}

fn ids(uris: &[String]) -> Value {
    uris.iter().map(|uri| id(uri)).collect()
}

#[test]
fn only_the_bridge_and_the_operator_check() {
    let lab = Lab::shared();
    lab.anybody.post(CHECK, json!({})).expect(401);
    lab.worker().post(CHECK, json!({})).expect(401);
    lab.bridge().get(CHECK).expect(405);
}

#[test]
fn runs_of_silent_workers_have_failed_with_the_reason_in_their_logs() {
    let app = lab::app(&[]);
    let lab = Lab::of(&app);
    let (site, bridge) = (lab.site(2), lab.bridge());
    let [silent, alive] = &site.workers[..] else { unreachable!() };
    alive.claim(1);
    let job = site.job(json!({ "reschedule_interval": 1, "reschedule_interval_type": "DAY" }));
    let (lost, kept) = (site.due(&job), site.due(&site.job(json!({}))));
    silent.take(&lost);
    silent.post("/api/v1/run_log/", json!({ "run": lost, "content": "so far" })).expect(201);
    alive.take(&kept);

    let found = check(&bridge);
    assert_eq!(found["failed_runs"], ids(std::slice::from_ref(&lost)));
    assert_eq!(found["unresponsive_workers"], ids(std::slice::from_ref(&silent.uri)));
    assert_eq!(found["unresponsive_pools"], json!([]), "one of its workers is there");
    assert_eq!((&found["released_runs"], &found["more"]), (&json!([]), &json!(false)));
    let failed = lab.read(&lost);
    assert_eq!(failed["return_success"], false);
    assert!(failed["start_dts"].is_string() && failed["return_dts"].is_string());
    let log = lab.read(failed["run_log"].as_str().unwrap());
    assert_eq!(log["content"], "so far\nWorker does not respond to ping requests.");
    assert_eq!(lab.read(&kept)["return_dts"], Value::Null);
    assert_eq!(lab.runs(&job, "scheduled").len(), 1, "it is planned again");
    silent.give_back(&lost, true).expect(409);
    assert_eq!(check(&bridge)["failed_runs"], json!([]));
}

#[test]
fn a_pool_is_told_once_an_outage() {
    let app = lab::app(&[("job_runner_admin_emails", "ops@lab.example")]);
    let lab = Lab::of(&app);
    let (site, bridge) = (lab.site(2), lab.bridge());
    let title = lab.change(&site.pool, json!({ "notification_addresses": "pool@lab.example\n" }));
    let empty = lab.create("worker_pool", json!({ "title": "nobody here" }));
    let told = || lab.list("/api/v1/notification/?kind=worker_pool_unresponsive");
    let all = race(4, |_| check(&bridge));
    assert!(
        all.iter()
            .all(|found| found["unresponsive_pools"] == ids(std::slice::from_ref(&site.pool)))
    );
    assert_eq!(told().len(), 1);
    let subject = format!("Worker-pool unresponsive: {}", title["title"].as_str().unwrap());
    assert_eq!(told()[0]["subject"], json!(subject));
    assert_eq!(told()[0]["addresses"], json!(["ops@lab.example", "pool@lab.example"]));
    // A worker is back, and goes away again.
    site.workers[0].claim(1);
    assert_eq!(check(&bridge)["unresponsive_pools"], json!([]));
    let long_ago = json!({ "ping_response_dts": "2013-01-01 00:00:00+00:00" });
    lab.change(&site.workers[0].uri, long_ago);
    check(&bridge);
    assert_eq!(told().len(), 2);
    // Disabled workers are no outage, and neither is a pool without any.
    for worker in &site.workers {
        lab.change(&worker.uri, json!({ "enqueue_is_enabled": false }));
    }
    let found = check(&bridge);
    assert_eq!(found["unresponsive_pools"], json!([]), "{empty}");
    assert_eq!(found["unresponsive_workers"], json!([]));
}

#[test]
fn a_hundred_runs_are_given_up_at_a_time() {
    let app = lab::app(&[]);
    let lab = Lab::of(&app);
    let (site, bridge) = (lab.site(1), lab.bridge());
    race(6, |_| {
        for _ in 0..20 {
            site.workers[0].take(&site.due(&site.job(json!({}))));
        }
    });
    let first = check(&bridge);
    assert_eq!(
        (first["failed_runs"].as_array().unwrap().len(), &first["more"]),
        (100, &json!(true))
    );
    let rest = check(&bridge);
    assert_eq!((rest["failed_runs"].as_array().unwrap().len(), &rest["more"]), (20, &json!(false)));
}

#[test]
fn a_return_and_a_health_check_at_once_have_their_effects_once() {
    let app = lab::app(&[]);
    let lab = Lab::of(&app);
    let (site, bridge) = (lab.site(1), lab.bridge());
    for _ in 0..15 {
        let job = site.job(json!({ "reschedule_interval": 1, "reschedule_interval_type": "HOUR",
                                   "schedule_children_on_error": true }));
        let child = site.job(json!({ "parent": job }));
        let run = site.due(&job);
        site.workers[0].take(&run);
        let statuses = race(3, |i| match i {
            0 => site.workers[0].give_back(&run, true).send().status(),
            _ => bridge.post(CHECK, json!({})).expect(200).status(),
        });
        let success = lab.read(&run)["return_success"] == true;
        assert_eq!(statuses[0], if success { 202 } else { 409 });
        assert_eq!(lab.runs(&job, "scheduled").len(), 1);
        assert_eq!(lab.runs(&child, "scheduled").len(), 1);
        assert_eq!(lab.read(&job)["fail_times"], json!(u8::from(!success)));
    }
}
