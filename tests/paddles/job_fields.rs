//! The fields of a job: what each kind takes, and that it comes back as it was.

use assay_tests::{Value, json, unique};

use crate::{job, lab_run, new_job, paddles};

const TEXTS: &str = "archive_path description email failure_reason flavor machine_type name \
    os_type os_version owner pid sentry_event branch sha1 subset suite suite_branch suite_path \
    suite_relpath suite_repo suite_sha1 teuthology_branch pcp_grafana_url user queue \
    package_source repo teuthology_sha1 issue_url comment";
const BOOLEANS: &str = "last_in_suite nuke_on_error verbose success";
const INTEGERS: &str = "duration priority seed sleep_before_teardown";
const ANYTHING: &str = "kernel overrides roles targets tasks";

#[test]
fn a_field_never_written_reads_as_null() {
    let paddles = paddles();
    let run = new_job(&paddles, json!({}));
    let job = job(&paddles, &run, "1");
    let mut keys = 0;
    for key in
        [TEXTS, BOOLEANS, INTEGERS, ANYTHING, "timestamp started"].join(" ").split_whitespace()
    {
        assert_eq!(job.get(key), Some(&Value::Null), "{key}");
        keys += 1;
    }
    for key in ["job_id", "status", "posted", "updated", "log_href", "href", "run"] {
        assert!(job[key].is_string(), "{key}");
        keys += 1;
    }
    assert_eq!(job.as_object().unwrap().len(), keys, "and there are no others: {job}");
    assert_eq!(job["status"], "unknown");
}

#[test]
fn texts_take_any_characters_and_other_scalars_as_their_json() {
    let paddles = paddles();
    for key in TEXTS.split_whitespace() {
        let run = unique("run");
        let path = format!("/runs/{run}/jobs/1/?upsert=1");
        for (given, shown) in [
            (json!("ü 漢 🦀 \"\\\n\t'%_;--"), json!("ü 漢 🦀 \"\\\n\t'%_;--")),
            (json!(4711), json!("4711")),
            (json!(22.04), json!("22.04")),
            (json!(18_446_744_073_709_551_615_u64), json!("18446744073709551615")),
            (json!(true), json!("true")),
            (json!(""), json!("")),
            (Value::Null, Value::Null),
        ] {
            paddles.put(&path, json!({ key: given })).expect(200);
            assert_eq!(job(&paddles, &run, "1")[key], shown, "{key}");
        }
        for given in [json!([]), json!({ "a": 1 })] {
            let refusal = paddles.put(&path, json!({ key: given }));
            refusal.refused(400, &format!("field '{key}' must be text"));
        }
    }
}

#[test]
fn a_text_has_no_limit_of_its_own_and_may_hold_a_nul() {
    let paddles = paddles();
    let long = "x\u{0}y".repeat(200_000);
    let run = new_job(&paddles, json!({ "description": long, "comment": long }));
    let job = job(&paddles, &run, "1");
    assert!(job["comment"] == long && job["description"] == long);
    let sliced = paddles.get(&format!("/runs/{run}/jobs/?fields=description")).expect(200).json();
    assert!(sliced[0]["description"] == long);
}

#[test]
fn numbers_keep_their_text_in_text_fields() {
    let (paddles, run) = (paddles(), unique("run"));
    let body = r#"{"job_id": 1, "os_version": 22.10, "pid": 1E3, "owner": -0.0}"#;
    paddles.post(&format!("/runs/{run}/jobs/"), body).expect(200);
    let job = job(&paddles, &run, "1");
    let texts = ["os_version", "pid", "owner"].map(|key| job[key].as_str().unwrap());
    assert_eq!(texts, ["22.10", "1E3", "-0.0"]);
}

#[test]
fn integers_take_integral_text_and_round_floats_half_up() {
    let paddles = paddles();
    for key in INTEGERS.split_whitespace() {
        let run = new_job(&paddles, json!({ "status": "queued" }));
        let path = format!("/runs/{run}/jobs/1/");
        for (given, shown) in [
            (json!(61.7), json!(62)),
            (json!(0.5), json!(1)),
            (json!(61.4), json!(61)),
            (json!(-2), json!(-2)),
            (json!("40"), json!(40)),
            (json!(9_007_199_254_740_993_i64), json!(9_007_199_254_740_993_i64)),
            (json!(i64::MAX), json!(i64::MAX)),
            (Value::Null, Value::Null),
        ] {
            paddles.put(&path, json!({ key: given })).expect(200);
            assert_eq!(job(&paddles, &run, "1")[key], shown, "{key}: {given}");
        }
        for given in [json!("high"), json!("1.5"), json!(""), json!(true), json!([1]), json!(1e300)]
        {
            let refusal = paddles.put(&path, json!({ key: given }));
            refusal.refused(400, &format!("field '{key}' must be an integer"));
        }
    }
}

#[test]
fn booleans_are_true_false_or_null() {
    let paddles = paddles();
    for key in BOOLEANS.split_whitespace() {
        let run = new_job(&paddles, json!({}));
        let path = format!("/runs/{run}/jobs/1/");
        for given in [json!(true), json!(false), Value::Null] {
            paddles.put(&path, json!({ key: given })).expect(200);
            assert_eq!(job(&paddles, &run, "1")[key], given);
        }
        for given in [json!("yes"), json!("true"), json!(1), json!(0), json!([])] {
            let refusal = paddles.put(&path, json!({ key: given }));
            refusal.refused(400, &format!("field '{key}' must be true or false"));
        }
        assert!(job(&paddles, &run, "1")[key].is_null());
    }
}

#[test]
fn json_fields_come_back_as_the_same_values() {
    let paddles = paddles();
    for key in ANYTHING.split_whitespace().filter(|key| *key != "targets") {
        let run = unique("run");
        let path = format!("/runs/{run}/jobs/1/?upsert=1");
        for text in [
            r#"{"max":18446744073709551615,"min":-9223372036854775808,"f":0.1,"e":1e-7}"#,
            r#"[{"a":[[],{}]},null,true,"x"]"#,
            r#""text""#,
            "7",
            "false",
            "null",
            r#"{"b":1,"a":2,"":{"$.x":"'"}}"#,
            r#"[0.30000000000000004,123456789012345678901234567890]"#,
        ] {
            paddles.put(&path, format!("{{\"{key}\": {text}}}")).expect(200);
            let slice = paddles.get(&format!("/runs/{run}/jobs/1/?fields={key}")).expect(200);
            assert_eq!(slice.text(), format!("{{\"{key}\":{text}}}"));
            let plain = paddles.get(&format!("/runs/{run}/1/")).expect(200);
            assert!(plain.text().contains(&format!("\"{key}\":{text}")), "{}", plain.text());
        }
    }
}

#[test]
fn times_are_read_in_their_two_forms_and_shown_in_one() {
    let paddles = paddles();
    let run = new_job(&paddles, json!({ "timestamp": "2024-05-06_07:08:09" }));
    let put = |body| paddles.put(&format!("/runs/{run}/jobs/1/"), body);
    assert_eq!(job(&paddles, &run, "1")["timestamp"], "2024-05-06 07:08:09");
    for (given, shown) in [
        ("2031-05-06 07:08:09", "2031-05-06 07:08:09"),
        ("2031-05-06 07:08:09.5", "2031-05-06 07:08:09.500000"),
        ("2031-05-06 07:08:09.000001", "2031-05-06 07:08:09.000001"),
        ("2031-05-06 07:08:09.000000", "2031-05-06 07:08:09"),
    ] {
        put(json!({ "updated": given })).expect(200);
        assert_eq!(job(&paddles, &run, "1")["updated"], shown);
        assert_eq!(lab_run(&paddles, &run)["updated"], shown, "the run takes it over");
    }
    for given in [json!("soon"), json!(5), json!([]), json!("2024-02-30_00:00:00"), json!(true)] {
        let refusal = put(json!({ "timestamp": given })).expect(400);
        assert!(refusal.message().starts_with("field 'timestamp' must be"));
        let refusal = put(json!({ "updated": given })).expect(400);
        assert!(refusal.message().starts_with("field 'updated' must be"));
    }
    put(json!({ "timestamp": null })).expect(200);
    let job = job(&paddles, &run, "1");
    assert!(job["timestamp"].is_null());
    assert_ne!(job["updated"], "2031-05-06 07:08:09", "without a time of its own it is now");
}

#[test]
fn a_clients_time_is_stripped_by_splitting_at_the_dot() {
    let paddles = paddles();
    let run = new_job(&paddles, json!({ "status": "running" }));
    let (job, run) = (job(&paddles, &run, "1"), lab_run(&paddles, &run));
    let times = [&job["posted"], &job["started"], &job["updated"]];
    for time in times.into_iter().chain([&run["posted"], &run["scheduled"], &run["started"]]) {
        let text = time.as_str().unwrap();
        let shape: String =
            text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        assert!(["0000-00-00 00:00:00", "0000-00-00 00:00:00.000000"].contains(&&*shape), "{text}");
    }
}

#[test]
fn a_wrong_field_leaves_the_whole_job_as_it_was() {
    let paddles = paddles();
    let run = new_job(&paddles, json!({ "status": "running", "owner": "bo" }));
    let before = job(&paddles, &run, "1");
    for (body, field) in [
        (json!({ "owner": "eve", "success": "yes" }), "success"),
        (json!({ "owner": "eve", "priority": "high" }), "priority"),
        (json!({ "owner": "eve", "timestamp": "soon" }), "timestamp"),
        (json!({ "owner": "eve", "updated": 5 }), "updated"),
        (json!({ "owner": "eve", "targets": "n1" }), "targets"),
        (json!({ "owner": "eve", "targets": ["n1"] }), "targets"),
        (json!({ "owner": "eve", "targets": { "u@": 1 } }), "targets"),
    ] {
        let refusal = paddles.put(&format!("/runs/{run}/jobs/1/"), body).expect(400);
        let start = format!("field '{field}' must be");
        assert!(refusal.message().starts_with(&start), "{}", refusal.message());
    }
    for status in [json!("odd"), json!(3), json!(["pass"]), json!("PASS"), json!("")] {
        let refusal = paddles.put(&format!("/runs/{run}/jobs/1/"), json!({ "status": status }));
        refusal.refused(
            400,
            "Job status must be one of: pass, fail, queued, running, dead, unknown, waiting",
        );
    }
    assert_eq!(job(&paddles, &run, "1"), before);
}

#[test]
fn hyphens_in_keys_are_underscores_and_unknown_keys_are_ignored() {
    let paddles = paddles();
    let run = new_job(&paddles, json!({ "os-type": "rocky", "nuke-on-error": true, "zip": {} }));
    let job = job(&paddles, &run, "1");
    assert_eq!((&job["os_type"], &job["nuke_on_error"]), (&json!("rocky"), &json!(true)));
    assert!(job.get("zip").is_none() && job.get("os-type").is_none());
}

#[test]
fn read_only_fields_are_ignored() {
    let paddles = paddles();
    let body = json!({
        "posted": "2001-01-01 00:00:00", "started": "2001-01-01 00:00:00", "log_href": "x",
        "href": "x", "run": "x", "id": 7,
    });
    let run = new_job(&paddles, body);
    let job = job(&paddles, &run, "1");
    assert_eq!((&job["run"], &job["started"]), (&json!(run), &Value::Null));
    assert!(job["posted"].as_str() > Some("2024") && job["href"] != "x" && job["log_href"] != "x");
}
