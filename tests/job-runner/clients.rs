//! What the real worker sends, byte for byte. It is Python 2, so its conversation is in
//! `tests/clients/`, for any Python 3.

use std::process::Command;

use assay_tests::{clients, unique, workspace};

use crate::acceptance::app;

#[test]
fn a_worker_of_upstream_runs_gives_back_and_kills() {
    let driver = workspace().join("tests/clients/job_runner_worker.py");
    clients::run(Command::new("python3").arg(driver).arg(app().base_url()).arg(unique("worker")));
}
