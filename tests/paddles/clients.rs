//! The real teuthology, from its package, does its work against the app. Its side is in `tests/clients/`.

use assay_tests::{App, clients, unique};

/// Runs one flow of the driver; what it prints is shown when it fails.
fn teuthology(flow: &str) {
    let mut driver = clients::python("paddles", "paddles_teuthology.py");
    clients::run(driver.arg(flow).arg(App::start().base_url()).arg(unique("t")));
}

#[test]
fn teuthology_reports_a_job_from_queue_to_pass() {
    teuthology("a_job_is_reported_from_queue_to_pass");
}

#[test]
fn teuthology_report_sends_an_archive() {
    teuthology("an_archive_is_reported_once_and_can_be_refreshed");
}

#[test]
fn teuthology_waits_for_results_and_mails_them() {
    teuthology("results_are_waited_for_and_mailed");
}

#[test]
fn teuthology_suite_runs_a_run_again() {
    teuthology("a_run_can_be_run_again");
}

#[test]
fn teuthology_deletes_jobs_and_runs() {
    teuthology("jobs_and_runs_are_deleted");
}

#[test]
fn teuthology_locks_and_unlocks_nodes() {
    teuthology("nodes_are_locked_and_unlocked");
}

#[test]
fn teuthology_lock_shows_and_changes_nodes() {
    teuthology("the_lock_program_shows_and_changes_nodes");
}

#[test]
fn teuthology_dispatcher_locks_for_a_job() {
    teuthology("a_dispatcher_locks_for_a_job_and_its_supervisor_unlocks");
}

#[test]
fn teuthology_finds_and_frees_stale_nodes() {
    teuthology("nodes_of_finished_jobs_are_found_and_freed");
}

#[test]
fn teuthology_kill_marks_a_run_dead() {
    teuthology("a_killed_run_is_dead");
}
