//! `/nodes/{node}/lock/`, `/nodes/lock_many/`, `/nodes/unlock_many/`: whose a node is.

use assay_tests::{Answer, Client, Value, json, race, unique};

use crate::paddles;

/// So many nodes that are up, of a type of their own; gives their names and the type.
pub fn nodes(paddles: &Client, count: usize) -> (Vec<String>, String) {
    let machine_type = unique("type");
    let names: Vec<_> = (0..count).map(|number| format!("{machine_type}-n{number}")).collect();
    for name in &names {
        let new = json!({ "name": name, "machine_type": machine_type, "up": true });
        paddles.post("/nodes/", new).expect(200);
    }
    (names, machine_type)
}

fn node(paddles: &Client) -> String {
    nodes(paddles, 1).0.remove(0)
}

/// Asks for a change of a lock as teuthology does: without a content type.
fn lock(paddles: &Client, node: &str, wish: &Value) -> Answer {
    paddles.put(&format!("/nodes/{node}/lock/"), wish.to_string()).send()
}

#[track_caller]
fn refused(answer: &Answer, status: u16, message: &str) {
    assert_eq!((answer.status(), answer.message().as_str()), (status, message));
}

fn state(paddles: &Client, node: &str) -> Value {
    paddles.get(&format!("/nodes/{node}/")).expect(200).json()
}

#[test]
fn a_lock_is_repeated_by_its_owner_and_refused_to_others() {
    let (paddles, node) = (paddles(), node(&paddles()));
    let wish = json!({ "locked": true, "locked_by": "bo", "description": "d1" });
    let machine_type = state(&paddles, &node)["machine_type"].clone();
    let answer = json!({ "name": node, "locked": true, "locked_by": "bo",
                         "machine_type": machine_type,
                         "is_vm": false });
    let locked = lock(&paddles, &node, &wish);
    assert_eq!((locked.status(), locked.json()), (200, answer.clone()));
    let before = state(&paddles, &node);
    assert!(before["locked_since"].is_string());
    assert!(before.get("lease_until").is_none());
    let again = lock(&paddles, &node, &wish);
    assert_eq!((again.status(), again.json()), (200, answer));
    assert_eq!(state(&paddles, &node), before);

    let taken = "Cannot lock an already-locked node";
    refused(
        &lock(&paddles, &node, &json!({ "locked": true, "locked_by": "cy", "description": "d1" })),
        403,
        taken,
    );
    refused(
        &lock(&paddles, &node, &json!({ "locked": true, "locked_by": "bo", "description": "d2" })),
        403,
        taken,
    );
    refused(&lock(&paddles, &node, &json!({ "locked": true, "locked_by": "bo" })), 403, taken);
    assert_eq!(state(&paddles, &node), before);
}

#[test]
fn an_unlock_needs_the_owner_and_the_reason() {
    let (paddles, node) = (paddles(), node(&paddles()));
    lock(&paddles, &node, &json!({ "locked": true, "locked_by": "bo", "description": "d1" }));
    let unlock = |wish: Value| lock(&paddles, &node, &wish);
    let no_name = "Cannot unlock without specifying locked_by";
    refused(&unlock(json!({ "locked": false })), 400, no_name);
    let other_name = "Cannot unlock - locked_by values must match";
    refused(&unlock(json!({ "locked": false, "locked_by": "cy" })), 403, other_name);
    let other_reason = "Cannot unlock - description values must match";
    refused(
        &unlock(json!({ "locked": false, "locked_by": "bo", "description": "d2" })),
        403,
        other_reason,
    );
    let unlocked = unlock(json!({ "locked": false, "locked_by": "bo", "description": "d1" }));
    assert_eq!((unlocked.status(), &unlocked.json()["locked_by"]), (200, &Value::Null));
    let free = state(&paddles, &node);
    assert_eq!(
        (&free["locked"], &free["locked_since"], &free["description"]),
        (&json!(false), &Value::Null, &json!("d1"))
    );
    let again = unlock(json!({ "locked": false, "locked_by": "bo", "description": "d1" }));
    refused(&again, 403, "Cannot unlock an already-unlocked node");
}

#[test]
fn a_lock_without_a_name_is_refused() {
    let (paddles, node) = (paddles(), node(&paddles()));
    for wish in [json!({ "locked": true }), json!({ "locked": true, "locked_by": "" })] {
        refused(&lock(&paddles, &node, &wish), 400, "Cannot lock without specifying locked_by");
    }
    refused(
        &lock(&paddles, &node, &json!({ "locked": "yes" })),
        400,
        "field 'locked' must be true or false",
    );
}

#[test]
fn a_check_shows_the_owner_and_steals_nothing() {
    let (paddles, node) = (paddles(), node(&paddles()));
    lock(&paddles, &node, &json!({ "locked": true, "locked_by": "bo", "description": "d1" }));
    let before = state(&paddles, &node);
    for wish in [
        json!({ "locked_by": "thief" }),
        json!({ "locked": null, "locked_by": "thief", "description": "x" }),
    ] {
        let checked = lock(&paddles, &node, &wish);
        assert_eq!((checked.status(), &checked.json()["locked_by"]), (200, &json!("bo")));
    }
    let checked = paddles.post(&format!("/nodes/{node}/lock"), "{}").expect(200).json();
    assert_eq!(checked["locked"], true);
    assert_eq!(state(&paddles, &node), before);
}

#[test]
fn only_put_and_post_lock() {
    let (paddles, node) = (paddles(), node(&paddles()));
    paddles
        .get(&format!("/nodes/{node}/lock/"))
        .refused(400, "this URI only supports PUT and POST requests but GET was attempted");
    for url in ["/nodes/lock_many/", "/nodes/unlock_many/"] {
        paddles.get(url).refused(400, "this URI only supports POST requests");
    }
    let unknown = format!("/nodes/{}/lock/", unique("node"));
    paddles.put(&unknown, json!({ "locked": "yes" })).refused(404, "node not found");
    paddles
        .put(&unknown, json!({ "locked": true, "locked_by": "bo" }))
        .refused(404, "node not found");
    paddles.put(&unknown, "{}").refused(404, "node not found");
    let no_json = paddles.put(&format!("/nodes/{node}/lock/"), "");
    no_json.refused(400, "could not decode JSON body");
}

#[test]
fn a_put_of_the_node_obeys_the_rules_of_locks() {
    let (paddles, node) = (paddles(), node(&paddles()));
    let url = format!("/nodes/{node}/");
    paddles
        .put(&url, json!({ "locked": true, "up": false }))
        .refused(400, "Cannot lock without specifying locked_by");
    assert_eq!(state(&paddles, &node)["up"], true);
    let wish = json!({ "locked": true, "locked_by": "bo", "description": "d1", "arch": "arm" });
    assert_eq!(paddles.put(&url, wish).expect(200).json(), json!({}));
    let locked = state(&paddles, &node);
    assert_eq!((&locked["locked_by"], &locked["arch"]), (&json!("bo"), &json!("arm")));
    let stolen = json!({ "locked": true, "locked_by": "cy", "arch": "x86" });
    paddles.put(&url, stolen).refused(403, "Cannot lock an already-locked node");
    paddles.put(&url, json!({ "locked_by": "cy", "description": "d3" })).expect(200);
    let changed = state(&paddles, &node);
    assert_eq!(
        (&changed["locked_by"], &changed["arch"], &changed["description"]),
        (&json!("bo"), &json!("arm"), &json!("d3"))
    );
    paddles.put(&url, json!({ "locked": false, "locked_by": "bo", "up": false })).expect(200);
    let freed = state(&paddles, &node);
    assert_eq!(
        (&freed["locked"], &freed["up"], &freed["description"]),
        (&json!(false), &json!(false), &json!("d3"))
    );
}

#[test]
fn many_nodes_are_locked_or_none() {
    let paddles = paddles();
    let (names, machine_type) = nodes(&paddles, 3);
    paddles.put(&format!("/nodes/{}/", names[1]), json!({ "up": false })).expect(200);
    let many = |count: i64| {
        json!({ "count": count, "machine_type": machine_type, "locked_by": "bo",
                "description": null })
    };
    let none = paddles.post("/nodes/lock_many/", many(3)).refused(503, "only 2 nodes available");
    assert!(none.header("retry-after").is_some());
    assert!(names.iter().all(|name| state(&paddles, name)["locked"] == false));
    let mut wanted = many(2);
    wanted["count"] = json!(2.0);
    let locked = paddles.post("/nodes/lock_many/", wanted).expect(200).json();
    let found: Vec<_> =
        locked.as_array().unwrap().iter().map(|node| node["name"].clone()).collect();
    assert_eq!(found, [json!(names[0]), json!(names[2])]);
    assert_eq!(locked[0], state(&paddles, &names[0]));
    paddles.post("/nodes/lock_many/", many(1)).refused(503, "only 0 nodes available");
}

#[test]
fn lock_many_takes_what_fits() {
    let paddles = paddles();
    let (names, machine_type) = nodes(&paddles, 2);
    let (others, other_type) = nodes(&paddles, 1);
    let facts = json!({ "os_type": "rocky", "os_version": 9.4, "arch": "arm" });
    paddles.put(&format!("/nodes/{}/", names[1]), facts.clone()).expect(200);
    let mut wanted = facts;
    let types = format!("{other_type}|{machine_type}");
    for (key, value) in [
        ("count", json!(1)),
        ("machine_type", json!(types)),
        ("locked_by", json!("bo")),
        ("description", json!("d")),
    ] {
        wanted[key] = value;
    }
    let locked = paddles.post("/nodes/lock_many/", wanted.clone()).expect(200).json();
    assert_eq!((&locked[0]["name"], &locked[0]["description"]), (&json!(names[1]), &json!("d")));
    paddles.post("/nodes/lock_many/", wanted).refused(503, "only 0 nodes available");
    let any = json!({ "count": 2, "machine_type": types, "locked_by": "bo", "description": null });
    let locked = paddles.post("/nodes/lock_many/", any).expect(200).json();
    let mut found: Vec<_> =
        locked.as_array().unwrap().iter().map(|node| node["name"].as_str().unwrap()).collect();
    found.sort_unstable();
    let mut expected = [names[0].as_str(), others[0].as_str()];
    expected.sort_unstable();
    assert_eq!(found, expected);
}

#[test]
fn lock_many_says_what_it_needs() {
    let paddles = paddles();
    let whole = json!({ "count": 1, "machine_type": unique("type"), "locked_by": "bo",
                        "description": null });
    for key in ["count", "machine_type", "locked_by", "description"] {
        let mut body = whole.clone();
        body.as_object_mut().unwrap().remove(key);
        paddles
            .post("/nodes/lock_many/", body)
            .refused(400, "must pass these fields: count, locked_by, machine_type, description");
    }
    for (key, value, status) in [
        ("count", json!("2"), 400),
        ("count", json!(1.5), 400),
        ("count", json!(null), 400),
        ("count", json!(1_000_000), 503),
        ("count", json!(1e300), 400),
        ("machine_type", json!(7), 400),
        ("locked_by", json!(null), 400),
        ("os_type", json!([]), 400),
        ("lease_seconds", json!(0), 400),
    ] {
        let mut body = whole.clone();
        body[key] = value;
        paddles.post("/nodes/lock_many/", body).expect(status);
    }
    for (key, value, message) in [
        ("count", json!(0), "cannot lock less than 1 node"),
        ("count", json!(-3), "cannot lock less than 1 node"),
        ("machine_type", json!(""), "must specify machine_type"),
        ("machine_type", json!(null), "must specify machine_type"),
    ] {
        let mut body = whole.clone();
        body[key] = value;
        paddles.post("/nodes/lock_many/", body).refused(400, message);
    }
}

#[test]
fn many_nodes_are_unlocked_or_none() {
    let paddles = paddles();
    let (names, machine_type) = nodes(&paddles, 3);
    let many =
        json!({ "count": 2, "machine_type": machine_type, "locked_by": "bo", "description": "d" });
    paddles.post("/nodes/lock_many/", many).expect(200);
    let unlock = |names: &[String], by: &str| {
        paddles.post("/nodes/unlock_many/", json!({ "names": names, "locked_by": by }))
    };
    unlock(&names, "bo").refused(403, "Cannot unlock an already-unlocked node");
    unlock(&names[..2], "cy").refused(403, "Cannot unlock - locked_by values must match");
    unlock(&names[..2], "").refused(400, "Cannot unlock without specifying locked_by");
    unlock(&[names[0].clone(), unique("node")], "bo").refused(400, "Could not find all nodes!");
    assert!(names[..2].iter().all(|name| state(&paddles, name)["locked"] == true));
    let twice = [names[1].clone(), names[0].clone(), names[1].clone()];
    let unlocked = unlock(&twice, "bo").expect(200).json();
    let short = |name: &str| {
        json!({ "name": name, "locked": false, "locked_by": null, "machine_type": machine_type,
                "is_vm": false })
    };
    assert_eq!(unlocked, json!([short(&names[1]), short(&names[0])]));
    assert_eq!(unlock(&[], "bo").expect(200).json(), json!([]));
}

#[test]
fn unlock_many_says_what_it_needs() {
    let paddles = paddles();
    for body in [
        json!({}),
        json!({ "names": [] }),
        json!({ "names": [], "locked_by": "bo", "description": "d" }),
    ] {
        paddles
            .post("/nodes/unlock_many/", body)
            .refused(400, "must pass these fields: names, locked_by");
    }
    let body = json!({ "names": "n1", "locked_by": "bo" });
    paddles.post("/nodes/unlock_many/", body).refused(400, "'names' must be a list; got: string");
    let body = json!({ "names": [7], "locked_by": "bo" });
    paddles.post("/nodes/unlock_many/", body).refused(400, "Could not find all nodes!");
}

#[test]
fn one_of_many_who_want_a_node_gets_it() {
    let (paddles, node) = (paddles(), node(&paddles()));
    let statuses = race(16, |i| {
        let wish = json!({ "locked": true, "locked_by": format!("worker{i}"), "description": "d" });
        lock(&paddles, &node, &wish).status()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 403).count(), 15, "{statuses:?}");
}

#[test]
fn no_node_is_given_out_twice() {
    let paddles = paddles();
    let (_, machine_type) = nodes(&paddles, 10);
    let answers = race(12, |i| {
        let wish = json!({ "count": 3, "machine_type": machine_type, "description": null,
                           "locked_by": format!("worker{i}") });
        paddles.post("/nodes/lock_many/", wish).expect_any(&[200, 503])
    });
    let given: Vec<Value> = answers
        .iter()
        .filter(|answer| answer.status() == 200)
        .flat_map(|answer| answer.json().as_array().unwrap().clone())
        .collect();
    assert_eq!(given.len(), 9, "three get three nodes each, and nobody gets the one that is left");
    let mut names: Vec<_> = given.iter().map(|node| node["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 9);
    let locked =
        paddles.get(&format!("/nodes/?machine_type={machine_type}&locked=1")).expect(200).json();
    assert_eq!(locked.as_array().unwrap().len(), 9);
}

#[test]
fn one_of_many_who_unlock_the_same_nodes_does_it() {
    let paddles = paddles();
    let (names, machine_type) = nodes(&paddles, 4);
    let wish =
        json!({ "count": 4, "machine_type": machine_type, "locked_by": "bo", "description": null });
    paddles.post("/nodes/lock_many/", wish).expect(200);
    let statuses = race(8, |i| {
        // Sets that overlap in the nodes 1 and 2.
        let some: Vec<_> = if i % 2 == 0 { names[..3].to_vec() } else { names[1..].to_vec() };
        let body = json!({ "names": some, "locked_by": "bo" });
        paddles.post("/nodes/unlock_many/", body).expect_any(&[200, 403]).status()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    let locked =
        paddles.get(&format!("/nodes/?machine_type={machine_type}&locked=1")).expect(200).json();
    assert_eq!(
        locked.as_array().unwrap().len(),
        1,
        "all three of one set and nothing of the other"
    );
}

#[test]
fn two_nodes_do_not_become_each_others_hosts() {
    let paddles = paddles();
    for _ in 0..5 {
        let (names, _) = nodes(&paddles, 2);
        let statuses = race(2, |i| {
            let body = json!({ "vm_host": names[1 - i] });
            paddles.put(&format!("/nodes/{}/", names[i]), body).expect_any(&[200, 400]).status()
        });
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    }
}
