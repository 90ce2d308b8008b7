//! Streams that the reference implementation writes at test time. Its side is in `tests/clients/`.

use assay_tests::{clients, unique};

use crate::APP;

/// Runs one flow of the driver; what it prints is shown when it fails.
fn subunit(flow: &str) {
    let mut driver = clients::python("refstack", "refstack_subunit.py");
    clients::run(driver.arg(flow).arg(APP.base_url()).arg(unique("seed")));
}

#[test]
fn streams_of_version_2_arrive_as_they_were_written() {
    subunit("streams_of_version_2");
}

#[test]
fn streams_of_version_1_arrive_as_they_were_written() {
    subunit("streams_of_version_1");
}
