//! Refstack: runners upload results, people list and open them.

use std::sync::Once;
use std::time::Instant;

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
    Hot { name: "upload a stream of 2,000", read: false, status: 201, request: upload_stream },
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

/// A stream in text, which is what a request of this program can carry.
fn stream(n: u64) -> String {
    let mut text = String::new();
    for test in 0..TESTS {
        let id = format!("tempest.api.compute.test_servers.ServersTest.test_case_{test}[id-{n}]");
        text.push_str(&format!(
            "time: 2031-05-06 07:{:02}:{:02}.000000Z\ntags: worker-{}\ntest: {id}\n\
             time: 2031-05-06 07:{:02}:{:02}.500000Z\n\
             success: {id} [\nINFO a request took a while\n]\n",
            test / 60 % 60,
            test % 60,
            test % 4,
            test / 60 % 60,
            test % 60,
        ));
    }
    text
}

fn upload_stream(n: u64, _: Size) -> Request {
    static NATIVE: Once = Once::new();
    let text = stream(n);
    NATIVE.call_once(|| {
        let (first, median) = parsed_natively(&text);
        let length = text.len();
        eprintln!(
            "bench: refstack: {length} bytes parsed natively: {median:.2} ms, the first time \
             {first:.2} ms"
        );
    });
    Request::with_text("POST", "/v1/post-result".into(), text)
}

/// Milliseconds to parse a stream here: the first time, and the median of many.
fn parsed_natively(text: &str) -> (f64, f64) {
    let once = || {
        let start = Instant::now();
        let mut parser = Parser::new(Format::V1);
        let run = parser.push(text.as_bytes()).and_then(|()| parser.finish());
        let time = start.elapsed().as_secs_f64() * 1000.0;
        std::hint::black_box(&run);
        time
    };
    let first = once();
    let mut times: Vec<f64> = (0..51).map(|_| once()).collect();
    times.sort_unstable_by(f64::total_cmp);
    (first, times.get(25).copied().unwrap_or(first))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_has_all_its_tests() {
        let mut parser = Parser::new(Format::V1);
        parser.push(stream(7).as_bytes()).unwrap();
        assert_eq!(parser.finish().unwrap().summary.passed, 2000);
    }
}
