//! What holds for any bytes: nothing panics, pieces make no difference, what was written is read,
//! and damage is noticed.

use super::encode::{Dice, packet};
use crate::{Event, Format, MOST_FILES, Parser, Piece, Run, Status, recognise, v2};

const STATUSES: [Option<Status>; 8] = [
    None,
    Some(Status::Exists),
    Some(Status::InProgress),
    Some(Status::Success),
    Some(Status::UxSuccess),
    Some(Status::Skip),
    Some(Status::Fail),
    Some(Status::XFail),
];
const IDS: [&str; 5] = ["a.b", "größe", "x[id-7,smoke](ipv6)", "setUpClass (a.B)", ""];

/// Some event; `file` is what it may attach.
fn event<'a>(dice: &mut Dice, file: &'a [u8]) -> Event<'a> {
    let maybe = |dice: &mut Dice| dice.roll(2) == 0;
    let tags = ["slow", "worker-0", "größe"];
    Event {
        test_id: maybe(dice).then(|| dice.pick(&IDS)),
        status: dice.pick(&STATUSES),
        runnable: maybe(dice),
        time: maybe(dice).then(|| i64::try_from(dice.roll(1 << 40)).unwrap()),
        tags: maybe(dice).then(|| (0..dice.roll(4)).map(|n| tags[n % 3]).collect()),
        mime: maybe(dice).then_some("text/plain"),
        file: maybe(dice).then_some(Piece { name: "log", offset: 0, bytes: file }),
        end_of_file: maybe(dice),
        worker: maybe(dice).then(|| dice.pick(&["0", "0/3"])),
    }
}

fn parse(format: Format, bytes: &[u8], piece: usize) -> Result<Run, String> {
    let mut parser = Parser::new(format);
    for piece in bytes.chunks(piece.max(1)) {
        parser.push(piece).map_err(|fault| fault.to_string())?;
    }
    parser.finish().map_err(|fault| fault.to_string())
}

#[test]
fn what_was_written_is_read() {
    let mut dice = Dice(1);
    for _ in 0..2000 {
        let file = dice.bytes(300);
        let written = event(&mut dice, &file);
        let bytes = packet(&written);
        assert!(v2::is_packet(&bytes, &mut bytes.len()));
        let mut reader = v2::Reader::default();
        let mut read = 0;
        let mut sink = |mut event: Event<'_>| {
            if let Some(piece) = &mut event.file {
                let at = usize::try_from(piece.offset).unwrap();
                assert_eq!(piece.bytes, &bytes[at..at + piece.bytes.len()]);
                piece.offset = 0;
            }
            assert_eq!(event, written);
            read += 1;
            Ok(())
        };
        reader.push(&bytes, &mut sink).unwrap();
        assert_eq!(read, 1);
    }
}

#[test]
fn a_stream_cut_anywhere_is_truncated_or_refused() {
    let mut dice = Dice(2);
    for _ in 0..40 {
        let file = dice.bytes(40);
        let events: Vec<_> = (0..4).map(|_| event(&mut dice, &file)).collect();
        let packets: Vec<_> = events.iter().map(packet).collect();
        let ends: Vec<usize> = packets
            .iter()
            .scan(0, |end, packet| {
                *end += packet.len();
                Some(*end)
            })
            .collect();
        let bytes = packets.concat();
        for cut in 1..bytes.len() {
            let outcome = parse(Format::V2, &bytes[..cut], 64);
            let whole = ends.iter().filter(|end| **end <= cut).count();
            match whole {
                0 => assert!(outcome.is_err(), "cut at {cut}"),
                _ => assert_eq!(outcome.unwrap().truncated, !ends.contains(&cut), "cut at {cut}"),
            }
        }
    }
}

#[test]
fn a_flipped_bit_is_noticed_or_ends_the_stream_early() {
    let mut dice = Dice(3);
    for _ in 0..20 {
        let file = dice.bytes(30);
        let bytes: Vec<u8> = (0..3).flat_map(|_| packet(&event(&mut dice, &file))).collect();
        let good = parse(Format::V2, &bytes, bytes.len()).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            // A flipped bit of a signature makes output of a packet; one of a length may cut the
            // stream off.
            if let Ok(run) = parse(Format::V2, &damaged, 7) {
                assert!(run.truncated || run != good, "bit {bit} went unnoticed");
            }
        }
    }
}

#[test]
fn no_bytes_at_all_make_it_panic_and_pieces_make_no_difference() {
    let words: [&[u8]; 16] = [
        b"test: a\n",
        b"success: a\n",
        b"failure: a [\n",
        b"]\n",
        b" ]x\n",
        b"error: a [ multipart\n",
        b"Content-Type: text/plain\n",
        b"log\n",
        b"3\r\n",
        b"0\r\n",
        b"time: 2024-03-01 00:00:00Z\n",
        b"tags: x -y\n",
        b"progress: 1\n",
        b"\xb3",
        b"\xff\xfe",
        b"output",
    ];
    let mut dice = Dice(4);
    for round in 0..3000 {
        let mut bytes = Vec::new();
        for _ in 0..dice.roll(12) {
            match dice.roll(4) {
                0 => bytes.extend(dice.bytes(20)),
                1 if round % 2 == 0 => {
                    let file = dice.bytes(10);
                    bytes.extend(packet(&event(&mut dice, &file)));
                }
                _ => bytes.extend(dice.pick(&words)),
            }
        }
        recognise(&bytes, true);
        for format in [Format::V1, Format::V2] {
            let whole = parse(format, &bytes, bytes.len());
            for piece in [1, 3, 16] {
                assert_eq!(parse(format, &bytes, piece), whole, "{format:?} {bytes:?}");
            }
        }
    }
}

#[test]
fn too_much_at_once_is_refused() {
    let id = "x".repeat(5000);
    let event = Event { test_id: Some(&id), status: Some(Status::Success), ..Event::default() };
    let fault = parse(Format::V2, &packet(&event), 100).unwrap_err();
    assert_eq!(fault, "offset 0: a test id is too long");
    let fault = parse(Format::V1, format!("test: {id}\n").as_bytes(), 100).unwrap_err();
    assert_eq!(fault, "line 1: a test id is too long");
    let mut parser = Parser::new(Format::V2);
    let tests: Vec<u8> = (0..1000)
        .flat_map(|n| {
            let id = n.to_string();
            packet(&Event { test_id: Some(&id), status: Some(Status::Success), ..Event::default() })
        })
        .collect();
    for _ in 0..200 {
        parser.push(&tests).unwrap();
        assert!(parser.closed_bytes() > 0);
        parser.take_closed();
    }
    assert_eq!(parser.push(&tests).unwrap_err().reason, "there are too many tests");
    assert_eq!(parser.finish().unwrap().summary.passed, 200_000);
}

/// Packets that attach so many files without a byte to a test, or to the run.
fn files(test: Option<&str>, most: usize) -> Vec<u8> {
    let attach = |n: usize| {
        let name = format!("{n:x}");
        let file = Some(Piece { name: &name, offset: 0, bytes: b"" });
        packet(&Event { test_id: test, file, ..Event::default() })
    };
    (0..most).flat_map(attach).collect()
}

#[test]
fn a_test_has_no_more_attachments_than_can_be_shown() {
    let (enough, more) = (files(Some("a"), MOST_FILES), files(Some("a"), 85_000));
    for piece in [997, more.len()] {
        let fault = parse(Format::V2, &more, piece).unwrap_err();
        assert_eq!(fault, format!("offset {}: a test has too many attachments", enough.len()));
    }
    // Pieces of those that are there join them, wherever they are.
    let again = parse(Format::V2, &enough.repeat(2), enough.len()).unwrap();
    assert_eq!(again.tests[0].attachments.len(), MOST_FILES);
    let other = [enough, files(Some("b"), 10)].concat();
    assert_eq!(parse(Format::V2, &other, 1000).unwrap().tests.len(), 2);
}

#[test]
fn of_a_run_that_has_many_files_the_first_ones_are_known() {
    let mut bytes = files(None, 120_000);
    let late = |name| Piece { name, offset: 0, bytes: b"late" };
    for name in ["0", "7cf", "7d0"] {
        bytes.extend(packet(&Event { file: Some(late(name)), ..Event::default() }));
    }
    let run = parse(Format::V2, &bytes, 64 * 1024).unwrap();
    assert_eq!(run.files.len(), MOST_FILES);
    let long: Vec<&str> =
        run.files.iter().filter(|file| file.size == 4).map(|file| &*file.name).collect();
    assert_eq!(long, ["0", "7cf"]);
}

#[test]
fn a_line_of_tags_that_holds_for_many_tests_is_not_too_long() {
    let tags = |length| format!("tags: {} {}\n", "x".repeat(length), "y".repeat(length));
    let test = "test: a\nsuccess: a\n";
    let few = parse(Format::V1, (tags(30) + &test.repeat(9000)).as_bytes(), 64 * 1024).unwrap();
    assert_eq!((few.summary.passed, few.tests[8999].tags.len()), (9000, 2));
    let most = tags(30_000) + &test.repeat(9000);
    for piece in [11, 64 * 1024] {
        let fault = parse(Format::V1, most.as_bytes(), piece).unwrap_err();
        assert_eq!(fault, "line 144: tags that hold for many tests are too long");
    }
}

#[test]
fn tags_change_for_a_test_alone_or_from_then_on() {
    let text = "tags: b a\ntags: c -b\ntest: 1\ntags: -a d d\nsuccess: 1\ntags: - -c\n\
        test: 2\nsuccess: 2\ntags: -a x y -x\ntest: 3\nsuccess: 3\n";
    let run = parse(Format::V1, text.as_bytes(), 7).unwrap();
    let tags: Vec<String> = run.tests.iter().map(|test| test.tags.join(" ")).collect();
    assert_eq!(tags, ["c d", "a", "y"]);
    let many: String = (0..=100).map(|n| format!("tags: {n}\n")).collect();
    let fault = parse(Format::V1, many.as_bytes(), 100).unwrap_err();
    assert_eq!(fault, "line 101: a test has too many tags");
}

#[test]
fn a_parser_without_digests_differs_in_nothing_else() {
    let text = b"out\ntest: a\nfailure: a [\nx\n]\n";
    let mut parser = Parser::without_digests(Format::V1);
    parser.push(text).unwrap();
    let without = parser.finish().unwrap();
    let mut with = parse(Format::V1, text, text.len()).unwrap();
    assert_ne!(with, without);
    for file in with.files.iter_mut().chain(&mut with.tests[0].attachments) {
        assert!(file.sha256.take().is_some());
    }
    assert_eq!(with, without);
}

#[test]
fn a_status_has_its_number() {
    for (number, status) in (0..).zip(STATUSES) {
        assert_eq!((Status::number(status), Status::numbered(number)), (number, status));
    }
    assert_eq!(Status::numbered(8), None);
}
