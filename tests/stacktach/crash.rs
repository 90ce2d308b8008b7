//! A power cut in the middle of ingestion: whoever sends again what was not answered loses nothing and doubles nothing.

use std::thread;
use std::time::{Duration, Instant};

use assay_tests::{App, Value, areas, json};

use crate::{new_uuid, notification, rows};

/// Two events of each of 50 instances.
fn batch() -> Value {
    (0..50)
        .flat_map(|_| {
            let instance = new_uuid();
            [("start", "10:00:00"), ("end", "10:00:02")].map(|(step, clock)| {
                let event = format!("compute.instance.reboot.{step}");
                notification(&event, &instance, &format!("2026-03-10 {clock}"), json!({}))
            })
        })
        .collect()
}

#[test]
fn after_a_kill_everything_is_stored_once_when_it_is_sent_again() {
    let mut app = App::with(&[], &[]);
    let batches: Vec<Vec<Value>> = (0..4).map(|_| (0..40).map(|_| batch()).collect()).collect();
    let client = app.client(areas::STACKTACH);
    let path = "/stacktach/notifications/";
    thread::scope(|scope| {
        for part in &batches {
            let client = client.clone();
            scope.spawn(move || {
                for batch in part {
                    if client.post(path, batch.clone()).attempt().is_err() {
                        return;
                    }
                }
            });
        }
        // When some are stored and most are not.
        let deadline = Instant::now() + Duration::from_secs(60);
        while Instant::now() < deadline {
            let stats = client.get("/stacktach/stats/").expect(200).json();
            if stats["events"].as_u64().unwrap() >= 1000 {
                break;
            }
        }
        app.kill();
    });
    app.restart();
    let client = app.client(areas::STACKTACH);
    for batch in batches.iter().flatten() {
        client.post(path, batch.clone()).expect_any(&[200, 201]);
    }
    let stats = client.get("/stacktach/stats/").expect(200).json();
    assert_eq!((&stats["events"], &stats["timings"]), (&json!(16_000), &json!(8000)));
    let wanted =
        json!(["compute.instance.reboot", 8000, "0d 00:00:02.00", "0d 00:00:02.00", "0d 00:00:02"]);
    assert_eq!(rows(&client, "/stacky/summary/"), [wanted]);
    assert_eq!(rows(&client, "/stacky/usage/launches").len(), 0);
}
