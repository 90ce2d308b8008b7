//! `/paddles/metrics`: the lab in numbers, for Prometheus.

use assay_tests::{json, unique};

use crate::paddles;

/// The value of one sample, if there is one.
fn sample(name: &str) -> Option<i64> {
    let answer = paddles().get("/paddles/metrics").expect(200);
    let line = answer.text().lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.map(|value| value.parse().unwrap())
}

fn jobs(machine_type: &str, status: &str) -> Option<i64> {
    sample(&format!("paddles_jobs{{machine_type=\"{machine_type}\",status=\"{status}\"}}"))
}

fn nodes(machine_type: &str, state: &str) -> Option<i64> {
    sample(&format!("paddles_nodes{{machine_type=\"{machine_type}\",state=\"{state}\"}}"))
}

#[test]
fn metrics_are_in_the_text_format() {
    let answer = paddles().get("/paddles/metrics").expect(200);
    let text = "text/plain; version=0.0.4; charset=utf-8";
    assert_eq!(answer.header("content-type"), Some(text));
    assert!(answer.header("content-length").is_some());
    for name in [
        "paddles_jobs",
        "paddles_nodes",
        "paddles_nodes_lease_lapsed",
        "paddles_queue_jobs",
        "paddles_queue_oldest_seconds",
    ] {
        assert!(answer.text().contains(&format!("# TYPE {name} gauge\n")), "{name}");
    }
    assert_eq!(paddles().get("/paddles/metrics/").expect(200).status(), 200);
}

#[test]
fn jobs_are_counted_by_status_and_machine_type() {
    let (paddles, run, kind) = (paddles(), unique("run"), unique("gibba"));
    let url = format!("/runs/{run}/jobs/");
    let job = |job_id, status| json!({"job_id": job_id, "status": status, "machine_type": kind});
    paddles.post(&url, json!([job(1, "queued"), job(2, "queued"), job(3, "pass")])).expect(200);
    assert_eq!((jobs(&kind, "queued"), jobs(&kind, "pass")), (Some(2), Some(1)));
    paddles.put(&format!("{url}1/"), json!({"status": "running"})).expect(200);
    assert_eq!((jobs(&kind, "queued"), jobs(&kind, "running")), (Some(1), Some(1)));
    let other = unique("smithi");
    paddles.put(&format!("{url}1/"), json!({"machine_type": other, "success": true})).expect(200);
    assert_eq!((jobs(&kind, "running"), jobs(&other, "pass")), (Some(0), Some(1)));
    paddles.delete(&format!("{url}2/")).expect(200);
    assert_eq!(jobs(&kind, "queued"), Some(0));
    paddles.delete(&format!("/runs/{run}/")).expect(200);
    assert_eq!((jobs(&kind, "pass"), jobs(&other, "pass")), (Some(0), Some(0)));
}

#[test]
fn queues_are_counted_and_have_an_age() {
    let (paddles, run, queue) = (paddles(), unique("run"), unique("queue"));
    let url = format!("/runs/{run}/jobs/");
    let depth = |queue: &str| sample(&format!("paddles_queue_jobs{{queue=\"{queue}\"}}"));
    let age = |queue: &str| sample(&format!("paddles_queue_oldest_seconds{{queue=\"{queue}\"}}"));
    let job = |job_id| json!({"job_id": job_id, "status": "queued", "queue": queue});
    paddles
        .post(&url, json!([job(1), job(2), {"job_id": 3, "status": "pass", "queue": queue}]))
        .expect(200);
    assert_eq!(depth(&queue), Some(2));
    assert!((0..600).contains(&age(&queue).unwrap()));
    let other = unique("queue");
    paddles.put(&format!("{url}1/"), json!({ "queue": other })).expect(200);
    assert_eq!((depth(&queue), depth(&other)), (Some(1), Some(1)));
    paddles.put(&format!("{url}2/"), json!({"status": "dead"})).expect(200);
    assert_eq!((depth(&queue), age(&queue)), (Some(0), Some(0)));
    paddles.put(&format!("{url}2/"), json!({"status": "queued"})).expect(200);
    assert_eq!(depth(&queue), Some(1));
    paddles.delete(&format!("/runs/{run}/")).expect(200);
    assert_eq!((depth(&queue), depth(&other)), (Some(0), Some(0)));
}

#[test]
fn nodes_that_a_job_names_are_down_until_they_are_set_up() {
    let (run, kind) = (unique("run"), unique("gibba"));
    let targets = json!({ unique("u@n"): "k", unique("n"): "k" });
    let job = json!({"job_id": 1, "targets": targets, "machine_type": kind});
    paddles().post(&format!("/runs/{run}/jobs/"), job).expect(200);
    assert_eq!((nodes(&kind, "down"), nodes(&kind, "free")), (Some(2), None));
}

#[test]
fn nodes_are_counted_by_state() {
    let (paddles, node, kind) = (paddles(), unique("n"), unique("gibba"));
    let url = format!("/nodes/{node}/");
    paddles.post("/nodes/", json!({"name": node, "machine_type": kind, "up": true})).expect(200);
    assert_eq!(nodes(&kind, "free"), Some(1));
    let lock = json!({"locked": true, "locked_by": "bo", "description": "d"});
    paddles.put(&format!("{url}lock/"), lock).expect(200);
    assert_eq!((nodes(&kind, "free"), nodes(&kind, "locked")), (Some(0), Some(1)));
    let unlock = json!({"locked": false, "locked_by": "bo"});
    paddles.put(&format!("{url}lock/"), unlock).expect(200);
    paddles.put(&url, json!({"up": false})).expect(200);
    assert_eq!((nodes(&kind, "locked"), nodes(&kind, "down")), (Some(0), Some(1)));
    paddles.delete(&url).expect(200);
    assert_eq!(nodes(&kind, "down"), Some(0));
}

#[test]
fn a_label_cannot_break_out_of_its_quotes() {
    let (run, kind) = (unique("run"), unique("a\"b\\c\nd"));
    let job = json!({"job_id": 1, "status": "pass", "machine_type": kind});
    paddles().post(&format!("/runs/{run}/jobs/"), job).expect(200);
    let escaped = kind.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    assert_eq!(jobs(&escaped, "pass"), Some(1));
}
