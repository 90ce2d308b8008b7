//! A fleet of workers that empties a lab of jobs with children and siblings: no run is lost,
//! doubled or out of order.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use assay_tests::{Value, json, race, unique};

use super::lab::{Lab, Site, Worker, app, id, uri};

/// How large a fleet is, and what it has to do.
struct Fleet {
    /// Each with five workers and twenty jobs.
    pools: usize,
    /// How many times each job without parent is planned.
    schedules: usize,
}

/// The jobs of a pool: eight that run on one worker, two that run on all, six children, four
/// grandchildren.
const JOBS_EACH: usize = 20;
const WORKERS_EACH: usize = 5;

/// What is to be known of a job afterwards.
struct Job {
    uri: String,
    parent: Option<usize>,
    on_all: bool,
    children_on_error: bool,
}

/// What the workers have seen, as they saw it.
#[derive(Default)]
struct Seen {
    runs: HashSet<i64>,
    /// For each job, the schedules in the order in which they were handed out, and how many of
    /// their runs.
    schedules: HashMap<i64, Vec<(i64, usize)>>,
    /// For each job, the schedule that is being worked on, and by how many.
    active: HashMap<i64, (i64, usize)>,
    faults: Vec<String>,
}

impl Seen {
    fn claimed(&mut self, run: &Value) {
        let (number, schedule) =
            (run["id"].as_i64().unwrap(), run["schedule_id"].as_i64().unwrap());
        let job = id(run["job"].as_str().unwrap());
        if !self.runs.insert(number) {
            self.faults.push(format!("run {number} was handed out twice"));
        }
        let schedules = self.schedules.entry(job).or_default();
        match schedules.last_mut() {
            Some((last, n)) if *last == schedule => *n += 1,
            Some((last, _)) if *last > schedule => {
                self.faults.push(format!("job {job}: schedule {schedule} came after {last}"));
            }
            _ => schedules.push((schedule, 1)),
        }
        let active = self.active.entry(job).or_insert((schedule, 0));
        if active.1 > 0 && active.0 != schedule {
            self.faults.push(format!("job {job}: schedule {schedule} beside {}", active.0));
        }
        *active = (schedule, active.1 + 1);
    }

    fn returns(&mut self, run: &Value) {
        let job = id(run["job"].as_str().unwrap());
        if let Some(active) = self.active.get_mut(&job) {
            active.1 -= 1;
        }
    }
}

/// Every eighth run fails.
fn succeeds(run: i64) -> bool {
    run % 8 != 0
}

impl Fleet {
    /// Creates all jobs of one pool, and the runs of those without parent.
    fn plan(&self, site: &Site) -> Vec<Job> {
        let mut jobs: Vec<Job> = Vec::new();
        for number in 0..JOBS_EACH {
            let parent = match number {
                0..10 => None,
                10..16 => Some(number - 5), // some of one worker, some of all
                _ => Some(number - 6),
            };
            let (on_all, children_on_error) = (matches!(number, 8 | 9), number % 2 == 0);
            let fields = json!({ "title": unique("job"), "run_on_all_workers": on_all,
                                 "schedule_children_on_error": children_on_error,
                                 "parent": parent.map(|parent: usize| jobs[parent].uri.clone()) });
            jobs.push(Job { uri: site.job(fields), parent, on_all, children_on_error });
        }
        for minute in 0..self.schedules {
            for job in jobs.iter().filter(|job| job.parent.is_none()) {
                let at = format!("2012-01-01T00:{minute:02}:00Z");
                site.run(&job.uri, json!({ "schedule_dts": at }));
            }
        }
        jobs
    }

    /// Lets all workers work until nothing is left; how many runs that were, and how long it took.
    fn work(&self) -> (usize, Duration) {
        let app = app(&[]);
        let lab = Lab::of(&app);
        let sites: Vec<Site> = (0..self.pools).map(|_| lab.site(WORKERS_EACH)).collect();
        let jobs = race(self.pools, |i| self.plan(&sites[i]));
        let workers: Vec<&Worker> = sites.iter().flat_map(|site| &site.workers).collect();
        let seen = Mutex::new(Seen::default());
        let start = Instant::now();
        race(workers.len(), |i| until_done(&lab, workers[i], &seen));
        let time = start.elapsed();
        let seen = seen.into_inner().expect("no worker has failed");
        assert_eq!(seen.faults, Vec::<String>::new());
        for jobs in &jobs {
            self.check(&lab, jobs, &seen);
        }
        assert!(is_idle(&lab));
        let stats = lab.read("/api/v1/stats/");
        let done = stats["runs"]["completed_successful"].as_u64().unwrap()
            + stats["runs"]["completed_with_errors"].as_u64().unwrap();
        assert_eq!(done, seen.runs.len() as u64, "as many as were handed out");
        (seen.runs.len(), time)
    }

    /// Each schedule had all its runs, and each schedule that should have children had each of them
    /// once.
    fn check(&self, lab: &Lab, jobs: &[Job], seen: &Seen) {
        let schedules = |job: &Job| seen.schedules.get(&id(&job.uri)).cloned().unwrap_or_default();
        for job in jobs {
            let found = schedules(job);
            let runs_each = if job.on_all { WORKERS_EACH } else { 1 };
            assert!(found.iter().all(|(_, n)| *n == runs_each), "{}: {found:?}", job.uri);
            let expected = match job.parent.map(|parent| &jobs[parent]) {
                None => self.schedules,
                Some(parent) if parent.children_on_error => schedules(parent).len(),
                Some(parent) => succeeded(lab, parent),
            };
            assert_eq!(found.len(), expected, "schedules of {}", job.uri);
        }
    }
}

/// How many schedules of a job have no failed run.
fn succeeded(lab: &Lab, job: &Job) -> usize {
    let mut outcomes: BTreeMap<i64, bool> = BTreeMap::new();
    for run in lab.runs(&job.uri, "completed") {
        let success = run["return_success"].as_bool().unwrap();
        assert_eq!(success, succeeds(run["id"].as_i64().unwrap()));
        *outcomes.entry(run["schedule_id"].as_i64().unwrap()).or_insert(true) &= success;
    }
    outcomes.values().filter(|success| **success).count()
}

/// Whether nobody works and nothing is planned.
fn is_idle(lab: &Lab) -> bool {
    let runs = &lab.read("/api/v1/stats/")["runs"];
    ["scheduled", "in_queue", "started"].iter().all(|state| runs[*state] == 0)
}

/// Claims and returns runs until there is nothing left.
fn until_done(lab: &Lab, worker: &Worker, seen: &Mutex<Seen>) {
    loop {
        let runs = worker.claim(3);
        let mut noted = seen.lock().expect("no worker has failed");
        runs.iter().for_each(|run| noted.claimed(run));
        drop(noted);
        for run in &runs {
            let now = "2013-01-01 00:00:00+00:00";
            let lease = &run["lease"];
            let body = json!({ "lease": lease, "start_dts": now, "pid": 7 });
            worker.patch(&uri(run), body).expect(202);
            seen.lock().expect("no worker has failed").returns(run);
            worker.finish(run, succeeds(run["id"].as_i64().unwrap()));
        }
        if runs.is_empty() && is_idle(lab) {
            return;
        }
    }
}

#[test]
fn a_fleet_loses_and_doubles_nothing() {
    let (runs, time) = Fleet { pools: 2, schedules: 19 }.work();
    assert!(runs >= 500, "{runs} runs in {time:?}");
}

/// The contract's size: 50 workers, 200 jobs, 5,000 runs. `cargo xtask bench --fleet`
#[test]
#[ignore = "takes a minute or more"]
fn a_large_fleet_loses_and_doubles_nothing() {
    let (runs, time) = Fleet { pools: 10, schedules: 19 }.work();
    println!("{runs} runs of 200 jobs by 50 workers in {time:?}");
    assert!(runs >= 5000, "{runs} runs in {time:?}");
}
