//! `/db/stats/...`: counts.

use assay_tests::{Client, json};

use crate::audits::{Vm, image_event};
use crate::{new_uuid, notification, send, stacktach};

fn count(client: &Client, query: &str) -> i64 {
    let stats = client.get(&format!("/db/stats/events/?{query}")).expect(200).json();
    assert_eq!(stats["stats"].as_array().unwrap().len(), 1, "{stats}");
    stats["stats"][0]["event_count"].as_i64().unwrap()
}

#[test]
fn events_are_counted_by_name_and_period() {
    let client = stacktach();
    let event = format!("counted.{}", new_uuid());
    assert_eq!(count(&client, &format!("event={event}")), 0, "unseen");
    let at = [
        "2026-03-01 00:00:00",
        "2026-03-01 00:59:59.9",
        "2026-03-01 03:30:00",
        "2026-03-07 01:00:00",
    ];
    let batch: Vec<_> =
        at.iter().map(|at| notification(&event, &new_uuid(), at, json!({}))).collect();
    send(&client, json!(batch));
    let counted = |from: &str, to: &str| {
        let query = format!("event={event}&when_min={from}&when_max={to}").replace(' ', "%20");
        count(&client, &query)
    };
    assert_eq!(count(&client, &format!("event={event}")), 4);
    assert_eq!(counted("2026-03-01 00:00:00", "2026-03-08 00:00:00"), 4);
    assert_eq!(counted("2026-03-01 00:00:00.000001", "2026-03-07 00:59:59.999999"), 2);
    assert_eq!(counted("2026-03-01 03:30:00", "2026-03-01 03:30:00"), 1);
    assert_eq!(counted("2026-03-01 03:30:00", "2026-03-01 03:29:00"), 0);
    assert_eq!(counted("2026-02-28T23:30:00Z", "2026-03-01T00:59:59.899999"), 1);
    let path = "/db/stats/events/?when_min=2026-03-01%2003:00:00&when_max=2026-03-01%2004:00:00";
    let stats = client.get(path).expect(200).json();
    let found = stats["stats"].as_array().unwrap().iter();
    let ours: Vec<_> = found.filter(|row| row["event"] == event.as_str()).collect();
    assert_eq!(ours, [&json!({ "event": event, "event_count": 1 })]);
}

#[test]
fn a_period_needs_two_dates_at_most_a_week_apart() {
    let client = stacktach();
    let refused = |query: &str, message: &str| {
        client.get(&format!("/db/stats/events/?{query}").replace(' ', "%20")).refused(400, message);
    };
    let both = "When providing date range filters, a min and max are required.";
    refused("when_min=2026-03-01 00:00:00", both);
    refused("when_max=2026-03-01 00:00:00", both);
    let form = "Invalid format for date (Correct format should be %Y-%m-%d %H:%M:%S)";
    refused("when_min=1773137196&when_max=2026-03-01 00:00:00", form);
    let week = "Date ranges may be no larger than 604800 seconds";
    refused("when_min=2026-03-01 00:00:00&when_max=2026-03-08 00:00:01", week);
    refused("service=generic", "Invalid service");
    client.get("/db/stats/events/?service=glance").expect(200);
}

#[test]
fn audits_are_counted_by_status_and_send_status() {
    let client = stacktach();
    let vm = Vm::unknown();
    for _ in 0..3 {
        vm.audited(&client, json!({}));
    }
    let message_id = vm.audited(&client, json!({ "launched_at": "1998-03-10 00:00:00" }));
    client.post("/db/repair/", json!({ "message_ids": [message_id] })).expect(200);
    let path = format!("/db/stats/nova/exists/?instance={}", vm.instance);
    let stats = client.get(&path).expect(200).json();
    let pending = json!({ "status": "pending", "send_status": 0, "event_count": 3 });
    let sent = json!({ "status": "sent_unverified", "send_status": 201, "event_count": 1 });
    assert_eq!(stats, json!({ "stats": [pending, sent] }));
    let path =
        "/db/stats/nova/exists/?launched_at_max=1998-12-31%2000:00:00&id_max=2000-01-01%2000:00:00";
    let stats = client.get(path).expect(200).json();
    assert_eq!(stats, json!({ "stats": [sent] }));
    let all = client.get("/db/stats/nova/exists/").expect(200).json();
    let with = |wanted: &str| {
        let found = all["stats"].as_array().unwrap().iter();
        found
            .filter(|row| row["status"] == wanted)
            .map(|row| row["event_count"].as_i64().unwrap())
            .sum::<i64>()
    };
    assert!(with("pending") >= 3 && with("sent_unverified") >= 1, "{all}");
    client.get("/db/stats/nova/exists/?color_min=x").refused(400, "No such field 'color'.");
}

#[test]
fn audits_of_images_are_counted_apart() {
    let client = stacktach();
    let image =
        |n: u32| json!({ "id": new_uuid(), "created_at": "1997-03-10 07:00:31", "size": n });
    let audit =
        image_event("image.exists", json!({ "owner": "0af1", "images": [image(1), image(2)] }));
    send(&client, audit);
    let path = "/db/stats/glance/exists/?created_at_max=1998-01-01%2000:00:00";
    let pending = json!({ "status": "pending", "send_status": 0, "event_count": 2 });
    assert_eq!(client.get(path).expect(200).json(), json!({ "stats": [pending] }));
    let all = client.get("/db/stats/glance/exists").expect(200).json();
    assert!(all["stats"][0]["event_count"].as_i64().unwrap() >= 1, "{all}");
    client.get("/db/stats/glance/exists?instance=x").refused(400, "No such field 'instance'.");
}
