//! Nova's versioned notifications derive what the old ones of the same meaning do.

use assay_tests::{Value, json};

use crate::{new_uuid, rows, send, stacktach};

fn versioned(event: &str, instance: &str, at: &str, more: Value) -> Value {
    let mut data = json!({
        "uuid": instance, "tenant_id": "t1", "state": "active",
        "flavor": { "nova_object.name": "FlavorPayload", "nova_object.data": { "flavorid": "f7" } },
    });
    for (key, value) in more.as_object().unwrap() {
        data[key] = value.clone();
    }
    json!({
        "message_id": new_uuid(), "publisher_id": "nova-compute:cmp-1", "event_type": event,
        "priority": "INFO", "timestamp": at,
        "payload": { "nova_object.name": "InstanceActionPayload", "nova_object.version": "1.8", "nova_object.data": data },
    })
}

#[test]
fn a_versioned_life_has_timings_a_launch_and_a_delete() {
    let (client, uuid) = (stacktach(), new_uuid());
    let launched = json!({ "launched_at": "2026-03-10T10:00:04Z" });
    let deleted =
        json!({ "launched_at": "2026-03-10T10:00:04Z", "terminated_at": "2026-03-10T11:00:00Z" });
    let batch = json!([
        versioned("instance.create.start", &uuid, "2026-03-10 10:00:00Z", json!({})),
        versioned("instance.create.end", &uuid, "2026-03-10 10:00:05Z", launched),
        versioned("instance.delete.end", &uuid, "2026-03-10 11:00:01Z", deleted),
    ]);
    send(&client, batch);
    let timings = rows(&client, &format!("/stacky/timings/uuid/?uuid={uuid}"));
    assert_eq!(timings[0], json!([".", "compute.instance.create", "0d 00:00:05.00"]));
    let launches = rows(&client, &format!("/stacky/usage/launches?instance={uuid}"));
    assert_eq!(launches, [json!([uuid, "2026-03-10 10:00:04", null, "f7"])]);
    let deletes = rows(&client, &format!("/stacky/usage/deletes?instance={uuid}"));
    assert_eq!(deletes, [json!([uuid, "2026-03-10 10:00:04", "2026-03-10 11:00:00"])]);
    let events = rows(&client, &format!("/stacky/uuid/?uuid={uuid}"));
    assert_eq!(events[0][4], "instance.create.start", "the name stays as it was received");
}
