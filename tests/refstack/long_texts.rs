//! Results with so much text that no answer can hold it: it is streamed, comes in smaller pages, or
//! is refused; an instance has little memory.

use assay_tests::{Answer, App, Client, Value, areas, json};

use crate::stream;

/// A stream of so many tests that passed, with ids of 4006 bytes.
fn long_ids(tests: usize) -> String {
    let tail = "y".repeat(4000);
    (0..tests).map(|n| format!("test: {n:06}{tail}\nsuccess: {n:06}{tail}\n")).collect()
}

fn upload(b: &Client, content: impl Into<Vec<u8>>) -> String {
    let kind = "application/octet-stream";
    let made = b.post("/v1/post-result", content.into()).header("content-type", kind);
    made.expect(201).json()["result_id"].as_str().unwrap().to_owned()
}

#[test]
fn forty_megabytes_of_names_are_answered_from_sixty_four() {
    const TESTS: usize = 10_000;
    let app = App::with(&[("refstack_admin_token", crate::OPERATOR)], &["--instance-memory", "64"]);
    let b = app.client(areas::REFSTACK);
    let (long, short) = (upload(&b, long_ids(TESTS)), upload(&b, stream("hand.v1")));
    let url = format!("/v1/results/{long}");
    let shown = b.get(&url).expect(200).json();
    let names = shown["results"].as_array().unwrap();
    assert_eq!((names.len(), names[TESTS - 1].as_str().unwrap().len()), (TESTS, 4006));
    assert_eq!(
        b.get(&format!("{url}/tests?format=csv")).expect(200).text().lines().count(),
        10_001
    );
    let junit = b.get(&format!("{url}/tests?format=junit")).expect(200);
    assert_eq!(junit.text().matches("<testcase").count(), TESTS);
    let page = b.get(&format!("{url}/tests")).expect(200).json();
    assert_eq!(page["tests"].as_array().unwrap().len(), 100);
    let page = b.get(&format!("{url}/tests?per_page=1000")).expect(200).json();
    assert_eq!(page["tests"].as_array().unwrap().len(), 1000);
    b.get(&format!("{url}/diff/{short}")).refused(400, "The difference is too long");
    let same = b.get(&format!("{url}/diff/{long}")).expect(200).json();
    assert_eq!(same["unchanged"], TESTS);
    score(&app, &b, &url);
}

/// A guideline that asks for one of those names finds it.
fn score(app: &App, b: &Client, url: &str) {
    let name = format!("{:06}{}", 9_999, "y".repeat(4000));
    let guideline = json!({
        "schema": "1.4", "platform": { "required": ["c"] },
        "components": { "c": { "required": ["cap"] } },
        "capabilities": { "cap": { "tests": { name: { "idempotent_id": "id-1" } } } },
    });
    let operator = app.client(areas::REFSTACK);
    let operator = operator.with_header("authorization", &format!("Bearer {}", crate::OPERATOR));
    operator.put("/v1/guidelines/2031.01.json", guideline).expect(201);
    let query = "guideline=2031.01.json&target=platform";
    let report = b.get(&format!("{url}/report?{query}")).expect(200).json();
    assert_eq!(report["passed"], true);
    b.get(&format!("{url}/badge.svg?{query}")).expect(200);
}

#[test]
fn a_page_of_many_long_tags_is_to_be_asked_for_in_parts() {
    let b = crate::refstack();
    let tag = "x".repeat(200_000);
    let test = |n: usize| json!({ "id": format!("t{n}"), "status": "success", "tags": [tag] });
    let tests: Vec<Value> = (0..90).map(test).collect();
    let url = format!("/v1/results/{}/tests", upload(&b, json!({ "tests": tests }).to_string()));
    for query in ["", "?sort=name", "?status=success"] {
        b.get(&format!("{url}{query}")).refused(400, "The page is too long");
    }
    for query in ["?per_page=30&page=3", "?per_page=30&page=3&sort=name"] {
        let page = b.get(&format!("{url}{query}")).expect(200).json();
        assert_eq!(page["tests"].as_array().unwrap().len(), 30);
    }
    let all = b.get(&format!("{url}?format=csv")).expect(200);
    assert_eq!(all.text().lines().count(), 91);
}

#[test]
fn a_test_with_a_page_of_tags_is_refused() {
    let b = crate::refstack();
    let tagged = |bytes: usize| -> Value {
        let test = json!({ "id": "a", "status": "success", "tags": ["x".repeat(bytes)] });
        json!({ "tests": [test] })
    };
    let posted = |path: &str, bytes: usize| -> Answer {
        b.post(path, tagged(bytes)).expect_any(&[201, 400])
    };
    assert_eq!(posted("/v1/post-result", 200_000).status(), 201);
    assert_eq!(posted("/v1/post-result", 300_000).status(), 400);
    assert_eq!(posted("/v1/results", 300_000).message(), "Request doesnt correspond to schema");
    let tags: String = (0..10).map(|n| format!("tags: {n}{}\n", "x".repeat(30_000))).collect();
    let stream = format!("test: a\n{tags}success: a\n");
    let detail = b.post("/v1/post-result", stream).expect(400).json()["detail"].clone();
    assert!(detail.as_str().unwrap().contains("with its tags and attachments"), "{detail}");
}
