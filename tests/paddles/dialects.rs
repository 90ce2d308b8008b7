//! Which of the two dialects answers `GET /runs/` and `GET /runs/{name}/`.

use assay_tests::{Answer, App, Client, areas, json, unique};

use crate::{new_job, new_run, paddles};

/// The dialect that an answer says and has: plain lists are objects without a `results` of their
/// own.
#[track_caller]
fn dialect(answer: &Answer) -> &'static str {
    let body = answer.json();
    let shaped = if body.is_array() || body["results"].is_object() { "lab" } else { "plain" };
    assert_eq!(answer.header("x-paddles-dialect"), Some(shaped), "the header says it too");
    shaped
}

fn dialect_at(paddles: &Client, path: &str) -> &'static str {
    dialect(&paddles.get(path).expect(200))
}

#[test]
fn the_list_of_runs_is_plain_unless_something_says_lab() {
    let paddles = paddles();
    for path in ["/runs/", "/runs", "/runs/?dialect=plain", "/runs/?jobs=0", "/runs/?x=count"] {
        assert_eq!(dialect_at(&paddles, path), "plain", "{path}");
    }
    for path in ["/paddles/runs/", "/paddles/runs", "/runs/?dialect=lab", "/runs/?cursor=1.1"] {
        assert_eq!(dialect_at(&paddles, path), "lab", "{path}");
    }
}

#[test]
fn every_parameter_of_the_lab_makes_the_list_a_labs_list() {
    let paddles = paddles();
    for pair in [
        "count=1",
        "page=1",
        "fields=name",
        "branch=b",
        "suite=s",
        "user=u",
        "machine_type=m",
        "status=empty",
        "date=2024-05-06",
        "from=2024-05-06&to=2024-05-07",
        "sha1=f",
        "flavor=f",
        "since=2024-05-06",
    ] {
        assert_eq!(dialect_at(&paddles, &format!("/runs/?{pair}")), "lab", "{pair}");
        let path = format!("/runs/?{pair}&dialect=plain");
        assert_eq!(dialect_at(&paddles, &path), "plain", "what is said outright wins over {pair}");
    }
}

#[test]
fn the_first_rule_that_applies_decides() {
    let (paddles, lab) = (paddles(), paddles().with_header("host", "paddles.localhost"));
    assert_eq!(dialect_at(&lab, "/runs/"), "lab");
    assert_eq!(dialect_at(&lab, "/runs/?dialect=plain"), "plain");
    assert_eq!(dialect_at(&paddles, "/paddles/runs/?dialect=plain"), "lab");
    let shouting = paddles.clone().with_header("host", "PADDLES.localhost:3000");
    assert_eq!(dialect_at(&shouting, "/runs/"), "lab");
    let other = paddles.with_header("host", "paddles.localhost.example");
    assert_eq!(dialect_at(&other, "/runs/"), "plain");
}

#[test]
fn a_run_without_the_last_slash_is_the_labs() {
    let paddles = paddles();
    let run = new_job(&paddles, json!({ "status": "pass" }));
    for query in ["", "?dialect=plain", "?count=3", "?x=jobs"] {
        assert_eq!(dialect_at(&paddles, &format!("/runs/{run}/{query}")), "plain", "{query}");
    }
    assert_eq!(dialect_at(&paddles, &format!("/runs/{run}?dialect=plain")), "plain");
    for path in [
        format!("/runs/{run}"),
        format!("/paddles/runs/{run}/"),
        format!("/paddles/runs/{run}"),
        format!("/runs/{run}/?dialect=lab"),
        format!("/runs/{run}/?jobs=0"),
        format!("/runs/{run}/?job_fields=status"),
        format!("/runs/{run}/?fields=results"),
    ] {
        assert_eq!(dialect_at(&paddles, &path), "lab", "{path}");
    }
}

#[test]
fn another_dialect_is_refused() {
    let paddles = paddles();
    let run = new_run(&paddles);
    paddles.get("/runs/?dialect=latin").expect(400);
    paddles.get("/runs/?dialect=").expect(400);
    paddles.get(&format!("/runs/{run}/?dialect=latin")).expect(400);
}

#[test]
fn head_says_the_same_dialect_as_get() {
    let paddles = paddles();
    let run = new_run(&paddles);
    for (path, expected) in [
        ("/runs/".to_owned(), "plain"),
        ("/runs/?count=1".to_owned(), "lab"),
        (format!("/runs/{run}/"), "plain"),
        (format!("/runs/{run}"), "lab"),
    ] {
        let answer = paddles.head(&path).expect(200);
        assert_eq!(answer.header("x-paddles-dialect"), Some(expected), "{path}");
    }
}

#[test]
fn urls_that_both_dialects_share_say_lab_and_the_specifications_own_says_plain() {
    let paddles = paddles();
    let run = new_job(&paddles, json!({}));
    let says = |path: &str, status: u16, dialect: &str| {
        let answer = paddles.get(path).expect(status);
        assert_eq!(answer.header("x-paddles-dialect"), Some(dialect), "{path}");
    };
    says(&format!("/runs/{run}/jobs/"), 200, "lab");
    says(&format!("/runs/{run}/jobs/1/"), 200, "lab");
    says(&format!("/runs/{run}/1/"), 200, "plain");
    says(&format!("/runs/{run}/2/"), 404, "plain");
    says("/runs/branch/", 200, "lab");
    says("/jobs/?count=1", 200, "lab");
    says("/runs/no/such/page/", 404, "lab");
}

#[test]
fn the_operator_names_the_hosts_of_the_lab() {
    let app = App::with(&[("paddles_lab_hosts", "lab.one, Lab.Two")], &[]);
    let at = |host: &str| {
        let client = app.client(areas::PADDLES).with_header("host", host);
        dialect_at(&client, "/runs/")
    };
    assert_eq!(at("LAB.one:80"), "lab");
    assert_eq!(at("lab.two"), "lab");
    assert_eq!(at("paddles.localhost"), "plain");
}

#[test]
fn a_star_makes_every_host_the_labs() {
    let app = App::with(&[("paddles_lab_hosts", "*")], &[]);
    let paddles = app.client(areas::PADDLES);
    assert_eq!(dialect_at(&paddles, "/runs/"), "lab");
    assert_eq!(dialect_at(&paddles, "/runs/?dialect=plain"), "plain");
}

#[test]
fn every_url_exists_below_the_prefix_too_and_its_links_stay_there() {
    let paddles = paddles().with_header("host", "lab.example");
    let run = unique("run");
    paddles.post("/paddles/runs/", json!({ "name": run })).expect(200);
    paddles.post(&format!("/paddles/runs/{run}/jobs/"), json!({ "job_id": 1 })).expect(200);
    let whole = paddles.get(&format!("/paddles/runs/{run}/")).expect(200).json();
    assert_eq!(whole["href"], format!("http://lab.example/paddles/runs/{run}/"));
    let job = paddles.get(&format!("/paddles/runs/{run}/jobs/1/")).expect(200).json();
    assert_eq!(job["href"], format!("http://lab.example/paddles/runs/{run}/jobs/1/"));
    assert_eq!(job["href"], whole["jobs"][0]["href"]);
    paddles.get(&format!("/paddles/runs/{run}/1/")).expect(200);
    paddles.put(&format!("/paddles/runs/{run}/"), json!({ "status": "pass" })).expect(200);
    paddles.get("/paddles/jobs/?count=1").expect(200);
    paddles.delete(&format!("/paddles/runs/{run}/")).expect(200);
    paddles.get(&format!("/runs/{run}/")).expect(404);
}
