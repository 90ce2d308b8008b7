//! What the name of a run says:
//! `user-YYYY-MM-DD_HH:MM:SS-suite-branch-kernel-flavor[-machine_type[-distro]]`.

use assay_tests::json;

use crate::{lab_run, paddles};

/// A name, and the user, suite, branch and machine type that it says. None is a prefix of another
/// test's name.
const NAMES: [(&str, [&str; 4]); 13] = [
    // the contract's table
    (
        "ana-2024-05-06_07:08:09-rados-quincy-testing-default-plana",
        ["ana", "rados", "quincy", "plana"],
    ),
    (
        "ana-2024-05-06_07:08:09-rados:thrash-wip-ana-fix-distro-default-vps-centos",
        ["ana", "rados:thrash", "wip-ana-fix", "vps"],
    ),
    (
        "ana-b-2024-05-06_07:08:09-ceph-deploy-main-testing-basic-mira",
        ["ana-b", "ceph-deploy", "main", "mira"],
    ),
    ("ana-2024-05-06_07:08:09-rgw-next---basic-saya", ["ana", "rgw", "next", "saya"]),
    (
        "ana-2024-05-06_07:08:09-rados:thrash-wip-ana-fix-distro-default-smithi",
        ["ana", "rados:thrash", "wip-ana-fix", "smithi"],
    ),
    // its prose
    ("teuth-2024-05-06_07:08:09-otters-main-testing-basic-vps", ["teuth", "otters", "main", "vps"]),
    ("teuth-2024-05-06_07:08:09-otters-main-testing-basic-moon", ["teuth", "otters", "main", ""]),
    (
        "bo-2024-05-06_07:08:09-upgrade:dumpling-x:stress-split-main-distro-basic-mira-ubuntu",
        ["bo", "upgrade:dumpling-x:stress-split", "main", "mira"],
    ),
    (
        "bo-2024-05-06_07:08:09-crimson-rados-wip-a-b-c-distro-crimson-smithi",
        ["bo", "crimson-rados", "wip-a-b-c", "smithi"],
    ),
    ("bo-2024-05-06_07:08:09-rados-main-testing-basic", ["bo", "rados", "main", ""]),
    (
        "bo-2013-01-01_00:00:00-2024-05-06_07:08:09-rados-main-testing-basic-vps",
        ["bo-2013-01-01_00:00:00", "rados", "main", "vps"],
    ),
    (
        "bo-2024-05-06_07:08:09-upgrade-rados-main-testing-basic-plana",
        ["bo", "upgrade-rados", "main", "plana"],
    ),
    ("bo-2024-5-6_7:8:9-rados-main-testing-basic-plana", ["bo", "rados", "main", "plana"]),
];

/// Names that say nothing.
const MUTE: [&str; 7] = [
    "nightly",
    "ana-2024-05-06_07:08:09-a-b",
    "ana-2024-13-06_07:08:09-rados-main-testing-basic-plana",
    "ana-2024-05-06_25:08:09-rados-main-testing-basic-plana",
    "ana-2024-02-30_07:08:09-rados-main-testing-basic-plana",
    "ana-2024-05-06_07:08-rados-main-testing-basic-plana",
    "2024-05-06_07:08:09",
];

#[test]
fn a_name_says_user_suite_branch_machine_type_and_time() {
    let paddles = paddles();
    for (name, expected) in NAMES {
        paddles.post("/runs/", json!({ "name": name })).expect_any(&[200, 400]);
        let run = lab_run(&paddles, name);
        let facts =
            ["user", "suite", "branch", "machine_type"].map(|key| run[key].as_str().unwrap());
        assert_eq!(facts, expected, "{name}");
        assert_eq!(run["scheduled"], "2024-05-06 07:08:09", "{name}");
    }
}

#[test]
fn a_name_that_says_nothing_is_as_good_as_any() {
    let paddles = paddles();
    for name in MUTE {
        paddles.post("/runs/", json!({ "name": name })).expect_any(&[200, 400]);
        let run = lab_run(&paddles, name);
        let facts =
            ["user", "suite", "branch", "machine_type"].map(|key| run[key].as_str().unwrap());
        assert_eq!(facts, [""; 4], "{name}");
        assert_eq!(run["scheduled"], run["posted"], "{name}");
    }
}

#[test]
fn a_run_made_by_its_first_job_is_named_as_well() {
    let paddles = paddles();
    let name = "cy-2024-05-06_07:08:09-rbd-reef-distro-default-gibba";
    paddles.post(&format!("/runs/{name}/jobs/"), json!({ "job_id": 1 })).expect_any(&[200, 400]);
    let run = lab_run(&paddles, name);
    let facts = ["user", "suite", "branch", "machine_type"].map(|key| run[key].as_str().unwrap());
    assert_eq!(facts, ["cy", "rbd", "reef", "gibba"]);
    assert_eq!(run["scheduled"], "2024-05-06 07:08:09");
}
