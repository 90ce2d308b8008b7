//! The real worker, and what it sends byte for byte. It is Python 2, so it runs where there is one;
//! its conversation is in `tests/clients/`, for any Python 3.

use std::process::Command;

use assay_tests::{clients, unique, workspace};

use crate::acceptance::app;

#[test]
fn a_worker_of_upstream_runs_gives_back_and_kills() {
    let driver = workspace().join("tests/clients/job_runner_conversation.py");
    clients::run(Command::new("python3").arg(driver).arg(app().base_url()).arg(unique("worker")));
}

/// Where no Python 2.7 is, the test above has to do.
#[test]
fn the_worker_of_upstream_runs_its_own_code() {
    let Some(mut worker) = clients::old_python("job-runner", "job_runner_python2.py") else {
        eprintln!("no Python 2.7 with pip here: job-runner-worker itself was not run");
        return;
    };
    clients::run(worker.arg(app().base_url()).arg(unique("worker")));
}
