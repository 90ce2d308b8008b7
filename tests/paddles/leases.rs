//! Locks that end by themselves, `/nodes/{node}/history/` and `/nodes/stale/`.

use std::time::{Duration, Instant};

use assay_tests::{Client, Value, json, unique};

use crate::locks::nodes;
use crate::paddles;

fn state(paddles: &Client, node: &str) -> Value {
    paddles.get(&format!("/nodes/{node}/")).expect(200).json()
}

fn history(paddles: &Client, node: &str) -> Vec<(bool, Value, Value)> {
    let entries = paddles.get(&format!("/nodes/{node}/history/")).expect(200).json();
    let fact = |e: &Value| (e["locked"] == true, e["locked_by"].clone(), e["description"].clone());
    entries.as_array().unwrap().iter().map(fact).collect()
}

/// Asks until the node counts as free; a lease is the one thing here that only time changes.
fn await_end_of_lease(paddles: &Client, node: &str) {
    let began = Instant::now();
    while state(paddles, node)["locked"] == true {
        assert!(began.elapsed() < Duration::from_secs(20), "the lease does not end");
    }
}

#[test]
fn a_lease_that_has_ended_leaves_the_node_free_for_everybody() {
    let paddles = paddles();
    let (names, machine_type) = nodes(&paddles, 2);
    let many = json!({ "count": 2, "machine_type": machine_type, "locked_by": "bo",
                       "description": "d1", "lease_seconds": 0.3 });
    let locked = paddles.post("/nodes/lock_many/", many).expect(200).json();
    assert!(locked[0]["lease_until"].is_string(), "{locked}");
    await_end_of_lease(&paddles, &names[0]);
    await_end_of_lease(&paddles, &names[1]);

    let free = state(&paddles, &names[0]);
    assert_eq!(
        (&free["locked_by"], &free["locked_since"], free.get("lease_until")),
        (&Value::Null, &Value::Null, None)
    );
    let listed = |query: &str| {
        let url = format!("/nodes/?machine_type={machine_type}&{query}");
        paddles.get(&url).expect(200).json().as_array().unwrap().len()
    };
    assert_eq!((listed("locked=0"), listed("locked=1"), listed("locked_by=bo")), (2, 0, 0));
    let unlock = json!({ "locked": false, "locked_by": "bo" });
    paddles
        .put(&format!("/nodes/{}/lock/", names[0]), unlock)
        .refused(403, "Cannot unlock an already-unlocked node");
    let check = paddles.put(&format!("/nodes/{}/lock/", names[0]), "{}").expect(200).json();
    assert_eq!((&check["locked"], &check["locked_by"]), (&json!(false), &Value::Null));

    let wish = json!({ "locked": true, "locked_by": "cy", "description": "d2" });
    paddles.put(&format!("/nodes/{}/lock/", names[0]), wish).expect(200);
    let many =
        json!({ "count": 1, "machine_type": machine_type, "locked_by": "cy", "description": "d2" });
    let taken = paddles.post("/nodes/lock_many/", many).expect(200).json();
    assert_eq!((&taken[0]["name"], taken[0].get("lease_until")), (&json!(names[1]), None));
    for name in &names {
        let expected = [
            (true, json!("cy"), json!("d2")),
            (false, json!("bo"), json!("d1")),
            (true, json!("bo"), json!("d1")),
        ];
        assert_eq!(history(&paddles, name), expected);
    }
}

#[test]
fn an_ended_lease_is_history_before_anybody_takes_the_node() {
    let paddles = paddles();
    let node = nodes(&paddles, 1).0.remove(0);
    let wish = json!({ "locked": true, "locked_by": "bo", "lease_seconds": 0.1 });
    paddles.put(&format!("/nodes/{node}/lock/"), wish).expect(200);
    let until = state(&paddles, &node).get("lease_until").cloned();
    await_end_of_lease(&paddles, &node);
    let entries = paddles.get(&format!("/nodes/{node}/history/")).expect(200).json();
    assert_eq!(history(&paddles, &node).len(), 2);
    assert_eq!(entries[0]["locked"], false);
    if let Some(until) = until {
        assert_eq!(entries[0]["at"], until);
    }
}

#[test]
fn repeating_a_lock_renews_its_lease() {
    let paddles = paddles();
    let node = nodes(&paddles, 1).0.remove(0);
    let url = format!("/nodes/{node}/lock/");
    let wish = |seconds: Value| json!({ "locked": true, "locked_by": "bo", "description": "d", "lease_seconds": seconds });
    paddles.put(&url, wish(json!(100))).expect(200);
    let first = state(&paddles, &node);
    paddles.put(&url, wish(json!(200))).expect(200);
    let second = state(&paddles, &node);
    assert!(second["lease_until"].as_str() > first["lease_until"].as_str());
    assert_eq!(second["locked_since"], first["locked_since"]);
    paddles.put(&url, wish(Value::Null)).expect(200);
    assert_eq!(state(&paddles, &node), second);
    for seconds in [json!(0), json!(-1), json!("60"), json!(true), json!(1e300)] {
        paddles.put(&url, wish(seconds)).expect(400);
    }
    assert_eq!(history(&paddles, &node).len(), 1, "a renewal is no transition");
}

#[test]
fn history_has_one_entry_per_transition_and_goes_on_at_its_link() {
    let paddles = paddles();
    let node = nodes(&paddles, 1).0.remove(0);
    assert_eq!(history(&paddles, &node), []);
    for round in 0..3 {
        let reason = format!("d{round}");
        for locked in [true, false] {
            let wish = json!({ "locked": locked, "locked_by": "bo", "description": reason });
            paddles.put(&format!("/nodes/{node}/lock/"), wish).expect(200);
        }
    }
    paddles.put(&format!("/nodes/{node}/"), json!({ "up": false })).expect(200);
    let whole = paddles.get(&format!("/nodes/{node}/history/")).expect(200).json();
    assert_eq!(whole.as_array().unwrap().len(), 6);
    assert_eq!((&whole[0]["locked"], &whole[0]["description"]), (&json!(false), &json!("d2")));
    let (mut url, mut found) = (Some(format!("/nodes/{node}/history/?count=4")), Vec::new());
    while let Some(page) = url {
        let answer = paddles.get(&page).expect(200);
        found.extend(answer.json().as_array().unwrap().clone());
        url = answer.link("next");
    }
    assert_eq!(Value::from(found), whole);
    paddles
        .get(&format!("/nodes/{node}/history/?count=x"))
        .refused(400, "count must be an integer");
    paddles.get(&format!("/nodes/{}/history/", unique("node"))).refused(404, "node not found");
}

#[test]
fn stale_locks_are_those_of_jobs_that_are_finished_or_gone() {
    let (paddles, run, owner) = (paddles(), unique("run"), unique("owner"));
    let (names, machine_type) = nodes(&paddles, 6);
    for (job_id, status) in [("1", "running"), ("2", "dead"), ("3", "pass")] {
        let job = json!({ "job_id": job_id, "status": status });
        paddles.post(&format!("/runs/{run}/jobs/"), job).expect(200);
    }
    let reasons =
        ["/a/{run}/1", "/a/{run}/2", "/a/{run}/3", "/a/{run}/4", "just testing", "{run}/2"];
    for (name, reason) in names.iter().zip(reasons) {
        let reason = reason.replace("{run}", &run);
        let wish = json!({ "locked": true, "locked_by": owner, "description": reason });
        paddles.put(&format!("/nodes/{name}/lock/"), wish).expect(200);
    }
    let stale = paddles.get(&format!("/nodes/stale/?owner={owner}")).expect(200).json();
    let facts: Vec<_> = stale
        .as_array()
        .unwrap()
        .iter()
        .map(|node| {
            (
                node["name"].clone(),
                node["run"].clone(),
                node["job_id"].clone(),
                node["status"].clone(),
            )
        })
        .collect();
    let fact = |node: usize, job: &str, status: Value| {
        (json!(names[node]), json!(run), json!(job), status)
    };
    assert_eq!(
        facts,
        [fact(1, "2", json!("dead")), fact(2, "3", json!("pass")), fact(3, "4", Value::Null)]
    );
    assert_eq!(stale[0]["locked_by"], json!(owner));
    let of_type = |machine_type: &str| {
        let url = format!("/nodes/stale/?machine_type={machine_type}&count=2");
        paddles.get(&url).expect(200)
    };
    assert_eq!(of_type(&machine_type).json().as_array().unwrap().len(), 2);
    let next = of_type(&machine_type).link("next").unwrap();
    assert_eq!(paddles.get(&next).expect(200).json()[0]["name"], json!(names[3]));
    assert_eq!(of_type(&unique("type")).json(), json!([]));
}
