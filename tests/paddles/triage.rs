//! `/runs/{run}/summary/`, `/rerun/`, `/compare/{other}/`, `/junit.xml` and `/badge.svg`.

use assay_tests::{Value, json, unique};

use crate::paddles;

/// Stores jobs; the run is made on the way.
fn store(run: &str, jobs: Value) {
    paddles().post(&format!("/runs/{run}/jobs/"), jobs).expect(200);
}

/// Names of runs of one suite and branch, which nobody else uses, from the first to the last.
fn nights<const N: usize>() -> [String; N] {
    let branch = unique("wip");
    std::array::from_fn(|night| {
        format!("ana-2024-05-{:02}_07:08:09-rados-{branch}-testing-default-plana", night + 1)
    })
}

/// What `If-None-Match` with the tag of the first answer brings: 304 until `change` is made.
fn answers_304_until(url: &str, change: impl FnOnce()) {
    let paddles = paddles();
    let tag = paddles.get(url).expect(200).header("etag").expect("an entity tag").to_owned();
    paddles.get(url).header("if-none-match", &tag).expect(304);
    change();
    paddles.get(url).header("if-none-match", &tag).expect(200);
}

#[test]
fn a_summary_groups_failures_by_reason_and_the_largest_comes_first() {
    let run = unique("run");
    store(
        &run,
        json!([
            {"job_id": 10, "status": "fail", "failure_reason": "n12.lab: pid 7 died",
             "description": "b", "duration": 30},
            {"job_id": 9, "status": "dead", "failure_reason": "n3.lab: pid 4711 died",
             "description": "a"},
            {"job_id": 11, "status": "dead", "duration": 10},
            {"job_id": 12, "status": "pass", "failure_reason": "n3.lab: pid 1 died",
             "duration": 20},
            {"job_id": 13, "status": "running"},
        ]),
    );
    let summary = paddles().get(&format!("/runs/{run}/summary/")).expect(200).json();
    let keys: Vec<&String> = summary.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["name", "status", "results", "duration", "failures"]);
    assert_eq!(summary["name"], json!(run));
    assert_eq!(summary["status"], "running");
    assert_eq!(summary["results"]["dead"], 2);
    assert_eq!(summary["results"]["total"], 5);
    assert_eq!(summary["duration"], json!({"min": 10, "median": 20.0, "max": 30, "total": 60}));
    assert_eq!(
        summary["failures"],
        json!([
            {
                "reason": "n#.lab: pid # died", "count": 2, "statuses": {"fail": 1, "dead": 1},
                "job_ids": ["9", "10"], "descriptions": ["a", "b"], "new": true,
            },
            {
                "reason": null, "count": 1, "statuses": {"fail": 0, "dead": 1},
                "job_ids": ["11"], "descriptions": [null], "new": true,
            },
        ])
    );
}

#[test]
fn a_summary_of_a_run_without_jobs_has_no_failures() {
    let (paddles, run) = (paddles(), unique("run"));
    paddles.post("/runs/", json!({ "name": run })).expect(200);
    let summary = paddles.get(&format!("/runs/{run}/summary")).expect(200).json();
    assert_eq!(summary["status"], "empty");
    assert_eq!(summary["failures"], json!([]));
    let none = json!({"min": null, "median": null, "max": null, "total": 0});
    assert_eq!(summary["duration"], none);
}

#[test]
fn a_reason_is_new_when_the_run_before_did_not_have_it() {
    let [first, second, third] = nights();
    let failed = |reason: &str| json!({"job_id": 1, "status": "fail", "failure_reason": reason});
    // Stored out of order: what counts is when they were scheduled.
    store(&third, failed("mon.7 crashed"));
    store(&first, failed("mon.3 crashed"));
    let is_new = |run: &str| {
        let summary = paddles().get(&format!("/runs/{run}/summary/")).expect(200).json();
        summary["failures"][0]["new"].as_bool().unwrap()
    };
    assert!(is_new(&first), "there is no run before the first");
    assert!(!is_new(&third));
    store(&second, failed("osd.1 crashed"));
    assert!(is_new(&second));
    assert!(is_new(&third), "the run before is another one now");
}

#[test]
fn a_run_of_another_branch_is_not_the_run_before() {
    let ([first], [second]) = (nights(), nights());
    let failed = json!({"job_id": 1, "status": "fail", "failure_reason": "boom"});
    store(&first, failed.clone());
    store(&second, failed);
    let summary = paddles().get(&format!("/runs/{second}/summary/")).expect(200).json();
    assert_eq!(summary["failures"][0]["new"], true);
}

#[test]
fn runs_of_unknown_suite_and_branch_do_not_follow_each_other() {
    for run in [unique("run"), unique("run")] {
        store(&run, json!({"job_id": 1, "status": "fail", "failure_reason": "boom"}));
        let summary = paddles().get(&format!("/runs/{run}/summary/")).expect(200).json();
        assert_eq!(summary["failures"][0]["new"], true);
    }
}

#[test]
fn a_summary_is_not_sent_again_until_its_run_or_the_run_before_changes() {
    let [first, second] = nights();
    store(&first, json!({"job_id": 1, "status": "queued"}));
    store(&second, json!({"job_id": 1, "status": "fail", "failure_reason": "boom"}));
    let url = format!("/runs/{second}/summary/");
    answers_304_until(&url, || store(&second, json!({"job_id": 2, "status": "pass"})));
    let fail = json!({"status": "fail", "failure_reason": "boom"});
    answers_304_until(&url, || {
        paddles().put(&format!("/runs/{first}/jobs/1/"), fail).expect(200);
    });
    assert_eq!(paddles().get(&url).expect(200).json()["failures"][0]["new"], false);
}

#[test]
fn a_rerun_names_the_failed_jobs_and_the_settings_of_the_first_job() {
    let [run] = nights();
    store(
        &run,
        json!([
            {"job_id": 20, "status": "dead", "description": "late",
             "seed": 1, "subset": "0/1", "priority": 9},
            {"job_id": 3, "status": "pass", "description": "first",
             "seed": 4242, "subset": "3/8", "priority": 70, "sha1": "0f1e", "flavor": "default",
             "suite_branch": "quincy", "suite_repo": "https://git.example/ceph.git"},
            {"job_id": 4, "status": "fail"},
        ]),
    );
    let rerun = paddles().get(&format!("/runs/{run}/rerun/")).expect(200).json();
    let branch = paddles().get(&format!("/runs/{run}")).expect(200).json()["branch"].clone();
    assert_eq!(
        rerun,
        json!({
            "run": run, "suite": "rados", "branch": branch, "sha1": "0f1e", "flavor": "default",
            "machine_type": "plana", "seed": 4242, "subset": "3/8", "suite_branch": "quincy",
            "suite_repo": "https://git.example/ceph.git", "priority": 70,
            "jobs": [
                {"job_id": "4", "status": "fail", "description": null},
                {"job_id": "20", "status": "dead", "description": "late"},
            ],
        })
    );
}

#[test]
fn a_rerun_takes_other_statuses_and_refuses_what_is_none() {
    let (paddles, run) = (paddles(), unique("run"));
    store(&run, json!([{"job_id": 1, "status": "pass"}, {"job_id": 2, "status": "dead"}]));
    let url = format!("/runs/{run}/rerun/");
    let rerun = paddles.get(&format!("{url}?statuses=pass,running")).expect(200).json();
    assert_eq!(rerun["jobs"], json!([{"job_id": "1", "status": "pass", "description": null}]));
    let words = "pass, fail, queued, running, dead, unknown, waiting";
    let refusal = format!("statuses must be some of: {words}");
    for bad in ["odd", "fail,,dead", "%27;--"] {
        paddles.get(&format!("{url}?statuses={bad}")).refused(400, &refusal);
    }
    answers_304_until(&url, || store(&run, json!({"job_id": 3, "status": "fail"})));
}

#[test]
fn a_rerun_of_a_run_without_jobs_has_nothing_to_do() {
    let (paddles, run) = (paddles(), unique("run"));
    paddles.post("/runs/", json!({ "name": run })).expect(200);
    let rerun = paddles.get(&format!("/runs/{run}/rerun/")).expect(200).json();
    assert_eq!((&rerun["jobs"], &rerun["seed"]), (&json!([]), &Value::Null));
}

/// Two runs that differ in every way.
fn two_runs() -> [String; 2] {
    let [base, other] = nights();
    store(
        &base,
        json!([
            {"job_id": 1, "status": "pass", "description": "regresses"},
            {"job_id": 2, "status": "dead", "description": "gets fixed"},
            {"job_id": 3, "status": "fail", "description": "stays bad"},
            {"job_id": 4, "status": "pass", "description": "stays good"},
            {"job_id": 5, "status": "pass", "description": "not yet"},
            {"job_id": 6, "status": "pass", "description": "gone"},
            {"job_id": 7, "status": "fail"},
        ]),
    );
    store(
        &other,
        json!([
            {"job_id": 1, "status": "pass", "description": "regresses"},
            {"job_id": 2, "status": "pass", "description": "gets fixed"},
            {"job_id": 3, "status": "dead", "description": "stays bad"},
            {"job_id": 4, "status": "pass", "description": "stays good"},
            {"job_id": 5, "status": "running", "description": "not yet"},
            {"job_id": 6, "status": "pass", "description": "came"},
        ]),
    );
    store(&other, json!({"job_id": 9, "status": "fail", "description": "regresses"}));
    [base, other]
}

#[test]
fn a_comparison_says_for_each_test_what_changed() {
    let [base, other] = two_runs();
    let comparison = paddles().get(&format!("/runs/{base}/compare/{other}/")).expect(200).json();
    assert_eq!((&comparison["base"], &comparison["other"]), (&json!(base), &json!(other)));
    assert_eq!(
        comparison["summary"],
        json!({
            "regressed": 1, "fixed": 1, "still_failing": 1, "still_passing": 1, "pending": 1,
            "only_base": 1, "only_other": 1,
        })
    );
    assert_eq!(
        comparison["tests"],
        json!([
            // The later of two jobs counts.
            {"description": "regresses", "change": "regressed",
             "base": {"job_id": "1", "status": "pass"}, "other": {"job_id": "9", "status": "fail"}},
            {"description": "stays bad", "change": "still_failing",
             "base": {"job_id": "3", "status": "fail"}, "other": {"job_id": "3", "status": "dead"}},
            {"description": "gets fixed", "change": "fixed",
             "base": {"job_id": "2", "status": "dead"}, "other": {"job_id": "2", "status": "pass"}},
            {"description": "not yet", "change": "pending",
             "base": {"job_id": "5", "status": "pass"},
             "other": {"job_id": "5", "status": "running"}},
            {"description": "gone", "change": "only_base",
             "base": {"job_id": "6", "status": "pass"}, "other": null},
            {"description": "came", "change": "only_other",
             "base": null, "other": {"job_id": "6", "status": "pass"}},
        ])
    );
}

#[test]
fn a_comparison_lists_what_passes_in_both_only_when_asked() {
    let (paddles, [base, other]) = (paddles(), two_runs());
    let url = format!("/runs/{base}/compare/{other}/");
    let all = paddles.get(&format!("{url}?all=1")).expect(200).json();
    let last = all["tests"].as_array().unwrap().last().unwrap();
    assert_eq!(last["change"], "still_passing");
    assert_eq!(
        paddles.get(&format!("{url}?all=0")).expect(200).json(),
        paddles.get(&url).expect(200).json()
    );
    paddles.get(&format!("{url}?all=maybe")).refused(400, "all must be 0 or 1");
    answers_304_until(&url, || store(&other, json!({"job_id": 77, "status": "pass"})));
    answers_304_until(&url, || store(&base, json!({"job_id": 77, "status": "pass"})));
}

#[test]
fn junit_has_one_case_for_each_job() {
    let (paddles, run) = (paddles(), unique("<run>&"));
    let path = format!("/runs/{}", assay_tests::segment(&run));
    let jobs = json!([
        {"job_id": 1, "status": "pass", "description": "a \"quoted\" <test>",
         "duration": 61.7, "suite": "rados"},
        {"job_id": 2, "status": "fail", "description": "b",
         "failure_reason": "exit \u{1b}[31m1\nsecond & last"},
        {"job_id": 3, "status": "dead"},
        {"job_id": 4, "status": "queued", "description": "d"},
    ]);
    paddles.post(&format!("{path}/jobs/"), jobs).expect(200);
    let answer = paddles.get(&format!("{path}/junit.xml")).expect(200);
    assert_eq!(answer.header("content-type"), Some("application/xml"));
    assert_eq!(answer.header("content-length").unwrap(), answer.bytes().len().to_string());
    let xml = answer.text();
    assert!(xml.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"4\""));
    for part in [
        r#"tests="4" failures="2" errors="0" skipped="1" time="62""#,
        r#"classname="rados" name="a &quot;quoted&quot; &lt;test&gt;" time="62"/>"#,
        "<failure type=\"fail\" message=\"exit \u{fffd}[31m1&#10;second &amp; last\">",
        r#"name="3" time="0"><failure type="dead" message="">"#,
        r#"name="d" time="0"><skipped message="queued"/></testcase>"#,
        "&lt;run&gt;&amp;",
    ] {
        assert!(xml.contains(part), "{part} in\n{xml}");
    }
    assert!(!xml.contains("<run>"), "{xml}");
    assert_eq!(xml.matches("<testcase ").count(), 4);
    answers_304_until(&format!("{path}/junit.xml"), || {
        paddles.delete(&format!("{path}/jobs/4/")).expect(200);
    });
}

#[test]
fn a_badge_shows_the_status_and_is_asked_for_anew_each_time() {
    let (paddles, [run]) = (paddles(), nights());
    store(&run, json!([{"job_id": 1, "status": "pass"}, {"job_id": 2, "status": "running"}]));
    let url = format!("/runs/{run}/badge.svg");
    let badge = paddles.get(&url).expect(200);
    assert_eq!(badge.header("content-type"), Some("image/svg+xml"));
    assert_eq!(badge.header("cache-control"), Some("no-cache"));
    assert!(badge.text().contains("<title>rados: running 1/2</title>"), "{}", badge.text());
    let tag = badge.header("etag").unwrap();
    let same = paddles.get(&url).header("if-none-match", tag).expect(304);
    assert_eq!(same.header("cache-control"), Some("no-cache"));
    paddles.put(&format!("/runs/{run}/jobs/2/"), json!({"success": false})).expect(200);
    let failed = paddles.get(&url).header("if-none-match", tag).expect(200);
    assert!(failed.text().contains("<title>rados: fail 1/2</title>"), "{}", failed.text());
}

#[test]
fn a_badge_holds_no_markup_of_others_and_stays_short() {
    let (paddles, run) = (paddles(), unique("run"));
    let suite = format!("<script>{}", "x".repeat(5000));
    store(&run, json!({"job_id": 1, "status": "pass", "suite": suite}));
    let badge = paddles.get(&format!("/runs/{run}/badge.svg")).expect(200);
    assert!(!badge.text().contains("<script"), "{}", badge.text());
    assert!(badge.bytes().len() < 2000, "{} bytes", badge.bytes().len());
}

#[test]
fn a_run_that_is_not_there_has_no_triage() {
    let (paddles, there, gone) = (paddles(), unique("run"), unique("gone"));
    paddles.post("/runs/", json!({ "name": there })).expect(200);
    for path in [
        format!("{gone}/summary/"),
        format!("{gone}/rerun/"),
        format!("{gone}/junit.xml"),
        format!("{gone}/badge.svg"),
        format!("{gone}/compare/{there}/"),
        format!("{there}/compare/{gone}/"),
    ] {
        paddles.get(&format!("/runs/{path}")).refused(404, "requested run was not found");
    }
}

#[test]
fn triage_is_only_read_and_also_below_paddles() {
    let (paddles, run) = (paddles(), unique("run"));
    paddles.post("/runs/", json!({ "name": run })).expect(200);
    for page in ["summary", "rerun", "junit.xml", "badge.svg", &format!("compare/{run}")] {
        let wrong = paddles.put(&format!("/runs/{run}/{page}"), json!({})).expect(405);
        assert!(wrong.header("allow").unwrap().contains("GET"));
        let head = paddles.head(&format!("/paddles/runs/{run}/{page}/")).expect(200);
        assert!(head.bytes().is_empty());
        assert!(head.header("content-length").is_some());
    }
}
