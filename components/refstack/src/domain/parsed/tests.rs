//! Good and bad texts of every shape.

use super::*;

fn read_all(text: &str, strictness: Strictness) -> Result<(Vec<String>, Summary), Wrong> {
    let outline = Outline::read(text.as_bytes(), strictness)?;
    let mut tests = outline.tests();
    let mut lines = Vec::new();
    for test in tests.by_ref() {
        let test = test?;
        lines.push(format!("{} {} {}", test.name, test.status, test.attempt));
    }
    Ok((lines, tests.summary()))
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
    let outline = Outline::read(text.as_bytes(), Strictness::Exact).unwrap();
    let mut tests = outline.tests();
    assert_eq!(tests.next().unwrap().unwrap().uuid.as_deref(), Some("7"));
    let second = tests.next().unwrap().unwrap();
    assert_eq!((second.attempt, second.duration), (2, Some(1.5)));
    assert_eq!(second.tags, ["x", "y"]);
    assert_eq!(second.stopped_at, Some(1_709_251_199_500_000));
    assert!(tests.next().is_none());
    assert_eq!(tests.duration_seconds(), 1);
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
