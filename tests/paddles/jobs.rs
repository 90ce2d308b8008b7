//! `/runs/{name}/jobs/`: a run's jobs, and creating one.

use assay_tests::{App, Value, areas, json, unique};

use crate::{column, job, lab_run, new_job, new_run, paddles};

#[test]
fn a_job_makes_its_run_and_gets_an_id() {
    let app = App::with(&[], &[]);
    let paddles = app.client(areas::PADDLES);
    let post = |run: &str, body| {
        paddles.post(&format!("/runs/{run}/jobs/"), body).expect(200).json()["job_id"].clone()
    };
    assert_eq!(post("a", json!({ "status": "queued" })), "1");
    assert_eq!(post("b", json!({ "status": "queued" })), "2", "ids ascend over all runs");
    assert_eq!(post("b", json!({ "job_id": "4" })), "4");
    assert_eq!(post("b", json!({ "job_id": null, "owner": "x" })), "5", "4 is taken in this run");
    paddles.delete("/runs/b/").expect(200);
    let next = post("a", json!({ "owner": "x" }));
    assert!(next.as_str().unwrap().parse::<u32>().unwrap() > 5, "{next} was never used");
}

#[test]
fn a_job_that_exists_is_refused_with_the_ending_that_teuthology_looks_for() {
    let paddles = paddles();
    let run = new_job(&paddles, json!({ "status": "queued" }));
    for path in [format!("/runs/{run}/jobs/"), format!("/runs/{run}/")] {
        for job_id in [json!("1"), json!(1)] {
            let again = paddles.post(&path, json!({ "job_id": job_id, "status": "pass" }));
            again.refused(400, "job with job_id 1 already exists");
        }
    }
    assert_eq!(job(&paddles, &run, "1")["status"], "queued");
    let other = unique("run");
    paddles.post(&format!("/runs/{other}/jobs/"), json!({ "job_id": 1 })).expect(200);
}

#[test]
fn an_empty_job_is_no_job() {
    let (paddles, run) = (paddles(), unique("run"));
    let empty = paddles.post(&format!("/runs/{run}/jobs/"), json!({}));
    empty.refused(400, "could not decode JSON body");
    paddles.get(&format!("/runs/{run}/")).expect(404);
}

#[test]
fn a_refused_job_leaves_no_run_and_no_node_behind() {
    let (paddles, run) = (paddles(), unique("run"));
    let path = format!("/runs/{run}/jobs/");
    for body in [
        json!({ "job_id": 1, "status": "odd" }),
        json!({ "job_id": "a/b" }),
        json!({ "job_id": 1, "priority": "high", "targets": { "n": "k" } }),
        json!({ "job_id": 1, "targets": "n1" }),
    ] {
        paddles.post(&path, body).expect(400);
        paddles.get(&format!("/runs/{run}/")).expect(404);
    }
}

#[test]
fn the_id_of_a_job_is_short_and_fit_for_a_url() {
    let (paddles, run) = (paddles(), unique("run"));
    let post = |job_id| paddles.post(&format!("/runs/{run}/jobs/"), json!({ "job_id": job_id }));
    for job_id in [
        json!(0),
        json!(18_446_744_073_709_551_615_u64),
        json!("A.b_c-9"),
        json!("x".repeat(32)),
        json!("9".repeat(32)),
        json!("007"),
    ] {
        let created = post(job_id.clone()).expect(200).json();
        let text = job_id.as_str().map_or_else(|| job_id.to_string(), str::to_owned);
        assert_eq!(created["job_id"], text);
        assert_eq!(job(&paddles, &run, &text)["job_id"], text);
    }
    let reserved = "jobs summary rerun compare junit.xml badge.svg . ..";
    for word in reserved.split(' ') {
        post(json!(word)).expect(400);
    }
    for job_id in [
        json!(""),
        json!(1.5),
        json!(true),
        json!([1]),
        json!("a b"),
        json!("a/b"),
        json!("ü"),
        json!("x".repeat(33)),
    ] {
        let refusal = post(job_id).expect(400);
        assert!(refusal.message().contains("job_id"), "{}", refusal.message());
    }
    assert_eq!(lab_run(&paddles, &run)["jobs_count"], 6);
}

#[test]
fn jobs_are_listed_newest_first_and_cut_as_asked() {
    let (paddles, run) = (paddles(), unique("run"));
    for (job_id, status) in [(3, "pass"), (1, "queued"), (2, "running")] {
        let body = json!({ "job_id": job_id, "status": status });
        paddles.post(&format!("/runs/{run}/jobs/"), body).expect(200);
    }
    let ids = |query: &str| {
        column(&paddles.get(&format!("/runs/{run}/jobs/{query}")).expect(200).json(), "job_id")
    };
    assert_eq!(ids(""), ["2", "1", "3"]);
    assert_eq!(ids("?status=queued"), ["1"]);
    assert_eq!(ids("?status=queued,pass"), ["1", "3"]);
    assert_eq!(ids("?status=pending"), ["1"], "the specification's words will do");
    assert_eq!(ids("?status=dead"), [""; 0]);
    assert_eq!(ids("?status="), ["2", "1", "3"]);
    assert_eq!(ids("?count=1"), ["2", "1", "3"], "all of them, always");
    paddles.get(&format!("/runs/{run}/jobs/?status=queued,odd")).expect(400);
    let none = format!("/runs/{}/jobs/", new_run(&paddles));
    assert_eq!(paddles.get(&none).expect(200).json(), json!([]));
    let missing = paddles.get(&format!("/runs/{}/jobs/", unique("none")));
    missing.refused(404, "associated run was not found");
}

#[test]
fn a_slice_of_jobs_may_name_any_field() {
    let paddles = paddles().with_header("host", "lab.example");
    let body = json!({ "status": "fail", "failure_reason": "boom", "roles": [1], "seed": 3 });
    let run = new_job(&paddles, body);
    let sliced = |fields: &str| {
        let path = format!("/runs/{run}/jobs/?fields={fields}");
        paddles.get(&path).expect(200).text().to_owned()
    };
    let log = format!("http://qa-proxy.ceph.com/teuthology/{run}/1/teuthology.log");
    assert_eq!(
        sliced("job_id,description,status,log_href,failure_reason"),
        format!(
            r#"[{{"job_id":"1","description":null,"status":"fail","log_href":"{log}",{}}}]"#,
            r#""failure_reason":"boom""#
        ),
        "pulpito asks this"
    );
    assert_eq!(
        sliced("href,run,seed,roles,started,nuke_on_error"),
        format!(
            r#"[{{"href":"http://lab.example/runs/{run}/jobs/1/","run":"{run}",{}}}]"#,
            r#""seed":3,"roles":[1],"started":null,"nuke_on_error":null"#
        )
    );
    assert_eq!(sliced("_x,status,,"), r#"[{"status":"fail"}]"#);
    let whole = paddles.get(&format!("/runs/{run}/jobs/")).expect(200).json();
    let keys: Vec<_> = whole[0].as_object().unwrap().keys().cloned().collect();
    let all: Value = serde_json::from_str(&sliced(&keys.join(","))).unwrap();
    assert_eq!(all, whole, "each field shows the same alone");
    let numbers: Value = serde_json::from_str(&sliced("id,run_id")).unwrap();
    assert!(numbers[0]["id"].is_u64() && numbers[0]["run_id"].is_u64());
    for fields in ["nope", "job_id,job_key", "Status"] {
        let path = format!("/runs/{run}/jobs/?fields={fields}");
        paddles.get(&path).refused(400, "an invalid field was specified");
    }
}

#[test]
fn server_made_ids_are_never_given_twice() {
    let paddles = paddles();
    let runs = [unique("run"), unique("run")];
    let mut ids: Vec<String> = assay_tests::race(24, |i| {
        let path = format!("/runs/{}/jobs/", runs[i % 2]);
        let post = || paddles.post(&path, json!({ "status": "queued" })).expect(200).json();
        (0..5).map(|_| post()["job_id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    })
    .concat();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 24 * 5, "an id is unique over all runs");
    assert_eq!(lab_run(&paddles, &runs[0])["jobs_count"], 12 * 5);
}
