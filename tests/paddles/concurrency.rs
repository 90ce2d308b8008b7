//! Many clients at once: nothing is lost, nothing counted twice, nothing fails.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use assay_tests::{App, Client, Value, areas, json, race, unique};

use crate::{job, lab_run, new_job, paddles};

const WORDS: [&str; 7] = ["queued", "waiting", "running", "pass", "fail", "dead", "unknown"];

/// Reads a run and recounts its jobs: in one answer the counters are those of the jobs beside them.
fn assert_counted(paddles: &Client, run: &str) -> Value {
    let answer = paddles.get(&format!("/runs/{run}?job_fields=job_id,status")).expect(200);
    let whole = answer.json();
    let jobs = whole["jobs"].as_array().unwrap();
    for word in WORDS {
        let recount = jobs.iter().filter(|job| job["status"] == word).count();
        assert_eq!(whole["results"][word], recount, "{word} in {}", answer.text());
    }
    assert_eq!(whole["results"]["total"], jobs.len());
    assert_eq!(whole["jobs_count"], jobs.len());
    whole
}

/// The sum of the counters of a run in a list is its total.
fn assert_summed(run: &Value) {
    let sum: u64 = WORDS.iter().map(|word| run["results"][word].as_u64().unwrap()).sum();
    assert_eq!(run["results"]["total"], sum, "{run}");
}

#[test]
fn sixty_four_clients_share_runs_and_lose_nothing() {
    let app = App::with(&[], &[]);
    let paddles = app.client(areas::PADDLES);
    let acknowledged = race(64, |client| {
        let run = format!("run-{}", client % 4);
        let mut mine = BTreeMap::new();
        for number in 0..3 {
            let job_id = format!("{client}.{number}");
            let path = format!("/runs/{run}/jobs/");
            let body = json!({ "job_id": job_id, "status": "queued" });
            paddles.post(&path, body).expect(200);
            assert_counted(&paddles, &run);
            for word in ["waiting", "running"] {
                paddles.put(&format!("{path}{job_id}/"), json!({ "status": word })).expect(200);
            }
            let last = ["pass", "fail", "dead", "unknown", "running"][(client + number) % 5];
            let body = json!({ "status": last, "pid": client, "description": job_id });
            paddles.put(&format!("{path}{job_id}/"), body).expect(200);
            let list = paddles.get("/runs/?count=10").expect(200).json();
            list.as_array().unwrap().iter().for_each(assert_summed);
            mine.insert(job_id, last);
        }
        mine
    });
    for shared in 0..4 {
        let whole = assert_counted(&paddles, &format!("run-{shared}"));
        let clients = acknowledged.iter().skip(shared).step_by(4);
        let expected: BTreeMap<&str, &str> =
            clients.flatten().map(|(id, word)| (id.as_str(), *word)).collect();
        let jobs = whole["jobs"].as_array().unwrap().iter();
        let stored: BTreeMap<&str, &str> = jobs
            .map(|job| (job["job_id"].as_str().unwrap(), job["status"].as_str().unwrap()))
            .collect();
        assert_eq!(stored, expected);
    }
}

#[test]
fn of_many_that_create_one_run_one_succeeds() {
    let (paddles, run) = (paddles(), unique("run"));
    let statuses = race(16, |_| {
        paddles.post("/runs/", json!({ "name": run })).expect_any(&[200, 400]).status()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1);
}

#[test]
fn of_many_that_create_one_job_one_succeeds_and_it_counts_once() {
    let (paddles, run) = (paddles(), unique("run"));
    let answers = race(16, |i| {
        let path = format!("/runs/{run}/jobs/");
        paddles.post(&path, json!({ "job_id": 7, "pid": i })).expect_any(&[200, 400])
    });
    let won: Vec<_> = (0..16).filter(|i| answers[*i].status() == 200).collect();
    assert_eq!(won.len(), 1, "one of them made it");
    for refused in answers.iter().filter(|answer| answer.status() == 400) {
        assert_eq!(refused.message(), "job with job_id 7 already exists");
    }
    let whole = assert_counted(&paddles, &run);
    assert_eq!(whole["results"]["total"], 1);
    assert_eq!(job(&paddles, &run, "7")["pid"], won[0].to_string());
}

#[test]
fn many_first_jobs_of_an_unknown_run_make_it_once() {
    let (paddles, run) = (paddles(), unique("run"));
    race(32, |i| paddles.post(&format!("/runs/{run}/jobs/"), json!({ "job_id": i })).expect(200));
    assert_eq!(assert_counted(&paddles, &run)["results"]["total"], 32);
}

#[test]
fn many_upserts_of_one_job_make_it_once_and_keep_every_field() {
    let (paddles, run) = (paddles(), unique("run"));
    let fields = ["owner", "pid", "comment", "email", "sha1", "branch", "suite", "user"];
    race(fields.len(), |i| {
        let path = format!("/runs/{run}/jobs/1/?upsert=1");
        paddles.put(&path, json!({ fields[i]: fields[i] })).expect(200)
    });
    let job = job(&paddles, &run, "1");
    for field in fields {
        assert_eq!(job[field], field, "no update was lost");
    }
    assert_eq!(assert_counted(&paddles, &run)["results"]["total"], 1);
}

#[test]
fn an_acknowledged_pass_is_never_overwritten_by_a_late_dead() {
    let paddles = paddles();
    for _ in 0..10 {
        let run = new_job(&paddles, json!({ "status": "running" }));
        let put = |word| {
            paddles.put(&format!("/runs/{run}/jobs/1/"), json!({ "status": word })).expect(200)
        };
        let passed = AtomicBool::new(false);
        race(8, |i| {
            if i == 0 {
                put("pass");
                passed.store(true, Ordering::SeqCst);
                return;
            }
            let late = passed.load(Ordering::SeqCst);
            put("dead");
            if late {
                assert_eq!(job(&paddles, &run, "1")["status"], "pass");
            }
        });
        assert_eq!(job(&paddles, &run, "1")["status"], "pass");
        assert_eq!(assert_counted(&paddles, &run)["status"], "finished pass");
    }
}

#[test]
fn of_two_arrays_that_share_a_job_one_is_stored_whole() {
    let (paddles, run) = (paddles(), unique("run"));
    let statuses = race(8, |i| {
        let mut jobs: Vec<Value> =
            (0..20).map(|number| json!({ "job_id": format!("{i}.{number}") })).collect();
        jobs.push(json!({ "job_id": "shared" }));
        let path = format!("/runs/{run}/jobs/");
        paddles.post(&path, json!(jobs)).expect_any(&[200, 400]).status()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1);
    assert_eq!(assert_counted(&paddles, &run)["results"]["total"], 21);
}

#[test]
fn a_bulk_update_is_seen_whole_or_not_at_all() {
    let (paddles, run) = (paddles(), unique("run"));
    let jobs: Vec<Value> = (0..100).map(|id| json!({ "job_id": id, "status": "queued" })).collect();
    paddles.post(&format!("/runs/{run}/jobs/"), json!(jobs)).expect(200);
    race(6, |i| {
        for word in ["running", "queued", "waiting", "queued"] {
            if i == 0 {
                let path = format!("/runs/{run}/jobs/?status=queued,waiting,running");
                let answer = paddles.put(&path, json!({ "status": word })).expect(200);
                assert_eq!(answer.json()["updated"], 100);
            } else {
                let results = assert_counted(&paddles, &run)["results"].clone();
                let all = ["queued", "waiting", "running"].iter().any(|word| results[word] == 100);
                assert!(all, "{results}");
            }
        }
    });
}

#[test]
fn a_run_deleted_under_its_jobs_leaves_no_orphan() {
    let (paddles, run) = (paddles(), unique("run"));
    let path = format!("/runs/{run}/");
    race(16, |i| {
        for number in 0..8 {
            if i % 4 == 0 {
                paddles.delete(&path).expect_any(&[200, 404]);
                continue;
            }
            let job_id = format!("{i}.{number}");
            let body = json!({ "job_id": job_id, "status": "running", "owner": "bo" });
            paddles.post(&format!("{path}jobs/"), body).expect(200);
            let put = paddles.put(&format!("{path}jobs/{job_id}/"), json!({ "status": "pass" }));
            put.expect_any(&[200, 404]);
        }
    });
    let listed = paddles.get(&format!("/jobs/?run={run}&count=1000")).expect(200).json();
    let listed = listed.as_array().unwrap().len();
    match paddles.get(&path).send().status() {
        404 => assert_eq!(listed, 0),
        _ => assert_eq!(assert_counted(&paddles, &run)["jobs_count"], listed),
    }
    paddles.delete(&path).expect_any(&[200, 404]);
    paddles.post("/runs/", json!({ "name": run })).expect(200);
    assert_eq!(lab_run(&paddles, &run)["jobs"], json!([]));
}
