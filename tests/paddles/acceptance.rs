//! The acceptance examples of the area's contract, in their order: each builds on what the earlier
//! ones stored, so they are one test with an empty store of its own. (20 to 26 are about nodes and
//! queues.)

use assay_tests::{App, Client, Value, areas, json};

/// The first two names of the contract's table of run names.
const QUINCY: &str = "ana-2024-05-06_07:08:09-rados-quincy-testing-default-plana";
const THRASH: &str = "ana-2024-05-06_07:08:09-rados:thrash-wip-ana-fix-distro-default-vps-centos";

#[test]
fn the_acceptance_examples_hold_one_after_the_other() {
    let app = App::with(&[], &[]);
    let b = app.client(areas::PADDLES).with_header("host", "lab.example");
    runs_are_created_and_declared(&b);
    jobs_are_created(&b);
    a_job_goes_its_way(&b);
    targets_become_nodes(&b);
    lists_are_cut_and_filtered(&b);
    a_run_is_deleted(&b);
    headers_are_kept_to(&b);
    what_is_wrong_changes_nothing(&b);
}

fn runs_are_created_and_declared(b: &Client) {
    // 1
    assert_eq!(b.get("/runs/").expect(200).json(), json!({}));
    assert_eq!(b.get("/paddles/runs/").expect(200).json(), json!([]));
    // 2
    assert_eq!(b.post("/runs/", json!({ "name": "fig" })).expect(200).json(), json!({}));
    b.post("/runs/", json!({ "name": "fig" })).refused(400, "run with name fig already exists");
    // 3
    let fig = json!({ "href": "http://lab.example/runs/fig/", "status": "pending" });
    assert_eq!(b.get("/runs/").expect(200).json(), json!({ "fig": fig }));
    assert_eq!(b.get("/runs/fig/").expect(200).json(), json!({}));
    // 4
    b.put("/runs/fig/", json!({ "status": "failed" })).expect(200);
    assert_eq!(b.get("/runs/").expect(200).json()["fig"]["status"], "failed");
    b.put("/runs/fig/", json!({ "status": "great" })).expect(400);
    assert_eq!(b.get("/runs/").expect(200).json()["fig"]["status"], "failed");
    b.put("/runs/nofig/", json!({ "status": "pass" })).expect(404);
}

fn jobs_are_created(b: &Client) {
    // 5
    b.post("/runs/fig/", json!({ "job_id": 31, "status": "pass", "owner": "bo@desk" })).expect(200);
    let jobs = b.get("/runs/fig/").expect(200).json();
    let expected = json!({ "href": "http://lab.example/runs/fig/31/", "status": "pass" });
    assert_eq!(jobs, json!({ "31": expected }));
    assert_eq!(b.get("/runs/fig/31/").expect(200).json()["owner"], "bo@desk");
    // 6
    let nameless = b.post("/runs/fig/", json!({ "status": "pass" }));
    nameless.refused(400, "could not find required key: 'job_id'");
    b.post("/runs/none/", json!({ "job_id": 1 })).expect(404);
    // 7
    let job = json!({ "status": "queued", "priority": 40, "queue": "gibba" });
    let created = b.post("/runs/plum/jobs/", job).expect(200).json();
    assert_eq!(created, json!({ "job_id": "2" }));
    b.post("/runs/plum/jobs/", json!({})).expect(400);
    // 8
    let again = b.post("/runs/plum/jobs/", json!({ "job_id": "2" })).expect(400);
    assert!(again.message().ends_with("already exists"));
    // 9
    assert_eq!(b.get("/runs/plum/").expect(200).json()["2"]["status"], "pending");
    for path in ["/runs/plum", "/paddles/runs/plum/"] {
        let plum = b.get(path).expect(200).json();
        assert_eq!(plum["status"], "queued");
        assert_eq!(plum["results"]["total"], 1);
        assert_eq!(plum["jobs"][0]["job_id"], "2");
    }
}

fn a_job_goes_its_way(b: &Client) {
    let job = || b.get("/runs/plum/jobs/2/").expect(200).json();
    let put = |body: Value| b.put("/runs/plum/jobs/2/", body);
    let plum = || b.get("/runs/plum").expect(200).json();
    // 10
    assert_eq!(put(json!({ "status": "running" })).expect(200).json(), json!({}));
    assert!(job()["started"].is_string() && plum()["started"].is_string());
    assert_eq!(plum()["status"], "running");
    // 11
    put(json!({ "success": true, "duration": 61.7 })).expect(200);
    assert_eq!((&job()["status"], &job()["duration"]), (&json!("pass"), &json!(62)));
    assert_eq!(plum()["status"], "finished pass");
    put(json!({ "status": "dead" })).expect(200);
    assert_eq!(job()["status"], "pass");
    put(json!({ "success": false })).expect(200);
    assert_eq!(job()["status"], "fail");
    // 12
    put(json!({ "job_id": "9", "priority": 1 })).expect(200);
    b.get("/runs/plum/jobs/9/").expect(404);
    assert_eq!(job()["priority"], 40);
    // 13
    let before = job();
    put(json!({ "status": "odd" })).expect(400);
    assert_eq!(job(), before);
}

fn targets_become_nodes(b: &Client) {
    // 14
    let job = json!({
        "job_id": 5, "targets": { "u@n1.lab": "k", "n2.lab": "k" }, "machine_type": "gibba",
        "status": "fail", "failure_reason": "boom",
    });
    b.post("/runs/pear/jobs/", job).expect(200);
    let nodes = b.get("/nodes/").expect(200).json();
    let named: Vec<_> = nodes.as_array().unwrap().iter().map(|node| &node["name"]).collect();
    assert_eq!(named, ["n1.lab", "n2.lab"]);
    assert_eq!(nodes[0]["machine_type"], "gibba");
    assert_eq!(b.get("/nodes/n1.lab/jobs/").expect(200).json()[0]["job_id"], "5");
    let stats = b.get("/nodes/job_stats/").expect(200).json();
    assert_eq!(stats, json!({ "n1.lab": { "fail": 1 }, "n2.lab": { "fail": 1 } }));
}

fn lists_are_cut_and_filtered(b: &Client) {
    let names = |path: &str| -> Vec<String> {
        let runs = b.get(path).expect(200).json();
        runs.as_array().unwrap().iter().map(|run| run["name"].as_str().unwrap().into()).collect()
    };
    // 15
    let slices = b.get("/runs/pear/jobs/?fields=status,job_id").expect(200);
    assert_eq!(slices.text(), r#"[{"status":"fail","job_id":"5"}]"#);
    b.get("/runs/pear/jobs/?fields=zip").expect(400);
    // 16
    assert_eq!(names("/runs/?count=2"), ["pear", "plum"]);
    assert_eq!(names("/runs/?count=2&page=2"), ["fig"]);
    b.get("/runs/?count=x").expect(400);
    // 17
    let lab = |path: &str| b.get(path).header("host", "paddles.localhost").expect(200).json();
    assert!(lab("/runs/").is_array());
    assert!(lab("/runs/?dialect=plain").is_object());
    // 18
    b.post("/runs/", json!({ "name": QUINCY })).expect(200);
    b.post("/runs/", json!({ "name": THRASH })).expect(200);
    assert_eq!(names("/runs/branch/quincy/suite/rados/"), [QUINCY]);
    let suites = b.get("/runs/suite/").expect(200).json();
    assert_eq!(suites, json!(["rados", "rados:thrash"]));
    for path in ["/runs/date/2024-05-06/", "/runs/date/from/2024-05-05/to/2024-05-06"] {
        let mut both = names(path);
        both.sort();
        assert_eq!(both, [QUINCY, THRASH], "{path}");
    }
    let no_day = b.get("/runs/date/2024-13-01/").expect(400);
    assert!(no_day.message().starts_with("date format must match"));
}

fn a_run_is_deleted(b: &Client) {
    // 19
    assert_eq!(b.delete("/runs/pear/").expect(200).json(), json!({}));
    b.get("/runs/pear/").expect(404);
    b.get("/runs/pear/jobs/5/").expect(404);
    b.get("/nodes/n1.lab/").expect(200);
}

fn headers_are_kept_to(b: &Client) {
    // 27
    for answer in [b.options("/runs/").expect(200), b.get("/runs/nofig/").expect(404)] {
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    }
    assert_eq!(b.head("/runs/fig/").expect(200).bytes(), b"");
    // 28
    let first = b.get("/runs/plum/").expect(200);
    let tag = first.header("etag").expect("an entity tag");
    b.get("/runs/plum/").header("if-none-match", tag).expect(304);
    b.put("/runs/plum/jobs/2/", json!({ "success": true })).expect(200);
    b.get("/runs/plum/").header("if-none-match", tag).expect(200);
}

fn what_is_wrong_changes_nothing(b: &Client) {
    // 29
    let jobs = json!([{ "job_id": 1 }, { "job_id": 2, "status": "odd" }]);
    let refusal = b.post("/runs/kiwi/jobs/", jobs).expect(400);
    assert!(refusal.message().starts_with("job 1: Job status "), "{}", refusal.message());
    b.get("/runs/kiwi/").expect(404);
    // 30
    let before = b.get("/runs/").expect(200).json();
    let bodies = ["[1]", "\"x\"", r#"{"name":7}"#, r#"{"name":"a/b"}"#, r#"{"name":"branch"}"#];
    for body in bodies {
        b.post("/runs/", body).expect(400);
    }
    assert_eq!(b.get("/runs/").expect(200).json(), before);
}
