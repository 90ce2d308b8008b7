//! What follows from a return: children, failures in a row, the next run, notifications (the
//! contract's section 5.3).

use assay_tests::{Value, json};

use crate::acceptance::Lab;

#[test]
fn a_success_runs_the_children_and_plans_the_next_run() {
    let lab = Lab::new();
    lab.worker1.run_through(&lab.run1, true);
    assert_eq!(lab.runs_of(&lab.job3, "").len(), 1);
    let next = lab.runs_of(&lab.job1, "state=scheduled");
    assert_eq!(next.len(), 1);
    // 2012-01-01T00:00:00Z was 01:00 in Amsterdam in winter, and stays so on the wall.
    assert!(next[0]["schedule_dts"].as_str().unwrap().ends_with("T01:00:00"));
    assert_eq!(next[0]["is_manual"], false);
    let last = lab.runs_of(&lab.job1, "state=last_completed");
    assert_eq!(last[0]["resource_uri"], lab.run1);
    let job = lab.see(&lab.job1);
    assert_eq!(job["last_completed_schedule_id"], lab.see(&lab.run1)["schedule_id"]);
    assert!(lab.notifications_of(&lab.job1).is_empty());
}

#[test]
fn a_failure_is_told_and_runs_no_children_unless_wanted() {
    let lab = Lab::new();
    lab.change(&lab.job1, json!({ "notification_addresses": "job@x\nboth@x" }));
    lab.change(&lab.project_a, json!({ "notification_addresses": "both@x\r\n\r\nproject@x" }));
    lab.worker1
        .post("/api/v1/run_log/", json!({ "run": lab.run1, "content": "one\ntwo \\n three" }))
        .expect(201);
    lab.worker1.run_through(&lab.run1, false);
    assert!(lab.runs_of(&lab.job3, "").is_empty());
    let told = lab.notifications_of(&lab.job1);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["kind"], "run_failed");
    assert!(told[0]["subject"].as_str().unwrap().starts_with("Run error for: J"));
    assert!(told[0]["body"].as_str().unwrap().contains("one\ntwo \\n three\n"));
    assert_eq!(told[0]["addresses"], json!(["admin@lab.example", "job@x", "both@x", "project@x"]));
    let uri = told[0]["resource_uri"].as_str().unwrap();
    lab.bridge.patch(uri, json!({ "sent_dts": "2013-01-01 00:00" })).expect(202);
    assert!(lab.see(uri)["sent_dts"].is_string());

    lab.change(&lab.job1, json!({ "schedule_children_on_error": true }));
    let again = lab.make("run", json!({ "job": lab.job1, "is_manual": true }));
    lab.worker1.run_through(&again, false);
    assert_eq!(lab.runs_of(&lab.job3, "").len(), 1);
}

#[test]
fn a_job_that_fails_too_often_is_disabled() {
    let lab = Lab::new();
    lab.change(&lab.job1, json!({ "disable_enqueue_after_fails": 3 }));
    let outcomes = [false, true, false, false, false];
    for success in outcomes {
        let run = lab.make("run", json!({ "job": lab.job1, "is_manual": true }));
        lab.worker1.run_through(&run, success);
    }
    let job = lab.see(&lab.job1);
    assert_eq!((&job["enqueue_is_enabled"], &job["fail_times"]), (&json!(true), &json!(3)));
    let run = lab.make("run", json!({ "job": lab.job1, "is_manual": true }));
    lab.worker1.run_through(&run, false);
    assert_eq!(lab.see(&lab.job1)["enqueue_is_enabled"], false);
    let kinds: Vec<Value> =
        lab.notifications_of(&lab.job1).iter().map(|told| told["kind"].clone()).collect();
    assert_eq!(kinds.iter().filter(|kind| *kind == "job_disabled").count(), 1);
}

#[test]
fn children_that_are_disabled_or_not_wanted_do_not_run() {
    let lab = Lab::new();
    let run = lab.make("run", json!({ "job": lab.job1, "schedule_children": false }));
    lab.worker1.run_through(&run, true);
    assert!(lab.runs_of(&lab.job3, "").is_empty());
    lab.change(&lab.job3, json!({ "enqueue_is_enabled": false }));
    lab.worker1.run_through(&lab.run1, true);
    assert!(lab.runs_of(&lab.job3, "").is_empty());
}

#[test]
fn excludes_that_leave_no_time_are_told() {
    let lab = Lab::new();
    let exclude =
        json!({ "job": lab.job1, "start_time": "00:00", "end_time": "23:59", "note": "never" });
    let uri = lab.make("reschedule_exclude", exclude);
    assert_eq!(lab.see(&uri)["end_time"], "23:59:00");
    lab.change(&lab.job1, json!({ "reschedule_interval_type": "HOUR" }));
    lab.worker1.run_through(&lab.run1, true);
    assert!(lab.runs_of(&lab.job1, "state=scheduled").is_empty());
    let told = lab.notifications_of(&lab.job1);
    assert!(told[0]["subject"].as_str().unwrap().starts_with("Reschedule error for: J"));
}

#[test]
fn a_run_for_all_workers_completes_when_the_last_returns() {
    let lab = Lab::new();
    let workers =
        [lab.worker1.clone(), lab.another_worker(&lab.pool1), lab.another_worker(&lab.pool1)];
    lab.change(&lab.job1, json!({ "run_on_all_workers": true }));
    let claimed: Vec<_> = workers.iter().map(|worker| (worker, worker.claim(5))).collect();
    let siblings = lab.runs_of(&lab.job1, "state=in_queue");
    assert_eq!(siblings.len(), 3);
    assert!(siblings.iter().all(|run| run["schedule_id"] == siblings[0]["schedule_id"]));
    for (n, (worker, runs)) in claimed.iter().enumerate() {
        assert_eq!(runs.len(), 1);
        assert!(lab.runs_of(&lab.job3, "").is_empty(), "{n} of 3 have returned");
        let uri = runs[0]["resource_uri"].as_str().unwrap();
        let returned = json!({ "return_dts": "2013-01-01 00:00", "return_success": n != 0, "lease": runs[0]["lease"] });
        worker.patch(uri, returned).expect(202);
    }
    assert!(lab.runs_of(&lab.job3, "").is_empty(), "one of them failed");
    assert_eq!(lab.see(&lab.job1)["fail_times"], 1);
    assert_eq!(lab.runs_of(&lab.job1, "state=last_completed").len(), 3);
    assert_eq!(lab.runs_of(&lab.job1, "state=scheduled").len(), 1);
}

#[test]
fn what_will_run_can_be_looked_at() {
    let lab = Lab::new();
    let path = format!("{}upcoming/", lab.job1);
    let upcoming = lab.worker1.get(&format!("{path}?count=3")).expect(200).json();
    let objects = upcoming["objects"].as_array().unwrap();
    assert_eq!(objects.len(), 3);
    assert_eq!(objects[0], json!({ "schedule_dts": "2012-01-01T01:00:00", "run": lab.run1 }));
    assert_eq!(objects[1]["run"], json!(null));
    assert_eq!(lab.runs_of(&lab.job1, "").len(), 1, "nothing is stored");
    assert_eq!(lab.see(&path)["objects"].as_array().unwrap().len(), 10);
    let once = lab.see(&format!("{}upcoming/", lab.job2));
    assert_eq!(once["objects"].as_array().unwrap().len(), 1);
    lab.worker2.get(&path).expect(401);
    for count in ["0", "101", "x"] {
        lab.operator.get(&format!("{path}?count={count}")).expect(400);
    }
}
