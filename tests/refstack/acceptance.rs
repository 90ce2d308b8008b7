//! The contract's acceptance examples, in their order.

use assay_tests::{App, areas, json, race, unique};

use crate::people::{Key, Person};
use crate::{form, new_test, operator, passed, post_file, refstack, status, stream};

#[test]
fn examples_1_to_6_a_runner_reports() {
    let b = refstack();
    let test = new_test(&b);
    let url = format!("/v1/update-test-status/{test}");
    assert_eq!(status(&b, &url, "status=booting nodes", 201).json()["state"], "running");
    let refusal = status(&b, &url, "status=", 400);
    assert_eq!(refusal.message(), "The status message should not be empty");
    let refusal = status(&b, "/v1/update-test-status/999999", "status=x", 400);
    assert_eq!(refusal.message(), "Invalid test ID");
    let last = status(&b, &url, "status=last&finished=true", 201).json();
    assert_eq!(last["finished"], true);
    let late = status(&b, &url, "status=late", 201).json();
    assert_eq!((&late["finished"], &late["state"]), (&json!(true), &json!("finished")));
    let other = new_test(&b);
    let broken = format!("/v1/update-test-status/{other}");
    let failed = status(&b, &broken, "status=no route&error=ssh refused", 201).json();
    assert_eq!(failed["state"], "failed");
    status(&b, "/v1/update-test-status/", &format!("test_id={other}&status=form"), 201);
    assert_eq!(b.get(&format!("/v1/tests/{other}")).expect(200).json()["state"], "failed");
}

#[test]
fn examples_7_and_8_a_result_ends_a_test_once() {
    let b = refstack();
    let test = new_test(&b);
    let url = format!("/v1/post-result?test_id={test}");
    let first = post_file(&b, &url, &stream("statuses.v2"));
    assert_eq!(first["format"], "subunit-v2");
    let summary = json!({
        "total": 8, "passed": 2, "failed": 2, "skipped": 1, "xfail": 1, "uxsuccess": 1,
        "incomplete": 1, "enumerated": 1, "setup_failures": 1,
    });
    assert_eq!(first["summary"], summary);
    let shown = b.get(&format!("/v1/tests/{test}")).expect(200).json();
    assert_eq!((&shown["finished"], &shown["result_id"]), (&json!(true), &first["result_id"]));
    let again = post_file(&b, &url, &stream("statuses.v2"));
    assert_eq!(again["result_id"], first["result_id"]);
    let of_test = b.get(&format!("/v1/results?test_id={test}")).expect(200).json();
    assert_eq!(of_test["results"].as_array().unwrap().len(), 1);
}

#[test]
fn examples_9_to_13_any_stream_is_recognised() {
    let b = refstack();
    let hand = post_file(&b, "/v1/post-result", &stream("hand.v1"));
    assert_eq!((&hand["format"], &hand["test_id"]), (&json!("subunit-v1"), &json!(null)));
    assert_eq!((&hand["summary"]["total"], &hand["summary"]["passed"]), (&json!(7), &json!(2)));
    let bare = b.post("/v1/post-result", stream("statuses.v2"));
    let kind = "application/x-www-form-urlencoded";
    assert_eq!(bare.header("content-type", kind).expect(201).json()["summary"]["total"], 8);
    let (body, kind) = form(&[("other", Some("x"), b"hello")]);
    let refusal = b.post("/v1/post-result", body).header("content-type", kind);
    refusal.refused(400, "only valid with file post");
    let test = new_test(&b);
    let url = format!("/v1/post-result?test_id={test}");
    let (body, kind) = form(&[("file", Some("x"), &stream("bad-checksum.v2"))]);
    let refusal = b.post(&url, body).header("content-type", kind);
    let refusal = refusal.refused(400, "Malformed subunit stream").json();
    assert!(refusal["detail"].as_str().unwrap().starts_with("offset 16: "), "{refusal}");
    assert_eq!(b.get(&format!("/v1/tests/{test}")).expect(200).json()["finished"], false);
    let cut = post_file(&b, "/v1/post-result", &stream("truncated.v2"));
    assert_eq!((&cut["truncated"], &cut["summary"]["total"]), (&json!(true), &json!(8)));
}

#[test]
fn examples_14_to_16_a_runner_is_configured() {
    let b = refstack();
    let test = new_test(&b);
    let miniconf = b.get(&format!("/v1/get-miniconf?test_id={test}")).expect(200);
    assert_eq!(miniconf.header("content-disposition"), Some("attachment; filename=miniconf.json"));
    assert_eq!(miniconf.text().lines().count(), 1);
    assert_eq!(miniconf.json()["cli"]["enabled"], "False");
    b.get("/v1/get-miniconf?test_id=abc").refused(400, "Invalid test ID");
    b.get("/v1/get-miniconf").refused(400, "Invalid test ID");
    let testcases = b.get(&format!("/v1/get-testcases?test_id={test}")).expect(200);
    assert_eq!(testcases.text(), r#"{"testcases":["tempest"]}"#);
    assert_eq!(testcases.header("deprecation"), Some("true"));
}

#[test]
fn examples_17_and_18_a_list_of_passed_tests_is_taken() {
    let b = refstack();
    let sent = b.post("/v1/results", passed("c9", &["acme.a", "acme.a"])).expect(201).json();
    let id = sent["test_id"].as_str().unwrap();
    assert!(sent["url"].as_str().unwrap().ends_with(&format!("/#/results/{id}")));
    let shown = b.get(&format!("/v1/results/{id}")).expect(200).json();
    assert_eq!((&shown["results"], &shown["user_role"]), (&json!(["acme.a"]), &json!("user")));
    assert!(shown.get("cpid").is_none());
    let nothing = b.post("/v1/results", passed("c9", &[]));
    nothing.refused(400, "Uploaded results must contain at least one passing test.");
}

#[test]
fn examples_19_to_21_a_signed_upload_is_private_until_it_is_shared() {
    let b = refstack();
    let person = Person::new("signer");
    let k = person.client();
    let body = passed("c19", &["acme.a"]).to_string();
    let upload = |line: &str, signature: &str| {
        let upload = b.post("/v1/results/", body.clone()).header("x-public-key", line);
        upload.header("content-type", "application/json").header("x-signature", signature)
    };
    let (line, signature) = (person.key.line(), person.key.sign(&body));
    let id = upload(&line, &signature).expect(201).json()["test_id"].as_str().unwrap().to_owned();
    let url = format!("/v1/results/{id}");
    b.get(&url).refused(401, "Unauthorized");
    assert_eq!(k.get(&url).expect(200).json()["user_role"], "owner");
    let lists = |client: &assay_tests::Client, path: &str| {
        let list = client.get(path).expect(200).json();
        list["results"].as_array().unwrap().iter().any(|result| result["id"] == id.as_str())
    };
    assert!(!lists(&b, "/v1/results?cpid=c19"));
    assert!(lists(&k, "/v1/results?signed=true"));
    // 20
    k.post(&format!("{url}/meta/shared"), "true").expect(201);
    b.get(&url).expect(200);
    assert!(lists(&b, "/v1/results?cpid=c19"));
    // 21
    let stranger = Key::new();
    upload(&stranger.line(), &stranger.sign(&body)).refused(401, "Unauthorized");
    let (rest, last) = signature.split_at(signature.len() - 1);
    let flipped = format!("{rest}{}", if last == "0" { "1" } else { "0" });
    upload(&line, &flipped).refused(400, "Signature verification failed");
}

#[test]
fn examples_22_and_23_pages_are_numbers_and_an_empty_list_has_one() {
    let app = App::with(&[], &[]);
    let b = app.client(areas::REFSTACK);
    let title = "Invalid page number: The page number less or equal zero.";
    b.get("/v1/results?page=0").refused(400, title);
    let empty = json!({ "results": [], "pagination": { "current_page": 1, "total_pages": 1 } });
    assert_eq!(b.get("/v1/results").expect(200).json(), empty);
}

#[test]
fn examples_26_to_29_details_and_the_end_of_a_result() {
    let b = refstack();
    let sent = stream("statuses.v2");
    let upload = post_file(&b, "/v1/post-result", &sent);
    let (id, token) =
        (upload["result_id"].as_str().unwrap(), upload["result_token"].as_str().unwrap());
    let csv = b.get(&format!("/v1/results/{id}/tests?status=fail&format=csv")).expect(200);
    assert_eq!(csv.text().matches("\r\n").count(), 3, "{}", csv.text());
    assert!(csv.text().starts_with("index,id,name,uuid,status,attempt,worker,tags,"));
    let file = format!("/v1/results/{id}/file");
    assert_eq!(b.get(&file).header("x-result-token", token).expect(200).bytes(), sent);
    b.get(&file).expect(403);
    b.delete(&format!("/v1/results/{id}")).header("x-result-token", token).expect(204);
    let gone = format!("Test result {id} not found");
    b.get(&format!("/v1/results/{id}")).refused(404, &gone);
    let wrong = b.put("/v1/get-miniconf", "").expect(405);
    assert_eq!(wrong.header("allow"), Some("GET, HEAD"));
}

#[test]
fn example_30_fifty_equal_uploads_are_one_result() {
    let b = refstack();
    let test = new_test(&b);
    let url = format!("/v1/post-result?test_id={test}");
    let sent = stream("retries.v2");
    let mut ids: Vec<String> =
        race(50, |_| post_file(&b, &url, &sent)["result_id"].as_str().expect("an id").to_owned());
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 1, "{ids:?}");
}

#[test]
fn examples_24_and_25_a_result_is_scored() {
    let fixtures = assay_tests::workspace().join("../shared/fixtures");
    let Ok(guideline) = std::fs::read(fixtures.join("guidelines/2031.07.json")) else {
        eprintln!("the shared fixtures do not stand beside the checkout");
        return;
    };
    let (b, operator) = (refstack(), operator());
    operator.put("/v1/guidelines/2031.07.json", guideline).expect_any(&[201, 200]);
    let expected = std::fs::read(fixtures.join("guidelines/expected.json")).unwrap();
    let expected: assay_tests::Value = serde_json::from_slice(&expected).unwrap();
    let of = |target: &str| {
        let all = expected.as_array().unwrap().iter();
        all.clone().find(|e| e["guideline"] == "2031.07.json" && e["target"] == target).unwrap()
    };
    for list in of("compute")["test_lists"].as_array().unwrap() {
        let query: Vec<String> = list["query"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(key, value)| format!("{key}={}", value.as_str().unwrap()))
            .collect();
        let text = b.get(&format!("/v1/guidelines/2031.07/tests?{}", query.join("&"))).expect(200);
        let lines: Vec<_> =
            list["lines"].as_array().unwrap().iter().map(|l| l.as_str().unwrap()).collect();
        assert_eq!(text.text(), lines.join("\n"));
    }
    let run = std::fs::read(fixtures.join("subunit/run300.v2.subunit")).unwrap();
    let sent =
        b.post("/v1/post-result", run).header("content-type", "application/x-www-form-urlencoded");
    let sent = sent.expect(201).json();
    assert_eq!((&sent["summary"]["total"], &sent["summary"]["passed"]), (&json!(300), &json!(256)));
    let id = sent["result_id"].as_str().unwrap();
    let report = format!("/v1/results/{id}/report?guideline=2031.07.json&target=platform");
    let report = b.get(&report).expect(200).json();
    assert_eq!(
        (&report["required"]["passed"], &report["required"]["count"]),
        (&json!(17), &json!(24))
    );
    assert_eq!(report["non_flagged_required"]["percent"], 65.0);
    assert_eq!(report["passed"], false);
    for (key, value) in of("platform")["scores"]["run300_any"].as_object().unwrap() {
        assert_eq!(&report[key], value, "{key}");
    }
    let csv = b
        .get(&format!("/v1/results/{id}/report?guideline=2031.07&target=platform&format=csv"))
        .expect(200);
    assert!(csv.text().starts_with("capability,status,test,passed,flagged,matched\r\n"));
    let badge =
        b.get(&format!("/v1/results/{id}/badge.svg?guideline=2031.07&target=platform")).expect(200);
    assert!(badge.text().contains("failed 65.0%"), "{}", badge.text());
    b.get(&format!("/v1/results/{id}/report")).expect(400);
    b.get(&format!("/v1/results/{id}/report?guideline=2031.07&target={}", unique("t"))).expect(400);
    b.get(&format!("/v1/results/{id}/report?guideline=1999.01&target=platform")).expect(404);
}
