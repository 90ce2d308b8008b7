//! The contract's table of bad input: each line is refused as it says, and nothing of it is kept.

use assay_tests::{areas, json};

use crate::{form, new_test, operator, passed, refstack, status, stream};

const SCHEMA: &str = "Request doesnt correspond to schema";
const MALFORMED: &str = "Malformed subunit stream";

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
    for body in [json!({ "status": { "a": 1 } }), json!({ "status": [1] })] {
        b.post(&url, body).refused(400, SCHEMA);
    }
    let shown = b.get(&format!("/v1/tests/{test}")).expect(200).json();
    assert_eq!((&shown["state"], &shown["statuses"]), (&json!("pending"), &json!([])));
}

#[test]
fn a_blank_error_is_none_and_a_mark_of_byte_order_is_skipped() {
    let b = refstack();
    let test = new_test(&b);
    let url = format!("/v1/update-test-status/{test}");
    assert_eq!(status(&b, &url, "status=a&error=%20", 201).json()["state"], "running");
    let marked = b.post(&url, "\u{feff}{\"status\":\"bom\"}").expect(201).json();
    assert_eq!(marked["state"], "running");
    let shown = b.get(&format!("/v1/tests/{test}")).expect(200).json();
    assert_eq!((&shown["status"], &shown["error"]), (&json!("bom"), &json!(null)));
}

#[test]
fn words_that_no_filter_knows_are_refused() {
    let b = refstack();
    let upload = crate::post_file(&b, "/v1/post-result", &stream("statuses.v2"));
    let url = format!("/v1/results/{}/tests", upload["result_id"].as_str().unwrap());
    b.get(&format!("{url}?status=bogus")).refused(400, "Invalid status");
    b.get(&format!("{url}?status=fail,")).refused(400, "Invalid status");
    b.get(&format!("{url}?status=fail,+inprogress,unknown,exists")).expect(200);
    operator().put("/v1/guidelines/words.2031.01.json", guideline()).expect_any(&[200, 201]);
    let list = "/v1/guidelines/words.2031.01.json/tests?target=c";
    assert_eq!(b.get(list).expect(200).text(), "acme.a[id-1]");
    // refstack-client reads this list as text, refusals and all.
    let plain = crate::APP.client(areas::PLAIN);
    for word in ["type=bogus", "alias=maybe", "flag=maybe"] {
        let (key, value) = word.split_once('=').unwrap();
        let refusal = plain.get(&format!("{list}&{word}")).expect(400);
        assert_eq!(refusal.text(), format!("Invalid {key}: {value}"));
    }
    b.get(&format!("{list}&type=required,+removed&alias=no&flag=")).expect(200);
}

/// A small guideline of the target `c`.
fn guideline() -> assay_tests::Value {
    json!({
        "schema": "1.4",
        "components": { "c": { "required": ["cap"] } },
        "capabilities": { "cap": { "tests": { "acme.a": { "idempotent_id": "id-1" } } } },
    })
}

#[test]
fn what_has_a_secret_in_it_is_not_stored() {
    let b = refstack();
    let cloud = |key: &str, url: &str| {
        let mut cloud = json!({ "label": "lab", "endpoint": "http://h" });
        cloud[key] = json!(url);
        b.post("/v1/clouds", cloud)
    };
    for key in ["endpoint", "endpoint_v3", "admin_endpoint"] {
        cloud(key, "http://u:p@a/").refused(400, SCHEMA);
        cloud(key, "https://u@a").refused(400, SCHEMA);
        cloud(key, "http://a/x@y").expect(201);
    }
    for section in ["identity", "Identity", " AUTH "] {
        let conf = json!({ section: { "password": "x" } });
        b.post("/v1/tests", json!({ "extra_conf": conf })).refused(400, SCHEMA);
    }
}

#[test]
fn a_test_names_a_guideline_and_target_that_are_there() {
    let b = refstack();
    operator().put("/v1/guidelines/there.2031.01.json", guideline()).expect_any(&[200, 201]);
    let test = |file: &str, target: &str| {
        b.post("/v1/tests", json!({ "guideline": file, "target": target }))
    };
    test("2099.01.json", "c").refused(400, SCHEMA);
    test("there.2031.01.json", "nothing").refused(400, SCHEMA);
    let made = test("there.2031.01.json", "c").expect(201).json();
    let cases = b.get(&format!("/v1/get-testcases?test_id={}", made["id"]));
    assert_eq!(cases.expect(200).json()["testcases"], json!(["acme.a"]));
}

#[test]
fn only_what_is_built_as_a_guideline_is_kept() {
    for name in ["2031.13.json", "2031.00.json", "_.next.json"] {
        operator().put(&format!("/v1/guidelines/{name}"), guideline()).expect(400);
    }
    for (key, value) in [
        ("components", json!({ "c": 5 })),
        ("capabilities", json!({ "cap": 5 })),
        ("platforms", json!(5)),
        ("platforms", json!({ "OpenStack Powered Platform": 5 })),
    ] {
        let mut file = guideline();
        file[key] = value;
        operator().put("/v1/guidelines/built.2031.01.json", file).refused(400, SCHEMA);
    }
    refstack().get("/v1/guidelines/built.2031.01.json").expect(404);
}

#[test]
fn a_refusal_says_what_is_wrong_with_a_text() {
    let b = refstack();
    let detail = |body: &str| {
        let refusal = b.post("/v1/results", body).refused(400, SCHEMA).json();
        refusal["detail"].as_str().unwrap().to_owned()
    };
    let lone = r#"{"cpid":"\ud800","duration_seconds":1,"results":[{"name":"n"}]}"#;
    assert!(detail(lone).contains("hex escape"), "{}", detail(lone));
    let ignored = r#"{"cpid":"c","duration_seconds":1,"results":[{"name":"n","z":"\ud800"}]}"#;
    assert!(detail(ignored).contains("hex escape"), "{}", detail(ignored));
    let bogus = r#"{"tests":[{"id":"a","status":"bogus"}]}"#;
    assert_eq!(detail(bogus), "'bogus' is no status of a test");
    let schema = b.get("/v1/results/schema").expect(200).json();
    let uuid = &schema["properties"]["results"]["items"]["properties"]["uuid"];
    assert_eq!(uuid["type"], json!(["string", "null"]));
    let null =
        json!({ "cpid": "c", "duration_seconds": 1, "results": [{ "name": "n", "uuid": null }] });
    b.post("/v1/results", null).expect(201);
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
fn a_file_of_another_name_is_no_result() {
    let b = refstack();
    for content in [stream("retries.v2"), vec![0xB3; 100_000]] {
        let (body, kind) = form(&[("other", Some("x"), &content)]);
        let post = b.post("/v1/post-result", body).header("content-type", kind);
        post.refused(400, "only valid with file post");
    }
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
fn output_full_of_beginnings_of_packets_is_neither_subunit_nor_json() {
    let total = 1_000_000;
    let mut content = b"x\n".to_vec();
    while content.len() < 100_000 {
        let [_, high, middle, low] = u32::try_from(total - content.len()).unwrap().to_be_bytes();
        content.extend([0xb3, 0x2b, 0x01, 0x80 | high, middle, low]);
    }
    content.resize(total, b'y');
    let title = "The file is neither subunit nor JSON";
    refstack().post("/v1/post-result", content).refused(400, title);
}

#[test]
fn a_test_with_85_000_attachments_is_refused_at_the_first_too_many() {
    let mut content = "test: a\nsuccess: a [ multipart\n".to_owned();
    for n in 0..85_000 {
        content.push_str(&format!("Content-Type: a/b\n{n:x}\n0\r\n"));
    }
    let refusal = refstack().post("/v1/post-result", content).refused(400, MALFORMED).json();
    // Two lines, and three of each of the first 2000.
    assert_eq!(refusal["detail"], "line 6004: a test has too many attachments");
}

#[test]
fn a_line_of_tags_that_holds_for_very_many_tests_is_refused() {
    let b = refstack();
    let post = |tag: &str, tests: String| {
        let tags: String = (0..99).map(|n| format!("tags: {tag}{n}\n")).collect();
        let refusal = b.post("/v1/post-result", tags + &tests);
        refusal.refused(400, MALFORMED).json()["detail"].as_str().unwrap().to_owned()
    };
    let all = post("tag-00000", "test: a.b.c.d\nsuccess: a.b.c.d\n".repeat(150_000));
    assert!(all.ends_with(": the tags of all tests are too long"), "{all}");
    // Each test has its own copy of them: that was more than an instance has memory.
    let own = "test: a\ntags: b\nsuccess: a\ntags: c\ntags: -c\n".repeat(170_000);
    let once = post(&"x".repeat(600), own);
    assert!(once.ends_with(": tags that hold for many tests are too long"), "{once}");
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
