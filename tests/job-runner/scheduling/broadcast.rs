//! `/api/v1/broadcast/`: what a bridge is to say over ZeroMQ. It speaks for everything that is
//! stored, so each test has an app of its own.

use std::thread;
use std::time::Duration;

use assay_tests::{Client, Value, json, race};

use super::lab::{self, Lab, Worker, id};

const BROADCAST: &str = "/api/v1/broadcast/";

/// The messages that are due now, of this action.
#[track_caller]
fn messages(bridge: &Client, action: &str) -> Vec<Value> {
    let answer = bridge.post(BROADCAST, json!({})).expect(200).json();
    let all = answer["messages"].as_array().expect("messages").clone();
    all.into_iter().filter(|message| message["body"]["action"] == action).collect()
}

fn enqueue(worker: &Worker, run: &str) -> Value {
    json!({ "address": format!("master.broadcast.{}", worker.key),
            "body": { "run_id": id(run), "action": "enqueue" } })
}

#[test]
fn only_the_bridge_and_the_operator_broadcast() {
    let lab = Lab::shared();
    lab.anybody.post(BROADCAST, json!({})).expect(401);
    lab.worker().post(BROADCAST, json!({})).expect(401);
    lab.bridge().get(BROADCAST).expect(405);
    lab.operator.post(BROADCAST, json!({})).expect(200);
    // A cron job sends no body.
    lab.bridge().request("POST", BROADCAST).expect(200);
}

#[test]
fn a_due_run_is_offered_to_one_worker_until_it_takes_it() {
    let app = lab::app(&[]);
    let lab = Lab::of(&app);
    let (site, bridge) = (lab.site(2), lab.bridge());
    // The responsive one is asked first.
    site.workers[1].claim(1);
    let job = site.job(json!({ "reschedule_interval": 1, "reschedule_interval_type": "DAY" }));
    let run = site.due(&job);
    assert_eq!(messages(&bridge, "enqueue"), [enqueue(&site.workers[1], &run)]);
    assert_eq!(lab.runs(&job, "scheduled").len(), 2, "the next run is planned with the offer");
    assert_eq!(messages(&bridge, "enqueue"), Vec::<Value>::new(), "not again at once");
    thread::sleep(Duration::from_millis(5100));
    assert_eq!(messages(&bridge, "enqueue"), [enqueue(&site.workers[1], &run)], "again after 5 s");
    site.workers[1].take(&run);
    thread::sleep(Duration::from_millis(5100));
    assert_eq!(messages(&bridge, "enqueue"), Vec::<Value>::new());
}

#[test]
fn a_run_that_is_not_taken_is_offered_to_another_worker() {
    let app = lab::app(&[("job_runner_offer_patience", "1")]);
    let lab = Lab::of(&app);
    let (site, bridge) = (lab.site(2), lab.bridge());
    let [first, second] = &site.workers[..] else { unreachable!() };
    first.claim(1);
    let run = site.due(&site.job(json!({})));
    assert_eq!(messages(&bridge, "enqueue"), [enqueue(first, &run)]);
    thread::sleep(Duration::from_millis(5100));
    assert_eq!(messages(&bridge, "enqueue"), [enqueue(second, &run)], "though the first answers");
    // Who is late after all and takes it first has it.
    first.take(&run);
    let body = json!({ "enqueue_dts": "2013-01-01 00:00:00+00:00", "worker": second.uri });
    second.patch(&run, body).expect(409);
}

#[test]
fn many_broadcasts_at_once_offer_a_run_once() {
    let app = lab::app(&[]);
    let lab = Lab::of(&app);
    let (site, bridge) = (lab.site(4), lab.bridge());
    let spread = site.job(json!({ "run_on_all_workers": true, "reschedule_interval": 1,
                                  "reschedule_interval_type": "HOUR" }));
    site.due(&spread);
    let runs: Vec<String> = (0..20).map(|_| site.due(&site.job(json!({})))).collect();
    let offered: Vec<Value> =
        race(6, |_| messages(&bridge, "enqueue")).into_iter().flatten().collect();
    assert_eq!(offered.len(), 24, "20 runs and 4 siblings");
    for run in &runs {
        let named = |message: &&Value| message["body"]["run_id"] == json!(id(run));
        assert_eq!(offered.iter().filter(named).count(), 1);
    }
    let siblings = lab.list(&format!("/api/v1/run/?job={}&worker__isnull=false", id(&spread)));
    assert_eq!(siblings.len(), 4);
    for sibling in &siblings {
        let worker = site.workers.iter().find(|worker| sibling["worker"] == json!(worker.uri));
        let message = enqueue(worker.unwrap(), sibling["resource_uri"].as_str().unwrap());
        assert_eq!(offered.iter().filter(|one| **one == message).count(), 1, "{message}");
    }
    assert_eq!(lab.runs(&spread, "scheduled").len(), 5, "one next run");
}

#[test]
fn every_worker_is_pinged_once_an_interval() {
    let app = lab::app(&[("job_runner_ping_interval", "2")]);
    let lab = Lab::of(&app);
    let workers: Vec<Worker> = (0..3).map(|_| lab.worker()).collect();
    let pings = || {
        let all = race(4, |_| messages(&lab.bridge(), "ping"));
        let mut to: Vec<Value> =
            all.into_iter().flatten().map(|one| one["address"].clone()).collect();
        to.sort_by_key(|address| address.as_str().map(str::to_owned));
        to
    };
    let mut every: Vec<Value> =
        workers.iter().map(|worker| json!(format!("master.broadcast.{}", worker.key))).collect();
    every.sort_by_key(|address| address.as_str().map(str::to_owned));
    assert_eq!(pings(), every);
    assert_eq!(pings(), Vec::<Value>::new());
    thread::sleep(Duration::from_millis(2100));
    assert_eq!(pings(), every);
}

#[test]
fn a_kill_request_goes_out_once_its_run_can_be_killed() {
    let app = lab::app(&[]);
    let lab = Lab::of(&app);
    let (site, bridge) = (lab.site(1), lab.bridge());
    let worker = &site.workers[0];
    let run = site.due(&site.job(json!({})));
    let request = lab.create("kill_request", json!({ "run": run }));
    let uri = request["resource_uri"].as_str().unwrap();
    assert_eq!((&request["enqueue_dts"], &request["execute_dts"]), (&Value::Null, &Value::Null));
    assert_eq!(messages(&bridge, "kill"), Vec::<Value>::new(), "not before the run has started");
    worker.take(&run);
    worker.patch(&run, json!({ "start_dts": "2013-01-01 00:00:01+00:00" })).expect(202);
    assert_eq!(messages(&bridge, "kill"), Vec::<Value>::new(), "not without a process");
    worker.patch(&run, json!({ "pid": 77 })).expect(202);
    let kill = json!({ "address": format!("master.broadcast.{}", worker.key),
                       "body": { "kill_request_id": id(uri), "action": "kill" } });
    assert_eq!(messages(&bridge, "kill"), std::slice::from_ref(&kill));
    assert_eq!(messages(&bridge, "kill"), Vec::<Value>::new());
    thread::sleep(Duration::from_millis(5100));
    assert_eq!(messages(&bridge, "kill"), [kill], "again until it is taken");
    worker.patch(uri, json!({ "enqueue_dts": "2013-01-01 00:00:02+00:00" })).expect(202);
    thread::sleep(Duration::from_millis(5100));
    assert_eq!(messages(&bridge, "kill"), Vec::<Value>::new());
    worker.give_back(&run, false).expect(202);
    lab.operator.post("/api/v1/kill_request/", json!({ "run": run })).expect(409);
}

#[test]
fn an_answer_has_at_most_500_messages() {
    let app = lab::app(&[]);
    let lab = Lab::of(&app);
    let (site, bridge) = (lab.site(1), lab.bridge());
    race(8, |i| {
        for _ in 0..(if i == 0 { 72 } else { 64 }) {
            site.due(&site.job(json!({})));
        }
    });
    let first = bridge.post(BROADCAST, json!({})).expect(200).json();
    assert_eq!((first["messages"].as_array().unwrap().len(), &first["more"]), (500, &json!(true)));
    let rest = bridge.post(BROADCAST, json!({})).expect(200).json();
    // 520 runs and one ping.
    assert_eq!(rest["messages"].as_array().unwrap().len(), 21);
    assert_eq!(rest["next_in"], 5);
}
