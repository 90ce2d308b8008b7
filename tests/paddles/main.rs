//! Paddles over HTTP: one file for each URL of the area, and one for each rule that holds for many
//! of them.

mod acceptance;
mod all_jobs;
mod bodies;
mod bulk;
mod clients;
mod concurrency;
mod crash;
mod dialects;
mod events;
mod everywhere;
mod expire;
mod filters;
mod history;
mod job;
mod job_fields;
mod job_model;
mod job_statuses;
mod jobs;
mod leases;
mod locks;
mod metrics;
mod node_jobs;
mod nodes;
mod not_modified;
mod paging;
mod queue;
mod run;
mod run_names;
mod runs;
mod settings;
mod startup;
mod triage;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use assay_tests::{App, Client, Value, areas, json, unique};

/// A client of the app that all these tests share.
fn paddles() -> Client {
    App::start().client(areas::PADDLES)
}

/// The name of a run that was created just now.
fn new_run(paddles: &Client) -> String {
    let run = unique("run");
    paddles.post("/runs/", json!({ "name": run })).expect(200);
    run
}

/// The name of a run that was created just now with one job, `"1"`, from this body.
fn new_job(paddles: &Client, mut body: Value) -> String {
    let run = unique("run");
    body["job_id"] = json!("1");
    paddles.post(&format!("/runs/{run}/jobs/"), body).expect(200);
    run
}

/// A run as the lab sees it, with its jobs.
fn lab_run(paddles: &Client, run: &str) -> Value {
    paddles.get(&format!("/runs/{run}")).expect(200).json()
}

/// A job as the lab sees it.
fn job(paddles: &Client, run: &str, job_id: &str) -> Value {
    paddles.get(&format!("/runs/{run}/jobs/{job_id}/")).expect(200).json()
}

/// One value of each object of an array, as text.
#[track_caller]
fn column(array: &Value, key: &str) -> Vec<String> {
    let objects = array.as_array().expect("an array");
    objects.iter().map(|object| object[key].as_str().expect("text").to_owned()).collect()
}

/// The status of the answer to exactly these bytes, which must ask to close the connection.
fn status_of(paddles: &Client, request: &str) -> u16 {
    let address = paddles.base_url().replace("http://", "");
    let mut connection = TcpStream::connect(address).expect("a connection");
    connection.write_all(request.as_bytes()).expect("a request that is read");
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).expect("an answer");
    let answer = String::from_utf8_lossy(&answer);
    let status = answer.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3));
    status.and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("no status: {answer}"))
}
