//! Paging by cursor: the `Link` header leads through a list, and rows that arrive meanwhile are
//! neither in the way nor make others come twice.

use assay_tests::{App, Client, Value, areas, json};

use crate::column;

/// Follows `rel="next"` from `path` to the end, doing `between` before each further page. Gives
/// every object.
fn walk(paddles: &Client, path: &str, mut between: impl FnMut(usize)) -> Vec<Value> {
    let (mut rows, mut next, mut pages) = (Vec::new(), Some(path.to_owned()), 0);
    while let Some(path) = next {
        let page = paddles.get(&path).expect(200);
        rows.extend(page.json().as_array().expect("an array").clone());
        next = page.link("next").map(|url| url.replace(&paddles.base_url(), ""));
        pages += 1;
        assert!(pages < 200, "the pages do not end");
        between(pages);
    }
    rows
}

fn app_with_runs(count: usize) -> (App, Client) {
    let app = App::with(&[], &[]);
    let paddles = app.client(areas::PADDLES);
    for number in 0..count {
        let job = json!({
            "job_id": number, "branch": "main", "suite": "rados", "user": "bo", "sha1": "abc",
            "flavor": "default", "machine_type": "smithi", "status": "queued", "description": "d",
        });
        paddles.post(&format!("/runs/run-{number:03}/jobs/"), job).expect(200);
    }
    (app, paddles)
}

#[test]
fn a_walk_by_cursor_meets_every_run_once_while_others_arrive() {
    let (_app, paddles) = app_with_runs(40);
    let expected: Vec<String> = (0..40).rev().map(|number| format!("run-{number:03}")).collect();
    for path in [
        "/runs/?count=7",
        "/paddles/runs/?count=7",
        "/runs/?count=7&branch=main",
        "/runs/branch/main/?count=7",
        "/runs/user/none/?count=7",
        "/runs/suite/rados/machine_type/smithi/?count=7",
        "/runs/status/queued/?count=7",
        "/runs/sha1/ab/?count=7",
        "/runs/flavor/default/?count=7",
        "/runs/date/today/?count=7",
        "/runs/?count=40",
    ] {
        let mut made = Vec::new();
        let rows = walk(&paddles, path, |page| {
            let name = format!("late-{page}");
            let job = json!({ "job_id": 1, "branch": "main", "suite": "rados", "sha1": "abc",
                "flavor": "default", "machine_type": "smithi", "status": "queued" });
            paddles.post(&format!("/runs/{name}/jobs/"), job).expect(200);
            made.push(name);
        });
        let names = column(&json!(rows), "name");
        let wanted = if path.contains("none") { &[][..] } else { &expected };
        assert_eq!(names, wanted, "{path}");
        for name in made {
            paddles.delete(&format!("/runs/{name}/")).expect(200);
        }
    }
}

#[test]
fn rows_that_go_away_while_paging_take_no_others_along() {
    let (_app, paddles) = app_with_runs(20);
    let rows = walk(&paddles, "/runs/?count=5", |page| {
        // One from the page that was just read, one from the last page.
        paddles.delete(&format!("/runs/run-{:03}/", 20 - page * 5)).expect_any(&[200, 404]);
        paddles.delete("/runs/run-002/").expect_any(&[200, 404]);
    });
    let names = column(&json!(rows), "name");
    let expected: Vec<String> =
        (0..20).rev().filter(|n| *n != 2).map(|number| format!("run-{number:03}")).collect();
    assert_eq!(names, expected);
}

#[test]
fn jobs_across_runs_are_paged_alike() {
    let (_app, paddles) = app_with_runs(30);
    let expected: Vec<String> = (0..30).rev().map(|number: usize| number.to_string()).collect();
    for path in [
        "/jobs/?count=4",
        "/jobs/?count=4&fields=job_id,status",
        "/jobs/?count=4&branch=main",
        "/jobs/?count=4&user=bo&status=queued",
        "/jobs/?count=4&description=d",
        "/jobs/?count=4&sha1=abc",
    ] {
        let rows = walk(&paddles, path, |page| {
            let late = json!({ "job_id": format!("late-{page}"), "branch": "main", "user": "bo",
                "status": "queued", "description": "d", "sha1": "abc" });
            paddles.post("/runs/late/jobs/", late).expect(200);
        });
        assert_eq!(column(&json!(rows), "job_id"), expected, "{path}");
        paddles.delete("/runs/late/").expect(200);
    }
}

#[test]
fn runs_with_queued_jobs_are_paged_earliest_first() {
    let (_app, paddles) = app_with_runs(12);
    paddles.put("/runs/run-003/jobs/3/", json!({ "status": "dead" })).expect(200);
    let rows = walk(&paddles, "/runs/queued/?count=5", |_| {});
    let expected: Vec<String> =
        (0..12).filter(|n| *n != 3).map(|number| format!("run-{number:03}")).collect();
    assert_eq!(column(&json!(rows), "name"), expected);
}

#[test]
fn a_list_that_ends_has_no_link() {
    let (_app, paddles) = app_with_runs(5);
    for (path, more) in [
        ("/runs/?count=5", false),
        ("/runs/?count=4", true),
        ("/runs/?count=2&page=2", true),
        ("/runs/?count=2&page=3", false),
        ("/runs/?count=0", false),
        ("/runs/?page=9", false),
        ("/jobs/?count=5", false),
        ("/jobs/?count=4", true),
    ] {
        assert_eq!(paddles.get(path).expect(200).link("next").is_some(), more, "{path}");
    }
}

/// A link must lead where the client was, also below `/paddles`, where the dialect is another one.
#[test]
fn the_link_to_the_next_page_stays_below_paddles() {
    let (app, paddles) = app_with_runs(2);
    let next = paddles.get("/paddles/runs/?count=1").expect(200).link("next").unwrap();
    assert!(next.starts_with(&format!("{}/paddles/runs/?", app.base_url())), "{next}");
    let page = paddles.get(&next.replace(&app.base_url(), "")).expect(200).json();
    assert_eq!(page.as_array().map(Vec::len), Some(1));
}

/// `01` and `1` are two jobs, though they sort beside each other.
#[test]
fn leading_zeros_make_another_job() {
    let (_app, paddles) = app_with_runs(0);
    for (job, sha1) in [("1", "aa"), ("01", "bb")] {
        paddles.post("/runs/zeros/jobs/", json!({ "job_id": job, "sha1": sha1 })).expect(200);
    }
    let first = paddles.get("/paddles/runs/zeros/?jobs=0").expect(200).json()["sha1"].clone();
    paddles.put("/runs/zeros/jobs/1/", json!({ "sha1": "cc" })).expect(200);
    let run = paddles.get("/paddles/runs/zeros/").expect(200).json();
    assert_eq!(run["sha1"], run["jobs"][0]["sha1"], "a run shows its first job; it was {first}");
}
