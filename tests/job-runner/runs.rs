//! `run/`, `run_log/` and `kill_request/`: what a worker of upstream does.

use assay_tests::json;

use crate::acceptance::{Lab, id};

const NOW: &str = "2013-01-01 00:00:00+00:00";

#[test]
fn a_worker_takes_starts_logs_and_returns_a_run() {
    let lab = Lab::new();
    let (worker, run) = (&lab.worker1, &lab.run1);
    let taken =
        worker.patch(run, json!({ "enqueue_dts": NOW, "worker": worker.uri })).expect(202).json();
    assert_eq!(taken["enqueue_dts"], "2013-01-01T01:00:00");
    assert_eq!(lab.runs_of(&lab.job1, "state=in_queue").len(), 1);
    assert!(lab.runs_of(&lab.job1, "state=scheduled").is_empty());
    worker.patch(run, json!({ "start_dts": NOW })).expect(202);
    worker.patch(run, json!({ "pid": 5 })).expect(202);
    let log =
        worker.post("/api/v1/run_log/", json!({ "run": run, "content": "h\u{e9}\n" })).expect(201);
    assert!(log.header("location").unwrap().starts_with("http://"));
    worker.post("/api/v1/run_log/", json!({ "run": run, "content": "other" })).expect(409);
    let uri = log.json()["resource_uri"].as_str().unwrap().to_owned();
    assert_eq!(worker.get(&uri).expect(200).json()["content"], "h\u{e9}\n");
    let returned = json!({ "return_dts": NOW, "return_success": true });
    worker.patch(run, returned.clone()).expect(202);
    let before = (lab.runs_of(&lab.job1, ""), lab.runs_of(&lab.job3, ""));
    worker.patch(run, returned).expect(202);
    assert_eq!(before, (lab.runs_of(&lab.job1, ""), lab.runs_of(&lab.job3, "")));
    worker.patch(run, json!({ "return_dts": NOW, "return_success": false })).expect(409);
    worker.patch(run, json!({ "enqueue_dts": null })).expect(409);
}

#[test]
fn a_run_that_another_worker_has_taken_stays_with_it() {
    let lab = Lab::new();
    let other = lab.another_worker(&lab.pool1);
    lab.worker1.patch(&lab.run1, json!({ "enqueue_dts": NOW })).expect(202);
    let late = other.patch(&lab.run1, json!({ "enqueue_dts": NOW, "worker": other.uri }));
    late.refused(409, &format!("Run {} is taken by another worker.", id(&lab.run1)));
    lab.worker1.patch(&lab.run1, json!({ "enqueue_dts": "2013-01-02 00:00:00Z" })).expect(202);
    other.patch(&lab.run1, json!({ "enqueue_dts": null })).expect(409);
    other.patch(&lab.run1, json!({ "worker": lab.worker1.uri })).expect(401);
}

#[test]
fn a_restarted_worker_gives_its_runs_back() {
    let lab = Lab::new();
    let worker = &lab.worker1;
    worker.patch(&lab.run1, json!({ "enqueue_dts": NOW })).expect(202);
    worker.patch(&lab.run1, json!({ "start_dts": NOW, "pid": 3 })).expect(202);
    let path = format!("/api/v1/run/?state=started&worker__api_key={}", worker.key);
    assert_eq!(worker.get(&path).expect(200).json()["meta"]["total_count"], 1);
    worker.patch(&lab.run1, json!({ "enqueue_dts": null, "start_dts": null })).expect(202);
    let run = lab.see(&lab.run1);
    assert_eq!(
        (&run["start_dts"], &run["pid"], &run["worker"]),
        (&json!(null), &json!(null), &json!(worker.uri))
    );
    assert_eq!(lab.runs_of(&lab.job1, "state=scheduled").len(), 1);
}

#[test]
fn a_return_fills_in_what_was_lost() {
    let lab = Lab::new();
    lab.worker1.patch(&lab.run1, json!({ "return_dts": NOW })).expect(202);
    let run = lab.see(&lab.run1);
    assert_eq!(run["return_success"], false);
    assert_eq!((&run["enqueue_dts"], &run["start_dts"]), (&run["return_dts"], &run["return_dts"]));
}

#[test]
fn the_plan_of_a_run_changes_only_while_it_is_scheduled() {
    let lab = Lab::new();
    lab.worker1.patch(&lab.run1, json!({ "is_manual": true, "schedule_dts": NOW })).expect(202);
    lab.worker1.patch(&lab.run1, json!({ "enqueue_dts": NOW })).expect(202);
    lab.worker1.patch(&lab.run1, json!({ "is_manual": true })).expect(202);
    for body in [
        json!({ "is_manual": false }),
        json!({ "schedule_dts": "2014-01-01 00:00" }),
        json!({ "schedule_children": false }),
    ] {
        lab.worker1.patch(&lab.run1, body).expect(409);
    }
    lab.worker1.patch(&lab.run1, json!({ "job": lab.job3 })).expect(400);
    lab.worker1.patch(&lab.run1, json!({ "schedule_id": 1_000_000 })).expect(400);
    let whole = lab.worker1.get(&lab.run1).expect(200).json();
    lab.worker1.patch(&lab.run1, whole).expect(202);
}

#[test]
fn a_new_run_takes_only_what_is_its_to_say() {
    let lab = Lab::new();
    let body = json!({ "job": lab.job1, "is_manual": true, "schedule_children": false, "pid": 3,
                       "enqueue_dts": NOW, "return_dts": "junk", "worker": lab.worker1.uri });
    let run = lab.worker1.post("/api/v1/run/", body).expect(201).json();
    assert_eq!(
        (&run["is_manual"], &run["schedule_children"], &run["pid"]),
        (&json!(true), &json!(false), &json!(null))
    );
    assert_eq!(run["schedule_id"], run["id"]);
    assert_eq!(run["worker"], lab.worker1.uri);
    let elsewhere =
        lab.operator.post("/api/v1/run/", json!({ "job": lab.job1, "worker": lab.worker2.uri }));
    assert_eq!(elsewhere.expect(400).json()["field"], "worker");
}

#[test]
fn a_kill_request_is_for_what_has_not_returned() {
    let lab = Lab::new();
    let worker = &lab.worker1;
    let kill = worker.post("/api/v1/kill_request/", json!({ "run": lab.run1 })).expect(201).json();
    let uri = kill["resource_uri"].as_str().unwrap();
    worker.patch(uri, json!({ "enqueue_dts": NOW })).expect(202);
    let executed = worker.patch(uri, json!({ "execute_dts": NOW })).expect(202).json();
    assert_eq!(executed["execute_dts"], "2013-01-01T01:00:00");
    assert_eq!(executed["enqueue_dts"], "2013-01-01T01:00:00");
    worker.run_through(&lab.run1, true);
    worker.post("/api/v1/kill_request/", json!({ "run": lab.run1 })).expect(409);
}

#[test]
fn a_returned_run_stays_whole() {
    let lab = Lab::new();
    lab.worker1.run_through(&lab.run1, true);
    let before = lab.see(&lab.run1);
    lab.worker1.patch(&lab.run1, json!({ "start_dts": null, "pid": 99 })).expect(409);
    lab.operator.patch(&lab.run1, json!({ "enqueue_dts": null })).expect(409);
    assert_eq!(lab.see(&lab.run1), before);
}

#[test]
fn a_runs_schedule_is_what_it_is() {
    let lab = Lab::new();
    let schedule = &lab.see(&lab.run1)["schedule_id"];
    for other in [json!("abc"), json!(999_999_999), json!(null), json!(1.5), json!([])] {
        let change = json!({ "schedule_id": other });
        let refused = lab.worker1.patch(&lab.run1, change).expect(400).json();
        assert_eq!(refused["field"], "schedule_id", "{other}");
    }
    for same in [schedule.clone(), json!(schedule.to_string())] {
        lab.worker1.patch(&lab.run1, json!({ "schedule_id": same })).expect(202);
    }
}
