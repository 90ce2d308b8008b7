//! `/stacky/usage/...`: launches, deletes and audits, and how events become them.

use assay_tests::{Client, Value, json};

use crate::{new_uuid, notification, rows, send, stacktach};

const AT: &str = "2026-03-10 10:00:00";

/// Sends events of one request about a new instance and gives its launches.
fn launches(client: &Client, events: &[(&str, Value)]) -> Vec<Value> {
    let (instance, request) = (new_uuid(), format!("req-{}", new_uuid()));
    let batch: Vec<_> = events
        .iter()
        .map(|(name, payload)| {
            let mut body =
                notification(&format!("compute.instance.{name}"), &instance, AT, payload.clone());
            body["_context_request_id"] = json!(request);
            body
        })
        .collect();
    send(client, json!(batch));
    let found = rows(client, &format!("/stacky/usage/launches?instance={instance}"));
    found.iter().map(|row| Value::from(&row.as_array().unwrap()[1..])).collect()
}

fn of(launched: &str, flavor: u64) -> Value {
    json!({ "launched_at": launched, "instance_type_id": flavor, "instance_flavor_id": format!("f{flavor}"), "message": "Success" })
}

const ONE: &str = "2026-03-10 09:00:01";
const TWO: &str = "2026-03-10 09:00:02";

#[test]
fn a_create_is_one_launch() {
    let client = stacktach();
    let start = ("create.start", of("", 2));
    let whole = launches(&client, &[start.clone(), ("create.end", of(ONE, 2))]);
    assert_eq!(whole, [json!([ONE, "2", "f2"])]);
    assert_eq!(launches(&client, &[start]), [json!([null, "2", "f2"])]);
    let failed = json!({ "launched_at": ONE, "message": "boom" });
    assert!(launches(&client, &[("create.end", failed)]).is_empty());
}

#[test]
fn each_event_changes_what_its_rule_says() {
    let client = stacktach();
    let launch = |events: &[(&str, Value)]| launches(&client, events)[0].clone();
    // Later times win at an end, first times at a start.
    assert_eq!(
        launch(&[("create.end", of(TWO, 1)), ("rescue.end", of(ONE, 3))]),
        json!([TWO, "1", "f1"])
    );
    assert_eq!(
        launch(&[("create.end", of(ONE, 1)), ("rebuild.end", of(TWO, 3))]),
        json!([TWO, "1", "f1"])
    );
    assert_eq!(
        launch(&[("rebuild.start", of(ONE, 1)), ("rescue.start", of(TWO, 3))]),
        json!([ONE, "3", "f3"])
    );
    // Prepared resizes fill, finished ones set.
    assert_eq!(launch(&[("resize.prep.start", of(ONE, 1))]), json!([ONE, "1", "f1"]));
    assert_eq!(
        launch(&[("create.start", of("", 1)), ("resize.revert.start", of(ONE, 3))]),
        json!([ONE, "1", "f1"])
    );
    assert_eq!(
        launch(&[("create.end", of(ONE, 1)), ("finish_resize.start", of(TWO, 3))]),
        json!([ONE, "3", "f3"])
    );
    assert_eq!(
        launch(&[("create.end", of(ONE, 1)), ("finish_resize.end", of(TWO, 3))]),
        json!([TWO, "3", "f3"])
    );
    assert_eq!(
        launch(&[("create.end", of(TWO, 1)), ("resize.revert.end", of(ONE, 3))]),
        json!([TWO, "3", "f3"])
    );
    // An empty date changes nothing.
    assert_eq!(
        launch(&[("create.end", of(ONE, 1)), ("rescue.end", of("", 3))]),
        json!([ONE, "1", "f1"])
    );
}

#[test]
fn a_delete_is_stored_once_for_its_dates() {
    let (client, instance) = (stacktach(), new_uuid());
    let delete =
        |payload: Value| notification("compute.instance.delete.end", &instance, AT, payload);
    let both = json!({ "launched_at": ONE, "terminated_at": TWO, "deleted_at": ONE });
    let none = json!({ "launched_at": ONE });
    let early = json!({ "launched_at": "", "deleted_at": TWO });
    send(
        &client,
        json!([
            delete(both.clone()),
            delete(both),
            delete(none.clone()),
            delete(none),
            delete(early)
        ]),
    );
    let path = format!("/stacky/usage/deletes?instance={instance}");
    let table = client.get(&path).expect(200).json();
    assert_eq!(
        table,
        json!([["UUID", "Launched At", "Deleted At"], [instance, ONE, TWO], [instance, ONE, null]])
    );
}

#[test]
fn an_audit_is_pending_and_needs_a_launch() {
    let (client, instance) = (stacktach(), new_uuid());
    let audit = |payload: Value| notification("compute.instance.exists", &instance, AT, payload);
    let good = audit(json!({ "launched_at": ONE, "deleted_at": TWO, "instance_type_id": "7" }));
    let answer = send(&client, json!([good, audit(json!({}))])).json();
    assert_eq!(answer["results"][1]["warnings"].as_array().unwrap().len(), 1);
    let table = client.get(&format!("/stacky/usage/exists?instance={instance}")).expect(200).json();
    let titles = json!([
        "UUID",
        "Launched At",
        "Deleted At",
        "Instance Type Id",
        "Instance Flavor Id",
        "Message ID",
        "Status"
    ]);
    assert_eq!(
        table,
        json!([titles, [instance, ONE, TWO, "7", null, good["message_id"], "pending"]])
    );
}

#[test]
fn lists_are_paged_and_instances_are_checked() {
    let client = stacktach();
    launches(&client, &[("create.start", of("", 1))]);
    for table in ["launches", "deletes", "exists"] {
        assert!(rows(&client, &format!("/stacky/usage/{table}?limit=1")).len() <= 1);
        let unknown = rows(&client, &format!("/stacky/usage/{table}/?instance={}", new_uuid()));
        assert!(unknown.is_empty());
        client.get(&format!("/stacky/usage/{table}?instance=x")).refused(400, "x is not uuid-like");
        client.get(&format!("/stacky/usage/{table}?limit=x")).expect(400);
    }
}
