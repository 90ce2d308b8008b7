//! `POST /db/repair/`: audits that were sent before they were verified.

use assay_tests::json;

use crate::audits::{Vm, image_event};
use crate::{new_uuid, send, stacktach};

const FORM: &str = "application/x-www-form-urlencoded";

#[test]
fn a_pending_audit_becomes_a_sent_one() {
    let client = stacktach();
    let vm = Vm::launched(&client);
    let message_id = vm.audited(&client, json!({}));
    let form = format!("message_ids={message_id}&message_ids=unknown&service=nova");
    let told = client.post("/db/repair/", form.clone()).header("content-type", FORM).expect(200);
    assert_eq!(told.json(), json!({ "exists_not_pending": [], "absent_exists": ["unknown"] }));
    let audit = vm.audit(&client);
    assert_eq!((&audit["status"], &audit["send_status"]), (&json!("sent_unverified"), &json!(201)));
    let again = client.post("/db/repair", json!({ "message_ids": [message_id, "unknown"] }));
    let told = again.expect(200).json();
    assert_eq!(told, json!({ "exists_not_pending": [message_id], "absent_exists": ["unknown"] }));
}

#[test]
fn audits_of_images_are_repaired_by_their_service() {
    let client = stacktach();
    let image = json!({ "id": new_uuid(), "created_at": "2026-03-10 07:00:31", "size": 1 });
    let audit = image_event("image.exists", json!({ "owner": "0af1", "images": [image] }));
    let message_id = audit["message_id"].clone();
    send(&client, audit);
    let nova =
        client.post("/db/repair/", json!({ "message_ids": [message_id] })).expect(200).json();
    assert_eq!(nova, json!({ "exists_not_pending": [], "absent_exists": [message_id] }));
    let body = json!({ "message_ids": [message_id], "service": "glance" });
    let glance = client.post("/db/repair/", body).expect(200).json();
    assert_eq!(glance, json!({ "exists_not_pending": [], "absent_exists": [] }));
}

#[test]
fn what_names_no_message_is_refused() {
    let client = stacktach();
    let missing = "'message_ids' missing from request body";
    client.post("/db/repair/", "service=nova").header("content-type", FORM).refused(400, missing);
    client.post("/db/repair/", json!({ "message_ids": [] })).refused(400, missing);
    client.post("/db/repair/", json!({})).refused(400, missing);
    for body in [json!({ "message_ids": [7] }), json!({ "message_ids": "a" }), json!([])] {
        client.post("/db/repair/", body).expect(400);
    }
    client.post("/db/repair/", "x").expect(400);
    let body = json!({ "message_ids": ["a"], "service": "cinder" });
    client.post("/db/repair/", body).refused(400, "Unknown service 'cinder'");
    assert_eq!(client.get("/db/repair/").expect(405).header("allow"), Some("POST"));
}
