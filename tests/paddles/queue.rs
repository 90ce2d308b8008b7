//! `/queue/`: queues, and taking jobs out of them.

use assay_tests::{Client, Value, json, race, unique};

use crate::paddles;

/// A queue that was created.
fn queue(paddles: &Client) -> String {
    let queue = unique("q");
    assert_eq!(paddles.post("/queue/", json!({ "queue": queue })).expect(200).json(), json!({}));
    queue
}

/// Queues a job of a user; gives its id.
fn job(paddles: &Client, run: &str, queue: &str, priority: Value, user: &str) -> String {
    let new = json!({ "status": "queued", "queue": queue, "priority": priority, "user": user });
    let created = paddles.post(&format!("/runs/{run}/jobs/"), new).expect(200).json();
    created["job_id"].as_str().unwrap().to_owned()
}

fn ids(jobs: &Value) -> Vec<&str> {
    jobs.as_array().unwrap().iter().map(|job| job["job_id"].as_str().unwrap()).collect()
}

fn pause(paddles: &Client, queue: &str, seconds: f64) {
    let body = json!({ "queue": queue, "paused_by": "bo", "pause_duration": seconds });
    assert_eq!(paddles.put("/queue/", body).expect(200).json(), json!({}));
}

#[test]
fn a_queue_is_created_once_and_listed() {
    let (paddles, queue) = (paddles(), queue(&paddles()));
    let again = paddles.post("/queue/", json!({ "queue": queue }));
    again.refused(400, &format!("Queue {queue} already exists"));
    let listed = paddles.get(&format!("/queue/?machine_type={queue}")).expect(200).json();
    let expected = json!([{ "queue": queue, "paused": false, "paused_by": null,
                            "paused_since": null, "paused_until": null }]);
    assert_eq!(listed, expected);
    let all = paddles.get("/queue/").expect(200).json();
    assert!(all.as_array().unwrap().iter().any(|one| one["queue"] == json!(queue)));
    assert_eq!(paddles.get(&format!("/queue/?paused_by={queue}")).expect(200).json(), json!([]));
}

#[test]
fn several_types_mean_the_queue_multi() {
    let paddles = paddles();
    paddles.post("/queue/", json!({ "queue": "multi" })).expect_any(&[200, 400]);
    let listed = paddles.get("/queue/?machine_type=a%7Cb").expect(200).json();
    assert_eq!(listed[0]["queue"], "multi");
}

#[test]
fn a_queue_needs_a_name() {
    let paddles = paddles();
    for url in ["/queue/", "/queue/claim/", "/queue/stats/", "/queue/queued_jobs/"] {
        for body in [json!({}), json!({ "queue": null }), json!({ "queue": "" })] {
            paddles.post(url, body).refused(400, "could not find required key: 'queue'");
        }
        paddles.post(url, json!({ "queue": 7 })).refused(400, "field 'queue' must be text");
        paddles.post(url, "{").refused(400, "could not decode JSON body");
        paddles.post(url, json!([])).refused(400, "JSON body must be an object");
    }
    for url in ["/queue/pop_queue", "/queue/stats", "/queue/queued_jobs"] {
        paddles.get(url).refused(400, "could not find required key: 'queue'");
    }
    paddles.put("/queue/", json!({})).refused(400, "could not find required key: 'queue'");
    paddles.post("/queue/", json!({ "queue": "q".repeat(33) })).expect(400);
}

#[test]
fn the_job_of_the_lowest_priority_is_next_and_stays() {
    let (paddles, queue, run) = (paddles(), queue(&paddles()), unique("run"));
    let next = || paddles.get(&format!("/queue/pop_queue?queue={queue}")).expect(200).json();
    assert_eq!(next(), Value::Null);
    job(&paddles, &run, &queue, Value::Null, "ana");
    job(&paddles, &run, &queue, json!(15), "ana");
    let first = job(&paddles, &run, &queue, json!(10), "ana");
    job(&paddles, &run, &queue, json!(10), "ana");
    assert_eq!((&next()["job_id"], &next()["status"]), (&json!(first), &json!("queued")));
    let unknown =
        paddles.get(&format!("/queue/pop_queue?queue={}", unique("q"))).expect(200).json();
    assert_eq!(unknown, Value::Null);
}

#[test]
fn a_paused_queue_gives_nothing_until_it_goes_on() {
    let (paddles, queue, run) = (paddles(), queue(&paddles()), unique("run"));
    job(&paddles, &run, &queue, json!(15), "ana");
    job(&paddles, &run, &queue, json!(10), "ana");
    pause(&paddles, &queue, 600.5);
    let pop = format!("/queue/pop_queue?queue={queue}");
    paddles.get(&pop).refused(503, "queue is paused, cannot retrieve job");
    let claim = json!({ "queue": queue, "worker": "disp3" });
    paddles
        .post("/queue/claim/", claim.clone())
        .refused(503, "queue is paused, cannot retrieve job");
    let stats = paddles.get(&format!("/queue/stats/?queue={queue}")).expect(200).json();
    assert_eq!(
        (&stats["queued_jobs"], &stats["paused"], &stats["paused_by"]),
        (&json!(2), &json!(true), &json!("bo"))
    );
    assert!(stats["paused_since"].as_str() < stats["paused_until"].as_str());
    let again = json!({ "queue": queue, "paused_by": "cy", "pause_duration": 5 });
    paddles.put("/queue/", again).refused(403, "Cannot pause an already-paused queue");
    let by_bo = paddles.get("/queue/?paused_by=bo").expect(200).json();
    assert!(by_bo.as_array().unwrap().iter().any(|one| one["queue"] == json!(queue)));

    paddles.put("/queue/", json!({ "queue": queue, "paused": false })).expect(200);
    let stats = paddles.post("/queue/stats/", json!({ "queue": queue })).expect(200).json();
    assert_eq!(stats, json!({ "queue": queue, "queued_jobs": 2, "paused": false }));
    assert_eq!(paddles.post("/queue/claim/", claim).expect(200).json()["priority"], 10);
}

#[test]
fn a_pause_ends_by_itself() {
    let (paddles, queue) = (paddles(), queue(&paddles()));
    pause(&paddles, &queue, 0.001);
    let stats = format!("/queue/stats/?queue={queue}");
    while paddles.get(&stats).expect(200).json()["paused"] == true {}
    pause(&paddles, &queue, 600.0);
    assert_eq!(paddles.get(&stats).expect(200).json()["paused"], true);
}

#[test]
fn a_pause_has_an_author_and_an_end() {
    let (paddles, queue) = (paddles(), queue(&paddles()));
    let unknown = json!({ "queue": unique("q"), "paused_by": "bo", "pause_duration": 5 });
    paddles.put("/queue/", unknown).refused(400, "specified queue does not exist");
    for body in [json!({ "queue": queue }), json!({ "queue": queue, "pause_duration": 5 })] {
        paddles.put("/queue/", body).refused(400, "Cannot pause without specifying paused_by");
    }
    for duration in [json!("long"), json!(-1), json!(0), json!(null), json!([]), json!(1e300)] {
        paddles
            .put(
                "/queue/",
                json!({ "queue": queue, "paused_by": "bo", "pause_duration": duration }),
            )
            .expect(400);
    }
    let stats = paddles.get(&format!("/queue/stats/?queue={queue}")).expect(200).json();
    assert_eq!(stats["paused"], false);
}

#[test]
fn waiting_jobs_are_listed_in_the_order_of_the_queue() {
    let (paddles, queue, run, other) = (paddles(), queue(&paddles()), unique("run"), unique("run"));
    let last = job(&paddles, &run, &queue, Value::Null, "ana");
    let second = job(&paddles, &run, &queue, json!(15), "bo");
    let first = job(&paddles, &other, &queue, json!(10), "ana");
    let elsewhere = job(&paddles, &run, &unique("q"), json!(1), "ana");
    let list = |query: &str| {
        let url = format!("/queue/queued_jobs/?{query}");
        paddles.post(&url, json!({ "queue": queue })).expect(200).json()
    };
    assert_eq!(ids(&list("")), [first.as_str(), &second, &last]);
    assert_eq!(ids(&list("user=ana")), [first.as_str(), &last]);
    assert_eq!(ids(&list(&format!("run_name={run}"))), [elsewhere.as_str(), &second, &last]);
    let by_get =
        paddles.get(&format!("/queue/queued_jobs/?queue={queue}&user=bo")).expect(200).json();
    assert_eq!(ids(&by_get), [second.as_str()]);
    let mut next = Some(format!("/queue/queued_jobs/?queue={queue}&count=2"));
    let mut found = Vec::new();
    while let Some(page) = next {
        let answer = paddles.get(&page).expect(200);
        found.extend(ids(&answer.json()).iter().map(|id| (*id).to_owned()));
        next = answer.link("next");
    }
    assert_eq!(found, [first, second, last]);
    for url in ["/queue/stats/", "/queue/queued_jobs/"] {
        let unknown = json!({ "queue": unique("q") });
        paddles.post(url, unknown).refused(400, "specified queue does not exist");
    }
}

#[test]
fn a_claimed_job_waits_and_its_run_says_so() {
    let (paddles, queue, run) = (paddles(), unique("q"), unique("run"));
    let queued = job(&paddles, &run, &queue, json!(5), "ana");
    let shown = paddles.get(&format!("/runs/{run}")).expect(200);
    let tag = shown.header("etag").unwrap().to_owned();
    assert_eq!(shown.json()["status"], "queued");
    let claimed = paddles
        .post("/queue/claim/", json!({ "queue": queue, "worker": "disp3" }))
        .expect(200)
        .json();
    assert_eq!(
        (&claimed["job_id"], &claimed["status"], &claimed["started"]),
        (&json!(queued), &json!("waiting"), &Value::Null)
    );
    assert_eq!(claimed["run"], json!(run));
    let after =
        paddles.get(&format!("/runs/{run}")).header("if-none-match", &tag).expect(200).json();
    assert_eq!((&after["status"], &after["results"]["waiting"]), (&json!("waiting"), &json!(1)));
    assert_eq!(after["updated"], claimed["updated"]);
    assert_eq!(
        paddles.post("/queue/claim/", json!({ "queue": queue })).expect(200).json(),
        Value::Null
    );
    paddles.post("/queue/claim/", json!({ "queue": queue, "worker": [] })).expect(400);
}

#[test]
fn every_job_is_claimed_once() {
    let (paddles, queue, run) = (paddles(), queue(&paddles()), unique("run"));
    let mut queued: Vec<_> = (0..5).map(|n| job(&paddles, &run, &queue, json!(n), "ana")).collect();
    let answers = race(20, |i| {
        let claim = json!({ "queue": queue, "worker": format!("disp{i}") });
        paddles.post("/queue/claim/", claim).expect(200).json()
    });
    let mut claimed: Vec<_> =
        answers.iter().filter_map(|job| job["job_id"].as_str()).map(str::to_owned).collect();
    claimed.sort();
    queued.sort();
    assert_eq!(claimed, queued);
    assert_eq!(answers.iter().filter(|answer| answer.is_null()).count(), 15);
}
