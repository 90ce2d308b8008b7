//! `/db/confirm/usage/exists/...`: billing says what it has sent.

use assay_tests::{Client, json};

use crate::audits::{Vm, image_event};
use crate::{new_uuid, send, stacktach};

/// An instance with one audit, and the audit's message.
fn audited(client: &Client) -> (Vm, String) {
    let vm = Vm::launched(client);
    let message_id = vm.audited(client, json!({}));
    (vm, message_id)
}

const BATCH: &str = "/db/confirm/usage/exists/batch";

#[test]
fn yagi_confirms_a_batch_with_put_and_no_content_type() {
    let client = stacktach();
    let (vm, message_id) = audited(&client);
    let body = json!({
        "messages": {
            "nova": { &message_id: { "status": 201, "event_id": "urn:uuid:1" }, "unknown": {} },
            "glance": {},
        },
        "version": 2,
    });
    let answer = client.put(BATCH, body.to_string()).expect(200);
    assert_eq!(answer.text(), "");
    let audit = vm.audit(&client);
    assert_eq!((&audit["send_status"], &audit["event_id"]), (&json!(201), &json!("urn:uuid:1")));
    let old = json!({ "messages": [{ &message_id: "202" }] });
    client.post("/db/confirm/usage/exists/batch/", old).expect(200);
    let audit = vm.audit(&client);
    assert_eq!(audit["send_status"], 202);
    assert_eq!(audit["event_id"], "urn:uuid:1", "the older versions know nothing of it");
}

#[test]
fn all_images_of_a_message_are_confirmed() {
    let client = stacktach();
    let image = |n: u32| json!({ "id": new_uuid(), "created_at": "2026-03-10 07:00:31", "size": n, "deleted_at": null });
    let audit =
        image_event("image.exists", json!({ "owner": "0af1", "images": [image(1), image(2)] }));
    let message_id = audit["message_id"].as_str().unwrap().to_owned();
    send(&client, audit);
    let body = json!({ "messages": { "glance": { &message_id: 201 } }, "version": 1 });
    let told = client.put(&format!("{BATCH}?verbose=1"), body).expect(200).json();
    assert_eq!(told, json!({ "updated": 1, "absent": [], "ambiguous": [] }));
    let found = client.get("/db/usage/glance/exists/?limit=1000").expect(200).json();
    let of_message = found["exists"].as_array().unwrap().iter();
    let statuses: Vec<_> = of_message
        .filter(|row| row["message_id"] == message_id.as_str())
        .map(|row| row["send_status"].as_i64().unwrap())
        .collect();
    assert_eq!(statuses, [201, 201]);
}

#[test]
fn the_unknown_and_the_ambiguous_are_skipped() {
    let client = stacktach();
    let (vm, message_id) = audited(&client);
    let (double, twice) = audited_twice(&client);
    let body = json!({ "messages": { &twice: 201, "unknown": 201, &message_id: 201 } });
    let told = client.put(&format!("{BATCH}?verbose=1"), body).expect(200).json();
    assert_eq!(told, json!({ "updated": 1, "absent": ["unknown"], "ambiguous": [twice] }));
    assert_eq!(vm.audit(&client)["send_status"], 201);
    let path = format!("/db/confirm/usage/exists/{twice}/");
    let message = format!("Multiple Exists records with message_id = '{twice}'");
    client.put(&path, json!({ "send_status": 201 })).refused(500, &message);
    let path = format!("/db/usage/exists/?instance={}", double.instance);
    let found = client.get(&path).expect(200).json();
    for row in found["exists"].as_array().unwrap() {
        assert_eq!(row["send_status"], 0, "nothing was changed");
    }
}

/// One audit, taken in under two deployments.
fn audited_twice(client: &Client) -> (Vm, String) {
    let vm = Vm::unknown();
    let message_id = vm.audited(client, json!({}));
    let event =
        client.get(&format!("/db/usage/exists/?instance={}", vm.instance)).expect(200).json();
    let shown =
        client.get(&format!("/stacky/show/{}/", event["exists"][0]["raw"])).expect(200).json();
    let path = "/stacktach/notifications/?deployment=another";
    client.post(path, shown[1].as_str().unwrap()).expect(201);
    (vm, message_id)
}

#[test]
fn one_bad_value_and_nothing_is_applied() {
    let client = stacktach();
    let (vm, message_id) = audited(&client);
    for body in [
        json!({ "messages": { &message_id: 201, "b": "x" } }),
        json!({ "messages": { &message_id: 201, "b": 1.5 } }),
        json!({ "messages": { &message_id: 201, "b": null } }),
        json!({ "messages": { &message_id: 201 }, "version": 3 }),
        json!({ "messages": { "nova": { &message_id: { "status": "x" } } }, "version": 2 }),
        json!({ "messages": { "nova": { &message_id: 201 }, "cinder": {} }, "version": 1 }),
        json!({ "messages": 7 }),
    ] {
        client.put(BATCH, body).expect(400);
    }
    let missing = "'messages' missing from request body";
    client.put(BATCH, json!({ "version": 2 })).refused(400, missing);
    assert_eq!(vm.audit(&client)["send_status"], 0);
}

#[test]
fn one_audit_is_confirmed_by_its_message() {
    let client = stacktach();
    let (vm, message_id) = audited(&client);
    let path = format!("/db/confirm/usage/exists/{message_id}/");
    assert_eq!(client.put(&path, r#"{"send_status": 201}"#).expect(200).text(), "");
    assert_eq!(vm.audit(&client)["send_status"], 201);
    client.post(path.trim_end_matches('/'), json!({ "send_status": 500 })).expect(200);
    assert_eq!(vm.audit(&client)["send_status"], 500);
    let none = client.put("/db/confirm/usage/exists/none/", json!({ "send_status": 201 }));
    none.refused(404, "Could not find Exists record with message_id = 'none'");
}

#[test]
fn what_is_no_confirmation_is_refused() {
    let client = stacktach();
    let (vm, message_id) = audited(&client);
    let one = format!("/db/confirm/usage/exists/{message_id}/");
    for path in [one.as_str(), BATCH] {
        for method in ["GET", "DELETE", "PATCH"] {
            client.request(method, path).refused(400, "Invalid method");
        }
        client.put(path, "").refused(400, "Request body required");
        let deep = format!(r#"{{"messages":{}{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
        for body in ["x", "[]", "null", "7", "{", deep.as_str()] {
            client.put(path, body).expect(400);
        }
        client.put(path, vec![b'{', 0xff, b'}']).expect(400);
    }
    client.put(&one, "{}").refused(400, "'send_status' missing from request body");
    for status in [json!("x"), json!(null), json!(1.5), json!([]), json!(true)] {
        client.put(&one, json!({ "send_status": status })).expect(400);
    }
    assert_eq!(vm.audit(&client)["send_status"], 0);
    let large = format!(r#"{{"messages":{{"{}":201}}}}"#, "x".repeat(3 << 20));
    client.put(BATCH, large).expect(413);
}
