//! What is wrong with an item never hurts its neighbours, and what is wrong with a body is said at once.

use std::fs;

use assay_tests::{Value, json, unique, workspace};

use crate::{new_uuid, notification, rows, send, stacktach};

const AT: &str = "2026-03-10 09:04:26.292110";

#[test]
fn every_malformed_line_is_refused_alone_and_together() {
    let client = stacktach();
    let path = workspace().join("tests/stacktach/fixtures/malformed.jsonl");
    let lines = fs::read_to_string(path).unwrap();
    let send = |body: String| {
        let request = client.post("/stacktach/notifications/", body);
        request.header("content-type", "application/x-ndjson")
    };
    let answer = send(lines.clone()).expect(400).json();
    assert_eq!((&answer["received"], &answer["failed"]), (&json!(20), &json!(20)));
    for line in lines.lines() {
        assert_eq!(send(line.into()).expect(400).json()["failed"], 1, "{line:.80}");
        let good = notification("compute.instance.update", &new_uuid(), AT, json!({}));
        let both = send(format!("{line}\n{good}")).expect(207).json();
        assert_eq!((&both["stored"], &both["failed"]), (&json!(1), &json!(1)), "{line:.80}");
    }
}

#[test]
fn a_body_that_is_no_json_is_refused() {
    let client = stacktach();
    for body in ["", "{", "no", "[1,]"] {
        client.post("/stacktach/notifications/", body).refused(400, "The body is not JSON.");
    }
    client.post("/stacktach/notifications/", vec![b'"', 0xff, b'"']).expect(400);
}

#[test]
fn a_payload_may_have_any_shape() {
    let (client, uuid) = (stacktach(), new_uuid());
    let payloads = [
        json!(null),
        json!("text"),
        json!([1, 2]),
        json!({ "exception": "Boom" }),
        json!({ "exception": { "kwargs": "x" }, "instance": [] }),
        json!({ "instance_id": uuid, "launched_at": "", "bandwidth": null, "image_meta": 7 }),
        json!({ "instance_id": uuid, "state": { "a": 1 }, "tenant_id": [], "old_state": 5 }),
    ];
    for event in
        ["compute.instance.exists", "compute.instance.create.end", "compute.instance.delete.end"]
    {
        for payload in &payloads {
            let mut body = notification(event, &uuid, AT, json!({}));
            body["payload"] = payload.clone();
            client.post("/stacktach/notifications/", body).expect(201);
        }
        let mut body = notification(event, &uuid, AT, json!({}));
        body.as_object_mut().unwrap().remove("payload");
        client.post("/stacktach/notifications/", body).expect(201);
    }
}

#[test]
fn a_bad_date_in_a_payload_is_a_warning_and_the_event_is_stored() {
    let (client, uuid) = (stacktach(), new_uuid());
    let payload = json!({
        "launched_at": "2026-03-10 00:00:00", "audit_period_beginning": "2026-02-30 00:00:00",
        "audit_period_ending": "2026-03-10 23:59:59", "bandwidth": { "public": { "bw_out": -5 } },
    });
    let answer = send(&client, notification("compute.instance.exists", &uuid, AT, payload)).json();
    let warnings = answer["results"][0]["warnings"].as_array().unwrap();
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    let instance = client.get(&format!("/stacktach/instances/{uuid}/")).expect(200).json();
    assert_eq!(instance["exists"][0]["audit_period_beginning"], Value::Null);
    assert_eq!(instance["exists"][0]["audit_period_ending"], "2026-03-10 23:59:59");
}

#[test]
fn signs_that_no_text_holds_are_replaced_and_the_body_is_kept() {
    let (client, uuid) = (stacktach(), new_uuid());
    let mut body = notification("compute.instance.update", &uuid, AT, json!({})).to_string();
    body = body.replace(
        "\"p1\"",
        r#""a\ud800b\u0000c", "big": 123456789012345678901234567890, "f": 1.50"#,
    );
    let mark = unique("st");
    body = body.replace("\"t1\"", &format!("\"t1\", \"state\": \"{mark}\\ud800\\u0000\""));
    let answer = client.post("/stacktach/notifications/", body).expect(201).json();
    let row = &rows(&client, &format!("/stacky/uuid/?uuid={uuid}"))[0];
    assert_eq!(row[6], format!("{mark}\u{fffd}\u{fffd}"));
    let shown =
        client.get(&format!("/stacky/show/{}", answer["results"][0]["id"])).expect(200).json();
    let text = shown[1].as_str().unwrap();
    for part in [r"a\ud800b\u0000c", "123456789012345678901234567890", "1.50"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn a_long_field_is_refused_and_255_characters_are_not() {
    let client = stacktach();
    let with_event = |event: &str| {
        let body = notification(event, &new_uuid(), AT, json!({}));
        client.post("/stacktach/notifications/", body).expect_any(&[201, 400]).status()
    };
    assert_eq!(with_event(&"ü".repeat(255)), 201);
    assert_eq!(with_event(&"x".repeat(256)), 400);
}

#[test]
fn a_deployment_name_has_1_to_50_printable_characters() {
    let client = stacktach();
    for name in ["", "a%0Ab", &"x".repeat(51)] {
        let path = format!("/stacktach/notifications/?deployment={name}");
        client.post(&path, json!([])).expect(400);
    }
    client
        .post("/stacktach/notifications/?service=cinder", json!([]))
        .refused(400, "Unknown service 'cinder'");
}

#[test]
fn limits_are_limits() {
    let client = stacktach();
    let many = format!("[{}1]", "1,".repeat(1000));
    client.post("/stacktach/notifications/", many).expect(413);
    let most = format!("[{}1]", "1,".repeat(999));
    assert_eq!(client.post("/stacktach/notifications/", most).expect(400).json()["failed"], 1000);
    let mut long = notification("compute.instance.update", &new_uuid(), AT, json!({}));
    long["payload"]["x"] = json!("x".repeat(1024 * 1024));
    client
        .post("/stacktach/notifications/", long)
        .refused(400, "the item is larger than 1048576 bytes");
    let huge = vec![b' '; 8 * 1024 * 1024 + 1];
    client.post("/stacktach/notifications/", huge).expect(413);
    let deep = format!("[{}1{}]", "[".repeat(10_000), "]".repeat(10_000));
    client.post("/stacktach/notifications/", deep).expect(400);
}
