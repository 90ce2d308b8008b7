//! What the original server made of the fixtures, we make of them too, however they are sent.

use std::fs;
use std::path::PathBuf;

use assay_tests::{App, Client, Value, areas, json, race, workspace};

fn fixture(name: &str) -> String {
    let path: PathBuf = workspace().join("tests/stacktach/fixtures").join(name);
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn expected() -> Value {
    serde_json::from_str(&fixture("expected.json")).unwrap()
}

/// In the order in which the facts were taken.
const FILES: [&str; 5] = [
    "day.pairs.jsonl",
    "errors.pairs.jsonl",
    "glance.pairs.jsonl",
    "nova_lifecycle.oslo.jsonl",
    "nova_lifecycle.raw.jsonl",
];

fn deployment(file: &str) -> String {
    expected()["deployment_of_file"][file].as_str().unwrap().to_owned()
}

/// Sends every file in batches of so many lines.
fn send_files(client: &Client, batch: usize) {
    for file in FILES {
        let text = fixture(file);
        let lines: Vec<&str> = text.lines().collect();
        let path = format!("/stacktach/notifications/?deployment={}", deployment(file));
        for lines in lines.chunks(batch) {
            let request = client.post(&path, lines.join("\n"));
            request.header("content-type", "application/x-ndjson").expect_any(&[200, 201]);
        }
    }
}

fn titles_off(client: &Client, path: &str) -> Value {
    let table = client.get(path).expect(200).json();
    table.as_array().unwrap().iter().skip(1).cloned().collect()
}

fn column(client: &Client, path: &str, at: usize) -> Value {
    let rows = titles_off(client, path);
    rows.as_array().unwrap().iter().map(|row| row[at].clone()).collect()
}

fn check_facts(client: &Client) {
    let expected = expected();
    assert_eq!(column(client, "/stacky/deployments/", 1), expected["deployments"]);
    assert_eq!(client.get("/stacky/summary/").expect(200).json(), expected["summary"]);
    for service in ["nova", "glance", "generic"] {
        let events = column(client, &format!("/stacky/events/?service={service}"), 0);
        assert_eq!(events, expected["events"][service]);
        let hosts = column(client, &format!("/stacky/hosts/?service={service}"), 0);
        assert_eq!(hosts, expected["hosts"][service]);
    }
    for (table, envelope, facts) in [
        ("images", "images", "images"),
        ("deletes", "deletes", "image_deletes"),
        ("exists", "exists", "image_exists"),
    ] {
        let path = format!("/db/usage/glance/{table}/?limit=1000");
        check_records(client, &path, envelope, &expected[facts]);
    }
    for (instance, facts) in expected["instances"].as_object().unwrap() {
        check_instance(client, instance, facts);
    }
    check_counts(client, &expected["stats_events"]);
}

fn check_counts(client: &Client, facts: &Value) {
    for (service, counts) in facts.as_object().unwrap() {
        let path = format!("/db/stats/events/?service={service}");
        let stats = client.get(&path).expect(200).json();
        let stats = stats["stats"].as_array().unwrap();
        let counted: serde_json::Map<String, Value> = stats
            .iter()
            .map(|row| (row["event"].as_str().unwrap().to_owned(), row["event_count"].clone()))
            .collect();
        assert_eq!(&Value::Object(counted), counts);
    }
}

fn check_instance(client: &Client, instance: &str, facts: &Value) {
    let rows = titles_off(client, &format!("/stacky/uuid/?limit=1000&uuid={instance}"));
    let without_ids: Value = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| Value::from(&row.as_array().unwrap()[1..]))
        .collect();
    assert_eq!(without_ids, facts["rows"], "{instance}");
    let timings = titles_off(client, &format!("/stacky/timings/uuid/?uuid={instance}"));
    assert_eq!(timings, facts["timings"], "{instance}");
    for (table, facts) in [
        ("launches", &facts["launches"]),
        ("deletes", &facts["deletes"]),
        ("exists", &facts["exists"]),
    ] {
        let path = format!("/db/usage/nova/{table}/?instance={instance}&limit=1000");
        check_records(client, &path, table, facts);
        let shown = titles_off(client, &format!("/stacky/usage/{table}?instance={instance}"));
        assert_eq!(shown.as_array().unwrap().len(), facts.as_array().unwrap().len());
    }
}

/// Checks that a list has exactly these records; they may have more keys, and be in another order.
fn check_records(client: &Client, path: &str, envelope: &str, facts: &Value) {
    let mut rows = client.get(path).expect(200).json()[envelope].as_array().unwrap().clone();
    for fact in facts.as_array().unwrap() {
        let is_it =
            |row: &Value| fact.as_object().unwrap().iter().all(|(key, value)| row[key] == *value);
        let at = rows.iter().position(is_it);
        rows.remove(at.unwrap_or_else(|| panic!("{path}: no {fact} in {rows:?}")));
    }
    assert!(rows.is_empty(), "{path}: more than there should be: {rows:?}");
}

#[test]
fn the_facts_hold_when_the_files_are_sent_whole_and_again() {
    let app = App::with(&[], &[]);
    let client = app.client(areas::STACKTACH);
    send_files(&client, 1000);
    check_facts(&client);
    send_files(&client, 1000);
    check_facts(&client);
    let stats = client.get("/stacktach/stats/").expect(200).json();
    assert_eq!(stats["events"], json!(368));
    check_verification(&client);
}

/// The verifier finds of each audit what the original's found.
fn check_verification(client: &Client) {
    client.post("/stacktach/verifier/run/", json!({})).expect(200);
    for (instance, facts) in expected()["instances"].as_object().unwrap() {
        let path = format!("/db/usage/nova/exists/?instance={instance}&order_by=id&direction=asc");
        let rows = client.get(&path).expect(200).json();
        let statuses: Value =
            rows["exists"].as_array().unwrap().iter().map(|row| row["status"].clone()).collect();
        assert_eq!(statuses, facts["exists_after_verification"], "{instance}: {rows}");
    }
}

#[test]
fn the_facts_hold_when_the_files_are_sent_in_batches_of_7() {
    let app = App::with(&[], &[]);
    let client = app.client(areas::STACKTACH);
    send_files(&client, 7);
    check_facts(&client);
}

#[test]
fn the_facts_hold_when_8_clients_send_the_files_at_once() {
    let app = App::with(&[], &[]);
    let client = app.client(areas::STACKTACH);
    race(8, |i| send_files(&client, 7 + i));
    check_facts(&client);
    assert_eq!(client.get("/stacktach/stats/").expect(200).json()["events"], 368);
}

#[test]
fn the_facts_of_an_instance_hold_when_8_clients_share_the_files_among_them() {
    let app = App::with(&[], &[]);
    let client = app.client(areas::STACKTACH);
    // A forwarder reads one queue in order; what belongs to an instance comes by one queue.
    race(8, |i| {
        for file in FILES {
            let text = fixture(file);
            let path = format!("/stacktach/notifications/?deployment={}", deployment(file));
            let lines: Vec<&str> = text.lines().filter(|line| share_of(line) == i).collect();
            for lines in lines.chunks(7) {
                let request = client.post(&path, lines.join("\n"));
                request.header("content-type", "application/x-ndjson").expect(201);
            }
        }
    });
    for (instance, facts) in expected()["instances"].as_object().unwrap() {
        check_instance(&client, instance, facts);
    }
    assert_eq!(client.get("/stacky/summary/").expect(200).json(), expected()["summary"]);
}

/// Which of 8 clients sends a line: the same for all lines about an instance.
fn share_of(line: &str) -> usize {
    let known = expected();
    let instances = known["instances"].as_object().unwrap();
    instances.keys().position(|instance| line.contains(instance.as_str())).map_or(0, |at| at % 8)
}
