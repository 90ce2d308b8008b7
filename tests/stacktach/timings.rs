//! `/stacky/timings/` and `/stacky/timings/uuid/`: how starts and ends find each other.

use assay_tests::{Client, Value, json, unique};

use crate::{new_uuid, notification, rows, send, stacktach};

/// Sends starts and ends of one operation on a new instance, and gives its timings without the name.
fn timings(client: &Client, name: &str, events: &[(&str, &str)]) -> Vec<Value> {
    let instance = new_uuid();
    for (step, clock) in events {
        let at = format!("2026-03-10 {clock}");
        send(client, notification(&format!("{name}.{step}"), &instance, &at, json!({})));
    }
    let rows = rows(client, &format!("/stacky/timings/uuid/?uuid={instance}"));
    assert!(rows.iter().all(|row| row[1] == json!(name)));
    rows.iter().map(|row| json!([row[0], row[2]])).collect()
}

#[test]
fn a_start_and_an_end_make_a_timing_cut_to_hundredths() {
    let (client, name) = (stacktach(), unique("compute.instance.op"));
    let events = [("start", "10:00:00.100000"), ("end", "10:00:07.587654")];
    assert_eq!(timings(&client, &name, &events), [json!([".", "0d 00:00:07.48"])]);
    let table = client.get(&format!("/stacky/timings/?name={name}")).expect(200).json();
    assert_eq!(table[0], json!([name, "Time"]));
    assert_eq!(table[1][1], "0d 00:00:07.48");
    let row = rows(&client, "/stacky/summary/").into_iter().find(|row| row[0] == json!(name));
    assert_eq!(row, Some(json!([name, 1, "0d 00:00:07.48", "0d 00:00:07.48", "0d 00:00:07"])));
}

#[test]
fn half_a_pair_is_no_timing_yet() {
    let (client, name) = (stacktach(), unique("compute.instance.op"));
    assert_eq!(timings(&client, &name, &[("start", "10:00:00")]), [json!(["S", "n/a"])]);
    assert_eq!(timings(&client, &name, &[("end", "10:00:00")]), [json!(["E", "n/a"])]);
    assert!(rows(&client, &format!("/stacky/timings/?name={name}")).is_empty());
    assert!(rows(&client, "/stacky/summary/").iter().all(|row| row[0] != json!(name)));
}

#[test]
fn an_end_takes_the_oldest_open_start() {
    let (client, name) = (stacktach(), unique("compute.instance.op"));
    let events = [("start", "10:00:00"), ("start", "10:00:05"), ("end", "10:00:06")];
    assert_eq!(
        timings(&client, &name, &events),
        [json!([".", "0d 00:00:06.00"]), json!(["S", "n/a"])]
    );
}

#[test]
fn a_late_start_completes_the_newest_end_that_it_can_belong_to() {
    let (client, name) = (stacktach(), unique("compute.instance.op"));
    let late = [("end", "10:00:06"), ("start", "10:00:05")];
    assert_eq!(timings(&client, &name, &late), [json!([".", "0d 00:00:01.00"])]);
    let newest = [("end", "10:00:06"), ("end", "10:00:08"), ("start", "10:00:05")];
    assert_eq!(
        timings(&client, &name, &newest),
        [json!(["E", "n/a"]), json!([".", "0d 00:00:03.00"])]
    );
    let too_late = [("end", "10:00:04"), ("start", "10:00:05")];
    assert_eq!(timings(&client, &name, &too_late), [json!(["E", "n/a"]), json!(["S", "n/a"])]);
}

#[test]
fn clocks_may_differ_and_days_may_pass() {
    let (client, name) = (stacktach(), unique("compute.instance.op"));
    let skewed = [("start", "10:00:05.25"), ("end", "10:00:00")];
    assert_eq!(timings(&client, &name, &skewed), [json!([".", "-0d 00:00:05.25"])]);
    assert!(rows(&client, "/stacky/summary/").iter().all(|row| row[0] != json!(name)));
    let instance = new_uuid();
    for (step, at) in [("start", "2026-03-10 10:00:00"), ("end", "2026-03-11 12:00:00")] {
        send(&client, notification(&format!("{name}.{step}"), &instance, at, json!({})));
    }
    let found = rows(&client, &format!("/stacky/timings/uuid/?uuid={instance}"));
    assert_eq!(found, [json!([".", name, "1d 02:00:00.00"])]);
}

#[test]
fn the_fastest_comes_first_and_ends_bound_the_period() {
    let (client, name) = (stacktach(), unique("compute.instance.op"));
    for seconds in [3, 1, 2] {
        timings(&client, &name, &[("start", "10:00:00"), ("end", &format!("10:00:0{seconds}"))]);
    }
    let times = |query: &str| {
        let rows = rows(&client, &format!("/stacky/timings/?name={name}{query}"));
        rows.iter().map(|row| row[1].as_str().unwrap()[10..11].to_owned()).collect::<String>()
    };
    assert_eq!((times(""), times("&limit=1&offset=1")), ("123".into(), "2".into()));
    assert_eq!(times("&end_when_min=1773136802&end_when_max=1773136803"), "23");
    assert_eq!(times("&end_when_max=1773136801.5"), "1");
    client.get("/stacky/timings/").refused(400, "Missing parameter 'name'");
    client.get(&format!("/stacky/timings/?name={name}&end_when_min=x")).expect(400);
    let unknown = client.get("/stacky/timings/?name=none").expect(200).json();
    assert_eq!(unknown, json!([["none", "Time"]]));
}
