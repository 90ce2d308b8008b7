//! `/runs/{filter}/{value}/...`: runs by any combination of filters, and the values there are.

use std::sync::LazyLock;

use assay_tests::{App, Client, areas, json};

use crate::column;

/// An app whose store these tests share: none of them writes.
static APP: LazyLock<App> = LazyLock::new(|| {
    let app = App::with(&[], &[]);
    fill(&app.client(areas::PADDLES));
    app
});

const QUINCY: &str = "ana-2024-05-06_07:08:09-rados-quincy-testing-default-plana";
const THRASH: &str = "ana-2024-05-06_23:59:59-rados:thrash-wip-ana-fix-distro-default-vps";
const REEF: &str = "bo-2024-05-07_00:00:00-rgw-reef-distro-default-smithi";
const OLD: &str = "bo-2023-12-31_10:00:00-rados-quincy-distro-default-smithi";
const MUTE: &str = "nightly";

fn fill(paddles: &Client) {
    for (run, jobs) in [
        (OLD, json!([{ "status": "pass", "sha1": "ABCdef01", "flavor": "default" }])),
        (QUINCY, json!([{ "status": "fail", "sha1": "abc123" }, { "status": "queued" }])),
        (THRASH, json!([{ "status": "queued", "flavor": "crimson", "sha1": "ffff" }])),
        (REEF, json!([{ "status": "running", "flavor": "default", "branch": "wip/x" }])),
    ] {
        paddles.post(&format!("/runs/{run}/jobs/"), jobs).expect(200);
    }
    paddles.post("/runs/", json!({ "name": MUTE })).expect(200);
}

fn client() -> Client {
    APP.client(areas::PADDLES)
}

#[track_caller]
fn names(path: &str) -> Vec<String> {
    column(&client().get(path).expect(200).json(), "name")
}

#[test]
fn every_filter_finds_its_runs_latest_scheduled_first() {
    for (path, expected) in [
        ("branch/quincy", vec![QUINCY, OLD]),
        ("branch/wip%2Fx", vec![REEF]),
        ("branch/reef", vec![]),
        ("suite/rados", vec![QUINCY, OLD]),
        ("suite/rados:thrash", vec![THRASH]),
        ("user/bo", vec![REEF, OLD]),
        ("machine_type/smithi", vec![REEF, OLD]),
        ("status/running", vec![REEF]),
        ("status/finished%20pass", vec![OLD]),
        ("status/finished%20fail", vec![QUINCY]),
        ("status/empty", vec![MUTE]),
        ("sha1/abc", vec![QUINCY, OLD]),
        ("sha1/ABC1", vec![QUINCY]),
        ("sha1/abcdef01", vec![OLD]),
        ("sha1/bc", vec![]),
        ("flavor/default", vec![REEF, OLD]),
        ("flavors/crimson", vec![THRASH]),
        ("date/2024-05-06", vec![THRASH, QUINCY]),
        ("date/2024-05-07", vec![REEF]),
        ("date/today", vec![MUTE]),
        ("date/yesterday", vec![]),
        ("date/from/2024-05-06/to/2024-05-07", vec![REEF, THRASH, QUINCY]),
        ("date/from/2024-05-07/to/2024-05-06", vec![]),
        ("date/from/2023-12-31", vec![]),
    ] {
        assert_eq!(names(&format!("/runs/{path}/")), expected, "{path}");
        assert_eq!(names(&format!("/runs/{path}")), expected, "{path} without the last slash");
    }
}

#[test]
fn filters_combine_in_any_order() {
    for (path, expected) in [
        ("branch/quincy/suite/rados", vec![QUINCY, OLD]),
        ("suite/rados/branch/quincy/user/ana", vec![QUINCY]),
        ("user/ana/date/2024-05-06/suite/rados:thrash", vec![THRASH]),
        ("date/from/2024-01-01/to/2024-05-06/branch/quincy", vec![QUINCY]),
        ("branch/quincy/date/from/2023-01-01/to/2024-12-31/user/bo", vec![OLD]),
        ("sha1/abc/flavor/default", vec![OLD]),
        ("flavor/default/status/running/machine_type/smithi", vec![REEF]),
        ("sha1/abc/flavor/crimson", vec![]),
    ] {
        assert_eq!(names(&format!("/runs/{path}/")), expected, "{path}");
    }
}

#[test]
fn the_same_filters_are_query_parameters_of_the_list() {
    for (query, expected) in [
        ("branch=quincy&suite=rados", vec![QUINCY, OLD]),
        ("user=bo&status=running", vec![REEF]),
        ("machine_type=smithi&date=2023-12-31", vec![OLD]),
        ("from=2024-05-06&to=2024-05-07", vec![REEF, THRASH, QUINCY]),
        ("sha1=FFFF", vec![THRASH]),
        ("flavor=default&since=2024-01-01", vec![REEF]),
        ("branch=wip/x", vec![REEF]),
    ] {
        assert_eq!(names(&format!("/runs/?{query}")), expected, "{query}");
    }
}

#[test]
fn a_filtered_list_is_cut_counted_and_sliced() {
    assert_eq!(names("/runs/user/bo/?count=1"), [REEF]);
    assert_eq!(names("/runs/user/bo/?count=1&page=2"), [OLD]);
    assert_eq!(names("/runs/user/bo/?since=2024-05-06"), [REEF]);
    assert_eq!(names("/runs/user/bo/?since=2024-05-07"), [""; 0], "later than that midnight");
    assert_eq!(names("/runs/branch/quincy/suite/rados/?count=3&since=2024-01-01"), [QUINCY]);
    let paddles = client();
    let sliced = paddles.get("/runs/status/running/?fields=status,user").expect(200);
    assert_eq!(sliced.text(), r#"[{"status":"running","user":"bo"}]"#);
    let zip = paddles.get("/runs/status/running/?fields=zip");
    zip.refused(400, "an invalid field was specified");
}

#[test]
fn distinct_values_are_sorted_and_never_empty() {
    let values = |path: &str| client().get(&format!("/runs/{path}")).expect(200).json();
    assert_eq!(values("branch/"), json!(["quincy", "wip-ana-fix", "wip/x"]));
    assert_eq!(values("suite/"), json!(["rados", "rados:thrash", "rgw"]));
    assert_eq!(values("user/"), json!(["ana", "bo"]));
    assert_eq!(values("machine_type/"), json!(["plana", "smithi", "vps"]));
    let statuses = ["empty", "finished fail", "finished pass", "queued", "running"];
    assert_eq!(values("status/"), json!(statuses));
    assert_eq!(values("flavors/"), json!(["crimson", "default"]));
    assert_eq!(values("flavor/"), values("flavors/"));
    let days = values("date/");
    let days = days.as_array().unwrap();
    assert_eq!(days[..3], [json!("2023-12-31"), json!("2024-05-06"), json!("2024-05-07")]);
    assert_eq!(days.len(), 4);
    let sha1s = values("sha1/");
    assert_eq!(sha1s.as_array().unwrap().len(), 3, "{sha1s}");
}

#[test]
fn distinct_values_are_those_within_the_filtered_runs() {
    let values = |path: &str| client().get(&format!("/runs/{path}")).expect(200).json();
    assert_eq!(values("branch/quincy/suite/"), json!(["rados"]));
    assert_eq!(values("user/ana/branch"), json!(["quincy", "wip-ana-fix"]));
    assert_eq!(values("user/ana/date/"), json!(["2024-05-06"]));
    assert_eq!(values("date/from/2024-05-06/to/2024-05-07/user/"), json!(["ana", "bo"]));
    assert_eq!(values("user/bo/flavor/"), json!(["default"]));
    assert_eq!(values("user/none/suite/"), json!([]));
    assert_eq!(values("suite/?prefix=rados"), json!(["rados", "rados:thrash"]));
    assert_eq!(values("suite/?prefix=rados:"), json!(["rados:thrash"]));
    assert_eq!(values("suite/?prefix=%25"), json!([]), "no wildcards");
    assert_eq!(values("suite/?count=2"), json!(["rados", "rados:thrash"]));
    assert_eq!(values("branch/quincy/suite/?prefix=x"), json!([]));
}

#[test]
fn chains_that_make_no_sense_are_refused() {
    let paddles = client();
    for day in ["2024-13-01", "2024-5-6", "x", "20240506", "2024-02-30"] {
        for path in [format!("date/{day}/"), format!("date/from/{day}/to/2024-05-06/")] {
            let refusal = paddles.get(&format!("/runs/{path}"));
            refusal.refused(400, "date format must match %Y-%m-%d");
        }
        let since = paddles.get(&format!("/runs/user/bo/?since={day}"));
        since.refused(400, "date format must match %Y-%m-%d");
    }
    for path in ["branch/a/branch/b/", "user/a/suite/b/user/c/", "flavor/a/flavors/b/"] {
        paddles.get(&format!("/runs/{path}")).expect(400);
    }
    for path in ["branch/a/color/b/", "branch/a/color/", "branch/a/jobs/b/"] {
        paddles.get(&format!("/runs/{path}")).expect(404);
    }
}

#[test]
fn values_are_plain_characters() {
    for value in ["%25", "_", "quinc_", "%27%20OR%201%3D1--", "%22", "%00", "quincy%20"] {
        for filter in ["branch", "suite", "user", "machine_type", "status", "sha1", "flavor"] {
            assert_eq!(names(&format!("/runs/{filter}/{value}/")), [""; 0], "{filter}/{value}");
        }
    }
}

#[test]
fn runs_with_queued_jobs_come_earliest_first() {
    assert_eq!(names("/runs/queued/"), [QUINCY, THRASH]);
    assert_eq!(names("/runs/queued?count=1"), [QUINCY]);
}

#[test]
fn a_range_without_a_count_is_not_cut_at_25() {
    let app = App::with(&[], &[]);
    let paddles = app.client(areas::PADDLES);
    for second in 10..40 {
        let name = format!("ana-2024-05-06_07:08:{second}-rados-main-testing-default-vps");
        paddles.post("/runs/", json!({ "name": name })).expect(200);
    }
    let count = |path: &str| paddles.get(path).expect(200).json().as_array().unwrap().len();
    assert_eq!(count("/runs/date/from/2024-05-06/to/2024-05-06/"), 30);
    assert_eq!(count("/runs/date/from/2024-05-06/to/2024-05-06/user/ana/"), 30);
    assert_eq!(count("/runs/date/from/2024-05-06/to/2024-05-06/?count=7"), 7);
    assert_eq!(count("/runs/date/2024-05-06/"), 25);
    assert_eq!(count("/runs/user/ana/"), 25);
}
