//! `/stacktach/stats/`, `/stacktach/prune/`, `/stacktach/health/` and the page: for operators.

use assay_tests::{App, areas, json, unique};

use crate::{new_uuid, notification, rows, send, stacktach};

#[test]
fn numbers_are_told_as_json_and_for_prometheus() {
    let (client, deployment) = (stacktach(), unique("d"));
    let path = format!("/stacktach/notifications/?deployment={deployment}");
    let body = notification("compute.instance.x", &new_uuid(), "2026-03-10 10:00:00", json!({}));
    client.post(&path, json!([body, 7])).expect(207);
    let stats = client.get("/stacktach/stats/").expect(200).json();
    let ours = stats["deployments"]
        .as_array()
        .unwrap()
        .iter()
        .find(|d| d["name"] == json!(deployment))
        .unwrap();
    assert_eq!((&ours["events"], &ours["newest"]), (&json!(1), &json!("2026-03-10 10:00:00")));
    assert!(ours["lag_seconds"].as_i64().unwrap() > 0 && ours["bytes"].as_i64().unwrap() > 100);
    assert!(
        stats["rejected"].as_i64().unwrap() > 0 && stats["services"]["nova"].as_i64().unwrap() > 0
    );
    let text = client.get("/stacktach/stats/?format=prometheus").expect(200);
    assert!(text.header("content-type").unwrap().starts_with("text/plain"));
    let line = format!("stacktach_deployment_events_total{{deployment=\"{deployment}\"}} 1");
    assert!(text.text().lines().any(|l| l == line));
    client.get("/stacktach/stats/?format=xml").expect(400);
}

#[test]
fn pruning_takes_the_oldest_events_and_leaves_what_they_told() {
    let app = App::with(&[], &[]);
    let client = app.client(areas::STACKTACH);
    let (uuid, name) = (new_uuid(), "compute.instance.create");
    let launched = json!({ "launched_at": "2026-03-01 00:00:05" });
    let batch = json!([
        notification(&format!("{name}.start"), &uuid, "2026-03-01 00:00:00", json!({})),
        notification(&format!("{name}.end"), &uuid, "2026-03-01 00:00:09", launched),
        notification("compute.instance.update", &uuid, "2026-03-02 00:00:00", json!({})),
    ]);
    send(&client, batch);
    let prune = |limit: u64| {
        let body = json!({ "before": "2026-03-02 00:00:00", "limit": limit });
        client.post("/stacktach/prune/", body).expect(200).json()
    };
    assert_eq!(prune(1), json!({ "deleted": 1, "remaining": true }));
    assert_eq!(
        rows(&client, &format!("/stacky/uuid/?uuid={uuid}"))[0][4],
        "compute.instance.create.end"
    );
    assert_eq!(prune(5000), json!({ "deleted": 1, "remaining": false }));
    assert_eq!(rows(&client, &format!("/stacky/uuid/?uuid={uuid}")).len(), 1);
    assert_eq!(client.get("/stacky/show/1/").expect(200).bytes(), b"");
    let timings = rows(&client, &format!("/stacky/timings/uuid/?uuid={uuid}"));
    assert_eq!(timings, [json!([".", name, "0d 00:00:09.00"])]);
    assert_eq!(rows(&client, "/stacky/summary/").len(), 1);
    assert_eq!(rows(&client, &format!("/stacky/usage/launches?instance={uuid}")).len(), 2);
    // Even when all are gone, a new event gets a new number.
    let all = json!({ "before": "2027-01-01 00:00:00" });
    client.post("/stacktach/prune/", all).expect(200);
    let next = send(
        &client,
        notification("compute.instance.update", &uuid, "2026-03-03 00:00:00", json!({})),
    );
    assert_eq!(next.json()["results"][0]["id"], 4);
}

#[test]
fn pruning_takes_old_refused_items_too() {
    let app = App::with(&[], &[]);
    let client = app.client(areas::STACKTACH);
    client.post("/stacktach/notifications/", json!([7, 8, 9])).expect(400);
    let refused = || {
        let kept = client.get("/stacktach/rejected/").expect(200).json();
        kept["rejected"].as_array().unwrap().len()
    };
    let prune = |before: &str, limit: u64| {
        let body = json!({ "before": before, "limit": limit });
        client.post("/stacktach/prune/", body).expect(200).json()
    };
    assert_eq!(prune("2026-01-01", 9), json!({ "deleted": 0, "remaining": false }));
    assert_eq!(refused(), 3, "they came after that day");
    assert_eq!(prune("2100-01-01", 2), json!({ "deleted": 0, "remaining": true }));
    assert_eq!(refused(), 1);
    assert_eq!(prune("2100-01-01", 2), json!({ "deleted": 0, "remaining": false }));
    assert_eq!(refused(), 0);
}

#[test]
fn a_prune_needs_a_date() {
    let client = stacktach();
    for body in [
        json!({}),
        json!({ "before": "soon" }),
        json!({ "before": 7 }),
        json!([]),
        json!({ "before": "2000-01-01 00:00:00", "limit": -1 }),
    ] {
        client.post("/stacktach/prune/", body).expect(400);
    }
    let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
    client.post("/stacktach/prune/", deep).expect(400);
}

#[test]
fn the_area_is_well_and_has_a_page() {
    let client = stacktach();
    assert_eq!(client.get("/stacktach/health/").expect(200).json(), json!({ "status": "ok" }));
    let page = client.get("/stacktach/").expect(200);
    assert!(page.header("content-type").unwrap().starts_with("text/html"));
    assert!(page.header("content-security-policy").is_some());
}
