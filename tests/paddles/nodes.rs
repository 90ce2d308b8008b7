//! `/nodes/` and `/nodes/{node}/`: the inventory.

use assay_tests::{Client, Value, json, unique};

use crate::paddles;

/// A node of a type of its own; gives both.
fn node(paddles: &Client) -> (String, String) {
    let (name, machine_type) = (unique("node"), unique("type"));
    let new = json!({ "name": name, "machine_type": machine_type, "up": true });
    assert_eq!(paddles.post("/nodes/", new).expect(200).json(), json!({}));
    (name, machine_type)
}

fn names(nodes: &Value) -> Vec<&str> {
    nodes.as_array().unwrap().iter().map(|node| node["name"].as_str().unwrap()).collect()
}

#[test]
fn a_new_node_is_shown_with_all_its_fields() {
    let (paddles, (name, machine_type)) = (paddles(), node(&paddles()));
    let shown = paddles.get(&format!("/nodes/{name}/")).expect(200).json();
    let expected = json!({
        "name": name, "description": null, "up": true, "machine_type": machine_type, "arch": null,
        "os_type": null, "os_version": null, "mac_address": null, "ssh_pub_key": null,
        "is_vm": false, "vm_host": null, "locked": false, "locked_by": null, "locked_since": null,
    });
    assert_eq!(shown, expected);
}

#[test]
fn a_form_body_of_curl_is_json_all_the_same() {
    let (paddles, name) = (paddles(), unique("node"));
    let body = format!(r#"{{"name":"{name}","machine_type":"gibba","up":true,"locked":false}}"#);
    let form = "application/x-www-form-urlencoded";
    let created = paddles.post("/nodes/", body).header("content-type", form).expect(200);
    assert_eq!(created.json(), json!({}));
}

#[test]
fn a_second_node_of_the_same_name_is_refused() {
    let (paddles, (name, _)) = (paddles(), node(&paddles()));
    let again = paddles.post("/nodes/", json!({ "name": name }));
    again.refused(400, &format!("Node with name {name} already exists"));
}

#[test]
fn a_node_needs_a_name_that_can_be_a_url() {
    let paddles = paddles();
    for body in [json!({}), json!({ "name": null }), json!({ "name": "" })] {
        paddles.post("/nodes/", body).refused(400, "could not find required key: 'name'");
    }
    let long = "n".repeat(257);
    for name in [json!("a/b"), json!("a\nb"), json!(7), json!(["n"]), json!(long), json!("stale")] {
        let refused = paddles.post("/nodes/", json!({ "name": name })).expect(400);
        assert!(refused.message().starts_with("invalid node name: "), "{}", refused.message());
    }
    paddles.post("/nodes/", "{").refused(400, "could not decode JSON body");
    paddles.post("/nodes/", json!([1])).refused(400, "JSON body must be an object");
}

#[test]
fn a_node_may_come_locked_by_somebody() {
    let (paddles, name) = (paddles(), unique("node"));
    let new = json!({ "name": name, "locked": true });
    paddles.post("/nodes/", new).refused(400, "Cannot lock without specifying locked_by");
    paddles.get(&format!("/nodes/{name}/")).refused(404, "node not found");
    let new = json!({ "name": name, "locked": true, "locked_by": "bo", "description": "mine" });
    paddles.post("/nodes/", new).expect(200);
    let shown = paddles.get(&format!("/nodes/{name}/")).expect(200).json();
    assert_eq!((&shown["locked"], &shown["locked_by"]), (&json!(true), &json!("bo")));
    assert!(shown["locked_since"].is_string());

    let free = unique("node");
    let new = json!({ "name": free, "locked": false, "locked_by": "bo" });
    paddles.post("/nodes/", new).expect(200);
    let shown = paddles.get(&format!("/nodes/{free}/")).expect(200).json();
    assert_eq!((&shown["locked"], &shown["locked_by"]), (&json!(false), &Value::Null));
}

#[test]
fn a_change_names_what_it_changes() {
    let (paddles, (name, machine_type)) = (paddles(), node(&paddles()));
    let url = format!("/nodes/{name}/");
    let change = json!({ "up": false, "description": "broken fan", "os_version": 22.04, "zip": 1,
                         "name": "other", "locked_by": "thief", "locked_since": "x" });
    assert_eq!(paddles.put(&url, change).expect(200).json(), json!({}));
    let shown = paddles.get(&url).expect(200).json();
    assert_eq!((&shown["up"], &shown["os_version"]), (&json!(false), &json!("22.04")));
    assert_eq!(shown["description"], "broken fan");
    assert_eq!(shown["machine_type"], json!(machine_type));
    assert_eq!((&shown["name"], &shown["locked_by"]), (&json!(name), &Value::Null));
    paddles.put(&url, json!({ "up": null, "description": null })).expect(200);
    let shown = paddles.get(&url).expect(200).json();
    assert_eq!((&shown["up"], &shown["description"]), (&Value::Null, &Value::Null));
}

#[test]
fn a_change_of_an_unknown_node_is_404_whatever_its_body() {
    let (paddles, url) = (paddles(), format!("/nodes/{}/", unique("node")));
    for body in ["{}", "{", "[]", r#"{"locked": "yes"}"#] {
        paddles.put(&url, body).refused(404, "attempted to update a non-existent node");
    }
    paddles.get(&url).refused(404, "node not found");
    paddles.delete(&url).refused(404, "node not found");
}

#[test]
fn a_bad_value_is_refused_by_its_name_and_changes_nothing() {
    let (paddles, (name, _)) = (paddles(), node(&paddles()));
    let url = format!("/nodes/{name}/");
    let before = paddles.get(&url).expect(200).json();
    for (field, value) in [
        ("is_vm", json!("maybe")),
        ("up", json!("yes")),
        ("arch", json!([])),
        ("locked", json!("yes")),
        ("locked_by", json!({})),
        ("vm_host", json!(7)),
        ("vm_host", json!("no-such-node")),
        ("lease_seconds", json!("60")),
        ("lease_seconds", json!(-1)),
    ] {
        let mut change = json!({ "description": "changed" });
        change[field] = value;
        let message = paddles.put(&url, change).expect(400).message();
        assert!(message.starts_with(&format!("field '{field}' must be")), "{message}");
    }
    assert_eq!(paddles.get(&url).expect(200).json(), before);
}

#[test]
fn a_guest_shows_its_host_and_loses_it_when_it_goes() {
    let paddles = paddles();
    let [host, guest, inner] = [(); 3].map(|()| node(&paddles).0);
    let put = |name: &str, host: &str| {
        paddles.put(&format!("/nodes/{name}/"), json!({ "vm_host": host, "is_vm": true }))
    };
    put(&guest, &host).expect(200);
    put(&inner, &guest).expect(200);
    let shown = paddles.get(&format!("/nodes/{inner}/")).expect(200).json();
    assert_eq!(
        (&shown["vm_host"]["name"], &shown["vm_host"]["vm_host"]),
        (&json!(guest), &Value::Null)
    );

    for (name, above) in [(&host, &host), (&host, &guest), (&host, &inner), (&guest, &inner)] {
        let message = put(name, above).expect(400).message();
        assert!(message.starts_with("field 'vm_host' must be another node"), "{message}");
    }
    paddles.delete(&format!("/nodes/{guest}/")).expect(200);
    let shown = paddles.get(&format!("/nodes/{inner}/")).expect(200).json();
    assert_eq!(shown["vm_host"], Value::Null);
    let new = json!({ "name": unique("node"), "vm_host": guest });
    paddles.post("/nodes/", new).refused(400, "field 'vm_host' must be the name of a known node");
}

#[test]
fn nodes_are_listed_by_name_and_cut_down_by_filters() {
    let paddles = paddles();
    let (a, b) = (unique("type"), unique("type"));
    for (name, machine_type, up, os) in [
        ("2", &a, json!(true), "rocky"),
        ("1", &a, json!(false), "rocky"),
        ("3", &b, json!(true), "ubuntu"),
        ("4", &b, json!(null), "rocky"),
    ] {
        let new = json!({ "name": format!("{a}-{name}"), "machine_type": machine_type, "up": up,
                          "os_type": os, "os_version": 9 });
        paddles.post("/nodes/", new).expect(200);
    }
    paddles
        .put(&format!("/nodes/{a}-2/lock/"), json!({ "locked": true, "locked_by": a }))
        .expect(200);
    let list = |query: &str| {
        let nodes = paddles.get(&format!("/nodes/?{query}")).expect(200).json();
        names(&nodes)
            .iter()
            .map(|name| name.rsplit('-').next().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(list(&format!("machine_type={a}")), ["1", "2"]);
    assert_eq!(list(&format!("machine_type={a}%7C{b}")), ["1", "2", "3", "4"]);
    assert_eq!(list(&format!("machine_type={a}|{b}&up=1&locked=0&count=5")), ["3"]);
    assert_eq!(list(&format!("machine_type={a}|{b}&up=True")), ["2", "3"]);
    assert_eq!(list(&format!("machine_type={a}|{b}&up=false")), ["1"]);
    assert_eq!(list(&format!("machine_type={a}|{b}&locked=true")), ["2"]);
    assert_eq!(
        list(&format!("machine_type={a}|{b}&os_type=rocky&os_version=9&zip=1")),
        ["1", "2", "4"]
    );
    assert_eq!(list(&format!("locked_by={a}")), ["2"]);
    assert_eq!(list(&format!("machine_type={a}&count=0")), [""; 0]);
    assert_eq!(list("machine_type=a%25"), [""; 0]);
    paddles.get("/nodes/?count=x").refused(400, "count must be an integer");
    paddles.get("/nodes/?up=maybe").refused(400, "up must be true or false");
    paddles.get("/nodes/?locked=2").refused(400, "locked must be true or false");
}

#[test]
fn a_long_list_goes_on_at_its_link() {
    let (paddles, machine_type) = (paddles(), unique("type"));
    for number in 0..5 {
        let new =
            json!({ "name": format!("{machine_type}-{number}"), "machine_type": machine_type });
        paddles.post("/nodes/", new).expect(200);
    }
    let (mut url, mut found) =
        (Some(format!("/nodes/?machine_type={machine_type}&count=2")), Vec::new());
    while let Some(page) = url {
        let answer = paddles.get(&page).expect(200);
        found.extend(names(&answer.json()).iter().map(|name| (*name).to_owned()));
        url = answer.link("next");
    }
    assert_eq!(found, (0..5).map(|n| format!("{machine_type}-{n}")).collect::<Vec<_>>());
}

#[test]
fn machine_types_are_listed_once_and_sorted() {
    let paddles = paddles();
    let types = [node(&paddles).1, node(&paddles).1];
    node(&paddles);
    paddles
        .post("/nodes/", json!({ "name": unique("node"), "machine_type": types[0] }))
        .expect(200);
    let listed = paddles.get("/nodes/machine_types/").expect(200).json();
    let listed: Vec<_> = listed.as_array().unwrap().iter().map(|t| t.as_str().unwrap()).collect();
    assert!(listed.is_sorted());
    for machine_type in &types {
        assert_eq!(listed.iter().filter(|listed| *listed == machine_type).count(), 1);
    }
}
