//! `/runs/`: the lists of runs in both dialects, and creating one.

use assay_tests::{App, Value, areas, json, segment, unique};

use crate::{column, lab_run, new_job, new_run, paddles};

/// Every key of a run object, as the lab's clients know it.
const KEYS: [&str; 17] = [
    "branch",
    "declared_status",
    "flavor",
    "href",
    "jobs_count",
    "machine_type",
    "name",
    "posted",
    "priority",
    "results",
    "scheduled",
    "sha1",
    "started",
    "status",
    "suite",
    "updated",
    "user",
];

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

#[test]
fn a_run_may_be_created_with_a_status_and_unknown_keys() {
    let (paddles, run) = (paddles(), unique("run"));
    let body = json!({ "name": run, "status": "pass", "zip": [1], "user": "eve" });
    paddles.post("/runs/", body).expect(200);
    let whole = lab_run(&paddles, &run);
    assert_eq!(whole["declared_status"], "pass");
    assert_eq!(whole["user"], "", "only the name says who");
    let odd = json!({ "name": unique("run"), "status": "great" });
    paddles.post("/runs/", odd).refused(400, "status must be one of: pass, failed, pending");
}

#[test]
fn a_run_needs_a_name() {
    let paddles = paddles();
    for body in [json!({}), json!({ "name": null }), json!({ "name": "" }), json!({ "run": "x" })] {
        paddles.post("/runs/", body).refused(400, "could not find required key: 'name'");
    }
}

#[test]
fn a_name_that_no_url_could_hold_is_refused() {
    let paddles = paddles();
    let reserved = "branch date machine_type status suite queued sha1 user flavor flavors . ..";
    let words = reserved.split(' ').map(|word| json!(word));
    let odd = [
        json!(7),
        json!(true),
        json!(["x"]),
        json!({ "x": 1 }),
        json!("a/b"),
        json!("/"),
        json!("a\u{0}b"),
        json!("a\nb"),
        json!("a\u{7f}"),
        json!("x".repeat(513)),
    ];
    for name in words.chain(odd) {
        let refusal = paddles.post("/runs/", json!({ "name": name })).expect(400);
        assert!(refusal.message().starts_with("invalid run name: "), "{name}");
        if let Value::String(text) = &name {
            let path = format!("/runs/{}/jobs/", segment(text));
            paddles.post(&path, json!({ "job_id": 1 })).expect_any(&[400, 404, 405]);
        }
    }
    paddles.get(&format!("/runs/{}/", "x".repeat(513))).expect(404);
}

#[test]
fn a_name_may_have_512_characters_of_any_script() {
    let paddles = paddles();
    let mark = unique("ü");
    let name = format!("{mark}{}", "漢".repeat(512 - mark.chars().count()));
    paddles.post("/runs/", json!({ "name": name })).expect(200);
    assert_eq!(lab_run(&paddles, &segment(&name))["name"], name);
}

#[test]
fn a_plain_list_has_links_and_words_of_the_specification() {
    let app = App::with(&[], &[]);
    let paddles = app.client(areas::PADDLES).with_header("host", "lab.example:3000");
    let words = ["pass", "fail", "dead", "queued", "waiting", "running", "unknown"];
    for word in words {
        let job = json!({ "status": word });
        paddles.post(&format!("/runs/a {word}/jobs/").replace(' ', "%20"), job).expect(200);
    }
    let list = paddles.get("/runs/").expect(200);
    let expected: Vec<String> = words
        .iter()
        .rev()
        .map(|word| {
            let status = match *word {
                "pass" => "pass",
                "fail" | "dead" => "failed",
                _ => "pending",
            };
            let href = format!("http://lab.example:3000/runs/a%20{word}/");
            format!(r#""a {word}":{{"href":"{href}","status":"{status}"}}"#)
        })
        .collect();
    assert_eq!(list.text(), format!("{{{}}}", expected.join(",")), "the newest comes first");
    assert_eq!(list.header("link"), None);
}

#[test]
fn a_plain_list_ends_after_a_hundred_runs_and_links_to_the_rest() {
    let app = App::with(&[], &[]);
    let paddles = app.client(areas::PADDLES);
    let names: Vec<String> = (0..103).map(|number| format!("run-{number:03}")).collect();
    for name in &names {
        paddles.post("/runs/", json!({ "name": name })).expect(200);
    }
    let list = paddles.get("/runs/").expect(200);
    let listed = list.json();
    assert_eq!(listed.as_object().unwrap().len(), 100);
    assert!(listed["run-003"].is_object() && listed["run-002"].is_null());
    let next = list.link("next").expect("a link to older runs");
    let older = paddles.get(&next.replace(&paddles.base_url(), "")).expect(200);
    let older_runs = older.json();
    assert_eq!(older_runs.as_object().unwrap().len(), 3);
    assert!(["run-000", "run-001", "run-002"].iter().all(|name| older_runs[name].is_object()));
    assert_eq!(older.link("next"), None);
}

#[test]
fn a_run_object_has_every_key_the_lab_knows() {
    let paddles = paddles();
    let run = new_run(&paddles);
    let path = format!("/runs/?count=1000&fields={}", KEYS.join(","));
    for runs in [path.as_str(), "/runs/?count=1000"] {
        let runs = paddles.get(runs).expect(200).json();
        let found = runs.as_array().unwrap().iter().find(|found| found["name"] == run);
        let mut keys: Vec<_> = found.unwrap().as_object().unwrap().keys().collect();
        keys.sort();
        assert_eq!(keys, KEYS);
    }
    let whole = lab_run(&paddles, &run);
    let results = json!({
        "queued": 0, "pass": 0, "running": 0, "waiting": 0, "fail": 0, "dead": 0, "unknown": 0,
        "total": 0, "sha1": "none", "flavor": "none",
    });
    assert_eq!(whole["results"], results);
    let (sha1, flavor) = (&whole["sha1"], &whole["flavor"]);
    assert_eq!((sha1, flavor, &whole["priority"]), (&json!("none"), &json!("none"), &Value::Null));
    assert_eq!((&whole["status"], &whole["jobs_count"]), (&json!("empty"), &json!(0)));
    assert_eq!((&whole["started"], &whole["declared_status"]), (&Value::Null, &Value::Null));
    assert_eq!((&whole["posted"], &whole["jobs"]), (&whole["scheduled"], &json!([])));
}

#[test]
fn fields_slice_the_runs_in_the_order_asked_for() {
    let paddles = paddles();
    let run = new_job(&paddles, json!({ "status": "pass", "branch": unique("b") }));
    let branch = lab_run(&paddles, &run)["branch"].as_str().unwrap().to_owned();
    let sliced = |fields: &str| {
        let path = format!("/runs/?branch={branch}&fields={fields}");
        paddles.get(&path).expect(200).text().to_owned()
    };
    let expected = format!(r#"[{{"status":"finished pass","name":"{run}"}}]"#);
    assert_eq!(sliced("status,name"), expected);
    assert_eq!(sliced(",status,_x,,name,"), expected, "stray commas and private names are fine");
    assert!(sliced("").contains("jobs_count"), "no field at all is every field");
    assert!(sliced("_x").contains("jobs_count"));
    let id: Value = serde_json::from_str(&sliced("id")).unwrap();
    assert!(id[0]["id"].is_u64(), "{id}");
    for fields in ["nope", "name,nope", "jobs", "version", "Name"] {
        let path = format!("/runs/?fields={fields}");
        paddles.get(&path).refused(400, "an invalid field was specified");
    }
}

#[test]
fn bad_numbers_of_a_page_are_refused() {
    let paddles = paddles();
    for path in ["/runs/", "/jobs/", "/runs/branch/main/", "/runs/queued/"] {
        for count in ["x", "-1", "1.5", "1e3", "%2B3", "1234567890", "99999999999999999999"] {
            let path = format!("{path}?count={count}");
            paddles.get(&path).refused(400, "count must be an integer");
        }
        for page in ["0", "-3", "x", "1.0", "99999999999999999999"] {
            let path = format!("{path}?page={page}");
            paddles.get(&path).refused(400, "page must be a positive integer");
        }
        for cursor in ["x", "1", "1.x", ".", "1.2.3", "9e99.1"] {
            paddles.get(&format!("{path}?cursor={cursor}")).expect(400);
        }
        assert_eq!(paddles.get(&format!("{path}?count=0")).expect(200).json(), json!([]));
        let far = format!("{path}?count=9999&page=999999999");
        assert_eq!(paddles.get(&far).expect(200).json(), json!([]));
    }
}

#[test]
fn pages_by_number_follow_each_other() {
    let app = App::with(&[], &[]);
    let paddles = app.client(areas::PADDLES);
    for number in 0..30 {
        paddles.post("/runs/", json!({ "name": format!("run-{number:02}") })).expect(200);
    }
    let names =
        |query: &str| column(&paddles.get(&format!("/runs/{query}")).expect(200).json(), "name");
    assert_eq!(names("?page=1").len(), 25, "unless it is said");
    assert_eq!(names("?page=2"), ["run-04", "run-03", "run-02", "run-01", "run-00"]);
    assert_eq!(names("?count=3"), ["run-29", "run-28", "run-27"]);
    assert_eq!(names("?count=3&page=2"), ["run-26", "run-25", "run-24"]);
    assert_eq!(names("?count=999999999").len(), 30);
}
