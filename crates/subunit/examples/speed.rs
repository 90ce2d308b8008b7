//! How long reading a run takes: the same program natively and in wasm, where components read.
//!
//! ```text
//! cargo run --release -p assay-subunit --example speed
//! cargo build --release --target wasm32-wasip2 -p assay-subunit --example speed
//! cargo run --profile host -p assay-host --example command -- \
//!     target/wasm32-wasip2/release/examples/speed.wasm
//! ```
//!
//! An argument such as `v1` says what is to be measured alone.
#![expect(clippy::print_stdout, reason = "it prints what it measures")]

#[expect(
    dead_code,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "it is a part of the tests, which use all of it"
)]
#[path = "../src/tests/encode.rs"]
mod encode;

use std::hint::black_box;
use std::time::Instant;

use assay_subunit::{Event, Fault, Format, Parser, Piece, Run, Status, v2};

/// Tests in a run.
const TESTS: usize = 2000;
/// How often a run is read.
const ROUNDS: usize = 201;
/// So much is read at once, as by the component that reads uploads.
const STEP: usize = 64 * 1024;
const FINISHED: &str = "INFO a request took a while\n";

fn id(test: usize) -> String {
    format!("tempest.api.compute.test_servers.ServersTest.test_case_{test}[id-7]")
}

fn text() -> Vec<u8> {
    let test = |test: usize| {
        let (id, clock) = (id(test), format!("07:{:02}:{:02}", test / 60 % 60, test % 60));
        format!(
            "time: 2031-05-06 {clock}.000000Z\ntags: worker-{}\ntest: {id}\n\
             time: 2031-05-06 {clock}.500000Z\nsuccess: {id} [\n{FINISHED}]\n",
            test % 4
        )
    };
    (0..TESTS).map(test).collect::<String>().into_bytes()
}

fn packets() -> Vec<u8> {
    let test = |test: usize| {
        let (id, worker) = (id(test), format!("worker-{}", test % 4));
        let says = |status, half_seconds: usize| Event {
            test_id: Some(&id),
            status: Some(status),
            runnable: true,
            time: i64::try_from(half_seconds * 500_000).ok(),
            tags: Some([worker.as_str()].into_iter().collect()),
            ..Event::default()
        };
        let log = Event {
            test_id: Some(&id),
            mime: Some("text/plain;charset=utf8"),
            file: Some(Piece { name: "pythonlogging:''", offset: 0, bytes: FINISHED.as_bytes() }),
            end_of_file: true,
            ..Event::default()
        };
        let events = [says(Status::InProgress, test), log, says(Status::Success, test + 1)];
        events.iter().flat_map(encode::packet).collect::<Vec<u8>>()
    };
    (0..TESTS).flat_map(test).collect()
}

fn read(stream: &[u8], mut parser: Parser) -> Result<Run, Fault> {
    for step in stream.chunks(STEP) {
        parser.push(step)?;
    }
    parser.finish()
}

fn measure(what: &str, stream: &[u8], parser: impl Fn() -> Parser) -> Result<(), Fault> {
    if std::env::args().nth(1).is_some_and(|only| only != what) {
        return Ok(());
    }
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let passed = read(stream, parser())?.summary.passed;
        times.push(start.elapsed().as_secs_f64() * 1000.0);
        assert_eq!(black_box(passed), TESTS);
    }
    times.sort_unstable_by(f64::total_cmp);
    let [fastest, median] = [0, ROUNDS / 2].map(|at| times.get(at).copied().unwrap_or_default());
    println!("{what:20} {:7} bytes: {median:.2} ms, fastest {fastest:.2} ms", stream.len());
    Ok(())
}

fn main() -> Result<(), Fault> {
    let (v1, v2) = (text(), packets());
    measure("v1", &v1, || Parser::without_digests(Format::V1))?;
    measure("v2", &v2, || Parser::without_digests(Format::V2))?;
    measure("v1 with digests", &v1, || Parser::new(Format::V1))?;
    measure("v2 with digests", &v2, || Parser::new(Format::V2))
}
