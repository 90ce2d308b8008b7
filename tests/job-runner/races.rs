//! Many at once: each thing happens once.

use std::collections::HashSet;

use assay_tests::{json, race, unique};

use crate::acceptance::{Lab, Worker, id};

#[test]
fn two_workers_that_take_a_run_at_once_are_one_and_a_refusal() {
    let lab = Lab::new();
    let workers: Vec<Worker> = (0..8).map(|_| lab.another_worker(&lab.pool1)).collect();
    let statuses = race(8, |i| {
        let body = json!({ "enqueue_dts": "2013-01-01 00:00", "worker": workers[i].uri });
        workers[i].patch(&lab.run1, body).send().status()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 202).count(), 1);
    assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 7);
}

#[test]
fn many_claims_get_each_run_once() {
    let lab = Lab::new();
    let workers: Vec<Worker> = (0..16).map(|_| lab.another_worker(&lab.pool1)).collect();
    for i in 0..60 {
        // Every other one has a next run to be planned, for which a claim must look before it takes.
        let kind = if i % 2 == 0 { "DAY" } else { "" };
        let body = json!({ "title": unique("J"), "job_template": lab.template_a, "worker_pool": lab.pool1,
                           "reschedule_interval": 1, "reschedule_interval_type": kind });
        let job = lab.make("job", body);
        lab.make("run", json!({ "job": job }));
    }
    let claimed = race(16, |i| {
        let mut runs = Vec::new();
        loop {
            let more = workers[i].claim(3);
            if more.is_empty() {
                return runs;
            }
            runs.extend(more.iter().map(|run| run["id"].as_i64().unwrap()));
        }
    });
    let all: Vec<i64> = claimed.into_iter().flatten().collect();
    assert_eq!(all.len(), 61);
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), 61);
}

#[test]
fn siblings_that_return_at_once_complete_once() {
    let lab = Lab::new();
    lab.change(&lab.job1, json!({ "run_on_all_workers": true }));
    let mut workers = vec![lab.worker1.clone()];
    workers.extend((0..19).map(|_| lab.another_worker(&lab.pool1)));
    let leases: Vec<_> = race(20, |i| workers[i].claim(5).remove(0));
    assert_eq!(lab.runs_of(&lab.job1, "state=in_queue").len(), 20);
    race(20, |i| {
        let uri = leases[i]["resource_uri"].as_str().unwrap();
        let body = json!({ "return_dts": "2013-01-01 00:00", "return_success": false, "lease": leases[i]["lease"] });
        workers[i].patch(uri, body).expect(202);
    });
    assert_eq!(lab.see(&lab.job1)["fail_times"], 1);
    assert_eq!(lab.runs_of(&lab.job1, "state=scheduled").len(), 1);
    assert_eq!(lab.runs_of(&lab.job1, "state=completed_with_errors").len(), 20);
}

#[test]
fn a_return_that_is_sent_many_times_happens_once() {
    let lab = Lab::new();
    let statuses = race(8, |i| {
        let body = json!({ "return_dts": "2013-01-01 00:00", "return_success": i % 2 == 0 });
        lab.worker1.patch(&lab.run1, body).send().status()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 202).count(), 4, "{statuses:?}");
    assert_eq!(lab.runs_of(&lab.job1, "state=scheduled").len(), 1);
    assert!(lab.runs_of(&lab.job3, "").len() <= 1);
}

#[test]
fn parents_set_at_once_make_no_circle() {
    let lab = Lab::new();
    lab.change(&lab.job3, json!({ "parent": null }));
    let statuses = race(2, |i| {
        let (job, parent) = if i == 0 { (&lab.job1, &lab.job3) } else { (&lab.job3, &lab.job1) };
        lab.operator.patch(job, json!({ "parent": parent })).send().status()
    });
    assert!(statuses.contains(&202) && statuses.contains(&400), "{statuses:?}");
    assert!(id(&lab.job1) > 0);
}
