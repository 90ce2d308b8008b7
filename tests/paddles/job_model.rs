//! Random sequences of job writes, held against a small model of what the contract says they do.
//!
//! A failure names its seed; `ASSAY_SEED=<seed>` plays that sequence again.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use assay_tests::{Client, Value, json, unique};

use crate::{lab_run, paddles};

const WORDS: [&str; 7] = ["queued", "waiting", "running", "pass", "fail", "dead", "unknown"];
const STEPS: usize = 150;

/// A small generator of numbers (xorshift64*): the same seed, the same sequence.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(number).unwrap() % sides
    }

    fn pick<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.roll(words.len())]
    }
}

/// What a report may say of a job's state.
#[derive(Clone, Copy, Debug)]
struct Report {
    word: Option<&'static str>,
    success: Option<Option<bool>>,
    priority: Option<i64>,
}

impl Report {
    fn random(dice: &mut Dice) -> Self {
        let word = (dice.roll(3) > 0).then(|| dice.pick(&WORDS));
        let success = (dice.roll(3) == 0).then(|| [Some(true), Some(false), None][dice.roll(3)]);
        let priority = (dice.roll(4) == 0).then(|| i64::try_from(dice.roll(100)).unwrap());
        Self { word, success, priority }
    }

    fn body(self) -> Value {
        // A seed is never empty, so that no POST is refused for being empty.
        let mut body = json!({ "seed": 1 });
        if let Some(word) = self.word {
            body["status"] = json!(word);
        }
        if let Some(success) = self.success {
            body["success"] = json!(success);
        }
        if let Some(priority) = self.priority {
            body["priority"] = json!(priority);
        }
        body
    }

    fn verdict(self) -> Option<&'static str> {
        self.success.map(|success| match success {
            Some(true) => "pass",
            Some(false) => "fail",
            None => "unknown",
        })
    }
}

/// A job's state in the model.
#[derive(Clone, Debug, PartialEq)]
struct Job {
    status: &'static str,
    priority: Option<i64>,
}

impl Job {
    fn new(report: Report) -> Self {
        let status = report.word.or(report.verdict()).unwrap_or("unknown");
        Self { status, priority: report.priority }
    }

    fn take(&mut self, report: Report) {
        if self.status == "queued" {
            self.priority = report.priority.or(self.priority);
        }
        match report.word {
            Some(_) if matches!(self.status, "pass" | "fail") => {}
            Some(word) => self.status = word,
            None => self.status = report.verdict().unwrap_or(self.status),
        }
    }
}

type Model = BTreeMap<String, Job>;

/// The lab's word for a run with these jobs: the contract's list, first match.
fn run_status(model: &Model) -> &'static str {
    let all = |word: &str| model.values().all(|job| job.status == word);
    let any = |word: &str| model.values().any(|job| job.status == word);
    match () {
        () if model.is_empty() => "empty",
        () if all("queued") => "queued",
        () if any("running") => "running",
        () if any("waiting") => "waiting",
        () if all("dead") => "finished dead",
        () if any("fail") || any("dead") => "finished fail",
        () if all("pass") => "finished pass",
        () if any("queued") => "queued",
        () => "unknown",
    }
}

/// One random write, sent and modelled.
fn step(dice: &mut Dice, paddles: &Client, run: &str, model: &mut Model) {
    let path = format!("/runs/{run}/jobs/");
    let job_id = dice.roll(12).to_string();
    let report = Report::random(dice);
    let mut named = report.body();
    named["job_id"] = json!(job_id);
    let known = model.contains_key(&job_id);
    match dice.roll(10) {
        0..=2 => {
            paddles.post(&path, named).expect(if known { 400 } else { 200 });
            model.entry(job_id).or_insert_with(|| Job::new(report));
        }
        3..=5 => {
            let put = paddles.put(&format!("{path}{job_id}/"), report.body());
            put.expect(if known { 200 } else { 404 });
            if let Some(job) = model.get_mut(&job_id) {
                job.take(report);
            }
        }
        6 => {
            paddles.put(&format!("{path}{job_id}/?upsert=1"), report.body()).expect(200);
            match model.get_mut(&job_id) {
                Some(job) => job.take(report),
                None => drop(model.insert(job_id, Job::new(report))),
            }
        }
        7 => {
            paddles.delete(&format!("{path}{job_id}/")).expect(if known { 200 } else { 404 });
            model.remove(&job_id);
        }
        8 => {
            let word = dice.pick(&WORDS);
            let put = paddles.put(&format!("{path}?status={word}"), report.body()).expect(200);
            let matching: Vec<_> = model.values_mut().filter(|job| job.status == word).collect();
            assert_eq!(put.json()["updated"], matching.len());
            matching.into_iter().for_each(|job| job.take(report));
        }
        _ => {
            let word = dice.pick(&WORDS);
            let deleted = paddles.delete(&format!("{path}?status={word}")).expect(200).json();
            let before = model.len();
            model.retain(|_, job| job.status != word);
            assert_eq!(deleted["deleted"], before - model.len());
        }
    }
}

fn check(paddles: &Client, run: &str, model: &Model, context: &str) {
    let whole = lab_run(paddles, run);
    let jobs: BTreeMap<String, (String, Option<i64>)> = whole["jobs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|job| {
            let text = |key: &str| job[key].as_str().unwrap().to_owned();
            (text("job_id"), (text("status"), job["priority"].as_i64()))
        })
        .collect();
    let expected: BTreeMap<_, _> =
        model.iter().map(|(id, job)| (id.clone(), (job.status.to_owned(), job.priority))).collect();
    assert_eq!(jobs, expected, "{context}");
    assert_eq!(whole["status"], run_status(model), "{context}");
    for word in WORDS {
        let counted = model.values().filter(|job| job.status == word).count();
        assert_eq!(whole["results"][word], counted, "{word}, {context}");
    }
    assert_eq!(whole["results"]["total"], model.len(), "{context}");
    // The first job as people count: 2 before 10.
    let first = model.iter().min_by_key(|(id, _)| id.parse::<u32>().unwrap());
    assert_eq!(whole["priority"].as_i64(), first.and_then(|(_, job)| job.priority), "{context}");
}

fn play(seed: u64) {
    let (paddles, run) = (paddles(), unique("run"));
    paddles.post("/runs/", json!({ "name": run })).expect(200);
    let (mut dice, mut model) = (Dice(seed | 1), Model::new());
    for number in 0..STEPS {
        step(&mut dice, &paddles, &run, &mut model);
        check(&paddles, &run, &model, &format!("step {number} of ASSAY_SEED={seed}"));
    }
}

#[test]
fn random_writes_leave_what_the_model_says() {
    if let Ok(seed) = std::env::var("ASSAY_SEED") {
        return play(seed.parse().expect("a number"));
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros();
    let fresh = u64::try_from(now).unwrap();
    for seed in [1, 20_240_506, fresh] {
        play(seed);
    }
}
