//! `/stacktach/feed/`: nothing is missed, whenever it arrives.

use assay_tests::{Value, json, unique};

use crate::{new_uuid, notification, send, stacktach};

const AT: &str = "2026-03-10 10:00:00";

#[test]
fn the_feed_is_in_order_of_arrival_and_goes_on_behind_its_cursor() {
    let (client, event) = (stacktach(), unique("compute.instance.f"));
    let start = client.get("/stacktach/feed/?after=end").expect(200).json();
    assert_eq!(start["events"], json!([]));
    let mut cursor = start["next"].as_str().unwrap().to_owned();
    // The second one is late: watch would miss it.
    for at in [AT, "2026-03-09 10:00:00", AT] {
        send(&client, notification(&event, &new_uuid(), at, json!({})));
    }
    let mut whens = Vec::new();
    for _ in 0..3 {
        let path = format!("/stacktach/feed/?after={cursor}&event={event}&limit=1");
        let piece = client.get(&path).expect(200).json();
        let found = &piece["events"][0];
        assert_eq!(
            (&found["event"], &found["service"], &found["deployment"]),
            (&json!(event), &json!("nova"), &json!("default"))
        );
        whens.push(found["when"].as_str().unwrap().to_owned());
        cursor = piece["next"].as_str().unwrap().to_owned();
    }
    assert_eq!(whens, [AT, "2026-03-09 10:00:00", AT]);
    let piece = client.get(&format!("/stacktach/feed/?after={cursor}&event={event}")).expect(200);
    assert_eq!(piece.json()["events"], json!([]));
}

#[test]
fn filters_and_lines() {
    let (client, uuid, deployment) = (stacktach(), new_uuid(), unique("d"));
    let body = notification("compute.instance.f", &uuid, AT, json!({}));
    let path = format!("/stacktach/notifications/?deployment={deployment}");
    client.post(&path, json!(["monitor.info", body])).expect(201);
    for filter in [format!("instance={uuid}"), format!("deployment={deployment}")] {
        let found = client.get(&format!("/stacktach/feed/?{filter}")).expect(200).json();
        assert_eq!(found["events"].as_array().unwrap().len(), 1, "{filter}");
        assert_eq!(found["events"][0]["routing_key"], "monitor.info");
    }
    let none =
        client.get(&format!("/stacktach/feed/?instance={uuid}&service=glance")).expect(200).json();
    assert_eq!(none["events"], json!([]));
    let request = client.get(&format!("/stacktach/feed/?instance={uuid}"));
    let lines = request.header("accept", "application/x-ndjson").expect(200);
    assert_eq!(lines.header("content-type"), Some("application/x-ndjson"));
    let lines: Vec<Value> =
        lines.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((lines.len(), &lines[0]["instance"]), (2, &json!(uuid)));
    assert!(lines[1]["next"].is_string());
    for query in ["after=x", "after=-1", "limit=x", "service=cinder"] {
        client.get(&format!("/stacktach/feed/?{query}")).expect(400);
    }
}

#[test]
fn errors_can_be_followed_and_counted() {
    let (client, reason) = (stacktach(), unique("Disk full"));
    let error = || {
        let exception = json!({ "exception": { "message": reason, "kwargs": {} } });
        json!(["monitor.error", notification("compute.instance.f", &new_uuid(), AT, exception)])
    };
    let start = client.get("/stacktach/feed/?after=end").expect(200).json();
    let after = start["next"].as_str().unwrap();
    let fine = notification("compute.instance.f", &new_uuid(), AT, json!({}));
    send(&client, json!([error(), fine, error()]));
    let found = client.get(&format!("/stacktach/feed/?errors=1&after={after}")).expect(200).json();
    assert!(found["events"].as_array().unwrap().iter().all(|e| e["event"] != json!(null)));
    let groups =
        client.get(&format!("/stacktach/feed/?errors=1&group=1&after={after}")).expect(200).json();
    let groups = groups["groups"].as_array().unwrap();
    let ours = groups.iter().find(|group| group["error"] == json!(reason)).unwrap();
    assert_eq!(ours["count"], 2);
}
