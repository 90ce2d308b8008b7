//! `/db/usage/...`: launches, deletes and audits as billing reads them.

use assay_tests::{App, Client, Value, areas, json};

use crate::audits::{DELETED, LAUNCHED, Vm, image_event};
use crate::{new_uuid, send, stacktach};

#[track_caller]
fn list(client: &Client, path: &str) -> Vec<Value> {
    let found = client.get(path).expect(200).json();
    let (_, rows) = found.as_object().unwrap().iter().next().unwrap();
    rows.as_array().unwrap().clone()
}

fn ids(rows: &[Value]) -> Vec<i64> {
    rows.iter().map(|row| row["id"].as_i64().unwrap()).collect()
}

#[test]
fn a_launch_is_shown_with_all_its_columns() {
    let client = stacktach();
    let vm = Vm::launched(&client);
    for root in ["/db/usage", "/db/usage/nova"] {
        let path = format!("{root}/launches/?instance={}", vm.instance);
        let answer = client.get(&path).expect(200);
        assert_eq!(answer.header("content-type"), Some("application/json"));
        let launch = &answer.json()["launches"][0];
        let keys: Vec<_> = launch.as_object().unwrap().keys().collect();
        let columns = "id instance launched_at request_id instance_type_id instance_flavor_id \
                       tenant os_architecture os_distro os_version rax_options";
        assert_eq!(keys, columns.split_whitespace().collect::<Vec<_>>());
        assert_eq!(launch["launched_at"], LAUNCHED);
        assert_eq!(launch["instance_type_id"], "2");
        let one = client.get(&format!("{root}/launches/{}", launch["id"])).expect(200).json();
        assert_eq!(&one["launch"], launch);
    }
}

#[test]
fn a_delete_and_an_audit_know_their_events() {
    let client = stacktach();
    let vm = Vm::launched(&client);
    vm.deleted(&client);
    let message_id = vm.audited(&client, json!({ "deleted_at": DELETED }));
    let path = format!("/db/usage/nova/deletes?instance={}", vm.instance);
    let delete = list(&client, &path)[0].clone();
    assert_eq!(
        (&delete["launched_at"], &delete["deleted_at"]),
        (&json!(LAUNCHED), &json!(DELETED))
    );
    assert!(delete["raw"].is_i64());
    let audit = vm.audit(&client);
    let columns = "id instance launched_at deleted_at audit_period_beginning audit_period_ending \
                   message_id instance_type_id instance_flavor_id status fail_reason raw usage \
                   delete send_status tenant os_architecture os_distro os_version rax_options \
                   bandwidth_public_out event_id received";
    let keys: Vec<_> = audit.as_object().unwrap().keys().collect();
    assert_eq!(keys, columns.split_whitespace().collect::<Vec<_>>());
    assert_eq!((&audit["message_id"], &audit["delete"]), (&json!(message_id), &delete["id"]));
    assert_eq!((&audit["status"], &audit["send_status"]), (&json!("pending"), &json!(0)));
    assert_eq!(audit["received"], "2026-03-11 00:10:00.500000");
    assert_eq!((&audit["fail_reason"], &audit["event_id"]), (&Value::Null, &Value::Null));
    let one = client.get(&format!("/db/usage/exists/{}/", audit["id"])).expect(200).json();
    assert_eq!(one["exist"], audit);
    let one = client.get(&format!("/db/usage/deletes/{}", delete["id"])).expect(200).json();
    assert_eq!(one["delete"], delete);
}

#[test]
fn what_was_derived_outlives_its_event() {
    let app = App::with(&[], &[]);
    let client = app.client(areas::STACKTACH);
    let vm = Vm::launched(&client);
    vm.audited(&client, json!({}));
    let before = vm.audit(&client);
    assert!(before["raw"].is_i64());
    let told = client.post("/stacktach/prune/", json!({ "before": "2100-01-01 00:00:00" }));
    assert_eq!(told.expect(200).json(), json!({ "deleted": 2, "remaining": false }));
    let mut expected = before;
    expected["raw"] = Value::Null;
    assert_eq!(vm.audit(&client), expected);
}

#[test]
fn images_are_listed_too_and_one_of_them_is_called_a_launch() {
    let client = stacktach();
    let image = new_uuid();
    let known = json!({
        "id": image, "created_at": "2026-03-10 07:00:31", "size": 9_007_199_254_740_993_i64,
        "owner": "0af1", "deleted_at": "2026-03-10 08:00:00.25",
    });
    let mut audit = json!({
        "owner": "0af1", "audit_period_beginning": "2026-03-10 00:00:00",
        "audit_period_ending": "2026-03-10 23:59:59",
    });
    audit["images"] = json!([known]);
    let events = [
        image_event("image.activate", known.clone()),
        image_event("image.delete", known),
        image_event("image.exists", audit),
    ];
    send(&client, json!(events));
    let find = |path: &str| {
        let rows = list(&client, &format!("/db/usage/glance/{path}/?limit=1000"));
        rows.into_iter().find(|row| row["uuid"] == image.as_str()).unwrap()
    };
    let (usage, delete, exists) = (find("images"), find("deletes"), find("exists"));
    assert_eq!(usage["size"], 9_007_199_254_740_993_i64);
    assert_eq!(delete["deleted_at"], "2026-03-10 08:00:00.250000");
    assert_eq!((&exists["usage"], &exists["delete"]), (&usage["id"], &delete["id"]));
    let columns = "id uuid created_at deleted_at audit_period_beginning audit_period_ending status \
                   fail_reason raw usage delete send_status owner size message_id event_id received";
    let keys: Vec<_> = exists.as_object().unwrap().keys().collect();
    assert_eq!(keys, columns.split_whitespace().collect::<Vec<_>>());
    for (path, single, row) in
        [("images", "launch", usage), ("deletes", "delete", delete), ("exists", "exist", exists)]
    {
        let one = client.get(&format!("/db/usage/glance/{path}/{}/", row["id"])).expect(200);
        assert_eq!(one.json(), json!({ single: row }));
    }
}

#[test]
fn a_list_is_ordered_by_any_column_in_both_directions() {
    let client = stacktach();
    let vm = Vm::unknown();
    for day in [12, 10, 11] {
        let launched = format!("2026-02-{day} 00:00:00");
        let tenant = format!("{:02}", 20 - day);
        vm.audited(&client, json!({ "launched_at": launched, "tenant_id": tenant }));
    }
    let path = format!("/db/usage/exists/?instance={}", vm.instance);
    let latest = ids(&list(&client, &path));
    let [a, b, c] = [latest[2], latest[1], latest[0]];
    assert!(a < b && b < c, "by id, latest first");
    for (query, expected) in [
        ("&direction=asc", [a, b, c]),
        ("&direction=up", [a, b, c]),
        ("&order_by=launched_at", [a, c, b]),
        ("&order_by=launched_at&direction=asc", [b, c, a]),
        ("&order_by=tenant", [b, c, a]),
        ("&order_by=tenant&direction=asc", [a, c, b]),
        ("&order_by=status", [c, b, a]),
        ("&order_by=received&direction=asc", [a, b, c]),
    ] {
        assert_eq!(ids(&list(&client, &format!("{path}{query}"))), expected, "{query}");
    }
    assert_eq!(ids(&list(&client, &format!("{path}&limit=1&offset=1"))), [b]);
    assert!(list(&client, &format!("{path}&limit=0")).is_empty());
}

#[test]
fn the_same_rows_are_found_whatever_the_order() {
    let client = stacktach();
    let vm = Vm::unknown();
    let mut expected = Vec::new();
    for minute in 10..15 {
        let launched = format!("1999-01-01 00:{minute}:00");
        vm.audited(&client, json!({ "launched_at": launched }));
        expected.push(launched);
    }
    let range = "launched_at_min=1999-01-01T00:10:00Z&launched_at_max=1999-01-01%2000:14:00.000000";
    for order in ["id", "launched_at", "received", "tenant", "message_id"] {
        for (direction, extra) in
            [("asc", ""), ("desc", ""), ("asc", "&received_min=2026-01-01 00:00:00")]
        {
            let extra = extra.replace(' ', "%20");
            let path =
                format!("/db/usage/exists?{range}&order_by={order}&direction={direction}{extra}");
            let rows = list(&client, &path);
            let mut found: Vec<_> = rows
                .iter()
                .filter(|row| row["instance"] == vm.instance.as_str())
                .map(|row| row["launched_at"].as_str().unwrap().to_owned())
                .collect();
            found.sort();
            assert_eq!(found, expected, "{path}");
        }
    }
    let none = format!("/db/usage/exists?{range}&received_max=2026-01-01%2000:00:00");
    assert!(list(&client, &none).is_empty());
    let path =
        format!("/db/usage/exists?instance={}&launched_at_min=1999-01-01%2000:13:00", vm.instance);
    assert_eq!(list(&client, &path).len(), 2, "both ends are meant");
}

#[test]
fn what_makes_no_sense_is_refused() {
    let client = stacktach();
    let refused = |path: &str, message: &str| {
        let answer = client.get(path).refused(400, message);
        assert_eq!(answer.json(), json!({ "status": 400, "message": message }));
    };
    refused("/db/usage/nova/launches/?launched_at_min=x", "Range filters must be dates.");
    refused(
        "/db/usage/nova/launches/?launched_at_max=2026-02-30%2000:00:00",
        "Range filters must be dates.",
    );
    refused("/db/usage/deletes/?color_min=2026-03-10%2000:00:00", "No such field 'color'.");
    refused("/db/usage/deletes/?received_min=2026-03-10%2000:00:00", "No such field 'received'.");
    refused("/db/usage/exists/?order_by=color", "No such field 'color'.");
    refused("/db/usage/glance/images/?instance=x", "No such field 'instance'.");
    for bad in ["nope", "8559A9B6-F873-46D0-B4DB-017155A30FB5", "8559a9b6f87346d0b4db017155a30fb"] {
        refused(&format!("/db/usage/launches/?instance={bad}"), &format!("{bad} is not uuid-like"));
    }
    for bad in ["limit=abc", "limit=-1", "limit=1e3", "offset=x"] {
        client.get(&format!("/db/usage/exists/?{bad}")).expect(400);
    }
    client.get("/db/usage/exists/?instance=%FF").expect(400);
    client.get("/db/usage/exists/?instance=%4").expect(400);
    client.get("/db/usage/exists/?color=red&limit=1").expect(200);
}

#[test]
fn one_row_is_found_by_its_number_only() {
    let client = stacktach();
    for id in ["999999999", "x", "-1", "+1", "99999999999999999999999", "1.0"] {
        for table in ["launches", "nova/deletes", "exists", "glance/images", "glance/exists"] {
            let answer = client.get(&format!("/db/usage/{table}/{id}/")).expect(404);
            assert!(answer.message().starts_with("Could not find "), "{}", answer.message());
        }
    }
    client.get("/db/usage/").expect(404);
    client.get("/db/usage/cinder/launches/").expect(404);
    assert_eq!(
        client.post("/db/usage/launches/", "").expect(405).header("allow"),
        Some("GET,HEAD")
    );
    client.head("/db/usage/launches/").expect(200);
}
