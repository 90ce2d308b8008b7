//! `/stacky/kpi/`: how long users waited, from the API's first word to the last end.

use std::time::{SystemTime, UNIX_EPOCH};

use assay_tests::{Client, json, unique};

use crate::{new_uuid, notification, rows, send, stacktach};

/// So many seconds ago and later, as OpenStack writes it.
fn ago(seconds: i64, later: f64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let micros = (i64::try_from(now).unwrap() - seconds) * 1_000_000 + (later * 1e6) as i64;
    let (days, rest) = (micros.div_euclid(86_400_000_000), micros.rem_euclid(86_400_000_000));
    // Days since March of the year 0.
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let of_era = z.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hour, minute) = (rest / 3_600_000_000, rest / 60_000_000 % 60);
    let (second, micro) = (rest / 1_000_000 % 60, rest % 1_000_000);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{micro:06}")
}

/// The API's update and the end of a create, `seconds` ago and so much later. Gives the instance.
fn create(client: &Client, deployment: &str, tenant: &str, seconds: i64, took: f64) -> String {
    let instance = new_uuid();
    let mut update = notification(
        "compute.instance.update",
        &instance,
        &ago(seconds, 0.0),
        json!({ "tenant_id": tenant }),
    );
    update["publisher_id"] = json!("api.api-1.north-1");
    let with_request = |event: &str, at: f64| {
        let mut body =
            notification(event, &instance, &ago(seconds, at), json!({ "tenant_id": tenant }));
        body["_context_request_id"] = update["_context_request_id"].clone();
        body
    };
    let start = with_request("compute.instance.create.start", 1.0);
    let end = with_request("compute.instance.create.end", took);
    let path = format!("/stacktach/notifications/?deployment={deployment}");
    client.post(&path, json!([update, start, end])).expect(201);
    instance
}

#[test]
fn a_request_takes_from_the_apis_update_to_the_last_end() {
    let (client, deployment, tenant) = (stacktach(), unique("d"), unique("t"));
    let slow = create(&client, &deployment, &tenant, 3600, 31.07);
    let fast = create(&client, &deployment, &tenant, 3600, 2.5);
    create(&client, &deployment, &tenant, 90_000, 5.0);
    let table = client.get(&format!("/stacky/kpi/{tenant}/")).expect(200).json();
    assert_eq!(
        table,
        json!([
            ["Event", "Time", "UUID", "Deployment"],
            ["compute.instance.create", "0d 00:00:02.50", fast, deployment],
            ["compute.instance.create", "0d 00:00:31.07", slow, deployment],
        ])
    );
    let all = rows(&client, "/stacky/kpi/");
    assert!(all.contains(&table[1]) && all.contains(&table[2]));
    assert_eq!(
        rows(&client, &format!("/stacky/kpi/{tenant}/?limit=1&offset=1")),
        [table[2].clone()]
    );
}

#[test]
fn a_tenant_that_nova_never_named_is_not_found() {
    let client = stacktach();
    client.get("/stacky/kpi/nobody/").refused(404, "Could not find raws for tenant nobody");
    let tenant = unique("t");
    send(
        &client,
        notification(
            "compute.instance.x",
            &new_uuid(),
            &ago(10, 0.0),
            json!({ "tenant_id": tenant }),
        ),
    );
    assert!(rows(&client, &format!("/stacky/kpi/{tenant}/")).is_empty());
}

#[test]
fn a_late_start_counts_for_the_request_of_its_end() {
    let (client, tenant, instance) = (stacktach(), unique("t"), new_uuid());
    let mut update = notification(
        "compute.instance.update",
        &instance,
        &ago(60, 0.0),
        json!({ "tenant_id": tenant }),
    );
    update["publisher_id"] = json!("nova-api:api-1");
    let with_request = |event: &str, at: f64| {
        let mut body = notification(event, &instance, &ago(60, at), json!({ "tenant_id": tenant }));
        body["_context_request_id"] = update["_context_request_id"].clone();
        body
    };
    let end = with_request("compute.instance.reboot.end", 4.0);
    let start = with_request("compute.instance.reboot.start", 1.0);
    send(&client, json!([update, end, start]));
    let found = rows(&client, &format!("/stacky/kpi/{tenant}/"));
    assert_eq!(found, [json!(["compute.instance.reboot", "0d 00:00:04.00", instance, "default"])]);
}
