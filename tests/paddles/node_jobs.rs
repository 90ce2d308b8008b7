//! `/nodes/{node}/jobs/`, `/nodes/{node}/job_stats/`, `/nodes/job_stats/`: which jobs ran where.

use assay_tests::{Client, Value, json, unique};

use crate::paddles;

/// Posts a job on nodes of a type; gives its id.
fn job(paddles: &Client, run: &str, machine_type: &str, nodes: &[&str], status: &str) -> String {
    let targets: Value =
        nodes.iter().map(|node| (format!("ubuntu@{node}"), json!("key"))).collect();
    let new = json!({ "status": status, "machine_type": machine_type, "targets": targets,
                      "name": run, "failure_reason": "boom" });
    let created = paddles.post(&format!("/runs/{run}/jobs/"), new).expect(200).json();
    created["job_id"].as_str().unwrap().to_owned()
}

fn ids(jobs: &Value) -> Vec<String> {
    jobs.as_array().unwrap().iter().map(|job| job["job_id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_job_makes_its_nodes_and_is_listed_with_them() {
    let (paddles, run, machine_type) = (paddles(), unique("run"), unique("type"));
    let (one, two) = (unique("node"), unique("node"));
    let targets: Value =
        [(format!("u@{one}"), json!("k")), (two.clone(), json!("k"))].into_iter().collect();
    let new = json!({ "job_id": 5, "targets": targets, "machine_type": machine_type,
                      "status": "fail", "failure_reason": "boom" });
    paddles.post(&format!("/runs/{run}/jobs/"), new).expect(200);
    let nodes = paddles.get(&format!("/nodes/?machine_type={machine_type}")).expect(200).json();
    assert_eq!(nodes.as_array().unwrap().len(), 2);
    assert_eq!((&nodes[0]["up"], &nodes[0]["locked"]), (&Value::Null, &json!(false)));
    let jobs = paddles.get(&format!("/nodes/{one}/jobs/?count=10")).expect(200).json();
    assert_eq!(ids(&jobs), ["5"]);
    assert_eq!(jobs[0]["failure_reason"], "boom");
    let stats =
        paddles.get(&format!("/nodes/job_stats/?machine_type={machine_type}")).expect(200).json();
    assert_eq!(stats, json!({ one.clone(): { "fail": 1 }, two.clone(): { "fail": 1 } }));
    let below = paddles.get(&format!("/paddles/nodes/{one}/jobs?count=10")).expect(200).json();
    assert_eq!(ids(&below), ["5"]);
}

#[test]
fn jobs_of_a_node_are_newest_first_and_cut_down() {
    let (paddles, run, machine_type, node) =
        (paddles(), unique("run"), unique("type"), unique("node"));
    let other = unique("run");
    let posted: Vec<_> = ["pass", "fail", "pass", "dead"]
        .iter()
        .map(|status| job(&paddles, &run, &machine_type, &[&node], status))
        .collect();
    job(&paddles, &other, &machine_type, &[&node], "pass");
    let url = format!("/nodes/{node}/jobs/");
    let list = |query: &str| ids(&paddles.get(&format!("{url}?{query}")).expect(200).json());
    assert_eq!(list("").len(), 5);
    assert_eq!(list(&format!("name={run}&status=pass")), [posted[2].clone(), posted[0].clone()]);
    assert_eq!(list(&format!("name={run}&count=1&page=2")), [posted[2].clone()]);
    assert_eq!(list("count=0"), [""; 0]);
    assert_eq!(list("page=900"), [""; 0]);

    let (mut next, mut found) = (Some(format!("{url}?name={run}&count=3")), Vec::new());
    while let Some(page) = next {
        let answer = paddles.get(&page).expect(200);
        found.extend(ids(&answer.json()));
        next = answer.link("next");
    }
    assert_eq!(found, posted.iter().rev().cloned().collect::<Vec<_>>());
    paddles.get(&format!("{url}?count=x")).refused(400, "count must be an integer");
    paddles.get(&format!("{url}?page=0")).refused(400, "page must be a positive integer");
    paddles.get(&format!("{url}?cursor=x")).expect(400);
    paddles.get(&format!("{url}?status=odd")).expect(400);
    paddles.get(&format!("/nodes/{}/jobs/", unique("node"))).refused(404, "node not found");
}

#[test]
fn a_nodes_counts_follow_its_jobs() {
    let (paddles, run, machine_type, node) =
        (paddles(), unique("run"), unique("type"), unique("node"));
    let first = job(&paddles, &run, &machine_type, &[&node], "running");
    let second = job(&paddles, &run, &machine_type, &[&node], "running");
    let stats = || paddles.get(&format!("/nodes/{node}/job_stats/")).expect(200).json();
    let expected = |running: u32, pass: u32| {
        json!({ "pass": pass, "fail": 0, "dead": 0, "running": running, "waiting": 0, "queued": 0,
                "unknown": 0 })
    };
    assert_eq!(stats(), expected(2, 0));
    paddles.put(&format!("/runs/{run}/jobs/{first}/"), json!({ "status": "pass" })).expect(200);
    assert_eq!(stats(), expected(1, 1));
    paddles.delete(&format!("/runs/{run}/jobs/{second}/")).expect(200);
    assert_eq!(stats(), expected(0, 1));
    paddles.delete(&format!("/runs/{run}/")).expect(200);
    assert_eq!(stats(), expected(0, 0));
    assert_eq!(paddles.get(&format!("/nodes/{node}/jobs/")).expect(200).json(), json!([]));
    paddles.get(&format!("/nodes/{}/job_stats/", unique("node"))).refused(404, "node not found");
}

#[test]
fn a_deleted_node_leaves_its_jobs() {
    let (paddles, run, machine_type, node) =
        (paddles(), unique("run"), unique("type"), unique("node"));
    let job = job(&paddles, &run, &machine_type, &[&node], "running");
    paddles.delete(&format!("/nodes/{node}/")).expect(200);
    paddles.put(&format!("/runs/{run}/jobs/{job}/"), json!({ "status": "pass" })).expect(200);
    let shown = paddles.get(&format!("/runs/{run}/jobs/{job}/")).expect(200).json();
    assert_eq!(shown["targets"], json!({ format!("ubuntu@{node}"): "key" }));
}

#[test]
fn recent_counts_begin_with_the_node_that_had_the_fewest_jobs() {
    let (paddles, run, machine_type) = (paddles(), unique("run"), unique("type"));
    let (busy, idle) = (unique("a"), unique("b"));
    job(&paddles, &run, &machine_type, &[&busy, &idle], "pass");
    job(&paddles, &run, &machine_type, &[&busy], "dead");
    job(&paddles, &run, "multi", &[&busy], "pass");
    job(&paddles, &run, "another", &[&busy], "pass");
    let stats = paddles
        .get(&format!("/nodes/job_stats/?machine_type={machine_type}&since_days=1"))
        .expect(200);
    assert_eq!(
        stats.json(),
        json!({ idle.clone(): { "pass": 1 }, busy.clone(): { "pass": 2, "dead": 1 } })
    );
    assert!(stats.text().find(&idle) < stats.text().find(&busy), "{}", stats.text());
    let all = paddles.get("/nodes/job_stats/").expect(200).json();
    assert_eq!(all[&busy], json!({ "pass": 3, "dead": 1 }));
    for days in ["x", "0", "-1", "1.5"] {
        let refused = paddles.get(&format!("/nodes/job_stats/?since_days={days}"));
        refused.refused(400, "since_days must be a positive integer");
    }
}
