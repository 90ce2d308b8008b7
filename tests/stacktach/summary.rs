//! `/stacky/summary/`: number, shortest, longest, average, and percentiles.

use assay_tests::{Value, json, unique};

use crate::{new_uuid, notification, rows, send, stacktach};

#[test]
fn a_summary_is_of_all_timings_or_of_a_window() {
    let (client, name) = (stacktach(), unique("compute.instance.op"));
    for seconds in 1..=20 {
        let instance = new_uuid();
        for (step, second) in [("start", 0), ("end", seconds)] {
            let at = format!("2026-03-10 10:00:{second:02}");
            send(&client, notification(&format!("{name}.{step}"), &instance, &at, json!({})));
        }
    }
    let row = |query: &str| -> Option<Value> {
        rows(&client, &format!("/stacky/summary/{query}"))
            .into_iter()
            .find(|row| row[0] == json!(name))
    };
    let all = json!([name, 20, "0d 00:00:01.00", "0d 00:00:20.00", "0d 00:00:10"]);
    assert_eq!(row(""), Some(all));
    let window = json!([name, 3, "0d 00:00:03.00", "0d 00:00:05.00", "0d 00:00:04"]);
    assert_eq!(row("?limit=3&offset=2"), Some(window));
    assert_eq!(row("?limit=3&offset=100"), None);
    let table = client.get("/stacky/summary/?percentiles=50,95").expect(200).json();
    assert_eq!(table[0], json!(["Event", "N", "Min", "Max", "Avg", "P50", "P95"]));
    let row = row("?percentiles=50,95,100").unwrap();
    let seconds = |cell: &Value| cell.as_str().unwrap()[9..].parse::<f64>().unwrap();
    for (cell, wanted) in [(5, 10.0), (6, 19.0), (7, 20.0)] {
        let found = seconds(&row[cell]);
        assert!((found - wanted).abs() <= wanted / 10.0, "{row}");
    }
    for query in ["percentiles=0", "percentiles=x", "percentiles=101", "limit=x"] {
        client.get(&format!("/stacky/summary/?{query}")).expect(400);
    }
}
