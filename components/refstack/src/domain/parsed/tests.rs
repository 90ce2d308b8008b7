//! Good and bad texts of every shape.

use super::*;
use crate::domain::rows;

/// Writes down the tests that come.
#[derive(Default)]
struct Log(Vec<String>);

impl Sink for Log {
    fn test(&mut self, test: &NewTest<'_>) {
        self.0.push(format!("{} {} {}", test.name, rows::word(test.status), test.attempt));
    }

    fn restart(&mut self) {
        self.0.clear();
    }
}

/// Reads a text in pieces of any length, which must make no difference.
fn read_all(text: &str, strictness: Strictness) -> Result<(Vec<String>, Summary), Wrong> {
    let read = |piece: usize| {
        let (mut reader, mut log) = (Reader::new(strictness), Log::default());
        for piece in text.as_bytes().chunks(piece) {
            reader.push(piece, &mut log)?;
        }
        let outline = reader.finish(&mut log)?;
        Ok((log.0, outline.summary))
    };
    let whole = read(text.len().max(1));
    for piece in [1, 7] {
        assert_eq!(read(piece), whole, "in pieces of {piece}");
    }
    whole
}

#[test]
fn what_the_client_sends_is_read_and_each_name_counts_once() {
    let text = r#"{"cpid":"c","duration_seconds":3,
        "results":[{"name":"a.b","uuid":"u"},{"name":"a.b"},{"name":"c","x":1}]}"#;
    let (lines, summary) = read_all(text, Strictness::Exact).unwrap();
    assert_eq!(lines, ["a.b success 1", "c success 1"]);
    assert_eq!((summary.total, summary.passed), (2, 2));
}

#[test]
fn wrong_shapes_are_told_from_what_is_not_json() {
    let wrong = |text: &str| read_all(text, Strictness::Exact).unwrap_err();
    for text in ["", "{", "{\"a\":NaN}", "{\"results\":[\"\u{1}\"]}"] {
        assert!(matches!(wrong(text), Wrong::NotJson(_)), "{text}");
    }
    for text in [
        "[]",
        r#"{"cpid":"c","duration_seconds":3}"#,
        r#"{"cpid":"c","results":[]}"#,
        r#"{"duration_seconds":3,"results":[]}"#,
        r#"{"cpid":7,"duration_seconds":3,"results":[]}"#,
        r#"{"cpid":"c","duration_seconds":true,"results":[]}"#,
        r#"{"cpid":"c","duration_seconds":1.5,"results":[]}"#,
        r#"{"cpid":"c","duration_seconds":-1,"results":[]}"#,
        r#"{"cpid":"c","duration_seconds":2147483648,"results":[]}"#,
        r#"{"cpid":"c","duration_seconds":1e400,"results":[]}"#,
        r#"{"cpid":"c","duration_seconds":1,"results":{}}"#,
        r#"{"cpid":"c","duration_seconds":1,"results":[],"more":1}"#,
        r#"{"cpid":"c","duration_seconds":1,"results":[7]}"#,
        r#"{"cpid":"c","duration_seconds":1,"results":[{}]}"#,
        r#"{"cpid":"c","duration_seconds":1,"results":[{"name":7}]}"#,
        r#"{"cpid":"c","duration_seconds":1,"results":[{"name":"\ud800"}]}"#,
    ] {
        assert!(matches!(wrong(text), Wrong::Shape(_)), "{text}");
    }
}

#[test]
fn our_own_shape_has_every_status() {
    let text = r#"{"tests":[{"id":"a[id-7]","status":"fail"},{"id":"a[id-7]","status":"success",
        "tags":["y","x"],"started_at":"2024-02-29T23:59:58Z","stopped_at":"2024-02-29T23:59:59.5Z"}]}"#;
    #[derive(Default)]
    struct Second(usize, Option<i64>);
    impl Sink for Second {
        fn test(&mut self, test: &NewTest<'_>) {
            assert_eq!((test.index, test.attempt), (self.0, self.0 + 1));
            assert_eq!(test.uuid.as_deref(), Some("7"));
            self.0 += 1;
            if self.0 == 2 {
                assert_eq!(
                    (test.duration, test.tags.as_slice()),
                    (Some(1.5), &["x".into(), "y".into()][..])
                );
                self.1 = test.stopped_at;
            }
        }

        fn restart(&mut self) {}
    }
    let (mut reader, mut second) = (Reader::new(Strictness::Exact), Second::default());
    reader.push(text.as_bytes(), &mut second).unwrap();
    assert_eq!(reader.finish(&mut second).unwrap().duration_seconds, 1);
    assert_eq!(second.1, Some(1_709_251_199_500_000));
}

#[test]
fn of_equal_keys_the_last_counts() {
    let text = r#"{"cpid":7,"cpid":"b","duration_seconds":3,
        "results":[{"name":"a"},{"name":"b"}],"results":[{"name":"c"}]}"#;
    let (lines, summary) = read_all(text, Strictness::Exact).unwrap();
    assert_eq!((lines, summary.total), (vec!["c success 1".to_owned()], 1));
    let both = r#"{"tests":[],"results":[]}"#;
    assert!(matches!(read_all(both, Strictness::Lenient), Err(Wrong::Shape(_))));
}

#[test]
fn what_is_neither_json_nor_of_the_shape_is_not_json() {
    let text = r#"{"more":1,"cpid":7,"results":[7,{}], x}"#;
    assert!(matches!(read_all(text, Strictness::Exact), Err(Wrong::NotJson(_))));
}

#[test]
fn the_form_of_2014_comes_in_two_ways() {
    let by_class = r#"{"summary":{},"data":{"a.B":[["test_x","PASS",1.02],["test_y","SKIP",0]]}}"#;
    let (lines, _) = read_all(by_class, Strictness::Lenient).unwrap();
    assert_eq!(lines, ["a.B.test_x success 1", "a.B.test_y skip 1"]);
    let by_id = r#"{"results":{"a.B.test_x":["FAIL_SETUP",0.4]}}"#;
    let (lines, summary) = read_all(by_id, Strictness::Lenient).unwrap();
    assert_eq!(lines, ["a.B.test_x fail 1"]);
    assert_eq!(summary.failed, 1);
    assert!(read_all(by_class, Strictness::Exact).is_err());
}
