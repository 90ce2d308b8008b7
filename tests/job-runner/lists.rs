//! Lists and schemas: tastypie's conventions (the contract's section 4.3).

use assay_tests::{Value, json};

use crate::acceptance::{Lab, id};

#[test]
fn pages_lead_to_each_other() {
    let lab = Lab::new();
    for _ in 0..4 {
        lab.make("run", json!({ "job": lab.job1 }));
    }
    let start = format!("/api/v1/run/?job={}&order_by=id&limit=2", id(&lab.job1));
    let (mut path, mut seen) = (start, Vec::new());
    loop {
        let page = lab.worker1.get(&path).expect(200).json();
        assert_eq!(page["meta"]["total_count"], 5);
        seen.extend(
            page["objects"].as_array().unwrap().iter().map(|run| run["id"].as_i64().unwrap()),
        );
        let Some(next) = page["meta"]["next"].as_str() else { break };
        assert!(next.starts_with("/api/v1/run/?"));
        path = next.to_owned();
    }
    assert_eq!(seen.len(), 5);
    assert!(seen.is_sorted());
    let last = lab.worker1.get(&path).expect(200).json();
    assert!(last["meta"]["previous"].as_str().unwrap().contains("offset=2"));
    let beyond = lab.worker1.get("/api/v1/run/?offset=100000").expect(200).json();
    assert_eq!(beyond["objects"], json!([]));
}

#[test]
fn runs_are_listed_newest_return_first_then_by_plan() {
    let lab = Lab::new();
    let uri = |dts: &str| lab.make("run", json!({ "job": lab.job2, "schedule_dts": dts }));
    let (later, sooner) = (uri("2101-01-01 00:00"), uri("2100-01-01 00:00"));
    let returned = |run: &str, dts: &str| {
        lab.worker2.patch(run, json!({ "return_dts": dts, "return_success": true })).expect(202);
    };
    let (old, new) = (lab.run2.clone(), uri("2012-01-01 00:00"));
    returned(&old, "2013-01-01 00:00");
    returned(&new, "2013-01-02 00:00");
    let order: Vec<Value> =
        lab.runs_of(&lab.job2, "").iter().map(|run| run["resource_uri"].clone()).collect();
    assert_eq!(order, [&new, &old, &sooner, &later].map(|uri| json!(uri)));
    let order: Vec<Value> = lab
        .runs_of(&lab.job2, "order_by=-schedule_dts")
        .iter()
        .map(|run| run["resource_uri"].clone())
        .collect();
    assert_eq!(order[0], later);
}

#[test]
fn runs_are_filtered_as_tastypie_does() {
    let lab = Lab::new();
    let manual = lab.make(
        "run",
        json!({ "job": lab.job1, "is_manual": true, "schedule_dts": "2100-01-01 00:00" }),
    );
    lab.change(&manual, json!({ "worker": lab.worker1.uri }));
    let title = lab.see(&lab.job1)["title"].as_str().unwrap().to_owned();
    let template = lab.see(&lab.template_a)["title"].as_str().unwrap().to_owned();
    let project = lab.see(&lab.project_a)["title"].as_str().unwrap().to_owned();
    let key = &lab.worker1.key;
    for (filter, expected) in [
        ("".to_owned(), 2),
        ("is_manual=true".to_owned(), 1),
        ("is_manual=0".to_owned(), 1),
        (format!("job__title={title}"), 2),
        (format!("job__job_template__title={template}"), 2),
        (format!("job__job_template__project__title={project}"), 2),
        (format!("job__job_template__project={}", id(&lab.project_a)), 2),
        (format!("project_id={}", id(&lab.project_a)), 2),
        (format!("worker={}", id(&lab.worker1.uri)), 1),
        (format!("worker__api_key={key}"), 1),
        (format!("worker__api_key__in=x,{key}"), 1),
        (format!("worker__api_key__startswith={}", &key[..7]), 1),
        (format!("worker__api_key__contains={}", &key[3..]), 1),
        ("worker__isnull=true".to_owned(), 1),
        ("worker__isnull=false".to_owned(), 1),
        ("schedule_dts__gt=2050-01-01".to_owned(), 1),
        ("schedule_dts__lte=2012-01-01T00:00:00Z".to_owned(), 1),
        ("schedule_dts=2012-01-01T00:00:00Z".to_owned(), 1),
        ("schedule_dts__range=2011-01-01,2013-01-01".to_owned(), 1),
        ("schedule_dts__in=2012-01-01T00:00:00Z,2013-01-01".to_owned(), 1),
        ("schedule_dts__isnull=true".to_owned(), 0),
        (format!("schedule_id={}", id(&manual)), 1),
        ("state=scheduled&is_manual=1".to_owned(), 1),
        ("state=completed".to_owned(), 0),
        ("_=123&format=json&zip=1".to_owned(), 2),
    ] {
        let list = lab.worker1.get(&format!("/api/v1/run/?{filter}")).expect(200).json();
        assert_eq!(list["meta"]["total_count"], expected, "{filter}");
        assert_eq!(list["objects"].as_array().unwrap().len(), expected, "{filter}");
    }
}

#[test]
fn the_other_lists_are_filtered_too() {
    let lab = Lab::new();
    let title = |uri: &str| lab.see(uri)["title"].as_str().unwrap().to_owned();
    let project = id(&lab.project_a);
    let log = lab.make("run_log", json!({ "run": lab.run1 }));
    for (list, uri) in [
        (format!("project/?title={}", title(&lab.project_a)), &lab.project_a),
        (format!("project/?id__exact={project}"), &lab.project_a),
        (format!("worker_pool/?project_id={project}"), &lab.pool1),
        (format!("worker_pool/?title={}", title(&lab.pool1)), &lab.pool1),
        (format!("worker/?project_id={project}"), &lab.worker1.uri),
        (format!("worker/?api_key={}", lab.worker1.key), &lab.worker1.uri),
        (format!("job_template/?project__id={project}"), &lab.template_a),
        (format!("job_template/?project__title={}", title(&lab.project_a)), &lab.template_a),
        (format!("job/?title={}", title(&lab.job3)), &lab.job3),
        (format!("run_log/?run={}", id(&lab.run1)), &log),
    ] {
        let found = lab.see(&format!("/api/v1/{list}"));
        assert_eq!(found["meta"]["total_count"], 1, "{list}");
        assert_eq!(found["objects"][0]["resource_uri"], *uri, "{list}");
    }
    let jobs = lab.see(&format!("/api/v1/job/?job_template={}&order_by=-id", id(&lab.template_a)));
    assert_eq!(jobs["objects"][0]["resource_uri"], lab.job3);
}

#[test]
fn what_no_list_takes_is_refused() {
    let lab = Lab::new();
    for (path, message) in [
        ("run/?limit=abc", "Invalid limit 'abc' provided. Please provide a positive integer."),
        ("run/?offset=-3", "Invalid offset '-3' provided. Please provide a positive integer >= 0."),
        ("project/?description=x", "The 'description' field does not allow filtering."),
        ("project/?title__contains=x", "'contains' is not an allowed filter on the 'title' field."),
        ("run/?job=x", "Invalid resource lookup data provided (mismatched type)."),
        ("run/?order_by=pid", "No matching 'pid' field for ordering on."),
    ] {
        lab.worker1.get(&format!("/api/v1/{path}")).refused(400, message);
    }
    lab.worker1.get("/api/v1/run/?state=lost").expect(400);
    lab.worker1.get("/api/v1/run/?format=jsonp&callback=x").expect(400);
}

#[test]
fn schemas_describe_what_there_is() {
    let lab = Lab::new();
    let run = lab.worker1.get("/api/v1/run/schema/").expect(200).json();
    assert_eq!(run["allowed_detail_http_methods"], json!(["get", "patch"]));
    assert_eq!(run["fields"]["worker"]["related_type"], "to_one");
    assert_eq!(run["default_limit"], 200);
    let shown = lab.worker1.get(&lab.run1).expect(200).json();
    for name in shown.as_object().unwrap().keys() {
        assert!(run["fields"].get(name).is_some(), "{name}");
    }
    lab.worker1.get("/api/v1/user/schema/").expect(401);
}

#[test]
fn a_page_of_long_logs_ends_early_and_goes_on() {
    let lab = Lab::new();
    let content = "x".repeat(5 << 20);
    for _ in 0..3 {
        let run = lab.make("run", json!({ "job": lab.job2 }));
        lab.worker2.post("/api/v1/run_log/", json!({ "run": run, "content": content })).expect(201);
    }
    let (mut path, mut seen) = ("/api/v1/run_log/".to_owned(), 0);
    loop {
        let page = lab.worker2.get(&path).expect(200).json();
        seen += page["objects"].as_array().unwrap().len();
        let Some(next) = page["meta"]["next"].as_str() else { break };
        path = next.to_owned();
    }
    assert_eq!(seen, 3);
}

#[test]
fn a_hidden_worker_is_no_worker_in_filters_either() {
    let lab = Lab::new();
    let other = lab.another_worker(&lab.pool1);
    other.patch(&lab.run1, json!({ "enqueue_dts": "2013-01-01 00:00:00+00:00" })).expect(202);
    assert_eq!(lab.worker1.get(&lab.run1).expect(200).json()["worker"], json!(null));
    for (worker, filter, count) in [
        (&lab.worker1, "worker__isnull=0", 0),
        (&lab.worker1, "worker__isnull=1", 1),
        (&other, "worker__isnull=0", 1),
    ] {
        let path = format!("/api/v1/run/?job={}&{filter}", id(&lab.job1));
        assert_eq!(worker.get(&path).expect(200).json()["meta"]["total_count"], count, "{filter}");
    }
}
