//! The contract's table of bad input: each line is refused as it says, and nothing of it is kept.

use assay_tests::json;

use crate::{form, new_test, operator, passed, refstack, status, stream};

const SCHEMA: &str = "Request doesnt correspond to schema";

#[test]
fn a_status_of_nothing_or_of_no_test_is_not_recorded() {
    let b = refstack();
    let test = new_test(&b);
    let url = format!("/v1/update-test-status/{test}");
    for form in ["status=", "status=+%20", "other=x", ""] {
        status(&b, &url, form, 400);
    }
    status(&b, &url, "status=x&finished=maybe", 400);
    status(&b, &url, "status=%ff", 400);
    status(&b, &url, &format!("status={}", "x".repeat(16_385)), 400);
    for id in ["999999999", "-1", "99999999999999999999999", "x", "0", "1.0", "'"] {
        status(&b, &format!("/v1/update-test-status/{id}"), "status=x", 400);
    }
    status(&b, "/v1/update-test-status", "status=x", 400);
    let shown = b.get(&format!("/v1/tests/{test}")).expect(200).json();
    assert_eq!((&shown["state"], &shown["statuses"]), (&json!("pending"), &json!([])));
}

#[test]
fn what_is_no_result_is_not_kept() {
    let b = refstack();
    let test = new_test(&b);
    let url = format!("/v1/post-result?test_id={test}");
    let png = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR".as_slice();
    for (content, title) in [
        (b"".as_slice(), "only valid with file post"),
        (b"hello world\n", "The file is neither subunit nor JSON"),
        (png, "The file is neither subunit nor JSON"),
        (b"{\"a\": NaN}", "Malformed request"),
        (b"\xb3\x29", "Malformed subunit stream"),
        (b"test: a\ntime: soon\n", "Malformed subunit stream"),
    ] {
        let (body, kind) = form(&[("file", Some("x"), content)]);
        b.post(&url, body).header("content-type", kind).refused(400, title);
    }
    let line = b.post(&url, "test: a\ntime: soon\n").expect(400).json();
    assert!(line["detail"].as_str().unwrap().starts_with("line 2: "), "{line}");
    b.post(&url, "").refused(400, "only valid with file post");
    b.post("/v1/post-result?test_id=999999", stream("retries.v2")).refused(400, "Invalid test ID");
    let shown = b.get(&format!("/v1/tests/{test}")).expect(200).json();
    assert_eq!((&shown["finished"], &shown["result_ids"]), (&json!(false), &json!([])));
}

#[test]
fn broken_forms_are_refused() {
    let b = refstack();
    let good = stream("retries.v2");
    let (body, kind) = form(&[("file", Some("x"), &good)]);
    let post =
        |body: Vec<u8>, kind: &str| b.post("/v1/post-result", body).header("content-type", kind);
    post(body.clone(), "multipart/form-data").expect(400);
    post(body[..body.len() - 12].to_vec(), kind).expect(400);
    let (two, kind) = form(&[("file", Some("x"), &good), ("file", Some("y"), &good)]);
    post(two, kind).expect(400);
    let parts: Vec<_> = (0..10_000).map(|_| ("x", None, b"1".as_slice())).collect();
    let (many, kind) = form(&parts);
    post(many, kind).expect(400);
}

#[test]
fn limits_of_a_result_hold() {
    let b = refstack();
    let long = format!("test: {}\n", "x".repeat(5000));
    b.post("/v1/post-result", long).expect(400);
    let many: String = (0..200_001).map(|n| format!("test: {n}\nsuccess: {n}\n")).collect();
    b.post("/v1/post-result", many).expect(400);
    let deep = format!("{{\"results\": {}{}}}", "[".repeat(100), "]".repeat(100));
    b.post("/v1/results", deep).expect(400);
    let big = vec![b'x'; 130 << 20];
    let big = [b"\xb3".as_slice(), &big].concat();
    b.post("/v1/post-result", [b"test: a\n".as_slice(), &big[1..]].concat()).expect(413);
}

#[test]
fn a_list_of_passed_tests_must_be_of_its_shape() {
    let b = refstack();
    let post = |body: &str| b.post("/v1/results", body.as_bytes());
    for body in ["{\"a\":\"\\ud800\"", "{\"cpid\":NaN}", "nonsense", "\"\u{1}\"", "\u{7f}{}"] {
        post(body).refused(400, "Malformed request");
    }
    b.post("/v1/results", b"\"\xff\"".as_slice()).refused(400, "Malformed request");
    let with = |key: &str, value: assay_tests::Value| {
        let mut body = passed("c", &["a"]);
        body[key] = value;
        body.to_string()
    };
    for body in [
        with("cpid", json!("x".repeat(129))),
        with("cpid", json!(7)),
        with("duration_seconds", json!(-1)),
        with("duration_seconds", json!(2_147_483_648_u64)),
        with("duration_seconds", json!(1.5)),
        with("duration_seconds", json!(true)),
        with("results", json!([{}])),
        with("results", json!([{ "name": 7 }])),
        with("results", json!([{ "name": "x".repeat(513) }])),
        with("results", json!([{ "name": "x", "uuid": "x".repeat(37) }])),
        with("results", json!({})),
        with("more", json!(1)),
        "[]".to_owned(),
    ] {
        post(&body).refused(400, SCHEMA);
    }
    post("{\"cpid\":\"c\",\"duration_seconds\":1e400,\"results\":[]}").expect(400);
    let twice =
        "\u{feff}{\"cpid\":1,\"cpid\":\"c\",\"duration_seconds\":1,\"results\":[{\"name\":\"a\"}]}";
    post(twice).expect(201);
}

#[test]
fn pages_and_dates_are_what_they_must_be() {
    let b = refstack();
    let integer = "Invalid page number: The page number can not be converted to an integer";
    let positive = "Invalid page number: The page number less or equal zero.";
    let last = "Invalid page number: The page number is greater than the total number of pages.";
    b.get("/v1/results?page=0").refused(400, positive);
    b.get("/v1/results?page=-1").refused(400, positive);
    b.get("/v1/results?page=x").refused(400, integer);
    b.get(&format!("/v1/results?page=1{}", "0".repeat(30))).refused(400, last);
    for date in ["2020", "2020-13-01%2000:00:00", "soon"] {
        let title = b.get(&format!("/v1/results?start_date={date}")).expect(400).message();
        assert!(title.starts_with("Invalid date format: "), "{title}");
    }
    let order = "/v1/results?start_date=2020-01-02&end_date=2020-01-01";
    b.get(order).refused(400, "Invalid dates: start_date more than end_date");
    b.get("/v1/results?verification_status=9").expect(400);
    b.get("/v1/results?signed").refused(400, "To see signed test results you need to authenticate");
    b.get("/v1/results?product_id=x").expect(404);
}

#[test]
fn names_never_lead_to_files_and_sql_is_text() {
    let b = refstack();
    for name in ["..%2f..%2fetc%2fpasswd", "%00", "2031.07%00.json", "x';--"] {
        b.get(&format!("/v1/guidelines/{name}")).expect_any(&[400, 404]);
    }
    operator().put("/v1/guidelines/..%2fx", "{}").expect(400);
    operator().put("/v1/guidelines/2031.07.json", "{}").expect(400);
    b.put("/v1/guidelines/2031.07.json", "{}").expect(401);
    for query in ["cpid=';DROP+TABLE+refstack_result;--", "target=%27+OR+1=1", "guideline=%22"] {
        let list = b.get(&format!("/v1/results?{query}")).expect(200).json();
        assert_eq!(list["results"], json!([]), "{query}");
    }
    b.get("/v1/nothing").expect(404);
    b.get("/v1/results/%ff").expect(404);
}
