//! `/runs/`: the plain list of runs, and creating one.

use assay_tests::{json, unique};

use crate::paddles;

#[test]
fn a_new_run_is_listed_as_pending() {
    let (paddles, run) = (paddles(), unique("run"));
    let created = paddles.post("/runs/", json!({ "name": run })).expect(200);
    assert_eq!(created.json(), json!({}));
    let runs = paddles.get("/runs/").expect(200).json();
    assert_eq!(runs[&run]["status"], "pending");
}

#[test]
fn a_second_run_of_the_same_name_is_refused() {
    let (paddles, run) = (paddles(), unique("run"));
    paddles.post("/runs/", json!({ "name": run })).expect(200);
    let again = paddles.post("/runs/", json!({ "name": run }));
    again.refused(400, &format!("run with name {run} already exists"));
}
