//! Cheap polling: entity tags on a run and on its jobs, and 304 while nothing has changed.

use assay_tests::{Value, json};

use crate::{new_job, paddles};

#[test]
fn a_run_is_sent_again_only_after_a_change() {
    let paddles = paddles();
    let run = new_job(&paddles, json!({ "status": "queued" }));
    let paths = [
        format!("/runs/{run}/"),
        format!("/runs/{run}"),
        format!("/runs/{run}/jobs/"),
        format!("/runs/{run}/jobs/?fields=status,job_id"),
    ];
    let tags = || {
        paths.each_ref().map(|path| {
            let answer = paddles.get(path).expect(200);
            answer.header("etag").expect("an entity tag").to_owned()
        })
    };
    let job = |body: Value| paddles.put(&format!("/runs/{run}/jobs/1/"), body).expect(200);
    let changes: [&dyn Fn(); 6] = [
        &|| drop(job(json!({ "status": "running" }))),
        &|| drop(job(json!({ "comment": "x" }))),
        &|| drop(job(json!({}))),
        &|| drop(paddles.put(&format!("/runs/{run}/"), json!({ "status": "pass" })).expect(200)),
        &|| drop(paddles.post(&format!("/runs/{run}/"), json!({ "job_id": 2 })).expect(200)),
        &|| drop(paddles.delete(&format!("/runs/{run}/jobs/2/")).expect(200)),
    ];
    for change in changes {
        let before = tags();
        for (path, tag) in paths.iter().zip(&before) {
            let same = paddles.get(path).header("if-none-match", tag).expect(304);
            assert_eq!((same.bytes(), same.header("etag")), (&b""[..], Some(tag.as_str())));
            assert!(same.header("x-paddles-dialect").is_some());
        }
        change();
        for (path, tag) in paths.iter().zip(&before) {
            let changed = paddles.get(path).header("if-none-match", tag).expect(200);
            assert_ne!(changed.header("etag"), Some(tag.as_str()), "{path}");
        }
    }
}

#[test]
fn a_tag_is_known_in_every_form_that_http_has() {
    let paddles = paddles();
    let run = new_job(&paddles, json!({}));
    let path = format!("/runs/{run}/jobs/");
    let tag = paddles.get(&path).expect(200).header("etag").unwrap().to_owned();
    for known in [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}"), "*".into()] {
        paddles.get(&path).header("if-none-match", &known).expect(304);
        paddles.head(&path).header("if-none-match", &known).expect(304);
    }
    for unknown in ["\"x\"", "x", "", tag.trim_matches('"')] {
        paddles.get(&path).header("if-none-match", unknown).expect(200);
    }
}

#[test]
fn the_two_dialects_and_a_new_run_of_the_name_have_other_tags() {
    let paddles = paddles();
    let run = new_job(&paddles, json!({}));
    let tag = |path: &str| paddles.get(path).expect(200).header("etag").unwrap().to_owned();
    let (plain, lab) = (format!("/runs/{run}/"), format!("/runs/{run}"));
    assert_ne!(tag(&plain), tag(&lab));
    let before = tag(&plain);
    paddles.delete(&plain).expect(200);
    paddles.get(&plain).header("if-none-match", &before).expect(404);
    paddles.post(&format!("/runs/{run}/jobs/"), json!({ "job_id": "1" })).expect(200);
    paddles.get(&plain).header("if-none-match", &before).expect(200);
}
