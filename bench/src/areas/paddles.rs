//! Paddles: teuthology reports every change of every job and polls runs; web pages list runs and
//! open them.

use serde_json::{Value, json};

use super::{Area, Hot, Request, Size};

/// Runs of jobs.
pub const AREA: Area = Area {
    name: "paddles",
    seed,
    hot: HOT,
    // 1,000 and 100,000 jobs.
    scale: [size(40, 25), size(4000, 25)],
    waiting: None,
};

const fn size(groups: u64, items_each: u64) -> Size {
    Size { groups, items_each, item_bytes: 8192 }
}

const HOT: &[Hot] = &[
    Hot { name: "create job", read: false, status: 200, request: create_job },
    Hot { name: "report known job", read: false, status: 400, request: report_known_job },
    Hot { name: "update job status", read: false, status: 200, request: update_job },
    Hot { name: "read job", read: true, status: 200, request: read_job },
    Hot { name: "poll a run's jobs", read: true, status: 200, request: poll_jobs },
    Hot { name: "read run", read: true, status: 200, request: read_run },
    Hot { name: "read run with all jobs", read: true, status: 200, request: read_whole_run },
    Hot { name: "list runs", read: true, status: 200, request: list_runs },
    Hot { name: "list runs, page of 25", read: true, status: 200, request: list_page },
    Hot { name: "list runs of a branch", read: true, status: 200, request: list_branch },
];

/// In a run of 30: 20 pass, 2 fail, 1 is dead, and the rest is still to do, which is what updates
/// go to.
fn status(item: u64) -> &'static str {
    match item % 30 {
        0..20 => "pass",
        20..22 => "fail",
        22 => "dead",
        23..26 => "running",
        _ => "queued",
    }
}

/// The name that teuthology would give to this run.
fn run_name(group: u64) -> String {
    let (day, hour, minute) = (group % 28 + 1, group / 28 % 24, group / 672 % 60);
    let (suite, branch) = (suite_of(group), branch_of(group));
    format!(
        "bench-2031-05-{day:02}_{hour:02}:{minute:02}:00-{suite}-{branch}-testing-default-gibba{group}"
    )
}

fn suite_of(group: u64) -> &'static str {
    match group % 5 {
        0 => "rados",
        1 => "rgw",
        2 => "rbd",
        3 => "fs",
        _ => "smoke",
    }
}

fn branch_of(group: u64) -> String {
    format!("wip{}", group % 20)
}

/// What teuthology pushes: the job's whole configuration.
fn job(id: &str, item: u64, status: &str, size: Size) -> Value {
    json!({
        "job_id": id,
        "status": status,
        "description": format!("rados/thrash/{{cluster/3-node workload/case-{item}}}"),
        "machine_type": "gibba",
        "owner": "scheduled_bench@lab",
        "priority": 50,
        "sha1": "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c",
        "roles": [["mon.a", "osd.0"], ["mon.b", "osd.1"]],
        "overrides": { "ceph": { "conf": "x".repeat(size.item_bytes.saturating_sub(500)) } },
        "failure_reason": (status == "fail").then_some("Command failed on gibba1 with status 1"),
    })
}

/// One request for a whole run.
fn seed(group: u64, size: Size) -> Vec<Request> {
    let jobs = (0..size.items_each).map(|item| job(&item.to_string(), item, status(item), size));
    let path = format!("/runs/{}/jobs/", run_name(group));
    vec![Request::with_body("POST", path, &jobs.collect())]
}

fn create_job(n: u64, size: Size) -> Request {
    let path = format!("/runs/{}/jobs/", run_name(size.group(n)));
    Request::with_body("POST", path, &job(&format!("new{n}"), n, "queued", size))
}

/// What each report but the first begins with; teuthology then sends the same again as an update.
fn report_known_job(n: u64, size: Size) -> Request {
    let (run, item) = (run_name(size.group(n)), size.item(n, 23..30));
    let body = job(&item.to_string(), item, "running", size);
    Request::with_body("POST", format!("/runs/{run}/jobs/"), &body)
}

fn update_job(n: u64, size: Size) -> Request {
    let (run, item) = (run_name(size.group(n)), size.item(n, 23..30));
    let status = if n.is_multiple_of(2) { "running" } else { "waiting" };
    let body = job(&item.to_string(), item, status, size);
    Request::with_body("PUT", format!("/runs/{run}/jobs/{item}/"), &body)
}

fn read_job(n: u64, size: Size) -> Request {
    let (run, item) = (run_name(size.group(n)), size.item(n, 0..u64::MAX));
    Request::get(format!("/runs/{run}/jobs/{item}/"))
}

fn poll_jobs(n: u64, size: Size) -> Request {
    Request::get(format!("/runs/{}/jobs/?fields=status,job_id", run_name(size.group(n))))
}

fn read_run(n: u64, size: Size) -> Request {
    Request::get(format!("/runs/{}/", run_name(size.group(n))))
}

/// Without the last slash: the dialect of teuthology.
fn read_whole_run(n: u64, size: Size) -> Request {
    Request::get(format!("/runs/{}", run_name(size.group(n))))
}

fn list_runs(_: u64, _: Size) -> Request {
    Request::get("/runs/".into())
}

fn list_page(n: u64, _: Size) -> Request {
    Request::get(format!("/runs/?count=25&page={}", n % 2 + 1))
}

fn list_branch(n: u64, size: Size) -> Request {
    Request::get(format!("/runs/branch/{}/", branch_of(size.group(n))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_run_has_a_name_of_its_own() {
        let mut names: Vec<_> = (0..5000).map(run_name).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), 5000);
    }

    #[test]
    fn a_job_is_about_as_long_as_it_should_be() {
        let length = job("1", 1, "pass", size(1, 1)).to_string().len();
        assert!((8000..8400).contains(&length), "{length}");
    }

    #[test]
    fn updates_go_to_jobs_that_are_not_finished() {
        for n in 0..100 {
            let item = size(40, 25).item(n, 23..30);
            assert!(matches!(status(item), "running" | "queued"), "{item}");
        }
    }
}
