//! Job-runner: workers ask for work, say how it goes and give results back; people and scripts list
//! runs by state.
//!
//! Five projects of ten pools, each with one worker and four jobs. What grows is the number of
//! runs, most of them completed. Numbers are counted from an empty store.

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha1::Sha1;

use super::{Area, Hot, Request, Size, Waiting};

/// Runs.
pub const AREA: Area = Area {
    name: "job-runner",
    seed,
    hot: HOT,
    // 2,000 and 200,000 runs.
    scale: [size(80, 25), size(8000, 25)],
    waiting: Some(Waiting {
        count: 50,
        request: |n| claim(POOLS + 1 + n, 20),
        retry_after,
        beside: Hot { name: "read run, 50 waiting", read: true, status: 200, request: read_run },
    }),
};

const fn size(groups: u64, items_each: u64) -> Size {
    Size { groups, items_each, item_bytes: 100 }
}

const HOT: &[Hot] = &[
    Hot { name: "plan a run", read: false, status: 201, request: plan },
    Hot { name: "change a run", read: false, status: 202, request: change },
    Hot { name: "a run's 4 requests", read: false, status: 202, request: live },
    Hot { name: "claim, nothing due", read: true, status: 200, request: poll },
    Hot { name: "read run", read: true, status: 200, request: read_run },
    Hot { name: "list worker's in_queue", read: true, status: 200, request: list_own },
    Hot { name: "list scheduled", read: true, status: 200, request: |n, _| list(n, "scheduled") },
    Hot { name: "list started", read: true, status: 200, request: |n, _| list(n, "started") },
    Hot { name: "list completed", read: true, status: 200, request: |n, _| list(n, "completed") },
    Hot { name: "list with errors", read: true, status: 200, request: list_errors },
    Hot { name: "list last_completed", read: true, status: 200, request: list_last },
    Hot { name: "list all, page of 200", read: true, status: 200, request: list_all },
    Hot { name: "stats", read: true, status: 200, request: stats },
];

/// The variable `job_runner_admin_token` of what is measured.
const OPERATOR: &str = "bench";
const SECRET: &str = "verysecret";
const PROJECTS: u64 = 5;
const POOLS: u64 = 50;
const JOBS: u64 = 200;
/// The jobs of the last pools have a run each that is under way.
const BUSY_POOLS: u64 = 10;
const ACTIVE: u64 = BUSY_POOLS * JOBS / POOLS;

fn uri(resource: &str, id: u64) -> String {
    format!("/api/v1/{resource}/{id}/")
}

fn by_operator(request: Request) -> Request {
    Request { authorization: Some(format!("Bearer {OPERATOR}")), ..request }
}

/// Signed by the worker of this number.
fn by_worker(worker: u64, request: Request) -> Request {
    // A key of any length will do.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(SECRET.as_bytes()) else { return request };
    let body = request.body.as_deref().unwrap_or_default();
    for part in [request.method.as_bytes(), request.path.as_bytes(), body] {
        mac.update(part);
    }
    let signature = hex::encode(mac.finalize().into_bytes());
    Request { authorization: Some(format!("ApiKey bench{worker}:{signature}")), ..request }
}

fn create(resource: &str, body: &Value) -> Request {
    by_operator(Request::with_body("POST", format!("/api/v1/{resource}/"), body))
}

fn patch(run: u64, body: &Value) -> Request {
    by_operator(Request::with_body("PATCH", uri("run", run), body))
}

/// The first group comes with the lab. Each later one also settles the runs of a group so long
/// before it that all of these are stored, whichever connection stored which.
fn seed(group: u64, size: Size) -> Vec<Request> {
    let mut requests = if group == 0 { lab() } else { Vec::new() };
    let number = |item: u64| group * size.items_each + item;
    requests.extend((0..size.items_each).map(|item| {
        let at = format!("2012-01-01T{:02}:{:02}:00Z", item % 24, group % 60);
        create("run", &json!({ "job": uri("job", number(item) % JOBS + 1), "schedule_dts": at }))
    }));
    if let Some(settled) = group.checked_sub(BEHIND) {
        let first = ACTIVE + settled * size.items_each + 1;
        requests.extend((first..first + size.items_each).map(settle));
    }
    requests
}

/// One more than there are connections that seed.
const BEHIND: u64 = 5;

/// Of 20 runs 16 succeed, 3 fail, and one is planned for later.
fn settle(run: u64) -> Request {
    let body = match run % 20 {
        0 => json!({ "schedule_dts": "2099-01-01T00:00:00Z" }),
        outcome => json!({ "return_dts": "2012-02-01T00:00:00Z", "return_success": outcome > 3 }),
    };
    patch(run, &body)
}

fn lab() -> Vec<Request> {
    let worker = |n: u64| {
        let key = format!("bench{n}");
        create("worker", &json!({ "title": key, "api_key": key, "secret": SECRET }))
    };
    // As many workers again have nothing to do, and wait.
    let mut requests: Vec<Request> = (1..=2 * POOLS).map(worker).collect();
    requests.extend((1..=POOLS).map(|n| {
        create("worker_pool", &json!({ "title": n.to_string(), "workers": [uri("worker", n)] }))
    }));
    for n in 0..PROJECTS {
        let each = POOLS / PROJECTS;
        let pools: Vec<_> =
            (n * each + 1..=(n + 1) * each).map(|n| uri("worker_pool", n)).collect();
        requests.push(create("project", &json!({ "title": "bench", "worker_pools": pools })));
        let body = "#!/bin/sh\n{{ content|safe }}\n";
        let template = json!({ "title": "sh", "project": uri("project", n + 1), "body": body });
        requests.push(create("job_template", &template));
    }
    requests.extend((0..JOBS).map(|n| {
        let (pool, template) = (n % POOLS, n % POOLS * PROJECTS / POOLS);
        let fields = json!({
            "title": format!("job {n}"),
            "job_template": uri("job_template", template + 1),
            "worker_pool": uri("worker_pool", pool + 1),
            "script_content_partial": "make check\n".repeat(20),
        });
        create("job", &fields)
    }));
    requests.extend((0..ACTIVE).flat_map(active));
    requests
}

/// The run of this number, counted from 0, and that it is under way.
fn active(n: u64) -> [Request; 2] {
    let worker = POOLS - BUSY_POOLS + n % BUSY_POOLS;
    let job = worker + n / BUSY_POOLS * POOLS;
    let at = "2012-01-01T00:00:00Z";
    let started = n.is_multiple_of(2).then_some(at);
    let taken =
        json!({ "enqueue_dts": at, "start_dts": started, "worker": uri("worker", worker + 1) });
    [create("run", &json!({ "job": uri("job", job + 1) })), patch(n + 1, &taken)]
}

/// A worker of a pool whose jobs are free.
fn worker(n: u64) -> u64 {
    n % (POOLS - BUSY_POOLS) + 1
}

/// A run that has been settled.
fn run(n: u64, size: Size) -> u64 {
    let settled = Size { groups: size.groups.saturating_sub(BEHIND), ..size };
    ACTIVE + settled.group(n) * size.items_each + settled.item(n, 0..u64::MAX) + 1
}

fn plan(n: u64, _: Size) -> Request {
    let at = "2098-01-01T00:00:00Z";
    create("run", &json!({ "job": uri("job", n % JOBS + 1), "schedule_dts": at }))
}

fn change(n: u64, size: Size) -> Request {
    patch(run(n, size), &json!({ "pid": n }))
}

/// From plan to result, all by one worker: POST a run, claim, start, return.
fn live(n: u64, _: Size) -> Request {
    let worker = worker(n);
    let job = json!({ "job": uri("job", worker), "is_manual": true });
    let planned = by_worker(worker, Request::with_body("POST", "/api/v1/run/".into(), &job));
    then(planned, move |_| Some(then(claim(worker, 0), move |claimed| start(worker, claimed))))
}

fn then(request: Request, next: impl FnOnce(&str) -> Option<Request> + 'static) -> Request {
    Request { then: Some(Box::new(next)), ..request }
}

fn start(worker: u64, claimed: &str) -> Option<Request> {
    let claimed: Value = serde_json::from_str(claimed).ok()?;
    let run = claimed.get("objects")?.get(0)?;
    let (path, lease) = (run.get("resource_uri")?.as_str()?.to_owned(), run.get("lease")?.clone());
    let patch =
        move |body: &Value| by_worker(worker, Request::with_body("PATCH", path.clone(), body));
    let started = json!({ "start_dts": "2031-01-01T00:00:00Z", "pid": 7, "lease": lease });
    let returned =
        json!({ "return_dts": "2031-01-01T00:00:01Z", "return_success": true, "lease": lease });
    Some(then(patch(&started), move |_| Some(patch(&returned))))
}

fn claim(worker: u64, wait: u64) -> Request {
    let body = json!({ "wait": wait });
    by_worker(worker, Request::with_body("POST", "/api/v1/run/claim/".into(), &body))
}

fn retry_after(claimed: &str) -> u64 {
    let claimed: Value = serde_json::from_str(claimed).unwrap_or_default();
    claimed.get("retry_after").and_then(Value::as_u64).unwrap_or_default()
}

/// A worker whose jobs are all at work, so that it has to look at each.
fn poll(n: u64, _: Size) -> Request {
    claim(POOLS - n % BUSY_POOLS, 0)
}

fn read_run(n: u64, size: Size) -> Request {
    by_operator(Request::get(uri("run", run(n, size))))
}

/// What workers of upstream ask for when they start.
fn list_own(n: u64, _: Size) -> Request {
    let worker = POOLS - n % BUSY_POOLS;
    let path = format!("/api/v1/run/?state=in_queue&worker__api_key=bench{worker}");
    by_worker(worker, Request::get(path))
}

/// The first page of what a worker sees in this state.
fn list(n: u64, state: &str) -> Request {
    by_worker(worker(n), Request::get(format!("/api/v1/run/?state={state}&limit=20")))
}

fn list_errors(n: u64, _: Size) -> Request {
    list(n, "completed_with_errors")
}

fn list_last(n: u64, _: Size) -> Request {
    list(n, "last_completed")
}

fn list_all(_: u64, _: Size) -> Request {
    by_operator(Request::get("/api/v1/run/".into()))
}

fn stats(n: u64, _: Size) -> Request {
    by_worker(worker(n), Request::get("/api/v1/stats/".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_signed_as_the_contract_says() {
        let request = by_worker(1, Request::get("/api/v1/run/?state=scheduled&limit=2".into()));
        let signed = "ApiKey bench1:bc74f77a4b096723b77057fe8ab7a282b0a0a77c";
        assert_eq!(request.authorization.as_deref(), Some(signed));
    }

    #[test]
    fn runs_are_settled_after_they_are_stored() {
        let size = size(20, 25);
        let last = seed(19, size).pop().map(|request| request.path);
        // 14 groups, and the runs that are under way.
        assert_eq!(last, Some(uri("run", ACTIVE + 15 * 25)));
        assert!((0..1000).all(|n| (ACTIVE + 1..=ACTIVE + 375).contains(&run(n, size))));
    }

    #[test]
    fn a_run_is_started_with_its_lease() {
        let claimed = r#"{"objects":[{"resource_uri":"/api/v1/run/7/","lease":"x"}]}"#;
        let started = start(1, claimed);
        let body = started.and_then(|request| request.body).unwrap_or_default();
        let body = String::from_utf8(body).unwrap();
        assert!(body.contains(r#""lease":"x""#), "{body}");
        assert!(start(1, r#"{"objects":[]}"#).is_none());
    }
}
