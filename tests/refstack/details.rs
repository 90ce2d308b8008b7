//! What is in a result: tests, attachments, differences, history, metadata.

use assay_tests::{Value, json, race, unique};

use crate::people::Person;
use crate::{form, passed, post_file, refstack, stream};

fn id(upload: &Value) -> &str {
    upload["result_id"].as_str().or(upload["test_id"].as_str()).expect("an id")
}

#[test]
fn the_tests_of_a_run_are_those_of_the_reference() {
    let b = refstack();
    for name in ["statuses.v2", "hand.v1", "retries.v2", "truncated.v2"] {
        let upload = post_file(&b, "/v1/post-result", &stream(name));
        let token = upload["result_token"].as_str().unwrap();
        let url = format!("/v1/results/{}/tests", id(&upload));
        let expected =
            assay_tests::workspace().join(format!("crates/subunit/fixtures/{name}.subunit.json"));
        let expected: Value = serde_json::from_slice(&std::fs::read(expected).unwrap()).unwrap();
        let found = b.get(&url).header("x-result-token", token).expect(200).json();
        assert_eq!(found["summary"], expected["summary"], "{name}");
        for (index, wanted) in expected["tests"].as_array().unwrap().iter().enumerate() {
            let mut wanted = wanted.clone();
            wanted["index"] = json!(index);
            let mut test = found["tests"][index].clone();
            for file in test["attachments"].as_array_mut().unwrap() {
                file["mime"] = json!(file["mime"].as_str().unwrap().replace([' ', '"'], ""));
            }
            assert_eq!(test, wanted, "{name}");
        }
        let stranger = b.get(&url).expect(200).json();
        assert!(
            stranger["tests"]
                .as_array()
                .unwrap()
                .iter()
                .all(|test| test["attachments"] == json!([]))
        );
    }
}

#[test]
fn tests_are_filtered_sorted_and_paged() {
    let b = refstack();
    let upload = post_file(&b, "/v1/post-result", &stream("statuses.v2"));
    let url = format!("/v1/results/{}/tests", id(&upload));
    let indexes = |query: &str| -> Vec<i64> {
        let found = b.get(&format!("{url}?{query}")).expect(200).json();
        found["tests"]
            .as_array()
            .unwrap()
            .iter()
            .map(|test| test["index"].as_i64().unwrap())
            .collect()
    };
    assert_eq!(indexes("status=fail,skip"), [3, 4, 7]);
    assert_eq!(indexes("worker=1"), [2, 4, 6, 8]);
    assert_eq!(indexes("tag=slow"), [2]);
    assert_eq!(indexes("name=test_quota"), [3]);
    assert_eq!(indexes("sort=duration&per_page=1"), [2]);
    assert_eq!(indexes("sort=name&per_page=1"), [1]);
    assert_eq!(indexes("per_page=4&page=3"), [8]);
    b.get(&format!("{url}?per_page=4&page=4")).expect(400);
    b.get(&format!("{url}?sort=x")).expect(400);
    b.get(&format!("{url}?format=csv&sort=name")).expect(400);
    b.get(&format!("{url}?format=junit&sort=name")).expect(400);
    let failed = b.get(&format!("{url}?format=junit&status=fail")).expect(200);
    assert_eq!(failed.text().matches("<testcase").count(), 2);
    let failed = b.get(&format!("{url}?format=csv&status=fail")).expect(200);
    assert_eq!(failed.text().lines().count(), 3);
    let junit = b.get(&format!("{url}?format=junit&download=1")).expect(200);
    assert!(
        junit.text().contains("tests=\"8\" failures=\"3\" errors=\"1\" skipped=\"1\""),
        "{}",
        junit.text()
    );
    assert!(junit.text().ends_with("</testsuite>\n"));
    assert!(junit.header("content-disposition").unwrap().starts_with("attachment"));
}

#[test]
fn an_attachment_is_served_to_its_owner_and_never_rendered() {
    let b = refstack();
    let mut page = b"test: <script>alert(1)</script>=cmd()\nerror: <script>alert(1)</script>=cmd() [ multipart\n".to_vec();
    page.extend(b"Content-Type: text/html\npage\n9\r\n<b>hi</b>0\r\nContent-Type: text/plain\nlog\n3\r\nabc2\r\nde0\r\n]\n");
    let upload = post_file(&b, "/v1/post-result", &page);
    let token = upload["result_token"].as_str().unwrap();
    let url = format!("/v1/results/{}/tests", id(&upload));
    let html =
        b.get(&format!("{url}/0/attachments/page")).header("x-result-token", token).expect(200);
    assert_eq!(
        (html.bytes(), html.header("content-type")),
        (b"<b>hi</b>".as_slice(), Some("application/octet-stream"))
    );
    assert_eq!(html.header("x-content-type-options"), Some("nosniff"));
    let log =
        b.get(&format!("{url}/0/attachments/log")).header("x-result-token", token).expect(200);
    assert_eq!(
        (log.bytes(), log.header("content-type")),
        (b"abcde".as_slice(), Some("text/plain"))
    );
    b.get(&format!("{url}/0/attachments/log")).expect(403);
    b.get(&format!("{url}/1/attachments/log")).header("x-result-token", token).expect(404);
    b.get(&format!("{url}/0/attachments/..%2flog")).header("x-result-token", token).expect(404);
    let junit = b.get(&format!("{url}?format=junit")).expect(200);
    assert!(!junit.text().contains("<script>"));
}

#[test]
fn two_runs_are_compared_and_a_test_has_a_history() {
    let b = refstack();
    let cpid = unique("cpid");
    let run = |tests: Value| {
        b.post("/v1/results", json!({ "cpid": cpid, "tests": tests })).expect(201).json()
    };
    let test = |id: &str, status: &str| json!({ "id": id, "status": status });
    let one = run(json!([
        test("a", "fail"),
        test("b", "success"),
        test("c", "success"),
        test("e", "skip")
    ]));
    let two = run(json!([
        test("a", "fail"),
        test("a", "success"),
        test("b", "skip"),
        test("d", "fail"),
        test("e", "skip")
    ]));
    let diff = b.get(&format!("/v1/results/{}/diff/{}", id(&one), id(&two))).expect(200).json();
    let expected = json!({
        "base": id(&one), "other": id(&two), "fixed": ["a"], "broken": ["b"], "added": ["d"], "removed": ["c"],
        "unchanged": 1,
    });
    assert_eq!(diff, expected);
    let history = b.get(&format!("/v1/history?cpid={cpid}&name=a")).expect(200).json();
    let statuses: Vec<_> =
        history["runs"].as_array().unwrap().iter().map(|run| &run["status"]).collect();
    assert_eq!(statuses, ["success", "fail"]);
    b.get("/v1/history?name=a").expect(400);
}

#[test]
fn the_owner_of_a_token_shares_and_somebody_claims_once() {
    let b = refstack();
    let upload = b.post("/v1/results", passed("c", &["a"])).expect(201).json();
    let token = upload["result_token"].as_str().unwrap();
    let url = format!("/v1/results/{}", id(&upload));
    let post = |key: &str, value: &str| {
        b.post(&format!("{url}/meta/{key}"), value).header("x-result-token", token)
    };
    assert_eq!(post("guideline", "2031.07.json").expect(201).text(), "null");
    post("shared", "false").expect(400);
    post("shared", "").expect(400);
    post("user", "me").expect(403);
    b.post(&format!("{url}/meta/shared"), "true").expect(403);
    assert_eq!(b.get(&format!("{url}/meta/guideline")).expect(200).json(), "2031.07.json");
    assert_eq!(b.get(&format!("{url}/meta/target")).expect(200).text(), "null");
    let unset = b.delete(&format!("{url}/meta/target")).header("x-result-token", token);
    let gone = format!("Metadata key target not found for test run {}", id(&upload));
    unset.refused(404, &gone);
    let (one, two) = (Person::new("one"), Person::new("two"));
    let people = [&one, &two];
    let claims = race(2, |n| {
        let claim = people[n].client();
        claim
            .post(&format!("{url}/claim"), "")
            .header("x-result-token", token)
            .expect_any(&[200, 403])
    });
    assert_eq!(claims.iter().filter(|claim| claim.status() == 200).count(), 1);
    b.get(&url).expect(401);
    b.get(&url).header("x-result-token", token).expect(401);
}

#[test]
fn only_an_admin_verifies_and_what_is_verified_stays() {
    let b = refstack();
    let person = Person::new("verified");
    let k = person.client();
    let upload = k.post("/v1/results", passed("c", &["a"])).expect(201).json();
    let url = format!("/v1/results/{}", id(&upload));
    let verify = |value: Value| json!({ "verification_status": value });
    k.put(&url, verify(json!(1))).expect(403);
    crate::operator().put(&url, verify(json!(1))).expect(403);
    for (key, value) in [("shared", "true"), ("guideline", "2031.07.json"), ("target", "platform")]
    {
        k.post(&format!("{url}/meta/{key}"), value).expect(201);
    }
    crate::operator().put(&url, verify(json!("1"))).refused(400, "Bad Request");
    let done = crate::operator().put(&url, verify(json!(1))).expect(201).json();
    assert_eq!(
        (&done["verification_status"], &done["user_role"]),
        (&json!(1), &json!("foundation"))
    );
    assert!(done.get("results").is_none());
    let detail = |answer: assay_tests::Answer| answer.json()["detail"].as_str().unwrap().to_owned();
    assert_eq!(detail(k.delete(&url).expect(403)), "Can not delete a verified test run.");
    let shared = format!("{url}/meta/shared");
    assert!(detail(k.delete(&shared).expect(403)).starts_with("Can not delete a metadata key"));
    assert!(detail(k.post(&shared, "x").expect(403)).starts_with("Can not add/alter"));
    b.delete(&url).expect(403);
    crate::operator().put(&url, verify(json!(0))).expect(201);
    k.delete(&url).expect(204);
}

#[test]
fn a_form_may_name_test_and_cloud() {
    let b = refstack();
    let cloud =
        b.post("/v1/clouds", json!({ "label": "lab", "endpoint": "http://cloud.example:5000/v3" }));
    let cloud = cloud.expect(201).json()["id"].clone();
    let test =
        b.post("/v1/tests", json!({ "cloud_id": cloud, "protected": true })).expect(201).json();
    let (number, token) = (test["id"].to_string(), test["test_token"].as_str().unwrap());
    let sent = stream("retries.v2");
    let (body, kind) = form(&[("test_id", None, number.as_bytes()), ("file", None, &sent)]);
    b.post("/v1/post-result", body.clone()).header("content-type", kind).expect(401);
    let with_token =
        b.post("/v1/post-result", body).header("content-type", kind).header("x-test-token", token);
    let upload = with_token.expect(201).json();
    let result = b
        .get(&format!("/v1/results/{}", id(&upload)))
        .header("x-result-token", upload["result_token"].as_str().unwrap());
    // The MD5 of "cloud.example".
    assert_eq!(result.expect(200).json()["cpid"].as_str().unwrap().len(), 32);
    b.delete(&format!("/v1/clouds/{cloud}")).expect(401);
    crate::operator().delete(&format!("/v1/clouds/{cloud}")).expect(409);
    crate::operator().delete(&format!("/v1/tests/{number}")).expect(204);
    crate::operator().delete(&format!("/v1/clouds/{cloud}")).expect(204);
}
