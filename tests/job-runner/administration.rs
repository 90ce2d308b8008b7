//! What the operator does (the contract's section 5.6), and jobs, which others change too.

use assay_tests::{json, unique};

use crate::acceptance::{Lab, id};

#[test]
fn a_worker_without_a_secret_gets_one_that_is_shown_once() {
    let lab = Lab::new();
    let body = json!({ "title": "x", "api_key": unique("key") });
    let made = lab.operator.post("/api/v1/worker/", body).expect(201).json();
    assert_eq!(made["secret"].as_str().unwrap().len(), 43);
    let shown = lab.see(made["resource_uri"].as_str().unwrap());
    assert!(shown.get("secret").is_none());
}

#[test]
fn what_is_unique_is_refused_the_second_time() {
    let lab = Lab::new();
    let name = unique("twice");
    for (resource, body) in [
        ("group", json!({ "name": name })),
        ("worker", json!({ "title": "x", "api_key": name })),
        ("user", json!({ "username": name, "password": "longenough" })),
        ("job", json!({ "title": name, "job_template": lab.template_a, "worker_pool": lab.pool1 })),
    ] {
        let path = format!("/api/v1/{resource}/");
        lab.operator.post(&path, body.clone()).expect(201);
        lab.operator.post(&path, body).expect(409);
    }
}

#[test]
fn what_is_in_use_is_not_removed() {
    let lab = Lab::new();
    lab.worker1.patch(&lab.run1, json!({ "enqueue_dts": "2013-01-01 00:00" })).expect(202);
    for uri in [
        &lab.group1,
        &lab.pool1,
        &lab.worker1.uri,
        &lab.project_a,
        &lab.template_a,
        &lab.job1,
        &lab.run1,
    ] {
        let refused = lab.operator.delete(uri).expect(409);
        assert!(refused.message().chars().any(|c| c.is_ascii_digit()), "{}", refused.message());
    }
    lab.operator.delete(&lab.job3).expect(204);
    lab.operator.delete(&lab.job1).expect(409);
    lab.worker1.patch(&lab.run1, json!({ "return_dts": "2013-01-01 00:00" })).expect(202);
    let log = lab.make("run_log", json!({ "run": lab.run1 }));
    lab.operator.delete(&lab.job1).expect(204);
    for uri in [&lab.job1, &lab.run1, &log] {
        lab.operator.get(uri).expect(404);
    }
    lab.worker1.signed("DELETE", &lab.project_a, None).expect(401);
    lab.operator.delete("/api/v1/kill_request/1/").expect(405);
}

#[test]
fn a_project_that_a_group_sees_and_administers_counts_once() {
    let lab = Lab::new();
    lab.operator.delete(&lab.group1).refused(409, "The group is in use: 1 projects.");
}

#[test]
fn ids_are_never_used_again() {
    let lab = Lab::new();
    let first = lab.make("group", json!({ "name": unique("g") }));
    lab.operator.delete(&first).expect(204);
    assert_ne!(lab.make("group", json!({ "name": unique("g") })), first);
}

#[test]
fn a_job_stays_within_its_project_and_out_of_circles() {
    let lab = Lab::new();
    lab.operator
        .put(&lab.job1, json!({ "parent": lab.job3 }))
        .refused(400, "Recursive loop of jobs detected.");
    lab.operator.put(&lab.job1, json!({ "parent": lab.job1 })).expect(400);
    lab.operator.put(&lab.job1, json!({ "worker_pool": lab.pool2 })).expect(400);
    let title = &lab.see(&lab.job3)["title"];
    lab.operator.put(&lab.job1, json!({ "title": title })).expect(409);
    lab.operator.patch(&lab.project_a, json!({ "worker_pools": [] })).expect(409);
    lab.operator.patch(&lab.template_a, json!({ "project": lab.project_b })).expect(409);
    assert_eq!(
        lab.operator.put(&lab.job1, json!({ "description": "new" })).expect(204).bytes(),
        b""
    );
    assert_eq!(lab.see(&lab.job1)["description"], "new");
    lab.operator.put("/api/v1/job/999999999/", json!({ "title": "x" })).expect(404);
}

#[test]
fn a_worker_makes_jobs_in_its_projects_and_changes_none() {
    let lab = Lab::new();
    let before = lab.see(&lab.job1);
    for job in [&lab.job1, &lab.job2] {
        lab.worker1.patch(job, json!({ "script_content_partial": "evil" })).expect(401);
        lab.worker1.signed("PUT", job, Some(json!({ "description": "x" }))).expect(401);
    }
    assert_eq!(lab.see(&lab.job1), before);
    let body =
        json!({ "title": unique("J"), "job_template": lab.template_a, "worker_pool": lab.pool1 });
    lab.worker1.post("/api/v1/job/", body.clone()).expect(201);
    lab.worker2.post("/api/v1/job/", body).expect(401);
}

#[test]
fn a_changed_template_changes_its_jobs_scripts() {
    let lab = Lab::new();
    lab.change(&lab.job1, json!({ "script_content_partial": "a && b > \"c\"" }));
    for (body, script) in [
        ("{{content|safe}}", "a && b > \"c\""),
        ("<{{ content }}>", "<a &amp;&amp; b &gt; &quot;c&quot;>"),
        ("{% if x %}${{ y }}", "{% if x %}${{ y }}"),
        ("", ""),
    ] {
        lab.change(&lab.template_a, json!({ "body": body }));
        assert_eq!(lab.see(&lab.job1)["script_content"], script, "{body}");
    }
}

#[test]
fn a_script_holds_its_jobs_part_a_few_times_at_most() {
    let lab = Lab::new();
    let template = |times: usize| json!({ "body": "{{ content }}".repeat(times) });
    let part = json!({ "script_content_partial": "'".repeat(1_000_000) });
    lab.change(&lab.job1, part.clone());
    lab.change(&lab.job3, part);
    lab.change(&lab.template_a, template(4));
    let refused = lab.operator.patch(&lab.template_a, template(5)).expect(400).json();
    assert_eq!(refused["field"], "body");
    let script = lab.see(&lab.job1)["script_content"].as_str().unwrap().len();
    assert_eq!(script, 4 * 5 * 1_000_000);
    let listed = format!("/api/v1/job/?job_template={}", id(&lab.template_a));
    let page = lab.see(&listed);
    assert_eq!(page["objects"].as_array().unwrap().len(), 1, "the page ends before it is too long");
    assert!(page["meta"]["next"].is_string());
}

#[test]
fn whole_objects_may_be_sent_back() {
    let lab = Lab::new();
    for uri in
        [&lab.group1, &lab.pool1, &lab.worker1.uri, &lab.project_a, &lab.template_a, &lab.job1]
    {
        let before = lab.see(uri);
        lab.operator.put(uri, before.clone()).expect(204);
        assert_eq!(lab.see(uri), before);
        let mut other = before;
        other["id"] = json!(999_999_999);
        lab.operator.put(uri, other).expect(400);
    }
}
