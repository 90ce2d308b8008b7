//! `/stacky/show/{event}/`: one event, whole.

use assay_tests::{Value, json};

use crate::{new_uuid, notification, send, stacktach};

#[test]
fn an_event_is_a_table_its_notification_and_its_instance() {
    let (client, uuid) = (stacktach(), new_uuid());
    let body = notification(
        "compute.instance.a",
        &uuid,
        "2026-03-10 10:00:00",
        json!({ "state": "active" }),
    );
    let answer = send(&client, json!(["monitor.info", body])).json();
    let id = &answer["results"][0]["id"];
    let shown = client.get(&format!("/stacky/show/{id}/")).expect(200).json();
    assert_eq!(shown.as_array().unwrap().len(), 3);
    assert_eq!(
        shown[0],
        json!([
            ["Key", "Value"],
            ["#", id],
            ["When", "2026-03-10 10:00:00"],
            ["Deployment", "default"],
            ["Category", "monitor.info"],
            ["Publisher", "compute.cmp-1.north-1"],
            ["State", "active"],
            ["Event", "compute.instance.a"],
            ["Service", "compute"],
            ["Host", "cmp-1.north-1"],
            ["UUID", uuid],
            ["Req ID", body["_context_request_id"]],
        ])
    );
    let text = shown[1].as_str().unwrap();
    assert!(text.starts_with("[\n  \"monitor.info\",\n  {\n    \""), "{text:.60}");
    assert_eq!(serde_json::from_str::<Value>(text).unwrap(), json!(["monitor.info", body]));
    assert_eq!(shown[2], json!(uuid));
    let other = client.get(&format!("/stacky/show/{id}/?service=glance")).expect(200);
    assert_eq!(other.bytes(), b"", "it is not an event of that service");
}

#[test]
fn an_event_of_another_service_has_no_state() {
    let client = stacktach();
    let mut body = notification("volume.create.end", "", "2026-03-10 10:00:00", json!({}));
    body["publisher_id"] = json!("volume");
    let answer = send(&client, body).json();
    let path = format!("/stacky/show/{}/?service=generic", answer["results"][0]["id"]);
    let shown = client.get(&path).expect(200).json();
    assert_eq!((&shown[0][6], &shown[0][9]), (&json!(["State", null]), &json!(["Host", null])));
    assert_eq!(shown[2], Value::Null);
}

#[test]
fn an_unknown_event_is_an_empty_answer_and_a_bad_id_is_not_found() {
    let client = stacktach();
    for id in ["9999999999", "99999999999999999999999999"] {
        let answer = client.get(&format!("/stacky/show/{id}/")).expect(200);
        assert_eq!((answer.bytes(), answer.header("content-length")), (&b""[..], Some("0")));
    }
    for id in ["x", "-1", "1.5", "%20"] {
        client.get(&format!("/stacky/show/{id}/")).expect(404);
    }
    client.get("/stacky/show/1/?service=cinder").expect(400);
}
