//! The real chacractl and a tus client, from their packages, against the app. Their side is in
//! `tests/clients/`.

use assay_tests::{App, clients, unique};

fn drive(flow: &str) {
    let app = App::with(&[("chacra_key", "s3cret")], &[]);
    let mut driver = clients::python("chacra", "chacra_chacractl.py");
    clients::run(driver.arg(flow).arg(app.base_url()).arg(unique("c")));
}

#[test]
fn chacractl_makes_a_project_once() {
    drive("a_project_is_made_once");
}

#[test]
fn chacractl_uploads_skips_and_overwrites() {
    drive("files_are_uploaded_skipped_and_overwritten");
}

#[test]
fn chacractl_deletes() {
    drive("files_are_deleted");
}

#[test]
fn chacractl_asks_what_exists() {
    drive("existence_is_told_by_the_exit_status");
}

#[test]
fn chacractl_with_the_wrong_key_fails() {
    drive("a_wrong_key_changes_nothing");
}

#[test]
fn tuspy_uploads_in_pieces() {
    drive("tuspy_uploads_in_pieces");
}
