//! `/stacktach/instances/{uuid}/`: everything about one instance in one answer.

use assay_tests::json;

use crate::{new_uuid, notification, send, stacktach};

#[test]
fn an_instance_is_shown_whole() {
    let (client, uuid) = (stacktach(), new_uuid());
    let end = json!({ "launched_at": "2026-03-10 10:00:03", "state": "active", "old_task_state": "spawning" });
    let mut update =
        notification("compute.instance.update", &uuid, "2026-03-10 10:00:00", json!({}));
    update["publisher_id"] = json!("api.api-1");
    let request = update["_context_request_id"].clone();
    let mut batch = vec![
        update,
        notification("compute.instance.create.start", &uuid, "2026-03-10 10:00:01", json!({})),
        notification("compute.instance.create.end", &uuid, "2026-03-10 10:00:04", end),
    ];
    batch.iter_mut().for_each(|body| body["_context_request_id"] = request.clone());
    send(&client, json!(batch));
    let shown = client.get(&format!("/stacktach/instances/{uuid}/")).expect(200).json();
    assert_eq!(
        (&shown["instance"], &shown["state"], &shown["task_state"], &shown["deployment"]),
        (&json!(uuid), &json!("active"), &json!("spawning"), &json!("default"))
    );
    assert_eq!(shown["timings"][0]["name"], "compute.instance.create");
    assert_eq!(shown["timings"][0]["time"], "0d 00:00:03.00");
    assert_eq!(shown["launches"][0]["launched_at"], "2026-03-10 10:00:03");
    assert_eq!((&shown["deletes"], &shown["exists"]), (&json!([]), &json!([])));
    assert_eq!(shown["requests"][0]["time"], "0d 00:00:04.00");
    assert_eq!(shown["last_events"].as_array().unwrap().len(), 3);
    assert_eq!(shown["last_events"][0]["event"], "compute.instance.create.end");
    let plain = uuid.replace('-', "");
    assert_eq!(client.get(&format!("/stacktach/instances/{plain}")).expect(200).json(), shown);
}

#[test]
fn an_unknown_instance_is_not_found() {
    let uuid = new_uuid();
    let message = format!("Could not find instance {uuid}");
    stacktach().get(&format!("/stacktach/instances/{uuid}/")).refused(404, &message);
}
