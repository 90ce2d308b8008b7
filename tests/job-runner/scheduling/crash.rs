//! A power cut while workers claim and return: no run is lost, done twice or stuck.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use assay_tests::{Value, json};

use super::lab::{self, Lab, Worker, id, uri};

/// Runs of each parent that are due at the start.
const SCHEDULES: usize = 10;
const PARENTS: usize = 6;

/// The run and the attempt of each claim that was answered.
type Taken = Vec<(String, i64)>;

/// Works until nothing is left or nobody answers any more. `returned` counts the returns that were
/// answered.
fn work(lab: &Lab, worker: &Worker, returned: &AtomicUsize) -> Taken {
    let mut taken = Taken::new();
    let mut once = || -> std::io::Result<bool> {
        let claim = json!({ "limit": 2, "lease_seconds": 10, "wait": 2 });
        let runs = worker.post("/api/v1/run/claim/", claim).attempt()?.json()["objects"].take();
        for run in runs.as_array().expect("runs") {
            taken.push((uri(run), run["attempt"].as_i64().expect("a number")));
            let at = "2013-01-01 00:00:00+00:00";
            let started = json!({ "start_dts": at, "pid": 7, "lease": run["lease"] });
            assert_eq!(worker.patch(&uri(run), started).attempt()?.status(), 202);
            let done = json!({ "return_dts": at, "return_success": true, "lease": run["lease"] });
            assert_eq!(worker.patch(&uri(run), done).attempt()?.status(), 202);
            returned.fetch_add(1, Ordering::Relaxed);
        }
        let stats = lab.operator.get("/api/v1/stats/").attempt()?.json();
        let active = ["in_queue", "started"].iter().any(|state| stats["runs"][*state] != 0);
        Ok(active || stats["due"] != 0)
    };
    while once().unwrap_or(false) {}
    taken
}

#[test]
fn a_power_cut_loses_doubles_and_blocks_no_run() {
    let mut app = lab::app(&[]);
    let first = Lab::of(&app);
    let site = first.site(6);
    let again = json!({ "max_attempts": 100, "reschedule_interval": 1,
                        "reschedule_interval_type": "DAY" });
    let parents: Vec<String> = (0..PARENTS).map(|_| site.job(again.clone())).collect();
    let child = |parent: &String| site.job(json!({ "parent": parent, "max_attempts": 100 }));
    let children: Vec<String> = parents.iter().map(child).collect();
    for minute in 0..SCHEDULES {
        let at = json!({ "schedule_dts": format!("2012-01-01T00:{minute:02}:00Z") });
        parents.iter().for_each(|job| _ = site.run(job, at.clone()));
    }

    let mut taken: Vec<(String, i64)> = Vec::new();
    for round in 0..4 {
        let lab = Lab::of(&app);
        let workers: Vec<Worker> = site.workers.iter().map(|worker| worker.of(&lab)).collect();
        let returned = AtomicUsize::new(0);
        thread::scope(|scope| {
            let at_work: Vec<_> = workers
                .iter()
                .map(|worker| scope.spawn(|| work(&lab, worker, &returned)))
                .collect();
            // The last time they may finish.
            if round < 3 {
                while returned.load(Ordering::Relaxed) < 10 + 3 * round {
                    thread::yield_now();
                }
                app.kill();
            }
            taken.extend(at_work.into_iter().flat_map(|one| one.join().expect("a worker")));
        });
        if round < 3 {
            app.restart();
        }
    }

    let lab = Lab::of(&app);
    let once: HashSet<&(String, i64)> = taken.iter().collect();
    assert_eq!(once.len(), taken.len(), "an attempt was handed out twice: {taken:?}");
    for (parent, child) in parents.iter().zip(&children) {
        let done = lab.runs(parent, "completed_successful");
        assert_eq!(done.len(), SCHEDULES, "{parent}");
        assert_eq!(lab.runs(parent, "scheduled").len(), 1, "one next run of {parent}");
        assert_eq!(lab.runs(child, "completed_successful").len(), SCHEDULES, "{child}");
        let all = lab.list(&format!("/api/v1/run/?job={}&limit=1000", id(child)));
        assert_eq!(all.len(), SCHEDULES, "no child twice: {child}");
    }
    let stats: Value = lab.read("/api/v1/stats/");
    assert_eq!(stats["runs"]["completed_successful"], 2 * PARENTS * SCHEDULES);
    assert_eq!(stats["runs"]["completed_with_errors"], 0);
}
