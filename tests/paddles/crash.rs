//! A host that dies in the middle of its work loses nothing that it has acknowledged.

use std::collections::BTreeSet;
use std::sync::mpsc;
use std::thread;

use assay_tests::{App, areas, json, unique};

const WRITERS: usize = 32;

#[test]
fn a_killed_host_keeps_every_acknowledged_job() {
    let mut app = App::with(&[], &[]);
    let run = unique("run");
    let acknowledged = write_until_killed(&app, &run, 10 * WRITERS);

    app.restart();
    let paddles = app.client(areas::PADDLES);
    let jobs = paddles.get(&format!("/runs/{run}/jobs/?fields=job_id")).expect(200).json();
    let stored: BTreeSet<_> = jobs
        .as_array()
        .unwrap()
        .iter()
        .map(|job| job["job_id"].as_str().unwrap().to_owned())
        .collect();
    let lost: Vec<_> = acknowledged.difference(&stored).collect();
    assert!(lost.is_empty(), "{} acknowledged jobs are gone: {lost:?}", lost.len());
    // What was under way may have been stored, one request of each writer at the most.
    assert!(stored.len() <= acknowledged.len() + WRITERS);
    let counted = &paddles.get(&format!("/runs/{run}")).expect(200).json()["results"]["total"];
    assert_eq!(counted, &json!(stored.len()));
}

/// Writes from many threads, kills the app after so many answers, and gives the ids that were answered with 200.
fn write_until_killed(app: &App, run: &str, answers: usize) -> BTreeSet<String> {
    let (answered, answer) = mpsc::channel();
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (paddles, answered) = (app.client(areas::PADDLES), answered.clone());
            scope.spawn(move || {
                for number in 0.. {
                    let job_id = format!("{writer}.{number}");
                    let job = json!({ "job_id": job_id, "status": "running", "description": "x".repeat(5000) });
                    match paddles.post(&format!("/runs/{run}/jobs/"), job).attempt() {
                        Ok(reply) if reply.status() == 200 => answered.send(job_id).unwrap(),
                        Ok(reply) => panic!("{}: {}", reply.status(), reply.text()),
                        Err(_) => return,
                    }
                }
            });
        }
        drop(answered);
        let mut ids: BTreeSet<_> = answer.iter().take(answers).collect();
        app.kill();
        ids.extend(answer);
        ids
    })
}
