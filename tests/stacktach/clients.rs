//! What StackTach's own clients send, and what they do with the answers. Their side is in `tests/clients/`.

use assay_tests::{App, clients, unique};

/// Runs one flow of the driver; what it prints is shown when it fails.
fn client(flow: &str) {
    let mut driver = clients::python("stacktach", "stacktach_stacky.py");
    clients::run(driver.arg(flow).arg(App::start().base_url()).arg(unique("c")));
}

#[test]
fn stacky_prints_its_lists_and_tables() {
    client("stacky_lists_and_tables");
}

#[test]
fn stacky_watches_what_happens() {
    client("stacky_watches");
}

#[test]
fn stacky_reads_stored_reports() {
    client("stacky_reads_reports");
}

#[test]
fn yagi_confirms_what_it_sent() {
    client("yagi_confirms");
}

#[test]
fn the_worker_of_2012_ships_its_notifications() {
    client("the_worker_of_2012_ships");
}

#[test]
fn the_forwarder_empties_a_queue() {
    client("the_forwarder_empties_a_queue");
}
