//! Who sees what: the contract's section 4.2.

use assay_tests::json;

use crate::acceptance::{Lab, id};

#[test]
fn a_worker_sees_its_projects_only() {
    let lab = Lab::new();
    let worker = &lab.worker1;
    let runs = worker.get("/api/v1/run/").expect(200).json();
    assert_eq!(runs["meta"]["total_count"], 1);
    assert_eq!(runs["objects"][0]["job"], lab.job1);
    worker.get(&lab.run2).expect(401);
    worker.get("/api/v1/run/999999999/").expect(404);
    let groups = worker.get("/api/v1/group/").expect(200).json();
    assert_eq!(groups["objects"][0]["resource_uri"], lab.group1);
    for (resource, total) in [
        ("group", 1),
        ("project", 1),
        ("worker_pool", 1),
        ("worker", 1),
        ("job_template", 1),
        ("job", 2),
    ] {
        let list = worker.get(&format!("/api/v1/{resource}/")).expect(200).json();
        assert_eq!(list["meta"]["total_count"], total, "{resource}");
    }
    for resource in ["user", "reschedule_exclude", "notification"] {
        worker.get(&format!("/api/v1/{resource}/")).expect(401);
    }
}

#[test]
fn logs_and_kill_requests_belong_to_the_jobs_own_pool() {
    let lab = Lab::new();
    // Project A gets the second pool too: its worker then sees the run, but not what it printed.
    lab.change(&lab.project_a, json!({ "worker_pools": [lab.pool1, lab.pool2] }));
    let log = lab.make("run_log", json!({ "run": lab.run1, "content": "secret" }));
    let kill = lab.make("kill_request", json!({ "run": lab.run1 }));
    let (inside, outside) = (&lab.worker1, &lab.worker2);
    outside.get(&lab.run1).expect(200);
    assert_eq!(outside.get(&lab.run1).expect(200).json()["run_log"], json!(null));
    assert_eq!(inside.get(&lab.run1).expect(200).json()["run_log"], log);
    for uri in [&log, &kill] {
        inside.get(uri).expect(200);
        outside.get(uri).expect(401);
    }
    for resource in ["run_log", "kill_request"] {
        let path = format!("/api/v1/{resource}/");
        assert_eq!(inside.get(&path).expect(200).json()["meta"]["total_count"], 1);
        assert_eq!(outside.get(&path).expect(200).json()["meta"]["total_count"], 0);
    }
    outside.patch(&lab.run1, json!({ "pid": 1 })).expect(401);
    outside.patch(&log, json!({ "content": "x" })).expect(401);
    outside.patch(&kill, json!({ "execute_dts": null })).expect(401);
}

#[test]
fn no_uri_names_what_is_hidden() {
    let lab = Lab::new();
    lab.change(&lab.project_a, json!({ "auth_groups": [lab.group1, lab.group2] }));
    let project = lab.worker1.get(&lab.project_a).expect(200).json();
    assert_eq!(project["auth_groups"], json!([lab.group1]));
    lab.change(&lab.run1, json!({ "worker": lab.worker1.uri }));
    let colleague = lab.another_worker(&lab.pool1);
    assert_eq!(colleague.get(&lab.run1).expect(200).json()["worker"], json!(null));
    assert_eq!(colleague.get(&lab.pool1).expect(200).json()["workers"], json!([colleague.uri]));
}

#[test]
fn a_body_that_names_what_is_hidden_or_missing_is_refused() {
    let lab = Lab::new();
    lab.worker1.post("/api/v1/run/", json!({ "job": lab.job2 })).expect(401);
    let missing = lab.worker1.post("/api/v1/run/", json!({ "job": "/api/v1/job/999999999/" }));
    missing.refused(
        400,
        "Could not find the provided object via resource URI '/api/v1/job/999999999/'.",
    );
}

#[test]
fn filters_tell_nothing_of_what_is_hidden() {
    let lab = Lab::new();
    for filter in [
        format!("job={}", id(&lab.job2)),
        format!("project_id={}", id(&lab.project_b)),
        format!("worker={}", id(&lab.worker2.uri)),
    ] {
        let list = lab.worker1.get(&format!("/api/v1/run/?{filter}")).expect(200).json();
        assert_eq!(list["meta"]["total_count"], 0, "{filter}");
    }
}

#[test]
fn a_set_is_in_the_order_asked_for() {
    let lab = Lab::new();
    let other = id(&lab.make("run", json!({ "job": lab.job3 })));
    let first = id(&lab.run1);
    let set =
        lab.worker1.get(&format!("/api/v1/run/set/{other};{first};999999999/")).expect(200).json();
    let ids: Vec<_> =
        set["objects"].as_array().unwrap().iter().map(|run| run["id"].as_i64().unwrap()).collect();
    assert_eq!(ids, [other, first]);
    assert_eq!(set["not_found"], json!(["999999999"]));
    let set = lab.worker1.get(&format!("/api/v1/run/set/{first}/")).expect(200).json();
    assert!(set.get("not_found").is_none());
    lab.worker1.get(&format!("/api/v1/run/set/{first};{}/", id(&lab.run2))).expect(401);
}

#[test]
fn a_worker_changes_itself_but_not_who_it_is() {
    let lab = Lab::new();
    let worker = &lab.worker1;
    let ping = json!({ "ping_response_dts": "2013-01-01 00:00:00.123456+00:00", "worker_version": "2.1.2", "concurrent_jobs": 4 });
    let changed = worker.patch(&worker.uri, ping).expect(202).json();
    assert_eq!(changed["ping_response_dts"], "2013-01-01T01:00:00.123456");
    assert_eq!(changed["is_responsive"], false);
    for body in [
        json!({ "api_key": "x" }),
        json!({ "secret": "x" }),
        json!({ "enqueue_is_enabled": false }),
    ] {
        worker.patch(&worker.uri, body).expect(401);
    }
    let whole = worker.get(&worker.uri).expect(200).json();
    worker.patch(&worker.uri, whole).expect(202);
    worker.patch(&lab.worker2.uri, json!({ "worker_version": "3" })).expect(401);
}

#[test]
fn the_names_that_the_specification_prints_are_served() {
    let lab = Lab::new();
    let log = lab.make("run_log", json!({ "run": lab.run1, "content": "x" }));
    let pool = format!("/api/vi/worker-pools/{}/", id(&lab.pool1));
    assert_eq!(
        lab.worker1.get(&pool).expect(200).json(),
        lab.worker1.get(&lab.pool1).expect(200).json()
    );
    let vi = log.replace("/v1/", "/vi/");
    assert_eq!(lab.worker1.get(&vi).expect(200).json(), lab.worker1.get(&log).expect(200).json());
    assert_eq!(lab.worker1.get(vi.trim_end_matches('/')).expect(200).json()["resource_uri"], log);
}
