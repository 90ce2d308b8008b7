//! Stacktach over HTTP: one file for each URL of the area, and one for each rule that holds for many of them.

mod audits;
mod clients;
mod crash;
mod db_confirm;
mod db_repair;
mod db_stats;
mod db_tenant;
mod db_usage;
mod facts;
mod feed;
mod ingest;
mod ingest_bad;
mod ingest_races;
mod instances;
mod kpi;
mod maintenance;
mod reports;
mod search;
mod show;
mod stacky;
mod summary;
mod timings;
mod token;
mod usage;
mod uuid;
mod verifier;
mod versioned;
mod watch;

use std::sync::atomic::{AtomicU64, Ordering};

use assay_tests::{Answer, App, Client, Value, areas, json};

/// A client of the app that all these tests share.
fn stacktach() -> Client {
    App::start().client(areas::STACKTACH)
}

/// An id that no other test has, as instances and messages have it.
fn new_uuid() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let run = assay_tests::unique("u")
        .bytes()
        .fold(7_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    let n = NEXT.fetch_add(1, Ordering::Relaxed);
    format!(
        "{:08x}-{:04x}-4{:03x}-a{:03x}-{n:012x}",
        run >> 32,
        run >> 16 & 0xffff,
        run >> 4 & 0xfff,
        run & 0xfff
    )
}

/// A notification of nova's about an instance. `payload` is added to the instance's id.
fn notification(event: &str, instance: &str, when: &str, payload: Value) -> Value {
    let mut full = json!({ "instance_id": instance, "tenant_id": "t1" });
    for (key, value) in payload.as_object().expect("an object") {
        full[key] = value.clone();
    }
    json!({
        "message_id": new_uuid(), "publisher_id": "compute.cmp-1.north-1", "event_type": event,
        "priority": "INFO", "timestamp": when, "_context_request_id": format!("req-{}", new_uuid()),
        "_context_project_id": "p1", "payload": full,
    })
}

/// Sends notifications, which must all be new.
#[track_caller]
fn send(client: &Client, notifications: Value) -> Answer {
    let answer = client.post("/stacktach/notifications/", notifications).expect(201);
    assert_eq!(answer.json()["duplicates"], 0, "{}", answer.text());
    answer
}

/// The rows of a table without its titles.
#[track_caller]
fn rows(client: &Client, path: &str) -> Vec<Value> {
    let table = client.get(path).expect(200).json();
    let rows = table.as_array().expect("a table");
    rows.iter().skip(1).cloned().collect()
}
