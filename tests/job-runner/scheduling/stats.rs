//! `/api/v1/stats/`: how much of everything the caller may see.

use assay_tests::json;

use super::lab::Lab;

#[test]
fn a_worker_counts_what_it_sees() {
    let lab = Lab::shared();
    let (site, other) = (lab.site(2), lab.site(1));
    let worker = &site.workers[0];
    for success in [true, true, false] {
        site.work(&site.due(&site.job(json!({}))), success);
    }
    worker.take(&site.due(&site.job(json!({}))));
    let started = site.due(&site.job(json!({})));
    worker.take(&started);
    worker.patch(&started, json!({ "start_dts": "2013-01-01 00:00:01+00:00" })).expect(202);
    site.due(&site.job(json!({})));
    site.due(&site.job(json!({ "enqueue_is_enabled": false })));
    site.run(&site.job(json!({})), json!({ "schedule_dts": "2999-01-01 00:00" }));

    let stats = worker.get("/api/v1/stats/").expect(200).json();
    assert_eq!(
        stats["runs"],
        json!({ "scheduled": 3, "in_queue": 1, "started": 1, "completed_successful": 2,
                "completed_with_errors": 1 })
    );
    assert_eq!(stats["due"], 1);
    let oldest = stats["oldest_due_seconds"].as_f64().unwrap();
    assert!(oldest > 400_000_000.0, "since 2012: {oldest}");
    assert_eq!(stats["workers"], json!({ "responsive": 0, "unresponsive": 1, "disabled": 0 }));
    let elsewhere = other.workers[0].get("/api/v1/stats/").expect(200).json();
    assert_eq!((&elsewhere["due"], &elsewhere["oldest_due_seconds"]), (&json!(0), &json!(null)));
}

#[test]
fn prometheus_reads_the_same_numbers() {
    let lab = Lab::shared();
    let site = lab.site(1);
    site.due(&site.job(json!({})));
    let answer = site.workers[0].get("/api/v1/stats/?format=prometheus").expect(200);
    assert!(answer.header("content-type").unwrap().starts_with("text/plain"));
    for line in ["job_runner_runs{state=\"scheduled\"} 1", "job_runner_due 1"] {
        assert!(answer.text().lines().any(|found| found == line), "{line}: {}", answer.text());
    }
    site.workers[0].get("/api/v1/stats/?format=xml").expect(400);
    lab.anybody.get("/api/v1/stats/").expect(401);
}
