//! `POST /stacktach/verifier/run/` and `POST /stacktach/reconciles/`: which audits can be billed.

use assay_tests::{App, Client, Value, areas, json, race};

use crate::audits::{DELETED, LAUNCHED, Vm, image_event};
use crate::{new_uuid, send, stacktach};

const RUN: &str = "/stacktach/verifier/run/";

/// An app of one's own: a pass verifies whatever is there.
fn alone() -> (App, Client) {
    let app = App::with(&[], &[]);
    let client = app.client(areas::STACKTACH);
    (app, client)
}

fn status(client: &Client, vm: &Vm) -> (String, String) {
    let audit = vm.audit(client);
    let text = |key: &str| audit[key].as_str().unwrap_or_default().to_owned();
    (text("status"), text("fail_reason"))
}

#[test]
fn each_audit_gets_its_verdict() {
    let (_app, client) = alone();
    let good = Vm::launched(&client);
    good.audited(&client, json!({}));
    let gone = Vm::launched(&client);
    gone.deleted(&client);
    gone.audited(&client, json!({ "deleted_at": DELETED }));
    let unknown = Vm::unknown();
    unknown.audited(&client, json!({}));
    let other = Vm::launched(&client);
    other.audited(&client, json!({ "instance_type_id": 3 }));
    let still_there = Vm::launched(&client);
    still_there.deleted(&client);
    still_there.audited(&client, json!({}));
    let told = client.post(RUN, "").expect(200).json();
    let nova = json!({ "checked": 5, "verified": 2, "reconciled": 0, "failed": 3 });
    let glance = json!({ "checked": 0, "verified": 0, "reconciled": 0, "failed": 0 });
    assert_eq!(told, json!({ "nova": nova, "glance": glance, "remaining": 0 }));
    assert_eq!(status(&client, &good), ("verified".into(), String::new()));
    assert_eq!(status(&client, &gone).0, "verified");
    let reason =
        format!("Couldn't find InstanceUsage using {{'instance': '{}'}}", unknown.instance);
    assert_eq!(status(&client, &unknown), ("failed".into(), reason));
    let reason = status(&client, &other).1;
    assert!(reason.ends_with(
        "Data mismatch for 'instance_type_id' - 'exists' contains '3' but 'launches' contains '2'"
    ), "{reason}");
    let reason = "Found InstanceDeletes for non-delete exist".to_owned();
    assert_eq!(status(&client, &still_there), ("failed".into(), reason));
    let counted = client.get("/db/stats/nova/exists/").expect(200).json();
    let failed = json!({ "status": "failed", "send_status": 0, "event_count": 3 });
    let verified = json!({ "status": "verified", "send_status": 0, "event_count": 2 });
    assert_eq!(counted, json!({ "stats": [failed, verified] }));
    let feed = client.get("/stacktach/feed/?verified=1").expect(200).json();
    assert_eq!(feed["events"].as_array().unwrap().len(), 2);
}

#[test]
fn a_pass_is_bounded_and_begins_with_the_oldest() {
    let (_app, client) = alone();
    let vms: Vec<_> = (0..3).map(|_| Vm::launched(&client)).collect();
    let messages: Vec<_> = vms.iter().map(|vm| vm.audited(&client, json!({}))).collect();
    client.post("/db/repair/", json!({ "message_ids": [messages[0]] })).expect(200);
    let told = client.post(RUN, json!({ "limit": 1, "service": "nova" })).expect(200).json();
    assert_eq!((&told["nova"]["checked"], &told["remaining"]), (&json!(1), &json!(2)));
    assert!(told.get("glance").is_none());
    assert_eq!(status(&client, &vms[1]).0, "verified", "pending before sent_unverified");
    client.post(RUN, json!({ "limit": 1 })).expect(200);
    assert_eq!(status(&client, &vms[2]).0, "verified");
    assert_eq!(status(&client, &vms[0]).0, "sent_unverified");
    client.post(RUN, json!({})).expect(200);
    assert_eq!(status(&client, &vms[0]).0, "verified");
}

#[test]
fn what_was_sent_and_is_wrong_has_a_status_of_its_own() {
    let (_app, client) = alone();
    let vm = Vm::unknown();
    let message_id = vm.audited(&client, json!({}));
    client.post("/db/repair/", json!({ "message_ids": [message_id] })).expect(200);
    client.post(RUN, json!({})).expect(200);
    assert_eq!(status(&client, &vm).0, "sent_failed");
}

#[test]
fn an_audit_settles_first() {
    let (_app, client) = alone();
    let vm = Vm::launched(&client);
    vm.audited(&client, json!({ "audit_period_ending": "2100-01-01 00:00:00" }));
    let told = client.post(RUN, json!({ "settle_seconds": 0 })).expect(200).json();
    assert_eq!((&told["nova"]["checked"], &told["remaining"]), (&json!(0), &json!(0)));
    assert_eq!(status(&client, &vm).0, "pending");
    let past = Vm::launched(&client);
    past.audited(&client, json!({}));
    let years = json!({ "settle_seconds": 9_000_000_000_000_i64 });
    assert_eq!(client.post(RUN, years).expect(200).json()["nova"]["checked"], 0);
}

#[test]
fn a_pass_is_as_strict_as_it_is_asked() {
    let (_app, client) = alone();
    let strange = json!({ "image_meta": { "com.rackspace__1__options": "many" } });
    let vms: Vec<_> = (0..3)
        .map(|_| {
            let vm = Vm::unknown();
            vm.happens(&client, "create.end", strange.clone());
            vm.audited(&client, strange.clone());
            vm
        })
        .collect();
    client.post(RUN, json!({ "limit": 1, "validation_level": "basic" })).expect(200);
    client.post(RUN, json!({ "limit": 1, "validation_level": "none" })).expect(200);
    client.post(RUN, json!({ "flavor_field_name": "instance_flavor_id" })).expect(200);
    let statuses: Vec<_> = vms.iter().map(|vm| status(&client, vm).0).collect();
    assert_eq!(statuses, ["verified", "verified", "failed"]);
    assert!(status(&client, &vms[2]).1.contains("rax_options : many"));
}

#[test]
fn what_somebody_reconciled_counts() {
    let (_app, client) = alone();
    let (vm, wrong) = (Vm::unknown(), Vm::unknown());
    for vm in [&vm, &wrong] {
        vm.audited(&client, json!({ "deleted_at": DELETED }));
    }
    let mut body = json!({
        "instance": vm.instance, "launched_at": LAUNCHED, "deleted_at": DELETED,
        "instance_type_id": "2", "instance_flavor_id": "f2", "tenant": "0af1",
        "os_architecture": "x64", "os_distro": "org.ubuntu", "os_version": "24.04",
        "rax_options": "0", "source": "json_bridge:nova.cell-a",
    });
    let row = client.post("/stacktach/reconciles/", body.clone()).expect(201).json();
    assert_eq!(row["reconcile"]["launched_at"], LAUNCHED);
    assert_eq!(row["reconcile"]["source"], "json_bridge:nova.cell-a");
    body["instance"] = json!(wrong.instance);
    body["deleted_at"] = json!("2026-03-10 21:00:03");
    client.post("/stacktach/reconciles", body).expect(201);
    let told = client.post(RUN, json!({ "service": "nova" })).expect(200).json();
    let nova = json!({ "checked": 2, "verified": 0, "reconciled": 1, "failed": 1 });
    assert_eq!(told, json!({ "nova": nova, "remaining": 0 }));
    assert_eq!(status(&client, &vm), ("reconciled".into(), String::new()));
    assert!(status(&client, &wrong).1.contains("mismatch for 'deleted_at'"), "the second reason");
}

#[test]
fn images_are_verified_by_their_own_events() {
    let (_app, client) = alone();
    let image = |size: u32| {
        json!({
            "id": new_uuid(), "created_at": "2026-03-10 07:00:31", "size": size, "owner": "0af1",
            "deleted_at": null,
        })
    };
    let (good, mut bad, unknown) = (image(1), image(2), image(3));
    send(
        &client,
        json!([
            image_event("image.activate", good.clone()),
            image_event("image.activate", bad.clone()),
        ]),
    );
    bad["size"] = json!(4);
    let audit = json!({
        "owner": "0af1", "audit_period_beginning": "2026-03-10 00:00:00",
        "audit_period_ending": "2026-03-10 23:59:59", "images": [good, bad, unknown],
    });
    send(&client, image_event("image.exists", audit));
    let told = client.post(RUN, json!({ "service": "glance" })).expect(200).json();
    let glance = json!({ "checked": 3, "verified": 1, "reconciled": 0, "failed": 2 });
    assert_eq!(told, json!({ "glance": glance, "remaining": 0 }));
    let path = "/db/usage/glance/exists/?direction=asc";
    let found = client.get(path).expect(200).json();
    let reasons: Vec<_> =
        found["exists"].as_array().unwrap().iter().map(|row| &row["fail_reason"]).collect();
    assert_eq!(reasons[0], &Value::Null);
    assert!(reasons[1].as_str().unwrap().contains("'size' - 'exists' contains '4'"));
    assert!(reasons[2].as_str().unwrap().starts_with("Couldn't find ImageUsage using {'uuid': '"));
}

#[test]
fn passes_that_meet_count_each_audit_once() {
    let (_app, client) = alone();
    for _ in 0..40 {
        Vm::launched(&client).audited(&client, json!({}));
    }
    let passes = race(8, |_| client.post(RUN, json!({})).expect(200).json());
    let checked: i64 = passes.iter().map(|told| told["nova"]["checked"].as_i64().unwrap()).sum();
    assert_eq!(checked, 40);
    let feed = client.get("/stacktach/feed/?verified=1&limit=1000").expect(200).json();
    assert_eq!(feed["events"].as_array().unwrap().len(), 40);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let client = stacktach();
    for body in [
        json!({ "service": "generic" }),
        json!({ "limit": -1 }),
        json!({ "limit": "x" }),
        json!({ "settle_seconds": -1 }),
        json!({ "validation_level": "some" }),
        json!({ "flavor_field_name": "id" }),
        json!([]),
    ] {
        client.post(RUN, body).expect(400);
    }
    client.get(RUN).expect(405);
    let launched = json!({ "instance": new_uuid(), "launched_at": LAUNCHED });
    client.post("/stacktach/reconciles/", launched).refused(400, "'source' is missing");
    let body = json!({ "instance": "x", "launched_at": LAUNCHED, "source": "me" });
    client.post("/stacktach/reconciles/", body).refused(400, "x is not uuid-like");
    let body = json!({ "instance": new_uuid(), "launched_at": "x", "source": "me" });
    client.post("/stacktach/reconciles/", body).refused(400, "'launched_at' must be a date");
}
