//! `/paddles/events/`: what happened in the lab, in order.

use assay_tests::{Value, json, race, unique};

use crate::paddles;

/// All events after one, page by page; checks on the way that no number is left out.
fn events_after(start: i64) -> Vec<Value> {
    let (mut all, mut after) = (Vec::new(), start);
    loop {
        let url = format!("/paddles/events/?after={after}&count=1000");
        let page = paddles().get(&url).expect(200).json();
        let events = page["events"].as_array().unwrap();
        for event in events {
            after += 1;
            assert_eq!(event["id"], after);
        }
        assert_eq!(page["next"], after);
        if events.is_empty() {
            return all;
        }
        all.extend_from_slice(events);
    }
}

/// The number of the latest event.
fn now() -> i64 {
    events_after(0).last().map_or(0, |event| event["id"].as_i64().unwrap())
}

/// What happened to a run since then: kind, job, from, to.
fn story(run: &str, since: i64) -> Vec<(String, Value, Value, Value)> {
    let of_run = events_after(since).into_iter().filter(|event| event["run"] == json!(run));
    of_run
        .map(|event| {
            let kind = event["kind"].as_str().unwrap().to_owned();
            (kind, event["job_id"].clone(), event["from"].clone(), event["to"].clone())
        })
        .collect()
}

#[test]
fn the_life_of_a_job_is_told_in_order() {
    let (paddles, run, start) = (paddles(), unique("run"), now());
    let jobs = format!("/runs/{run}/jobs/");
    paddles.post(&jobs, json!({"job_id": 1, "status": "queued"})).expect(200);
    paddles.put(&format!("{jobs}1/"), json!({"status": "running"})).expect(200);
    paddles.put(&format!("{jobs}1/"), json!({"status": "running", "pid": 7})).expect(200);
    paddles.put(&format!("{jobs}1/"), json!({"success": true})).expect(200);
    paddles.delete(&format!("{jobs}1/")).expect(200);
    let (told, one) = (story(&run, start), json!("1"));
    let of = |kind: &str| -> Vec<(Value, Value, Value)> {
        let wanted = told.iter().filter(|(told, ..)| told == kind);
        wanted.map(|(_, job, from, to)| (job.clone(), from.clone(), to.clone())).collect()
    };
    assert_eq!(of("run.created"), [(Value::Null, Value::Null, json!("empty"))]);
    assert_eq!(of("job.created"), [(one.clone(), Value::Null, json!("queued"))]);
    assert_eq!(
        of("job.status"),
        [
            (one.clone(), json!("queued"), json!("running")),
            (one.clone(), json!("running"), json!("pass")),
        ]
    );
    assert_eq!(of("job.deleted"), [(one, json!("pass"), Value::Null)]);
    let words: Vec<Value> = of("run.status").into_iter().map(|(_, _, to)| to).collect();
    assert_eq!(words, ["queued", "running", "finished pass", "empty"]);
}

#[test]
fn a_deleted_run_takes_each_of_its_jobs_along() {
    let (paddles, run) = (paddles(), unique("run"));
    let jobs = json!([{"job_id": 10, "status": "pass"}, {"job_id": 9, "status": "queued"}]);
    paddles.post(&format!("/runs/{run}/jobs/"), jobs).expect(200);
    let start = now();
    paddles.delete(&format!("/runs/{run}/")).expect(200);
    let none = Value::Null;
    assert_eq!(
        story(&run, start),
        [
            ("job.deleted".to_owned(), json!("9"), json!("queued"), none.clone()),
            ("job.deleted".to_owned(), json!("10"), json!("pass"), none.clone()),
            ("run.deleted".to_owned(), none.clone(), json!("queued"), none),
        ]
    );
}

#[test]
fn a_lock_and_an_unlock_are_told() {
    let (paddles, node) = (paddles(), unique("n"));
    let start = now();
    paddles.post("/nodes/", json!({"name": node, "machine_type": "gibba", "up": true})).expect(200);
    for locked in [true, false] {
        let wanted = json!({"locked": locked, "locked_by": "bo"});
        paddles.put(&format!("/nodes/{node}/lock/"), wanted).expect(200);
    }
    let events = events_after(start);
    let told: Vec<(&Value, &Value, &Value)> = events
        .iter()
        .filter(|event| event["node"] == json!(node))
        .map(|event| (&event["kind"], &event["from"], &event["to"]))
        .collect();
    let (bo, none) = (json!("bo"), Value::Null);
    let expected = [(&json!("node.locked"), &none, &bo), (&json!("node.unlocked"), &bo, &none)];
    assert_eq!(told, expected);
}

#[test]
fn an_event_has_all_keys_and_a_time() {
    let (paddles, run) = (paddles(), unique("run"));
    let start = now();
    paddles.post("/runs/", json!({ "name": run })).expect(200);
    let event = events_after(start).into_iter().find(|event| event["run"] == json!(run)).unwrap();
    let keys: Vec<&String> = event.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["id", "at", "kind", "run", "job_id", "node", "from", "to"]);
    let at = event["at"].as_str().unwrap();
    assert!(at.len() >= 19 && !at.contains('T') && at.as_bytes()[10] == b' ', "{at}");
}

#[test]
fn events_come_in_pages() {
    let (paddles, start) = (paddles(), now());
    let run = unique("run");
    let jobs: Vec<Value> = (1..=5).map(|job_id| json!({ "job_id": job_id })).collect();
    paddles.post(&format!("/runs/{run}/jobs/"), json!(jobs)).expect(200);
    let page = paddles.get(&format!("/paddles/events/?after={start}&count=2")).expect(200).json();
    assert_eq!(page["events"].as_array().unwrap().len(), 2);
    assert_eq!(page["next"], start + 2);
    let none = paddles.get(&format!("/paddles/events/?after={start}&count=0")).expect(200).json();
    assert_eq!(none, json!({"events": [], "next": start}));
    let future = 9_007_199_254_740_991_i64;
    let none = paddles.get(&format!("/paddles/events/?after={future}")).expect(200).json();
    assert_eq!(none, json!({"events": [], "next": future}));
    let most = paddles.get("/paddles/events/?count=999999999").expect(200).json();
    assert!(most["events"].as_array().unwrap().len() <= 1000);
    assert!(
        paddles.get("/paddles/events").expect(200).json()["events"].as_array().unwrap().len()
            <= 100
    );
}

#[test]
fn what_is_refused_leaves_no_event_and_no_gap() {
    let (paddles, run) = (paddles(), unique("run"));
    paddles.post(&format!("/runs/{run}/jobs/"), json!({"job_id": 1})).expect(200);
    let start = now();
    paddles.post("/runs/", json!({ "name": run })).expect(400);
    paddles.post(&format!("/runs/{run}/jobs/"), json!({"job_id": 1})).expect(400);
    paddles.post(&format!("/runs/{run}/jobs/"), json!([{"job_id": 2}, {"job_id": 1}])).expect(400);
    assert_eq!(story(&run, start), []);
}

#[test]
fn no_event_is_lost_when_many_write() {
    let (start, run) = (now(), unique("run"));
    race(16, |writer| {
        let job = json!({"job_id": writer, "status": "running"});
        paddles().post(&format!("/runs/{run}/jobs/"), job).expect(200);
        // A reader meanwhile sees no gap either.
        events_after(start);
    });
    let created = story(&run, start).into_iter().filter(|(kind, ..)| kind == "job.created").count();
    assert_eq!(created, 16);
}

#[test]
fn bounds_of_the_feed_are_numbers() {
    let paddles = paddles();
    for after in ["x", "-1", "1.5", "99999999999999999999"] {
        let refused = "after must be an integer from 0 to 9007199254740991";
        paddles.get(&format!("/paddles/events/?after={after}")).refused(400, refused);
    }
    for count in ["x", "-1", "9999999999"] {
        let url = format!("/paddles/events/?count={count}");
        paddles.get(&url).refused(400, "count must be an integer");
    }
    paddles.post("/paddles/events/", json!({})).expect(405);
}
