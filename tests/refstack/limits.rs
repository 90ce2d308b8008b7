//! What is bounded: bodies, lists, memory; and lists that change while they are read.

use std::collections::HashSet;

use assay_tests::{App, areas, json, race, unique};

use crate::people::{Key, somebody, with};
use crate::{passed, refstack, stream};

#[test]
fn a_gzip_bomb_is_refused_when_it_has_unpacked_to_the_limit() {
    let app = App::with(&[("refstack_max_upload_bytes", "3000000")], &["--instance-memory", "64"]);
    let b = app.client(areas::REFSTACK);
    for path in ["/v1/results", "/v1/post-result"] {
        let bomb = b.post(path, bomb(1 << 30)).header("content-encoding", "gzip");
        bomb.header("content-type", "application/octet-stream").expect(413);
    }
    assert_eq!(b.get("/v1/results").expect(200).json()["results"], json!([]));
}

#[test]
fn a_bomb_that_is_seen_to_be_nothing_is_not_read_to_the_limit() {
    let b = refstack();
    let zeros = b.post("/v1/post-result", gzip(0, 140 << 20)).header("content-encoding", "gzip");
    zeros.refused(400, "The file is neither subunit nor JSON");
}

/// A gzip of so many blanks: deflate's fixed codes, one literal and then matches of 258 bytes
/// at distance 1.
fn bomb(size: usize) -> Vec<u8> {
    gzip(b' ', size)
}

/// The same of any byte below 144.
fn gzip(byte: u8, size: usize) -> Vec<u8> {
    let mut bits = Bits::default();
    bits.push(0b011, 3); // the last block, fixed codes
    bits.push_reversed(0x30 + u32::from(byte), 8);
    for _ in 0..size / 258 {
        bits.push_reversed(0b1100_0101, 8); // length 258
        bits.push(0, 5); // distance 1
    }
    bits.push_reversed(0, 7); // the end
    let head = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    head.into_iter().chain(bits.bytes).chain([0; 8]).collect()
}

/// Bits in the order in which deflate packs them.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    used: u32,
}

impl Bits {
    fn push(&mut self, value: u32, count: u32) {
        for bit in 0..count {
            if self.used.is_multiple_of(8) {
                self.bytes.push(0);
            }
            let last = self.bytes.last_mut().expect("a byte");
            *last |= u8::try_from(value >> bit & 1).expect("a bit") << (self.used % 8);
            self.used += 1;
        }
    }

    /// Huffman codes go in with their first bit first.
    fn push_reversed(&mut self, value: u32, count: u32) {
        self.push(value.reverse_bits() >> (32 - count), count);
    }
}

#[test]
fn a_json_upload_may_be_as_long_as_a_stream() {
    let app = App::with(&[], &["--instance-memory", "64"]);
    let b = app.client(areas::REFSTACK);
    let filler = "x".repeat(2000);
    let test = |n: usize| {
        format!(
            "{{\"id\":\"acme.T.test_{n}[id-{n}]\",\"status\":\"success\",\"log\":\"{filler}\"}}"
        )
    };
    let tests: Vec<String> = (0..30_000).map(test).collect();
    let body = format!("{{\"cpid\":\"long\",\"tests\":[{}]}}", tests.join(","));
    assert!(body.len() > 60_000_000);
    let upload = b.post("/v1/post-result", body.clone()).expect(201).json();
    assert_eq!(upload["summary"]["passed"], 30_000);
    let url = format!("/v1/results/{}", upload["result_id"].as_str().unwrap());
    let last = b.get(&format!("{url}/tests?page=30000&per_page=1")).expect(200).json();
    assert_eq!(last["tests"][0]["uuid"], "29999");
    assert_eq!(b.get(&url).expect(200).json()["results"].as_array().unwrap().len(), 30_000);
    // Cut off, it is no JSON, and nothing of it is there.
    b.post("/v1/post-result", &body.as_bytes()[..body.len() - 2]).refused(400, "Malformed request");
    assert_eq!(b.get("/v1/results").expect(200).json()["results"].as_array().unwrap().len(), 1);
}

#[test]
fn of_two_lists_of_tests_the_last_one_counts() {
    let b = refstack();
    let body =
        r#"{"cpid":"c","duration_seconds":1,"results":[{"name":"a"}],"results":[{"name":"b"}]}"#;
    let made = b.post("/v1/results", body).expect(201).json();
    let shown = b.get(&format!("/v1/results/{}", made["test_id"].as_str().unwrap()));
    assert_eq!(shown.expect(200).json()["results"], json!(["b"]));
}

#[test]
fn bare_lists_come_in_pages() {
    let (me, client) = somebody();
    let vendor = client.post("/v1/vendors", json!({ "name": unique("v") })).expect(201).json();
    let vendor = format!("/v1/vendors/{}", vendor["id"].as_str().unwrap());
    let product = json!({ "name": unique("p"), "product_type": 0 });
    let product = client.post("/v1/products", product).expect(201).json();
    let versions = format!("/v1/products/{}/versions", product["id"].as_str().unwrap());
    for n in 0..2 {
        client.post("/v1/profile/tokens", json!({ "name": format!("t{n}") })).expect(201);
        client.post("/v1/profile/pubkeys", Key::new().proof()).expect(201);
        client.post(&versions, json!({ "version": format!("{n}") })).expect(201);
        let (other, _) = somebody();
        client.put(&format!("{vendor}/users/{}", other.encoded()), "").expect(204);
    }
    let users = format!("{vendor}/users");
    for (list, entries) in [
        ("/v1/profile/tokens", 2),
        ("/v1/profile/pubkeys", 3),
        (versions.as_str(), 3),
        (users.as_str(), 3),
    ] {
        let all = client.get(list).expect(200);
        assert_eq!((all.json().as_array().unwrap().len(), all.link("next")), (entries, None));
        let mut paged = Vec::new();
        for page in 1..=entries {
            let url = format!("{list}?per_page=1&page={page}");
            let answer = client.get(&url).expect(200);
            let next = format!("?page={}&per_page=1", page + 1);
            assert_eq!(answer.link("next"), (page < entries).then_some(next));
            paged.extend(answer.json().as_array().unwrap().clone());
        }
        assert_eq!(json!(paged), all.json(), "{list}");
        client.get(&format!("{list}?page=2&per_page=1000")).expect(400);
        client.get(&format!("{list}?per_page=1001")).expect(400);
        client.get(&format!("{list}?page=x")).expect(400);
    }
    drop(me);
}

#[test]
fn statuses_come_in_pages_the_latest_first() {
    let b = refstack();
    let test = crate::new_test(&b);
    for n in 0..5 {
        crate::status(&b, &format!("/v1/update-test-status/{test}"), &format!("status=s{n}"), 201);
    }
    let messages = |query: &str| -> Vec<String> {
        let page = b.get(&format!("/v1/tests/{test}/statuses{query}")).expect(200).json();
        let statuses = page["statuses"].as_array().unwrap().clone();
        statuses.iter().map(|status| status["message"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(messages(""), ["s0", "s1", "s2", "s3", "s4"]);
    assert_eq!(messages("?per_page=2"), ["s3", "s4"]);
    assert_eq!(messages("?per_page=2&page=3"), ["s0"]);
    b.get(&format!("/v1/tests/{test}/statuses?page=2")).expect(400);
}

#[test]
fn a_token_has_a_name_and_a_challenge_is_for_a_key() {
    let (_, client) = somebody();
    for name in ["", "  "] {
        client
            .post("/v1/profile/tokens", json!({ "name": name }))
            .refused(400, "Request doesnt correspond to schema");
    }
    let b = refstack();
    let challenge = |body: &str| b.post("/v1/auth/challenge", body.to_owned());
    challenge("{").refused(400, "Malformed request");
    challenge("[]").refused(400, "Request doesnt correspond to schema");
    challenge("{\"more\":1}").refused(400, "Request doesnt correspond to schema");
    challenge("{\"raw_key\":\"ssh-dss AAAA\"}").refused(400, "Public key has unsupported format");
    challenge("{\"raw_key\":\"ssh-rsa AAAA\"}").refused(400, "Malformed public key");
    let key = with(json!({}), "raw_key", json!(Key::new().line()));
    b.post("/v1/auth/challenge", key).expect(201);
}

#[test]
fn uploads_of_one_second_are_each_on_one_page() {
    let b = refstack();
    let cpid = unique("second");
    let made: Vec<String> = race(43, |n| {
        let answer = b.post("/v1/results", passed(&cpid, &[&format!("t{n}")])).expect(201).json();
        answer["test_id"].as_str().unwrap().to_owned()
    });
    let page = |n: usize| {
        let url = format!("/v1/results?cpid={cpid}&per_page=10&page={n}");
        b.get(&url).expect(200).json()
    };
    assert_eq!(page(1)["pagination"], json!({ "current_page": 1, "total_pages": 5 }));
    let read = |()| -> Vec<String> {
        let pages = (1..=5).map(page);
        let ids = pages.flat_map(|page| page["results"].as_array().unwrap().clone());
        ids.map(|result| result["id"].as_str().unwrap().to_owned()).collect()
    };
    let (one, two) = (read(()), read(()));
    assert_eq!(one, two, "the order of equal seconds does not change");
    let seen: HashSet<&String> = one.iter().collect();
    assert_eq!((one.len(), seen), (43, made.iter().collect()));
}

#[test]
fn a_result_is_deleted_once() {
    let b = refstack();
    let upload = crate::post_file(&b, "/v1/post-result", &stream("statuses.v2"));
    let url = format!("/v1/results/{}", upload["result_id"].as_str().unwrap());
    let token = upload["result_token"].as_str().unwrap();
    let statuses = race(8, |_| b.delete(&url).header("x-result-token", token).send().status());
    assert_eq!(crate::people::split(&statuses, 204, 404), (1, 7));
    for path in ["", "/tests", "/file", "/meta"] {
        b.get(&format!("{url}{path}")).header("x-result-token", token).expect(404);
    }
}

#[test]
fn results_of_some_days_are_listed_newest_first() {
    let b = refstack();
    let target = unique("days");
    let mut made: Vec<String> = (0..3)
        .map(|_| {
            let kind = "application/octet-stream";
            let url = format!("/v1/results?target={target}");
            let made = b.post(&url, stream("hand.v1")).header("content-type", kind).expect(201);
            made.json()["test_id"].as_str().unwrap().to_owned()
        })
        .collect();
    made.reverse();
    let listed = |dates: &str| -> Vec<String> {
        let list = b.get(&format!("/v1/results?target={target}&{dates}")).expect(200).json();
        let ids = list["results"].as_array().unwrap().iter();
        ids.map(|result| result["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(listed("start_date=2000-01-01"), made);
    assert_eq!(listed("end_date=2999-01-01"), made);
    assert_eq!(listed("start_date=2000-01-01&end_date=2999-01-01&per_page=2&page=2"), made[2..]);
    assert_eq!(listed("end_date=2000-01-01"), [""; 0]);
    assert_eq!(listed("start_date=2001-05-06&end_date=2001-05-06"), [""; 0]);
}
