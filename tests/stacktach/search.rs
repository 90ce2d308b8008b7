//! `/stacky/search/`: events by any field, newest first.

use assay_tests::{json, unique};

use crate::{new_uuid, notification, rows, send, stacktach};

#[test]
fn every_field_finds_its_events() {
    let (client, uuid, mark) = (stacktach(), new_uuid(), unique("m"));
    let payload = json!({ "state": mark, "old_state": mark, "old_task_state": mark, "new_task_state": mark, "tenant_id": mark });
    let mut body =
        notification(&format!("compute.instance.{mark}"), &uuid, "2026-03-10 10:00:00.25", payload);
    body["publisher_id"] = json!(format!("compute.{mark}"));
    let routing_key = format!("{mark}.info");
    let path = format!("/stacktach/notifications/?deployment={mark}");
    let answer = client.post(&path, json!([routing_key, body])).expect(201).json();
    let number = &answer["results"][0]["id"];
    let id = number.to_string();
    for (field, value) in [
        ("id", id.as_str()),
        ("deployment__name", &mark),
        ("routing_key", &routing_key),
        ("state", &mark),
        ("old_state", &mark),
        ("old_task", &mark),
        ("task", &mark),
        ("tenant", &mark),
        ("event", &format!("compute.instance.{mark}")),
        ("host", &mark),
        ("publisher", &format!("compute.{mark}")),
        ("instance", &uuid),
        ("uuid", &uuid),
        ("request_id", body["_context_request_id"].as_str().unwrap()),
        ("message_id", body["message_id"].as_str().unwrap()),
        ("event__startswith", &format!("compute.instance.{mark}")),
        ("host__in", &format!("none,{mark}")),
        ("id__in", &id),
    ] {
        let found = rows(&client, &format!("/stacky/search/?field={field}&value={value}"));
        assert_eq!(found.len(), 1, "{field}={value}");
        assert_eq!(found[0][0], *number);
    }
    for (field, value) in [
        ("service", "compute"),
        ("image_type", "0"),
        ("when", "1773136800.25"),
        ("host__isnull", "0"),
        ("id__gte", &id),
        ("id__lte", &id),
    ] {
        let found =
            rows(&client, &format!("/stacky/search/?field={field}&value={value}&limit=1000"));
        assert!(found.iter().any(|row| row[0] == *number), "{field}={value}");
    }
}

#[test]
fn the_newest_comes_first_and_pages_go_back() {
    let (client, tenant) = (stacktach(), unique("t"));
    let batch: Vec<_> = (0..5)
        .map(|i| {
            notification(
                "compute.instance.a",
                &new_uuid(),
                &format!("1970-01-02 00:00:0{i}"),
                json!({ "tenant_id": tenant }),
            )
        })
        .collect();
    send(&client, json!(batch));
    let path = format!("/stacky/search/?field=tenant&value={tenant}");
    let table = client.get(&path).expect(200).json();
    assert_eq!(table[0][8], "Task'");
    let whens = |query: &str| {
        rows(&client, &format!("{path}{query}"))
            .iter()
            .map(|row| row[2].as_str().unwrap()[18..].to_owned())
            .collect::<String>()
    };
    assert_eq!((whens(""), whens("&limit=2&offset=1")), ("43210".into(), "32".into()));
    assert_eq!(whens("&when_min=86401&when_max=86402"), "21");
}

#[test]
fn nothing_found_is_an_empty_list() {
    let client = stacktach();
    for query in [
        "field=tenant&value=nobody",
        "field=id&value=99999999999999999999",
        "service=glance&field=owner&value=x",
    ] {
        assert_eq!(client.get(&format!("/stacky/search/?{query}")).expect(200).json(), json!([]));
    }
}

#[test]
fn an_unknown_field_or_a_misfit_is_refused() {
    let client = stacktach();
    let message = "The requested field 'nope' does not exist for the corresponding object.\n\
                   Note: The field names of database are case-sensitive.";
    client.get("/stacky/search/?field=nope&value=1").refused(400, message);
    for query in [
        "field=id&value=abc",
        "field=status&value=x",
        "field=Id&value=1",
        "service=generic&field=state&value=x",
        "field=when&value=soon",
    ] {
        client.get(&format!("/stacky/search/?{query}")).expect(400);
    }
    client.get("/stacky/search/?value=1").refused(400, "Missing parameter 'field'");
    client.get("/stacky/search/?field=id").refused(400, "Missing parameter 'value'");
}

#[test]
fn events_in_error_have_an_e() {
    let (client, uuid) = (stacktach(), new_uuid());
    let body = notification(
        "compute.instance.a",
        &uuid,
        "2026-03-10 10:00:00",
        json!({ "state": "error" }),
    );
    send(&client, json!(["monitor.error", body]));
    let found = rows(&client, &format!("/stacky/search/?field=instance&value={uuid}"));
    assert_eq!(found[0][1], "E");
    let all = rows(&client, "/stacky/search/?field=state&value=error&limit=1000");
    assert!(all.iter().any(|row| row[0] == found[0][0]));
}
