//! What holds for all of `/stacky/`: shapes, formats, errors, slashes, methods, and what an empty store answers.

use assay_tests::{App, areas, json, unique};

use crate::{new_uuid, notification, send, stacktach};

#[test]
fn an_empty_store_answers_with_titles() {
    let app = App::with(&[], &[]);
    let client = app.client(areas::STACKTACH);
    let deployments = client.get("/stacky/deployments/").expect(200);
    assert_eq!(deployments.header("content-type"), Some("text/json"));
    assert_eq!(deployments.header("vary"), Some("Accept"));
    assert_eq!(deployments.json(), json!([["#", "Name"]]));
    let table = |path: &str| client.get(path).expect(200).json();
    assert_eq!(table("/stacky/summary/"), json!([["Event", "N", "Min", "Max", "Avg"]]));
    assert_eq!(table("/stacky/kpi/"), json!([["Event", "Time", "UUID", "Deployment"]]));
    assert_eq!(table("/stacky/events/"), json!([["Event Name"]]));
    assert_eq!(table("/stacky/hosts/"), json!([["Host Name"]]));
    let watched = table("/stacky/watch/0/");
    assert_eq!((&watched[0], &watched[1]), (&json!([10, 1, 15, 20, 5, 36]), &json!([])));
    assert!(watched[2].as_str().unwrap().bytes().all(|digit| digit.is_ascii_digit()));
    assert_eq!(client.get("/stacky/show/1/").expect(200).bytes(), b"");
}

#[test]
fn a_table_comes_as_json_csv_or_columns() {
    let (client, event) = (stacktach(), unique("compute.instance.a,b"));
    send(&client, notification(&event, &new_uuid(), "2026-03-10 10:00:00", json!({})));
    let get = |accept: &str| client.get("/stacky/events/").header("accept", accept).expect(200);
    let csv = get("text/csv");
    assert_eq!(csv.header("content-type"), Some("text/csv; charset=utf-8"));
    assert!(csv.text().starts_with("Event Name\r\n"));
    assert!(csv.text().contains(&format!("\"{event}\"\r\n")));
    let columns = get("text/plain");
    assert_eq!(columns.header("content-type"), Some("text/plain; charset=utf-8"));
    assert!(columns.text().contains(&format!("| {event}")));
    for accept in ["application/json", "*/*", "image/png"] {
        assert_eq!(get(accept).header("content-type"), Some("text/json"));
    }
}

#[test]
fn the_last_slash_is_no_matter_and_head_is_answered() {
    let client = stacktach();
    for path in
        ["/stacky/deployments", "/stacky/usage/launches", "/stacky/summary", "/stacktach/health"]
    {
        client.get(path).expect(200);
        client.get(&format!("{path}/")).expect(200);
        client.head(&format!("{path}/")).expect(200);
    }
}

#[test]
fn another_method_is_refused_and_an_unknown_url_is_not_found() {
    let client = stacktach();
    let refusal = client.post("/stacky/deployments/", json!({})).expect(405);
    assert_eq!(refusal.header("allow"), Some("GET,HEAD"));
    assert_eq!(refusal.header("content-type"), Some("text/json"));
    assert_eq!(refusal.json()[0], json!(["Error", "Message"]));
    assert_eq!(client.get("/stacktach/notifications/").expect(405).header("allow"), Some("POST"));
    for path in [
        "/stacky/",
        "/stacky/none/",
        "/stacktach/none/",
        "/db/none/",
        "/stacky/kpi/a/b/",
        "/stacky/show/%FF/",
    ] {
        client.get(path).expect(404);
    }
}

#[test]
fn a_query_that_is_no_utf8_is_refused() {
    let client = stacktach();
    for query in ["service=%FF", "service=%zz", "limit=%"] {
        client.get(&format!("/stacky/events/?{query}")).expect(400);
        client.get(&format!("/stacky/deployments/?{query}")).expect(400);
    }
}

#[test]
fn names_are_of_a_service_or_of_all() {
    let (client, event) = (stacktach(), unique("op"));
    let at = "2026-03-10 10:00:00";
    let item = |service: &str| json!({ "body": notification(&event, &new_uuid(), at, json!({})), "service": service });
    send(&client, json!([item("nova"), item("generic"), item("nova")]));
    let own = |query: &str| {
        let names = crate::rows(&client, &format!("/stacky/events/{query}"));
        names.iter().filter(|row| row[0] == json!(event)).count()
    };
    assert_eq!((own(""), own("?service=generic"), own("?service=glance")), (1, 1, 0));
    assert_eq!(own("?service=all"), 1);
    let names = crate::rows(&client, "/stacky/events/?service=all");
    assert!(names.is_sorted_by_key(|row| row[0].as_str().unwrap().to_owned()));
    client.get("/stacky/events/?service=cinder").refused(400, "Unknown service 'cinder'");
    client.get("/stacky/hosts/?service=cinder").refused(400, "Unknown service 'cinder'");
    client.get("/stacky/hosts/?service=all").expect(200);
}
