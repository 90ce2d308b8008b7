//! `/runs/{name}/`: a run and its jobs, its declared status, and its end.

use assay_tests::{Client, Value, json, unique};

use crate::{column, job, lab_run, new_job, new_run, paddles};

/// Stores jobs with these ids.
fn run_of_jobs(paddles: &Client, job_ids: &[&str]) -> String {
    let run = unique("run");
    for job_id in job_ids {
        paddles.post(&format!("/runs/{run}/jobs/"), json!({ "job_id": job_id })).expect(200);
    }
    run
}

#[test]
fn the_plain_run_lists_its_jobs_as_people_count() {
    let paddles = paddles().with_header("host", "lab.example");
    let run = run_of_jobs(&paddles, &["b", "10", "9", "a-1", "1000", "0"]);
    let listed = paddles.get(&format!("/runs/{run}/")).expect(200);
    let expected: Vec<String> = ["0", "9", "10", "1000", "a-1", "b"]
        .iter()
        .map(|id| {
            let href = format!("http://lab.example/runs/{run}/{id}/");
            format!(r#""{id}":{{"href":"{href}","status":"pending"}}"#)
        })
        .collect();
    assert_eq!(listed.text(), format!("{{{}}}", expected.join(",")));
    let jobs = lab_run(&paddles, &run)["jobs"].clone();
    assert_eq!(column(&jobs, "job_id"), ["0", "9", "10", "1000", "a-1", "b"]);
}

#[test]
fn the_plain_words_of_a_job_are_three() {
    let paddles = paddles();
    for (word, plain) in [
        ("pass", "pass"),
        ("fail", "failed"),
        ("dead", "failed"),
        ("queued", "pending"),
        ("waiting", "pending"),
        ("running", "pending"),
        ("unknown", "pending"),
    ] {
        let run = new_job(&paddles, json!({ "status": word }));
        let jobs = paddles.get(&format!("/runs/{run}/")).expect(200).json();
        assert_eq!(jobs["1"]["status"], plain, "{word}");
        let one = paddles.get(&format!("/runs/{run}/1/")).expect(200).json();
        assert_eq!(one["status"], plain, "{word}");
        assert_eq!(job(&paddles, &run, "1")["status"], word);
    }
}

#[test]
fn the_labs_run_is_sliced_as_asked() {
    let paddles = paddles();
    let run = new_job(&paddles, json!({ "status": "running", "pid": 4711, "roles": [["osd.0"]] }));
    let text =
        |query: &str| paddles.get(&format!("/runs/{run}?{query}")).expect(200).text().to_owned();
    let whole: Value = serde_json::from_str(&text("")).unwrap();
    assert_eq!(whole["jobs"], json!([job(&paddles, &run, "1")]));
    let without: Value = serde_json::from_str(&text("jobs=0")).unwrap();
    assert_eq!((&without["jobs"], &without["jobs_count"]), (&Value::Null, &json!(1)));
    let sliced: Value = serde_json::from_str(&text("job_fields=job_id,pid,roles")).unwrap();
    assert_eq!(sliced["jobs"], json!([{ "job_id": "1", "pid": "4711", "roles": [["osd.0"]] }]));
    assert_eq!(text("fields=status,name"), format!(r#"{{"status":"running","name":"{run}"}}"#));
    assert_eq!(
        text("fields=status,jobs&job_fields=status"),
        r#"{"status":"running","jobs":[{"status":"running"}]}"#
    );
    let with_id: Value = serde_json::from_str(&text("fields=id,jobs_count")).unwrap();
    assert!(with_id["id"].is_u64(), "{with_id}");
    for query in ["fields=nope", "job_fields=nope", "fields=jobs&job_fields=status,nope"] {
        let path = format!("/runs/{run}?{query}");
        paddles.get(&path).refused(400, "an invalid field was specified");
    }
}

#[test]
fn what_is_not_there_is_not_found_with_a_message() {
    let (paddles, none) = (paddles(), unique("none"));
    let path = format!("/runs/{none}/");
    paddles.get(&path).refused(404, "requested run was not found");
    paddles.get(path.trim_end_matches('/')).refused(404, "requested run was not found");
    paddles.head(&path).expect(404);
    let update = paddles.put(&path, json!({ "status": "pass" }));
    update.refused(404, "attempted to update a non-existent run");
    paddles.delete(&path).refused(404, "attempted to delete a non-existent run");
    let create = paddles.post(&path, json!({ "job_id": 1 }));
    create.refused(404, "requested run was not found");
    paddles.head(&format!("/runs/{}/", new_run(&paddles))).expect(200);
}

#[test]
fn the_declared_status_wins_over_later_reports_until_it_is_taken_back() {
    let paddles = paddles();
    let run = new_run(&paddles);
    let path = format!("/runs/{run}/");
    let plain = || {
        paddles.get("/runs/?dialect=plain&count=10000").expect(200).json()[&run]["status"].clone()
    };
    assert_eq!(plain(), "pending");
    for (word, lab) in
        [("pass", "finished pass"), ("failed", "finished fail"), ("pending", "empty")]
    {
        assert_eq!(paddles.put(&path, json!({ "status": word })).expect(200).json(), json!({}));
        let whole = lab_run(&paddles, &run);
        assert_eq!((&whole["declared_status"], plain()), (&json!(word), json!(word)));
        assert_eq!(whole["status"], lab, "a run without jobs is what was declared");
    }
    paddles.put(&path, json!({ "status": "failed" })).expect(200);
    paddles.post(&path, json!({ "job_id": 1, "status": "pass" })).expect(200);
    let whole = lab_run(&paddles, &run);
    assert_eq!((plain(), &whole["status"]), (json!("failed"), &json!("finished pass")));
    paddles.put(&path, json!({ "status": null })).expect(200);
    assert_eq!(
        (plain(), &lab_run(&paddles, &run)["declared_status"]),
        (json!("pass"), &Value::Null)
    );
}

#[test]
fn a_status_that_cannot_be_declared_changes_nothing() {
    let paddles = paddles();
    let run = new_run(&paddles);
    let path = format!("/runs/{run}/");
    paddles.put(&path, json!({ "status": "failed" })).expect(200);
    for status in
        [json!("great"), json!("running"), json!(1), json!(true), json!(["pass"]), json!("")]
    {
        let refusal = paddles.put(&path, json!({ "status": status }));
        refusal.refused(400, "status must be one of: pass, failed, pending");
    }
    let missing = paddles.put(&path, json!({ "state": "pass" }));
    missing.refused(400, "could not find required key: 'status'");
    assert_eq!(lab_run(&paddles, &run)["declared_status"], "failed");
}

#[test]
fn a_deleted_run_takes_its_jobs_along_and_its_name_is_free_again() {
    let paddles = paddles();
    let run = new_job(&paddles, json!({ "status": "queued", "overrides": { "a": 1 } }));
    paddles.put(&format!("/runs/{run}/"), json!({ "status": "pass" })).expect(200);
    assert_eq!(paddles.delete(&format!("/runs/{run}/")).expect(200).json(), json!({}));
    for path in ["", "1/", "jobs/", "jobs/1/"] {
        paddles.get(&format!("/runs/{run}/{path}")).expect(404);
    }
    let update = paddles.put(&format!("/runs/{run}/jobs/1/"), json!({}));
    update.refused(404, "attempted to update a non-existent job");
    assert_eq!(paddles.get(&format!("/jobs/?run={run}")).expect(200).json(), json!([]));
    paddles.post("/runs/", json!({ "name": run })).expect(200);
    let whole = lab_run(&paddles, &run);
    assert_eq!((&whole["jobs_count"], &whole["declared_status"]), (&json!(0), &Value::Null));
}

#[test]
fn a_run_shows_what_its_first_job_has() {
    let paddles = paddles();
    let run = unique("run");
    let shows = |sha1: Value, flavor: Value, priority: Value| {
        let whole = lab_run(&paddles, &run);
        let shown = [&whole["sha1"], &whole["flavor"], &whole["priority"]];
        assert_eq!(shown, [&sha1, &flavor, &priority]);
        assert_eq!([&whole["results"]["sha1"], &whole["results"]["flavor"]], [&sha1, &flavor]);
    };
    let post = |body: Value| paddles.post(&format!("/runs/{run}/jobs/"), body).expect(200);
    post(json!({ "job_id": "x", "sha1": "eee", "flavor": "default", "priority": 5 }));
    shows(json!("eee"), json!("default"), json!(5));
    post(json!({ "job_id": 100 }));
    shows(Value::Null, Value::Null, Value::Null);
    post(json!({ "job_id": 20, "sha1": "ddd", "priority": 7, "status": "queued" }));
    shows(json!("ddd"), Value::Null, json!(7));
    let change = json!({ "sha1": "ccc", "flavor": "crimson", "priority": 8 });
    paddles.put(&format!("/runs/{run}/jobs/20/"), change).expect(200);
    shows(json!("ccc"), json!("crimson"), json!(8));
    paddles.delete(&format!("/runs/{run}/jobs/20/")).expect(200);
    shows(Value::Null, Value::Null, Value::Null);
    paddles.delete(&format!("/runs/{run}/jobs/100/")).expect(200);
    shows(json!("eee"), json!("default"), json!(5));
    paddles.delete(&format!("/runs/{run}/jobs/x/")).expect(200);
    shows(json!("none"), json!("none"), Value::Null);
}

#[test]
fn jobs_overwrite_what_the_name_said_where_they_say_something() {
    let paddles = paddles();
    let run = new_job(&paddles, json!({ "suite": "rados", "branch": "b1", "machine_type": "vps" }));
    let facts = || {
        let whole = lab_run(&paddles, &run);
        ["suite", "branch", "machine_type", "user"]
            .map(|key| whole[key].as_str().unwrap().to_owned())
    };
    assert_eq!(facts(), ["rados", "b1", "vps", ""]);
    let job = json!({ "job_id": 2, "suite": null, "branch": "b2", "user": "eve" });
    paddles.post(&format!("/runs/{run}/jobs/"), job).expect(200);
    assert_eq!(facts(), ["rados", "b2", "vps", ""]);
    paddles.put(&format!("/runs/{run}/jobs/1/"), json!({ "machine_type": "mira" })).expect(200);
    assert_eq!(facts(), ["rados", "b2", "mira", ""]);
}
