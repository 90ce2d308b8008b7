//! No run is lost, doubled or stuck for good: pools that change, workers that leave, long scripts.

use assay_tests::{Value, json};

use super::lab::{self, Lab, id, uri};

const CLAIM: &str = "/api/v1/run/claim/";

/// Orders of a claim by the texts that their jobs print.
fn scripts(claimed: &[Value]) -> Vec<(String, &str)> {
    claimed.iter().map(|run| (uri(run), run["script_content"].as_str().unwrap())).collect()
}

#[test]
fn a_worker_that_joins_a_pool_while_it_waits_gets_that_pools_runs_whole() {
    let lab = Lab::shared();
    let (site, other) = (lab.site(1), lab.site(1));
    let worker = &site.workers[0];
    let answer = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            let body = json!({ "limit": 5, "wait": 12 });
            worker.post(CLAIM, body).expect(200).json()
        });
        // The claim is there once the worker was heard of.
        while lab.read(&worker.uri)["is_responsive"] != true {
            std::thread::yield_now();
        }
        lab.change(&other.pool, json!({ "workers": [worker.uri] }));
        other.due(&other.job(json!({ "script_content_partial": "echo other" })));
        waiting.join().unwrap()
    });
    let claimed = answer["objects"].as_array().unwrap();
    assert_eq!(claimed.len(), 1, "{answer}");
    assert_eq!(claimed[0]["script_content"], "#!/bin/sh\necho other\n");
    assert!(claimed[0]["lease"].is_string());
}

#[test]
fn a_claim_ends_before_its_scripts_are_too_long() {
    let lab = Lab::shared();
    let site = lab.site(1);
    let script = "x".repeat(900_000);
    let runs: Vec<String> =
        (0..30).map(|_| site.due(&site.job(json!({ "script_content_partial": script })))).collect();
    let mut seen = Vec::new();
    loop {
        let claimed = site.workers[0].claim(50);
        if claimed.is_empty() {
            break;
        }
        assert!(claimed.len() < 12, "{} scripts of 900 kB", claimed.len());
        assert!(scripts(&claimed).iter().all(|(_, script)| script.len() > 900_000));
        seen.extend(claimed.iter().map(uri));
    }
    assert_eq!(seen, runs, "each is handed out once, in order");
}

#[test]
fn a_heartbeat_counts_as_a_ping() {
    let lab = Lab::shared();
    let site = lab.site(1);
    let worker = &site.workers[0];
    site.due(&site.job(json!({})));
    let run = &worker.claim(1)[0];
    lab.change(&worker.uri, json!({ "ping_response_dts": "2013-01-01 00:00:00+00:00" }));
    assert_eq!(lab.read(&worker.uri)["is_responsive"], false);
    let beat = format!("{}heartbeat/", uri(run));
    worker.post(&beat, json!({ "lease": run["lease"] })).expect(200);
    assert_eq!(lab.read(&worker.uri)["is_responsive"], true);
}

#[test]
fn a_sibling_whose_worker_is_disabled_or_gone_has_failed() {
    let app = lab::app(&[]);
    let lab = Lab::of(&app);
    let (site, bridge) = (lab.site(3), lab.bridge());
    let [here, disabled, gone] = &site.workers[..] else { unreachable!() };
    let job = site.job(json!({ "run_on_all_workers": true }));
    site.due(&job);
    let mine = &here.claim(1)[0];
    here.finish(mine, true);
    lab.change(&disabled.uri, json!({ "enqueue_is_enabled": false }));
    lab.change(&site.pool, json!({ "workers": [here.uri, disabled.uri] }));
    let found = bridge.post("/api/v1/health_check/", json!({})).expect(200).json();
    let failed = lab.runs(&job, "completed_with_errors");
    assert_eq!(failed.len(), 2, "{found}");
    assert!(failed.iter().any(|run| run["worker"] == json!(gone.uri)));
    assert_eq!(found["failed_runs"], failed.iter().map(|run| run["id"].clone()).collect::<Value>());
    let log = lab.read(failed[0]["run_log"].as_str().unwrap());
    assert_eq!(log["content"], "The worker is disabled or has left the pool.");
    assert_eq!(lab.read(&job)["last_completed_schedule_id"], mine["schedule_id"]);
    site.run(&job, json!({ "is_manual": true }));
    assert_eq!(here.claim(1).len(), 1, "the job goes on");
}

#[test]
fn a_run_that_was_meant_for_a_worker_that_left_goes_to_another() {
    let app = lab::app(&[]);
    let lab = Lab::of(&app);
    let (site, bridge) = (lab.site(2), lab.bridge());
    let [here, gone] = &site.workers[..] else { unreachable!() };
    let run = site.run(&site.job(json!({})), json!({ "worker": gone.uri }));
    assert_eq!(here.claim(1).len(), 0);
    lab.change(&site.pool, json!({ "workers": [here.uri] }));
    bridge.post("/api/v1/broadcast/", json!({})).expect(200);
    assert_eq!(here.claim(1).iter().map(uri).collect::<Vec<_>>(), [run]);
}

#[test]
fn a_worker_finishes_what_it_runs_wherever_the_job_goes() {
    let lab = Lab::shared();
    let (site, other) = (lab.site(1), lab.site(1));
    let worker = &site.workers[0];
    lab.change(&site.project, json!({ "worker_pools": [site.pool, other.pool] }));
    let job = site.job(json!({}));
    let run = site.due(&job);
    worker.take(&run);
    lab.change(&job, json!({ "worker_pool": other.pool }));
    lab.change(&site.pool, json!({ "workers": [] }));
    let log = json!({ "run": run, "content": "done" });
    worker.post("/api/v1/run_log/", log).expect(201);
    worker.give_back(&run, true).expect(202);
    assert_eq!(lab.read(&run)["return_success"], true);
    worker.get(&run).expect(401);
}

#[test]
fn a_run_that_waits_moves_with_its_job_to_another_pool() {
    let lab = Lab::shared();
    let (site, other) = (lab.site(1), lab.site(1));
    lab.change(&site.project, json!({ "worker_pools": [site.pool, other.pool] }));
    let job = site.job(json!({}));
    let run = site.due(&job);
    lab.change(&job, json!({ "worker_pool": other.pool }));
    assert_eq!(site.workers[0].claim(5).len(), 0);
    assert_eq!(other.workers[0].claim(5).iter().map(uri).collect::<Vec<_>>(), [run]);
}

#[test]
fn what_cannot_be_spread_keeps_nothing_else_from_it() {
    let app = lab::app(&[]);
    let lab = Lab::of(&app);
    let (empty, site, bridge) = (lab.site(0), lab.site(2), lab.bridge());
    for _ in 0..51 {
        empty.due(&empty.job(json!({ "run_on_all_workers": true })));
    }
    let job = site.job(json!({ "run_on_all_workers": true }));
    site.run(&job, json!({}));
    bridge.post("/api/v1/broadcast/", json!({})).expect(200);
    assert_eq!(lab.runs(&job, "scheduled").len(), 2);
}

#[test]
fn the_last_sibling_that_waits_is_not_deleted() {
    let lab = Lab::shared();
    let site = lab.site(3);
    let job = site.job(json!({ "run_on_all_workers": true }));
    site.due(&job);
    let mine = &site.workers[0].claim(1)[0];
    site.workers[0].finish(mine, true);
    let waiting = lab.runs(&job, "scheduled");
    lab.operator.delete(&uri(&waiting[0])).expect(204);
    lab.operator.delete(&uri(&waiting[1])).expect(409);
    let returned = json!({ "return_dts": "2013-01-01 00:00", "return_success": false });
    lab.change(&uri(&waiting[1]), returned);
    assert_eq!(lab.read(&job)["last_completed_schedule_id"], mine["schedule_id"]);
}

#[test]
fn a_run_for_all_workers_is_not_taken_before_it_is_spread() {
    let lab = Lab::shared();
    let site = lab.site(2);
    let job = site.job(json!({ "run_on_all_workers": true }));
    let run = site.due(&job);
    let take = json!({ "enqueue_dts": "2013-01-01 00:00:00+00:00" });
    site.workers[0].patch(&run, take).expect(409);
    assert_eq!(site.workers[1].claim(5).len(), 1);
    assert_eq!(site.workers[0].claim(5).len(), 1);
}

#[test]
fn a_run_that_was_given_back_has_no_outcome() {
    let lab = Lab::shared();
    let site = lab.site(1);
    let run = site.due(&site.job(json!({})));
    let worker = &site.workers[0];
    worker.take(&run);
    worker.patch(&run, json!({ "return_success": true })).expect(202);
    worker.patch(&run, json!({ "enqueue_dts": null, "start_dts": null })).expect(202);
    assert_eq!(lab.read(&run)["return_success"], Value::Null);
    worker.take(&run);
    worker.patch(&run, json!({ "return_dts": "2013-01-01 00:00" })).expect(202);
    assert_eq!(lab.read(&run)["return_success"], false);
}

#[test]
fn a_job_without_a_next_time_is_told() {
    let lab = Lab::shared();
    let site = lab.site(1);
    let job = site.job(json!({ "reschedule_interval": i64::MAX,
                               "reschedule_interval_type": "MINUTE" }));
    let run = site.due(&job);
    site.work(&run, true);
    assert_eq!(lab.runs(&job, "scheduled").len(), 0);
    let told = format!("/api/v1/notification/?kind=reschedule_failed&job={}", id(&job));
    assert_eq!(lab.list(&told).len(), 1);
}

#[test]
fn a_run_is_returned_by_its_own_worker() {
    let lab = Lab::shared();
    let site = lab.site(2);
    let run = site.due(&site.job(json!({})));
    site.workers[0].take(&run);
    site.workers[1].give_back(&run, false).expect(409);
    site.workers[0].give_back(&run, true).expect(202);
}
