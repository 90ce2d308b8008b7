//! The first requests on an empty store, and the store after a restart.

use assay_tests::{App, areas, json, race};

use crate::column;

#[test]
fn many_first_requests_find_or_make_the_tables() {
    let app = App::with(&[], &[]);
    let paddles = app.client(areas::PADDLES);
    // More than one instance takes at a time, so several bring the tables up to date at once.
    race(48, |i| match i % 3 {
        0 => paddles.post("/runs/fig/jobs/", json!({ "job_id": i })).expect(200),
        1 => paddles.get("/runs/").expect(200),
        _ => paddles.post("/runs/", json!({ "name": format!("run-{i}") })).expect(200),
    });
    let fig = paddles.get("/runs/fig").expect(200).json();
    assert_eq!(fig["results"]["total"], 16);
    assert_eq!(paddles.get("/runs/?count=100").expect(200).json().as_array().unwrap().len(), 17);
}

#[test]
fn two_programs_may_start_on_one_empty_store() {
    let first = App::with(&[], &[]);
    let state = first.state_dir().to_str().expect("a path in UTF-8").to_owned();
    let second = App::with(&[], &["--state-dir", &state]);
    let clients = [first.client(areas::PADDLES), second.client(areas::PADDLES)];
    race(32, |i| clients[i % 2].post("/runs/fig/jobs/", json!({ "job_id": i })).expect(200));
    for paddles in &clients {
        let fig = paddles.get("/runs/fig").expect(200).json();
        assert_eq!((&fig["results"]["total"], &fig["jobs_count"]), (&json!(32), &json!(32)));
    }
}

#[test]
fn a_restart_keeps_everything_and_goes_on_counting() {
    let mut app = App::with(&[], &[]);
    let paddles = app.client(areas::PADDLES).with_header("host", "lab.example");
    let job = json!({ "status": "running", "roles": [["a"]], "targets": { "n1": "k" } });
    paddles.post("/runs/fig/jobs/", job).expect(200);
    paddles.put("/runs/fig/", json!({ "status": "failed" })).expect(200);
    let answer = paddles.get("/runs/fig").expect(200);
    let (before, tag) = (answer.json(), answer.header("etag").unwrap().to_owned());
    for _ in 0..2 {
        app.restart();
        let paddles = app.client(areas::PADDLES).with_header("host", "lab.example");
        race(20, |_| paddles.get("/runs/fig").header("if-none-match", &tag).expect(304));
        assert_eq!(paddles.get("/runs/fig").expect(200).json(), before);
    }
    let paddles = app.client(areas::PADDLES);
    let next = paddles.post("/runs/fig/jobs/", json!({ "status": "queued" })).expect(200).json();
    assert_eq!(next["job_id"], "2");
    let jobs = paddles.get("/runs/fig/jobs/").expect(200).json();
    assert_eq!(column(&jobs, "job_id"), ["2", "1"]);
}
