//! Streams of the reference implementation, with what it reads in them: the small ones are copies
//! of those in the shared fixtures, the large ones are read from there when they stand beside the
//! checkout.

use std::path::{Path, PathBuf};

use crate::{Attachment, Format, Parser, Recognised, Record, Run, recognise};
use serde_json::{Value, json};

fn small() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

fn shared() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures/subunit")
}

fn parse(bytes: &[u8], piece: usize) -> Run {
    let Recognised::As(format) = recognise(bytes, true) else { panic!("not recognised") };
    let mut parser = Parser::new(format);
    for piece in bytes.chunks(piece) {
        parser.push(piece).expect("a good stream");
    }
    parser.finish().expect("a good stream")
}

/// As the reference prints it.
fn time(micros: Option<i64>) -> Value {
    let Some(micros) = micros else { return Value::Null };
    let (days, rest) = (micros.div_euclid(86_400_000_000), micros.rem_euclid(86_400_000_000));
    let (seconds, fraction) = (rest / 1_000_000, rest % 1_000_000);
    let clock = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    let date = match days {
        19_782 => "2024-02-29",
        19_783 => "2024-03-01",
        other => panic!("the fixtures have no day {other}"),
    };
    json!(format!("{date}T{clock}.{fraction:06}Z"))
}

fn attachment(file: &Attachment) -> Value {
    let hash: String = file.sha256.iter().flatten().map(|byte| format!("{byte:02x}")).collect();
    let mime = file.mime.replace([' ', '"'], "");
    json!({ "name": &*file.name, "mime": mime, "size": file.size, "sha256": hash })
}

fn record(record: &Record) -> Value {
    #[expect(clippy::cast_precision_loss, reason = "seconds with six decimals")]
    let duration = record.duration().map(|micros| micros as f64 / 1e6);
    json!({
        "id": record.id,
        "name": record.name(),
        "uuid": record.uuid(),
        "status": record.word(),
        "attempt": record.attempt,
        "worker": record.worker,
        "tags": *record.tags,
        "started_at": time(record.started_at),
        "stopped_at": time(record.stopped_at),
        "duration": duration,
        "attachments": record.attachments.iter().map(attachment).collect::<Vec<_>>(),
    })
}

fn shown(run: &Run) -> Value {
    let summary = &run.summary;
    json!({
        "truncated": run.truncated,
        "duration_seconds": run.duration_seconds,
        "summary": {
            "total": summary.total,
            "passed": summary.passed,
            "failed": summary.failed,
            "skipped": summary.skipped,
            "xfail": summary.xfail,
            "uxsuccess": summary.uxsuccess,
            "incomplete": summary.incomplete,
            "enumerated": summary.enumerated,
            "setup_failures": summary.setup_failures,
        },
        "tests": run.tests.iter().map(record).collect::<Vec<_>>(),
        "stream_files": run.files.iter().map(attachment).collect::<Vec<_>>(),
    })
}

#[track_caller]
fn same_as_expected(folder: &Path, name: &str) {
    let bytes = std::fs::read(folder.join(name)).expect(name);
    let expected = std::fs::read_to_string(folder.join(format!("{name}.json"))).expect(name);
    let expected: Value = serde_json::from_str(&expected).expect(name);
    let whole = parse(&bytes, bytes.len());
    let found = shown(&whole);
    for key in ["truncated", "duration_seconds", "summary", "stream_files"] {
        assert_eq!(found[key], expected[key], "{name}: {key}");
    }
    let (found, expected) = (found["tests"].as_array().unwrap(), expected["tests"].as_array());
    let expected = expected.unwrap();
    for (found, expected) in found.iter().zip(expected) {
        assert_eq!(found, expected, "{name}");
    }
    assert_eq!(found.len(), expected.len(), "{name}");
    for piece in [1, 7, 1000] {
        assert_eq!(parse(&bytes, piece), whole, "{name} in pieces of {piece}");
    }
    for file in whole.tests.iter().flat_map(|test| &test.attachments) {
        let length: u64 = file.pieces.iter().map(|(_, length)| length).sum();
        assert_eq!(length, file.size, "{name}: the pieces are the file");
    }
}

#[test]
fn small_streams_are_read_as_the_reference_reads_them() {
    for name in ["statuses.v2", "hand.v1", "mixed-output.v2", "retries.v2", "truncated.v2"] {
        same_as_expected(&small(), &format!("{name}.subunit"));
    }
}

#[test]
fn large_streams_are_read_as_the_reference_reads_them() {
    if !shared().is_dir() {
        eprintln!("the shared fixtures do not stand beside the checkout");
        return;
    }
    for name in ["run300.v2", "run300.v1", "big-attachment.v2"] {
        same_as_expected(&shared(), &format!("{name}.subunit"));
    }
}

#[test]
fn a_damaged_packet_is_named_by_its_offset() {
    let bytes = std::fs::read(small().join("bad-checksum.v2.subunit")).unwrap();
    let mut parser = Parser::new(Format::V2);
    let fault = parser.push(&bytes).unwrap_err();
    assert_eq!(fault.to_string(), "offset 16: the checksum is wrong");
}

#[test]
fn the_vectors_are_read_as_they_are_meant() {
    let text = std::fs::read_to_string(small().join("vectors.json")).unwrap();
    let vectors: Vec<Value> = serde_json::from_str(&text).unwrap();
    assert_eq!(vectors.len(), 20);
    for vector in vectors {
        let name = vector["name"].as_str().unwrap();
        let mut bytes = unhex(vector["hex"].as_str().unwrap());
        if vector["partial"] == json!(true) {
            bytes.resize(vector["length"].as_u64().unwrap() as usize - 4, 0x5a);
            bytes.extend(unhex("648aeae0"));
        }
        let mut seen = Vec::new();
        let mut reader = crate::v2::Reader::default();
        let mut sink = |event: crate::Event<'_>| {
            seen.push(meaning(&event));
            Ok(())
        };
        let pushed = reader.push(&bytes, &mut sink);
        let outcome = pushed.and_then(|()| reader.finish());
        if vector["error"] == json!(true) {
            assert!(outcome.is_err(), "{name}");
            continue;
        }
        assert_eq!(outcome, Ok(false), "{name}");
        assert_eq!(seen.len(), 1, "{name}");
        let expected = vector["event"].as_object().cloned().unwrap_or_default();
        for (key, value) in expected {
            assert_eq!(seen[0][&key], value, "{name}: {key}");
        }
    }
}

/// An event in the words of the vectors.
fn meaning(event: &crate::Event<'_>) -> Value {
    let latin1 = |bytes: &[u8]| bytes.iter().map(|byte| char::from(*byte)).collect::<String>();
    json!({
        "test_id": event.test_id,
        "test_status": event.status.map(crate::Status::word),
        "test_tags": event.tags.as_deref(),
        "runnable": event.runnable,
        "timestamp": time(event.time),
        "file_name": event.file.as_ref().map(|file| file.name),
        "file_bytes": event.file.as_ref().map(|file| latin1(file.bytes)),
        "mime_type": event.mime,
        "eof": event.end_of_file,
        "route_code": event.worker,
    })
}

fn unhex(text: &str) -> Vec<u8> {
    let pair = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(pair).collect()
}
