//! Refstack: runners upload results, people list and open them.

mod streams;

use assay_subunit::{Format, Parser};
use serde_json::json;

use super::{Area, Hot, Request, Size};

/// Results, each of one test that passed; a few tests are the same everywhere.
pub const AREA: Area =
    Area { name: "refstack", seed, hot: HOT, scale: [size(1000), size(100_000)], waiting: None };

/// The tests of a large run.
const TESTS: u64 = 2000;

const fn size(results: u64) -> Size {
    Size { groups: results, items_each: 1, item_bytes: 100 }
}

const HOT: &[Hot] = &[
    Hot { name: "report a status", read: false, status: 201, request: report },
    Hot { name: "upload 20 passed tests", read: false, status: 201, request: upload_small },
    Hot { name: "upload 2,000 (subunit v1)", read: false, status: 201, request: upload_v1 },
    Hot { name: "upload 2,000 (subunit v2)", read: false, status: 201, request: upload_v2 },
    Hot { name: "upload 2,000 passed tests", read: false, status: 201, request: upload_names },
    Hot { name: "list results", read: true, status: 200, request: list },
    Hot { name: "list results of a cloud", read: true, status: 200, request: list_cloud },
    Hot { name: "get-miniconf", read: true, status: 200, request: miniconf },
];

/// One result; the first one comes with the test that runners report about.
fn seed(group: u64, _: Size) -> Vec<Request> {
    let result = passed(group, 1);
    match group {
        0 => vec![Request::with_body("POST", "/v1/tests".into(), &json!({})), result],
        _ => vec![result],
    }
}

fn cloud(n: u64) -> String {
    format!("bench-cloud-{}", n % 50)
}

fn passed(n: u64, tests: u64) -> Request {
    let results: Vec<_> =
        (0..tests).map(|test| json!({ "name": format!("tempest.api.test_{test}") })).collect();
    let body = json!({ "cpid": cloud(n), "duration_seconds": n % 1000, "results": results });
    Request::with_body("POST", "/v1/results/".into(), &body)
}

fn report(n: u64, _: Size) -> Request {
    let body = json!({ "status": format!("running test {n}") });
    Request::with_body("POST", "/v1/update-test-status/1".into(), &body)
}

fn upload_small(n: u64, _: Size) -> Request {
    passed(n, 20)
}

fn upload_v1(n: u64, _: Size) -> Request {
    upload(streams::v1(n, TESTS), |body| parse(Format::V1, body))
}

fn upload_v2(n: u64, _: Size) -> Request {
    upload(streams::v2(n, TESTS), |body| parse(Format::V2, body))
}

fn upload(stream: Vec<u8>, natively: fn(&[u8])) -> Request {
    let request = Request::with_bytes("POST", "/v1/post-result".into(), stream);
    Request { natively: Some(natively), ..request }
}

/// Reads a stream as the application does, and as a program would that does nothing else.
fn parse(format: Format, body: &[u8]) {
    let mut parser = Parser::new(format);
    let run = parser.push(body).and_then(|()| parser.finish());
    std::hint::black_box(&run);
}

fn upload_names(n: u64, _: Size) -> Request {
    passed(n, TESTS)
}

fn list(_: u64, _: Size) -> Request {
    Request::get("/v1/results".into())
}

fn list_cloud(n: u64, _: Size) -> Request {
    Request::get(format!("/v1/results?cpid={}&per_page=10", cloud(n)))
}

fn miniconf(_: u64, _: Size) -> Request {
    Request::get("/v1/get-miniconf?test_id=1".into())
}
