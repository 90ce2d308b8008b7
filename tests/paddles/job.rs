//! `/runs/{name}/jobs/{job_id}/` and the specification's `/runs/{name}/{job_id}/`: one job.

use assay_tests::{json, unique};

use crate::{job, lab_run, new_job, paddles};

#[test]
fn both_urls_of_a_job_show_the_same_but_for_words_and_links() {
    let paddles = paddles().with_header("host", "lab.example");
    let overrides = json!({ "big": 18_446_744_073_709_551_615_u64, "pi": 0.1, "s": "ü" });
    let body = json!({ "status": "dead", "owner": "bo", "overrides": overrides, "seed": -3 });
    let run = new_job(&paddles, body);
    let mut lab = job(&paddles, &run, "1");
    let plain = paddles.get(&format!("/runs/{run}/1/")).expect(200).json();
    assert_eq!(lab["href"], format!("http://lab.example/runs/{run}/jobs/1/"));
    assert_eq!(plain["href"], format!("http://lab.example/runs/{run}/1/"));
    assert_eq!((&lab["status"], &plain["status"]), (&json!("dead"), &json!("failed")));
    assert_eq!((&lab["run"], &lab["job_id"]), (&json!(run), &json!("1")));
    lab["href"] = plain["href"].clone();
    lab["status"] = plain["status"].clone();
    assert_eq!(lab, plain);
}

#[test]
fn one_job_is_sliced_as_a_list_is() {
    let paddles = paddles();
    let run = new_job(&paddles, json!({ "status": "running" }));
    let slice = paddles.get(&format!("/runs/{run}/jobs/1?fields=status,job_id")).expect(200);
    assert_eq!(slice.text(), r#"{"status":"running","job_id":"1"}"#);
    let zip = paddles.get(&format!("/runs/{run}/jobs/1/?fields=zip"));
    zip.refused(400, "an invalid field was specified");
}

#[test]
fn a_missing_job_is_not_found_with_a_message() {
    let paddles = paddles();
    let (run, none) = (new_job(&paddles, json!({})), unique("none"));
    for path in [
        format!("/runs/{run}/jobs/2/"),
        format!("/runs/{none}/jobs/1/"),
        format!("/runs/{run}/2/"),
        format!("/runs/{run}/jobs/a%20b/"),
        format!("/runs/{none}/1"),
    ] {
        paddles.get(&path).refused(404, "requested job was not found");
        paddles.head(&path).expect(404);
        let update = paddles.put(&path, json!({ "status": "dead" }));
        update.refused(404, "attempted to update a non-existent job");
        paddles.delete(&path).refused(404, "attempted to delete a non-existent job");
    }
    paddles.get(&format!("/runs/{none}/")).expect(404);
}

#[test]
fn an_update_changes_what_it_names_and_nothing_else() {
    let paddles = paddles();
    let run = new_job(&paddles, json!({ "status": "running", "owner": "bo", "roles": [["a"]] }));
    let before = job(&paddles, &run, "1");
    let answer = paddles.put(&format!("/runs/{run}/jobs/1/"), json!({ "pid": 7 })).expect(200);
    assert_eq!(answer.json(), json!({}));
    let mut after = job(&paddles, &run, "1");
    assert_eq!(after["pid"], "7");
    assert_ne!(after["updated"], before["updated"]);
    after["pid"] = before["pid"].clone();
    after["updated"] = before["updated"].clone();
    assert_eq!(after, before);
    let null = json!({ "owner": null, "roles": null });
    paddles.put(&format!("/runs/{run}/1/"), null).expect(200);
    let nulled = job(&paddles, &run, "1");
    assert!(nulled["owner"].is_null() && nulled["roles"].is_null(), "null is a value too");
}

#[test]
fn an_empty_update_touches_the_job_and_its_run() {
    let paddles = paddles();
    let run = new_job(&paddles, json!({ "status": "running" }));
    let before = (job(&paddles, &run, "1"), lab_run(&paddles, &run));
    paddles.put(&format!("/runs/{run}/jobs/1/"), json!({})).expect(200);
    let after = (job(&paddles, &run, "1"), lab_run(&paddles, &run));
    assert!(after.0["updated"].as_str() > before.0["updated"].as_str());
    assert_eq!(after.1["updated"], after.0["updated"]);
    assert_eq!(after.0["posted"], before.0["posted"]);
}

#[test]
fn nothing_renames_a_job() {
    let paddles = paddles();
    let run = new_job(&paddles, json!({}));
    for job_id in [json!("9"), json!(9), json!("a/b"), json!([])] {
        let body = json!({ "job_id": job_id, "run": "x", "name": "kept" });
        paddles.put(&format!("/runs/{run}/jobs/1/"), body).expect(200);
    }
    paddles.get(&format!("/runs/{run}/jobs/9/")).expect(404);
    let job = job(&paddles, &run, "1");
    assert_eq!((&job["run"], &job["name"]), (&json!(run), &json!("kept")));
}

#[test]
fn the_priority_changes_only_while_the_job_is_queued() {
    let paddles = paddles();
    let run = new_job(&paddles, json!({ "status": "queued", "priority": 40 }));
    let put = |body| paddles.put(&format!("/runs/{run}/jobs/1/"), body).expect(200);
    let priority = || job(&paddles, &run, "1")["priority"].clone();
    put(json!({ "priority": 30 }));
    assert_eq!(priority(), 30);
    put(json!({ "priority": 20, "status": "running" }));
    assert_eq!(priority(), 20, "it was queued before");
    put(json!({ "priority": 10, "status": "queued" }));
    assert_eq!(priority(), 20, "it was running before");
    put(json!({ "priority": null }));
    assert!(priority().is_null());
    let high = paddles.put(&format!("/runs/{run}/jobs/1/"), json!({ "priority": "high" }));
    high.refused(400, "field 'priority' must be an integer");
}

#[test]
fn an_upsert_creates_the_job_and_then_changes_it() {
    let (paddles, run) = (paddles(), unique("run"));
    let path = format!("/runs/{run}/jobs/7/?upsert=1");
    paddles.put(&path, json!({ "status": "queued", "owner": "bo" })).expect(200);
    paddles.put(&path, json!({ "status": "running" })).expect(200);
    let upserted = job(&paddles, &run, "7");
    assert_eq!((&upserted["status"], &upserted["owner"]), (&json!("running"), &json!("bo")));
    let by_post = json!({ "job_id": 7, "status": "dead" });
    let answer = paddles.post(&format!("/runs/{run}/jobs/?upsert=1"), by_post).expect(200);
    assert_eq!(answer.json(), json!({ "job_id": "7" }));
    assert_eq!(job(&paddles, &run, "7")["status"], "dead");
    assert_eq!(lab_run(&paddles, &run)["results"]["total"], 1);
    paddles.put(&format!("/runs/{run}/jobs/8/?upsert=0"), json!({})).expect(404);
    paddles.put(&format!("/runs/{run}/jobs/a%20b/?upsert=1"), json!({})).expect(400);
}

#[test]
fn an_emptied_run_stays() {
    let paddles = paddles();
    let run = new_job(&paddles, json!({ "status": "pass" }));
    paddles.post(&format!("/runs/{run}/"), json!({ "job_id": 2, "status": "fail" })).expect(200);
    let status = || lab_run(&paddles, &run)["status"].clone();
    assert_eq!(status(), "finished fail");
    assert_eq!(paddles.delete(&format!("/runs/{run}/jobs/2/")).expect(200).json(), json!({}));
    assert_eq!(status(), "finished pass");
    paddles.delete(&format!("/runs/{run}/1/")).expect(200);
    assert_eq!(status(), "empty");
    paddles.delete(&format!("/runs/{run}/1/")).expect(404);
}
