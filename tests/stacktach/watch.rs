//! `/stacky/watch/{deployment}/`: what happened since the last look.

use std::collections::BTreeSet;

use assay_tests::{json, unique};

use crate::{new_uuid, notification, send, stacktach};

#[test]
fn following_the_third_element_shows_each_event_once() {
    let (client, name, event) = (stacktach(), unique("w"), unique("compute.instance.w"));
    let path = format!("/stacktach/notifications/?deployment={name}");
    // 1500 events, of which many share a moment, also around the thousandth.
    for part in 0..15 {
        let batch: Vec<_> = (0..100)
            .map(|i| {
                let n = part * 100 + i;
                let at = format!("2026-03-10 10:{:02}:{:02}.5", n / 7 / 60, n / 7 % 60);
                notification(&event, &new_uuid(), &at, json!({}))
            })
            .collect();
        client.post(&path, json!(batch)).expect(201);
    }
    let made = client.post("/stacktach/deployments/", json!({ "name": name })).expect(200).json();
    for query in ["", &format!("&event_name={event}")] {
        let (mut since, mut seen) = ("1773136000".to_owned(), Vec::new());
        for _ in 0..3 {
            let path = format!("/stacky/watch/{}/?since={since}{query}", made["deployment"]["id"]);
            let watched = client.get(&path).expect(200).json();
            let rows = watched[1].as_array().unwrap();
            seen.extend(rows.iter().map(|row| row[0].as_u64().unwrap()));
            since = watched[2].as_str().unwrap().to_owned();
        }
        assert_eq!(seen.len(), 1500);
        assert_eq!(seen.into_iter().collect::<BTreeSet<_>>().len(), 1500);
    }
}

#[test]
fn a_row_has_seven_cells_that_a_terminal_can_centre() {
    let (client, event, uuid) = (stacktach(), unique("compute.instance.w"), new_uuid());
    let named = notification(&event, &uuid, "2026-03-10 10:00:00.292110", json!({}));
    let nameless = notification(&event, "", "2026-03-10 10:00:01", json!({}));
    send(&client, json!([["monitor.error", named], nameless]));
    let path = format!("/stacky/watch/0/?since=1773136799&event_name={event}");
    let watched = client.get(&path).expect(200).json();
    let cells = |row: usize| watched[1][row].as_array().unwrap()[1..].to_vec();
    assert_eq!(
        cells(0),
        json!(["E", "2026-03-10", "10:00:00.292110", "default", event, uuid]).as_array().unwrap()[..]
    );
    assert_eq!(
        cells(1),
        json!([" ", "2026-03-10", "10:00:01", "default", event, "-"]).as_array().unwrap()[..]
    );
    let widths = watched[0].as_array().unwrap();
    assert_eq!((widths.len(), &widths[5]), (6, &json!(36)));
    assert!(widths[4].as_u64().unwrap() >= event.len() as u64);
}

#[test]
fn an_unknown_deployment_has_no_events_and_bad_input_is_refused() {
    let client = stacktach();
    assert_eq!(client.get("/stacky/watch/999999/?since=1").expect(200).json()[1], json!([]));
    assert_eq!(
        client.get("/stacky/watch/99999999999999999999999/").expect(200).json()[1],
        json!([])
    );
    client.get("/stacky/watch/x/").expect(404);
    for query in ["since=x", "since=nan", "service=all", "service=cinder"] {
        client.get(&format!("/stacky/watch/0/?{query}")).expect(400);
    }
}
