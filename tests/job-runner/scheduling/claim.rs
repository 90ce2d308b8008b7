//! `/api/v1/run/claim/`: work by HTTP alone.

use std::time::{Duration, Instant};

use assay_tests::{Value, json, race};

use super::lab::{self, Lab, id, uri};

const CLAIM: &str = "/api/v1/run/claim/";

#[test]
fn a_claim_gives_due_runs_with_all_that_running_them_takes() {
    let lab = Lab::shared();
    let site = lab.site(1);
    let worker = &site.workers[0];
    let jobs: Vec<String> = ["one", "two"]
        .map(|text| site.job(json!({ "script_content_partial": format!("echo \"{text}\" }}") })))
        .into();
    let runs: Vec<String> = jobs.iter().map(|job| site.due(job)).collect();
    let later = site.job(json!({}));
    site.run(&later, json!({ "schedule_dts": "2999-01-01 00:00" }));

    let answer = worker.post(CLAIM, json!({ "limit": 5, "lease_seconds": 60 })).expect(200).json();
    assert_eq!(answer["retry_after"], 0);
    let claimed = answer["objects"].as_array().unwrap();
    assert_eq!(claimed.iter().map(uri).collect::<Vec<_>>(), runs);
    for ((run, job), text) in claimed.iter().zip(&jobs).zip(["one", "two"]) {
        assert_eq!(run["script_content"], format!("#!/bin/sh\necho \"{text}\" }}\n"));
        assert_eq!(run["job_title"], lab.read(job)["title"]);
        assert_eq!((&run["worker"], &run["kill"]), (&json!(worker.uri), &json!(false)));
        assert_eq!(run["attempt"], 1);
        assert!(run["lease"].as_str().unwrap().len() >= 22, "a lease cannot be guessed");
        let stored = lab.read(&uri(run));
        for field in ["enqueue_dts", "lease_expires_dts", "worker", "schedule_id"] {
            assert_eq!(stored[field], run[field], "{field}");
        }
        assert!(stored.get("lease").is_none(), "only its worker learns the lease");
    }
    assert_eq!(worker.claim(5), Vec::<Value>::new());
    assert_eq!(lab.runs(&jobs[0], "in_queue").len(), 1);
}

#[test]
fn a_claim_plans_the_next_run_before_this_one_starts() {
    let lab = Lab::shared();
    let site = lab.site(1);
    let job = site.job(json!({ "reschedule_interval": 1, "reschedule_interval_type": "DAY" }));
    site.due(&job);
    let run = &site.workers[0].claim(1)[0];
    assert_eq!(lab.runs(&job, "scheduled").len(), 1);
    site.workers[0].finish(run, true);
    assert_eq!(lab.runs(&job, "scheduled").len(), 1, "and no other one when it returns");
}

#[test]
fn the_bounds_of_a_claim_are_kept() {
    let lab = Lab::shared();
    let worker = lab.worker();
    for body in [
        json!({ "limit": 0 }),
        json!({ "limit": 51 }),
        json!({ "limit": "1" }),
        json!({ "wait": -1 }),
        json!({ "wait": 21 }),
        json!({ "wait": 0.5 }),
        json!({ "lease_seconds": 9 }),
        json!({ "lease_seconds": 3601 }),
        json!({ "worker_version": 7 }),
        json!({ "concurrent_jobs": -1 }),
        json!([]),
    ] {
        worker.post(CLAIM, body).expect(400);
    }
    worker.post(CLAIM, json!({ "limit": 50, "lease_seconds": 3600, "wait": 0 })).expect(200);
    worker.get(CLAIM).expect(405);
    lab.operator.post(CLAIM, json!({})).expect(401);
    lab.bridge().post(CLAIM, json!({})).expect(401);
    lab.anybody.post(CLAIM, json!({})).expect(401);
}

#[test]
fn a_claim_counts_as_a_ping() {
    let lab = Lab::shared();
    let worker = lab.worker();
    assert_eq!(lab.read(&worker.uri)["is_responsive"], false);
    let body = json!({ "wait": 0, "worker_version": "3.1", "concurrent_jobs": 4 });
    worker.post(CLAIM, body).expect(200);
    let stored = lab.read(&worker.uri);
    assert_eq!(stored["is_responsive"], true);
    assert_eq!((&stored["worker_version"], &stored["concurrent_jobs"]), (&json!("3.1"), &json!(4)));
    worker.claim(1);
    let again = lab.read(&worker.uri);
    assert_eq!(again["ping_response_dts"], stored["ping_response_dts"], "every 30 s is enough");
}

#[test]
fn a_disabled_worker_gets_nothing_and_learns_why() {
    let lab = Lab::shared();
    let site = lab.site(1);
    site.due(&site.job(json!({})));
    lab.change(&site.workers[0].uri, json!({ "enqueue_is_enabled": false }));
    let answer = site.workers[0].post(CLAIM, json!({})).expect(200).json();
    assert_eq!(answer["objects"], json!([]));
    assert_eq!(answer["reason"], "worker is disabled");
}

#[test]
fn only_what_is_enabled_is_due_except_by_hand() {
    let lab = Lab::shared();
    for part in ["job", "template", "project", "pool"] {
        let site = lab.site(1);
        let job = site.job(json!({}));
        let part = match part {
            "job" => &job,
            "template" => &site.template,
            "project" => &site.project,
            _ => &site.pool,
        };
        lab.change(part, json!({ "enqueue_is_enabled": false }));
        site.due(&job);
        assert_eq!(site.workers[0].claim(5).len(), 0, "{part} is disabled");
        let by_hand = site.run(&job, json!({ "is_manual": true }));
        let claimed = site.workers[0].claim(5);
        assert_eq!(claimed.iter().map(uri).collect::<Vec<_>>(), [by_hand]);
    }
}

#[test]
fn one_schedule_of_a_job_is_active_at_a_time_oldest_first() {
    let lab = Lab::shared();
    let site = lab.site(2);
    let job = site.job(json!({}));
    let second = site.run(&job, json!({ "schedule_dts": "2012-01-02T00:00:00Z" }));
    let first = site.due(&job);
    let claimed = site.workers[0].claim(5);
    assert_eq!(claimed.iter().map(uri).collect::<Vec<_>>(), [first]);
    assert_eq!(site.workers[1].claim(5).len(), 0);
    site.workers[0].finish(&claimed[0], true);
    assert_eq!(site.workers[1].claim(5).iter().map(uri).collect::<Vec<_>>(), [second]);
}

#[test]
fn a_run_that_is_meant_for_one_worker_goes_to_no_other() {
    let lab = Lab::shared();
    let site = lab.site(2);
    let job = site.job(json!({}));
    let run = site.run(&job, json!({ "worker": site.workers[1].uri }));
    assert_eq!(site.workers[0].claim(5).len(), 0);
    assert_eq!(site.workers[1].claim(5).iter().map(uri).collect::<Vec<_>>(), [run]);
}

#[test]
fn a_worker_of_another_pool_gets_nothing() {
    let lab = Lab::shared();
    let (ours, theirs) = (lab.site(1), lab.site(1));
    ours.due(&ours.job(json!({})));
    assert_eq!(theirs.workers[0].claim(5).len(), 0);
}

#[test]
fn a_run_for_all_workers_waits_for_each_of_them() {
    let lab = Lab::shared();
    let site = lab.site(3);
    lab.change(&site.workers[2].uri, json!({ "enqueue_is_enabled": false }));
    let job = site.job(json!({ "run_on_all_workers": true }));
    let run = site.due(&job);
    let first = site.workers[0].claim(5);
    assert_eq!(first.len(), 1);
    let waiting = lab.runs(&job, "scheduled");
    assert_eq!(waiting.len(), 1, "one for each enabled worker");
    assert_eq!(waiting[0]["worker"], json!(site.workers[1].uri));
    assert_eq!(waiting[0]["schedule_id"], json!(id(&run)));
    assert_eq!(site.workers[1].claim(5).len(), 1, "siblings run side by side");
    assert_eq!(lab.runs(&job, "scheduled").len(), 0);
}

#[test]
fn a_run_for_all_workers_waits_while_none_is_enabled() {
    let lab = Lab::shared();
    let site = lab.site(1);
    lab.change(&site.workers[0].uri, json!({ "enqueue_is_enabled": false }));
    let job = site.job(json!({ "run_on_all_workers": true }));
    let run = site.due(&job);
    lab.bridge().post("/api/v1/broadcast/", json!({})).expect(200);
    assert_eq!(lab.read(&run)["worker"], Value::Null);
    lab.change(&site.workers[0].uri, json!({ "enqueue_is_enabled": true }));
    assert_eq!(site.workers[0].claim(1).iter().map(uri).collect::<Vec<_>>(), [run]);
}

#[test]
fn many_claims_at_once_spread_a_run_once() {
    let lab = Lab::shared();
    let site = lab.site(8);
    for _ in 0..3 {
        let job = site.job(json!({ "run_on_all_workers": true, "reschedule_interval": 1,
                                   "reschedule_interval_type": "HOUR" }));
        site.due(&job);
        let claimed = race(8, |i| site.workers[i].claim(5));
        let runs: Vec<&Value> = claimed.iter().flatten().collect();
        assert_eq!(runs.len(), 8);
        assert_eq!(lab.runs(&job, "in_queue").len(), 8);
        assert_eq!(lab.runs(&job, "scheduled").len(), 1, "one next run");
        for (worker, runs) in site.workers.iter().zip(&claimed) {
            assert_eq!(runs[0]["worker"], json!(worker.uri));
            worker.finish(&runs[0], true);
        }
    }
}

#[test]
fn of_many_claims_at_once_each_run_goes_to_one() {
    let lab = Lab::shared();
    let site = lab.site(50);
    let mut due: Vec<String> = (0..200).map(|_| site.due(&site.job(json!({})))).collect();
    let claimed = race(50, |i| {
        let mut all = Vec::new();
        loop {
            let some = site.workers[i].claim(3);
            if some.is_empty() {
                return all;
            }
            all.extend(some.iter().map(uri));
        }
    });
    let mut claimed: Vec<String> = claimed.into_iter().flatten().collect();
    claimed.sort();
    due.sort();
    assert_eq!(claimed, due);
}

#[test]
fn a_patch_and_a_claim_at_once_take_a_run_once() {
    let lab = Lab::shared();
    let site = lab.site(2);
    for _ in 0..10 {
        let run = site.due(&site.job(json!({})));
        let body = json!({ "enqueue_dts": "2013-01-01 00:00:00+00:00" });
        let won = race(2, |i| match i {
            0 => site.workers[0].claim(1).len() == 1,
            _ => site.workers[1].patch(&run, body.clone()).send().status() == 202,
        });
        assert!(won[0] ^ won[1], "one of them: {won:?}");
        let winner = &site.workers[usize::from(won[1])].uri;
        assert_eq!(lab.read(&run)["worker"], json!(winner));
        let body = json!({ "return_dts": "2013-01-01 00:00:02+00:00", "return_success": true });
        lab.operator.patch(&run, body).expect(202);
    }
}

#[test]
fn a_claim_waits_for_work() {
    let lab = Lab::shared();
    let site = lab.site(1);
    let job = site.job(json!({}));
    let start = Instant::now();
    let claimed = std::thread::scope(|scope| {
        let worker = &site.workers[0];
        let waiting = scope.spawn(|| worker.post(CLAIM, json!({ "wait": 20 })).expect(200).json());
        // The claim's ping shows that it has come in.
        while lab.read(&worker.uri)["ping_response_dts"].is_null() {
            std::thread::yield_now();
        }
        site.due(&job);
        waiting.join().expect("an answer")
    });
    assert_eq!(claimed["objects"].as_array().unwrap().len(), 1);
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

#[test]
fn a_claim_waits_no_longer_than_it_said() {
    let worker = Lab::shared().worker();
    let start = Instant::now();
    let answer = worker.post(CLAIM, json!({ "wait": 2 })).expect(200).json();
    assert_eq!(answer["objects"], json!([]));
    let waited = start.elapsed();
    assert!((1..5).contains(&waited.as_secs()), "{waited:?}");
}

#[test]
fn who_waits_leaves_room_for_others() {
    let app = lab::app(&[]);
    let lab = Lab::of(&app);
    let workers: Vec<_> = (0..50).map(|_| lab.worker()).collect();
    let answers = race(51, |i| {
        let start = Instant::now();
        if i == 50 {
            for _ in 0..20 {
                lab.read("/api/v1/project/");
            }
            return (start.elapsed(), json!({ "objects": [] }));
        }
        let answer = workers[i].post(CLAIM, json!({ "wait": 3 })).expect(200).json();
        (start.elapsed(), answer)
    });
    for (elapsed, answer) in &answers[..50] {
        assert_eq!(answer["objects"], json!([]));
        let retry_after = answer["retry_after"].as_i64().unwrap();
        assert!((0..=5).contains(&retry_after));
        // Whoever was turned away was so at once.
        assert!(retry_after == 0 || *elapsed < Duration::from_secs(2), "{elapsed:?} {answer}");
    }
    assert!(answers[50].0 < Duration::from_secs(2), "others had to wait: {:?}", answers[50].0);
}
