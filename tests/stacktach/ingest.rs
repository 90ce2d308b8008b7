//! `/stacktach/notifications/`: what may come, in which forms, and what is said of it.

use assay_tests::{Value, json, unique};

use crate::{new_uuid, notification, rows, send, stacktach};

const AT: &str = "2026-03-10 09:04:26.292110";

#[test]
fn a_pair_is_stored_in_the_deployment_that_the_query_names() {
    let (client, deployment) = (stacktach(), unique("north"));
    let body = notification("compute.instance.update", &new_uuid(), AT, json!({}));
    let path = format!("/stacktach/notifications/?deployment={deployment}");
    let answer = client.post(&path, json!(["monitor.info", body])).expect(201).json();
    assert_eq!(
        (&answer["received"], &answer["stored"], &answer["failed"]),
        (&json!(1), &json!(1), &json!(0))
    );
    let result = &answer["results"][0];
    assert_eq!(
        (&result["index"], &result["status"], &result["service"], &result["deployment"]),
        (&json!(0), &json!("stored"), &json!("nova"), &json!(deployment))
    );
    assert_eq!(result["message_id"], body["message_id"]);
    let names: Vec<_> =
        rows(&client, "/stacky/deployments/").iter().map(|row| row[1].clone()).collect();
    assert!(names.contains(&json!(deployment)));
}

#[test]
fn a_second_delivery_changes_nothing_and_gives_the_first_ones_id() {
    let (client, uuid) = (stacktach(), new_uuid());
    let event = unique("compute.instance.x");
    let body = json!(["monitor.info", notification(&event, &uuid, AT, json!({}))]);
    let first = client.post("/stacktach/notifications/", body.clone()).expect(201).json();
    let again = client.post("/stacktach/notifications/", body).expect(200).json();
    assert_eq!((&again["stored"], &again["duplicates"]), (&json!(0), &json!(1)));
    assert_eq!(again["results"][0]["status"], "duplicate");
    assert_eq!(again["results"][0]["id"], first["results"][0]["id"]);
    assert_eq!(rows(&client, &format!("/stacky/uuid/?uuid={uuid}")).len(), 1);
}

#[test]
fn a_duplicate_inside_one_batch_is_known_by_the_first() {
    let (client, uuid) = (stacktach(), new_uuid());
    let body = notification("compute.instance.reboot.start", &uuid, AT, json!({}));
    let answer = client.post("/stacktach/notifications/", json!([body, body])).expect(201).json();
    assert_eq!((&answer["stored"], &answer["duplicates"]), (&json!(1), &json!(1)));
    assert_eq!(answer["results"][1]["id"], answer["results"][0]["id"]);
    assert_eq!(rows(&client, &format!("/stacky/timings/uuid/?uuid={uuid}")).len(), 1);
}

#[test]
fn the_same_notification_is_another_event_in_another_deployment() {
    let (client, uuid) = (stacktach(), new_uuid());
    let body = notification("compute.instance.update", &uuid, AT, json!({}));
    for deployment in [unique("a"), unique("b")] {
        let path = format!("/stacktach/notifications/?deployment={deployment}");
        client.post(&path, body.clone()).expect(201);
    }
    assert_eq!(rows(&client, &format!("/stacky/uuid/?uuid={uuid}")).len(), 2);
}

#[test]
fn without_a_message_id_the_body_says_whether_it_is_known() {
    let client = stacktach();
    let mut body = notification("compute.instance.update", &new_uuid(), AT, json!({}));
    body.as_object_mut().unwrap().remove("message_id");
    let first = client.post("/stacktach/notifications/", body.clone()).expect(201).json();
    assert_eq!(first["results"][0]["message_id"], Value::Null);
    // The same keys in another order, with other blanks.
    let pretty = serde_json::to_string_pretty(&body).unwrap();
    client.post("/stacktach/notifications/", pretty).expect(200);
    body["payload"]["more"] = json!(1);
    client.post("/stacktach/notifications/", body).expect(201);
}

#[test]
fn good_items_are_stored_beside_bad_ones_which_are_kept() {
    let client = stacktach();
    let good = || notification("compute.instance.update", &new_uuid(), AT, json!({}));
    let mark = unique("x");
    let batch = json!([good(), { "event_type": mark }, good()]);
    let answer = client.post("/stacktach/notifications/", batch).expect(207).json();
    let statuses: Vec<_> =
        answer["results"].as_array().unwrap().iter().map(|r| &r["status"]).collect();
    assert_eq!(statuses, ["stored", "error", "stored"]);
    let error = &answer["results"][1];
    assert_eq!(error["message_id"], Value::Null);
    assert_eq!(error["error"]["type"], "Bad Request");
    assert_eq!(error["error"]["message"], "'publisher_id' missing");
    let kept = client.get("/stacktach/rejected/?limit=1000").expect(200).json();
    let kept = kept["rejected"].as_array().unwrap();
    let ours = kept.iter().find(|item| item["raw"].as_str().unwrap().contains(&mark)).unwrap();
    assert_eq!(
        (&ours["error"], &ours["deployment"]),
        (&error["error"]["message"], &json!("default"))
    );
    let path = format!("/stacktach/rejected/{}/", ours["id"]);
    assert_eq!(client.delete(&path).expect(204).bytes(), b"");
    client.delete(&path).expect(404);
}

#[test]
fn an_envelope_is_opened() {
    let (client, uuid) = (stacktach(), new_uuid());
    let inner = notification("compute.instance.update", &uuid, AT, json!({}));
    let envelope = json!({ "oslo.version": "2.0", "oslo.message": inner.to_string() });
    let answer = send(&client, envelope).json();
    assert_eq!(answer["results"][0]["service"], "nova");
    let shown =
        client.get(&format!("/stacky/show/{}/", answer["results"][0]["id"])).expect(200).json();
    let pair: Value = serde_json::from_str(shown[1].as_str().unwrap()).unwrap();
    assert_eq!(pair, json!(["notifications.info", inner]));
    // An object instead of its text, in a pair, in a wrapper.
    let other = |event: &str| notification(event, &uuid, AT, json!({}));
    let batch = json!([
        { "oslo.message": other("compute.instance.a") },
        ["monitor.error", { "oslo.version": "2.0", "oslo.message": other("compute.instance.b").to_string() }],
        { "body": { "oslo.message": other("compute.instance.c") }, "routing_key": "k", "service": "generic" },
    ]);
    let results = send(&client, batch).json();
    assert_eq!(results["results"][2]["service"], "generic");
    let events: Vec<_> = rows(&client, &format!("/stacky/uuid/?uuid={uuid}"))
        .into_iter()
        .map(|row| (row[1].clone(), row[4].clone()))
        .collect();
    assert_eq!(events.len(), 3, "{events:?}");
    assert_eq!(events[2], (json!("E"), json!("compute.instance.b")));
}

#[test]
fn a_wrapper_names_its_own_deployment() {
    let (client, own) = (stacktach(), unique("own"));
    let body = notification("compute.instance.update", &new_uuid(), AT, json!({}));
    let wrapper = json!({ "body": body, "deployment": own });
    let request = client
        .post("/stacktach/notifications/?deployment=query", json!({ "notifications": [wrapper] }));
    let answer = request.header("x-stacktach-deployment", "header").expect(201).json();
    assert_eq!(answer["results"][0]["deployment"], own);
    let body = notification("compute.instance.update", &new_uuid(), AT, json!({}));
    let request =
        client.post("/stacktach/notifications/", body).header("x-stacktach-deployment", &own);
    assert_eq!(request.expect(201).json()["results"][0]["deployment"], own);
}

#[test]
fn lines_are_items_and_a_cut_line_is_one_error() {
    let client = stacktach();
    let good = notification("compute.instance.update", &new_uuid(), AT, json!({})).to_string();
    let body = format!("{good}\n\n{}", &good[..good.len() / 2]);
    let request = client.post("/stacktach/notifications/", body);
    let answer = request.header("content-type", "application/x-ndjson").expect(207).json();
    assert_eq!(
        (&answer["received"], &answer["stored"], &answer["failed"]),
        (&json!(2), &json!(1), &json!(1))
    );
}

#[test]
fn an_empty_batch_is_fine() {
    let client = stacktach();
    let answer = client.post("/stacktach/notifications/", json!([])).expect(200).json();
    assert_eq!(
        answer,
        json!({"received": 0, "stored": 0, "duplicates": 0, "failed": 0, "results": []})
    );
    let request = client.post("/stacktach/notifications/", "\n\n");
    request.header("content-type", "application/x-ndjson").expect(200);
}

#[test]
fn a_compressed_body_is_unpacked() {
    let client = stacktach();
    let body = notification("compute.instance.update", &new_uuid(), AT, json!({})).to_string();
    let request = client.post("/stacktach/notifications/", gzip(body.as_bytes()));
    request.header("content-encoding", "gzip").expect(201);
    let request = client.post("/stacktach/notifications/", "no gzip");
    request.header("content-encoding", "gzip").refused(400, "The body is not gzip.");
}

/// Gzip without compression: a header, one stored block, a checksum.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    let length = u16::try_from(bytes.len()).expect("one block");
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1];
    out.extend(length.to_le_bytes());
    out.extend((!length).to_le_bytes());
    out.extend(bytes);
    out.extend((!crc).to_le_bytes());
    out.extend(u32::from(length).to_le_bytes());
    out
}

#[test]
fn the_routing_key_follows_from_the_priority() {
    let (client, uuid) = (stacktach(), new_uuid());
    let mut body = notification("compute.instance.update", &uuid, AT, json!({}));
    body["priority"] = json!("ERROR");
    send(&client, body);
    assert_eq!(rows(&client, &format!("/stacky/uuid/?uuid={uuid}"))[0][1], "E");
    let found =
        rows(&client, "/stacky/search/?field=routing_key&value=notifications.error&limit=1000");
    assert!(!found.is_empty());
}

#[test]
fn the_worker_of_2012_is_understood() {
    let (client, uuid) = (stacktach(), new_uuid());
    let name = unique("old");
    let made = client.post("/stacktach/deployments/", json!({ "name": name })).expect(201).json();
    let path = format!("/stacktach/{}/data/", made["deployment"]["id"]);
    let pair =
        json!(["monitor.info", notification("compute.instance.update", &uuid, AT, json!({}))]);
    let form = format!("args={}", assay_tests::segment(&pair.to_string()));
    let post = |path: &str, body: String| {
        client.post(path, body).header("content-type", "application/x-www-form-urlencoded")
    };
    assert_eq!(post(&path, form.clone()).expect(200).text(), "stored");
    post(&path, form.clone()).expect(200);
    assert_eq!(rows(&client, &format!("/stacky/uuid/?uuid={uuid}"))[0][3], name);
    post("/stacktach/99999/data/", form.clone()).refused(401, "wrong id");
    post("/stacktach/x/data/", form).expect(401);
    post(&path, "args={".into()).expect(400);
    post(&path, "other=1".into()).expect(400);
    post(&path, "args=[\"tach\",{}]".into()).expect(200);
}

#[test]
fn a_deployment_is_made_once() {
    let (client, name) = (stacktach(), unique("cell"));
    let made = client.post("/stacktach/deployments/", json!({ "name": name })).expect(201).json();
    let again = client.post("/stacktach/deployments/", json!({ "name": name })).expect(200).json();
    assert_eq!(made, again);
    assert_eq!(made["deployment"]["name"], name);
    for body in [
        json!({}),
        json!({ "name": 5 }),
        json!({ "name": "" }),
        json!({ "name": "x".repeat(51) }),
        json!([]),
    ] {
        client.post("/stacktach/deployments/", body).expect(400);
    }
}
