//! `/stacky/uuid/` and `/stacky/request/`: the events of an instance, an image, a request.

use assay_tests::{json, unique};

use crate::{new_uuid, notification, rows, send, stacktach};

#[test]
fn the_events_of_an_instance_come_oldest_first() {
    let (client, uuid) = (stacktach(), new_uuid());
    let state = json!({ "state": "active", "old_state": null, "old_task_state": "spawning" });
    send(&client, notification("compute.instance.b", &uuid, "2026-03-10 10:00:02", state));
    send(
        &client,
        json!([
            "monitor.error",
            notification("compute.instance.a", &uuid, "2026-03-10 10:00:01.5", json!({}))
        ]),
    );
    let table = client.get(&format!("/stacky/uuid/?uuid={uuid}")).expect(200).json();
    assert_eq!(
        table[0],
        json!(["#", "?", "When", "Deployment", "Event", "Host", "State", "State'", "Task"])
    );
    let cells = |row: usize| table[row].as_array().unwrap()[1..].to_vec();
    let first = json!([
        "E",
        "2026-03-10 10:00:01.500000",
        "default",
        "compute.instance.a",
        "cmp-1.north-1",
        "",
        "",
        ""
    ]);
    let second = json!([
        " ",
        "2026-03-10 10:00:02",
        "default",
        "compute.instance.b",
        "cmp-1.north-1",
        "active",
        null,
        "spawning"
    ]);
    assert_eq!(json!([cells(1), cells(2)]), json!([first, second]));
}

#[test]
fn an_id_is_found_with_dashes_and_without() {
    let (client, uuid) = (stacktach(), new_uuid());
    send(&client, notification("compute.instance.a", &uuid, "2026-03-10 10:00:01", json!({})));
    let plain = uuid.replace('-', "");
    send(&client, notification("compute.instance.a", &plain, "2026-03-10 10:00:02", json!({})));
    for id in [&uuid, &plain] {
        assert_eq!(rows(&client, &format!("/stacky/uuid/?uuid={id}")).len(), 2);
    }
}

#[test]
fn what_is_not_uuid_like_is_refused_and_what_is_unknown_is_empty() {
    let client = stacktach();
    client.get("/stacky/uuid/?uuid=nope").refused(400, "nope is not uuid-like");
    for uuid in
        ["", &new_uuid().to_uppercase(), "'%20OR%201=1%20--", "a%00b", "%C3%BC", &new_uuid()[1..]]
    {
        client.get(&format!("/stacky/uuid/?uuid={uuid}")).expect(400);
        client.get(&format!("/stacky/timings/uuid/?uuid={uuid}")).expect(400);
    }
    client.get("/stacky/uuid/").refused(400, "Missing parameter 'uuid'");
    client.get("/stacky/uuid/?uuid=x&service=cinder").expect(400);
    assert_eq!(
        client.get(&format!("/stacky/uuid/?uuid={}", new_uuid())).expect(200).json(),
        json!([])
    );
}

#[test]
fn periods_and_pages_cut_the_list() {
    let (client, uuid) = (stacktach(), new_uuid());
    let batch: Vec<_> = (0..5)
        .map(|i| {
            notification(
                "compute.instance.a",
                &uuid,
                &format!("1970-01-01 00:00:0{i}.5"),
                json!({}),
            )
        })
        .collect();
    send(&client, json!(batch));
    let count = |query: &str| rows(&client, &format!("/stacky/uuid/?uuid={uuid}&{query}")).len();
    assert_eq!((count(""), count("limit=2"), count("limit=2&offset=4")), (5, 2, 1));
    assert_eq!((count("limit=0"), count("limit=99999999999999999999")), (0, 5));
    assert_eq!((count("when_min=1.5&when_max=3.5"), count("when_min=1.500001")), (3, 3));
    for query in [
        "limit=abc",
        "limit=-1",
        "limit=1e3",
        "offset=x",
        "when_min=nan",
        "when_max=inf",
        "when_min=x",
    ] {
        client.get(&format!("/stacky/uuid/?uuid={uuid}&{query}")).expect(400);
    }
    let digits = "1".repeat(400);
    client.get(&format!("/stacky/uuid/?uuid={uuid}&when_min={digits}")).expect(400);
}

#[test]
fn images_and_other_services_have_tables_of_their_own() {
    let (client, uuid) = (stacktach(), new_uuid());
    let mut image = notification(
        "image.update",
        "",
        "2026-03-10 10:00:00",
        json!({ "id": uuid, "status": "active" }),
    );
    image["publisher_id"] = json!("glance-api01.north-1");
    send(&client, image);
    let table = client.get(&format!("/stacky/uuid/?service=glance&uuid={uuid}")).expect(200).json();
    assert_eq!(table[0], json!(["#", "?", "When", "Deployment", "Event", "Host", "Status"]));
    assert_eq!((&table[1][4], &table[1][6]), (&json!("image.update"), &json!("active")));
    let mut volume = notification("volume.attach.end", &uuid, "2026-03-10 10:00:00", json!({}));
    volume["publisher_id"] = json!("volume.blk-1");
    send(&client, volume.clone());
    let table =
        client.get(&format!("/stacky/uuid/?service=generic&uuid={uuid}")).expect(200).json();
    assert_eq!(
        table[0],
        json!(["#", "?", "When", "Deployment", "Event", "Host", "Instance", "Request id"])
    );
    assert_eq!((&table[1][6], &table[1][7]), (&json!(uuid), &volume["_context_request_id"]));
}

#[test]
fn the_events_of_a_request_come_oldest_first_under_their_own_titles() {
    let (client, uuid) = (stacktach(), new_uuid());
    let mut body = notification("compute.instance.a", &uuid, "2026-03-10 10:00:01", json!({}));
    let request = body["_context_request_id"].as_str().unwrap().to_owned();
    send(&client, body.clone());
    body["message_id"] = json!(unique("m"));
    body["timestamp"] = json!("2026-03-10 10:00:00");
    body["event_type"] = json!("compute.instance.b");
    send(&client, body);
    let table = client.get(&format!("/stacky/request/?request_id={request}")).expect(200).json();
    assert_eq!(
        table[0],
        json!(["#", "?", "When", "Deployment", "Event", "Host", "State", "State'", "Task'"])
    );
    assert_eq!(
        (&table[1][4], &table[2][4]),
        (&json!("compute.instance.b"), &json!("compute.instance.a"))
    );
    let unknown =
        client.get(&format!("/stacky/request/?request_id=req-{}", new_uuid())).expect(200);
    assert_eq!(unknown.json(), json!([table[0]]));
    client.get("/stacky/request/?request_id=abc").refused(400, "abc is not request-id-like");
    client.get("/stacky/request/").refused(400, "Missing parameter 'request_id'");
}
