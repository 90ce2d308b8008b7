//! `/stacky/reports/`, `/stacky/report/...` and `POST /stacktach/reports/`.

use assay_tests::{Client, Value, json};

use crate::audits::{LAUNCHED, Vm};
use crate::{new_uuid, rows, stacktach};

const PERIOD: (&str, &str) = ("2026-03-10 00:00:00", "2026-03-10 23:59:59");

fn named(name: &str, created: &str) -> Value {
    json!({
        "name": name, "period_start": PERIOD.0, "period_end": PERIOD.1, "version": 7,
        "created": created, "json": [{ "raw_text": true }, "a line"],
    })
}

#[track_caller]
fn stored(client: &Client, body: Value) -> i64 {
    client.post("/stacktach/reports/", body).expect(201).json()["report"]["id"].as_i64().unwrap()
}

fn name() -> String {
    new_uuid()
}

#[test]
fn a_report_is_given_back_byte_for_byte() {
    let client = stacktach();
    let (text, name) = ("[ {\"b\": 1.00,\n\"a\" : \"\\u00e9\"} ]", name());
    let body = format!(
        r#"{{"name":"{name}","period_start":"{}","period_end":"{}","json":{text}}}"#,
        PERIOD.0, PERIOD.1
    );
    let answer = client.post("/stacktach/reports/", body).expect(201);
    let id = &answer.json()["report"]["id"];
    for path in [format!("/stacky/report/{id}/"), format!("/stacky/report/{id}")] {
        let report = client.get(&path).expect(200);
        assert_eq!(report.text(), text);
        assert_eq!(report.header("content-type"), Some("text/json"));
    }
    let now = rows(&client, "/stacky/reports?limit=1000");
    assert!(now.iter().any(|row| row[4] == name.as_str()), "made within the last day");
}

#[test]
fn reports_are_listed_by_when_they_were_made() {
    let client = stacktach();
    let name = name();
    let id = stored(&client, named(&name, "883612800.41"));
    let query = "created_from=883612800.410000&created_to=883612800.410000";
    let answer = client.get(&format!("/stacky/reports?{query}")).expect(200);
    let titles = r#"[["Id","Start","End","Created","Name","Version"]"#;
    assert!(answer.text().starts_with(titles), "{}", answer.text());
    let row = format!(r#"[{id},1773100800.0,1773187199.0,883612800.41,"{name}",7]"#);
    assert!(answer.text().contains(&row), "{}", answer.text());
    let before = "/stacky/reports/?created_from=0&created_to=883612800.4";
    assert!(rows(&client, before).iter().all(|row| row[4] != name.as_str()));
    for bad in ["created_from=nan", "created_to=inf", "created_from=x", "limit=x"] {
        client.get(&format!("/stacky/reports?{bad}")).expect(400);
    }
}

#[test]
fn reports_are_found_by_their_fields() {
    let client = stacktach();
    let name = name();
    let first = stored(&client, named(&name, "851990400"));
    let second = stored(&client, named(&name, "851990401.5"));
    let found = |query: &str| {
        let found = rows(&client, &format!("/stacky/reports/search/?{query}").replace(' ', "%20"));
        found.iter().map(|row| row[0].as_i64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(found(&format!("name={name}")), [second, first], "latest first");
    assert_eq!(found(&format!("name={name}&limit=1&offset=1")), [first]);
    assert_eq!(found(&format!("id={first}")), [first]);
    assert_eq!(found(&format!("id={first}&name=other")), [0_i64; 0]);
    assert_eq!(found(&format!("created=1996-12-31&name={name}")), [second, first]);
    assert_eq!(found(&format!("created=1996-12-30&name={name}")), [0_i64; 0]);
    let both = format!("period_start=2026-03-10 00:00&period_end=2026-03-10T23:59:59Z&name={name}");
    assert_eq!(found(&both), [second, first]);
    let row = rows(&client, &format!("/stacky/reports/search?id={second}"));
    let shown = json!([second, PERIOD.0, PERIOD.1, "1996-12-31 00:00:01", name, 7]);
    assert_eq!(row, [shown]);
    client.get("/stacky/reports/search").expect(200);
}

#[test]
fn searches_are_refused_in_words_that_clients_match_on() {
    let client = stacktach();
    let refused = |query: &str, message: &str| {
        client.get(&format!("/stacky/reports/search/?{query}")).refused(400, message);
    };
    refused(
        "foo=1&bar=2",
        "The requested fields either do not exist for the corresponding object or are not \
         searchable: bar, foo. Note: The field names of database are case-sensitive.",
    );
    refused("id=x", "'x' value has an invalid format. It must be in integer format.");
    refused("created=x", "'x' value has an invalid format. It must be in YYYY-MM-DD format.");
    let moment =
        "'x' value has an invalid format. It must be in YYYY-MM-DD HH:MM[:ss[.uuuuuu]][TZ] format.";
    refused("period_start=x", moment);
    refused("period_end=x", moment);
}

#[test]
fn an_unknown_report_is_not_found() {
    let client = stacktach();
    for id in ["999999999", "x", "-1", "99999999999999999999999"] {
        client.get(&format!("/stacky/report/{id}")).expect(404);
    }
}

#[test]
fn a_report_that_makes_no_sense_is_refused() {
    let client = stacktach();
    let with = |key: &str, value: Value| {
        let mut body = named(&name(), "1");
        body[key] = value;
        body
    };
    for body in [
        with("name", json!("n".repeat(51))),
        with("name", json!("")),
        with("name", json!(null)),
        with("period_start", json!("2026-03-11 00:00:00")),
        with("period_end", json!("soon")),
        with("version", json!("x")),
        with("created", json!("nan")),
        with("generate", json!("something else")),
        json!({ "name": "n" }),
        json!([]),
    ] {
        client.post("/stacktach/reports/", body).expect(400);
    }
}

#[test]
fn an_audit_is_made_of_what_is_known() {
    let client = stacktach();
    let (audited, forgotten, lost) = (Vm::launched(&client), Vm::launched(&client), Vm::unknown());
    audited.audited(&client, json!({}));
    lost.deleted(&client);
    let body =
        json!({ "generate": "nova usage audit", "period_start": PERIOD.0, "period_end": PERIOD.1 });
    let id = stored(&client, body);
    let report = client.get(&format!("/stacky/report/{id}")).expect(200).json();
    assert_eq!(report[0]["report"], "nova usage audit");
    let titles =
        json!(["Kind", "Status", "Send Status", "UUID", "Launched At", "Deleted At", "Count"]);
    assert_eq!(report[1], titles);
    let rows = report.as_array().unwrap();
    let of = |vm: &Vm| rows.iter().find(|row| row[3] == vm.instance.as_str());
    assert!(of(&audited).is_none());
    let missing = json!(["launch without exists", "", "", forgotten.instance, LAUNCHED, "", 1]);
    assert_eq!(of(&forgotten), Some(&missing));
    assert_eq!(of(&lost).unwrap()[0], "delete without launch");
    assert!(rows.iter().any(|row| row[0] == "exists" && row[6].as_i64() > Some(0)));
    let body = json!({ "generate": "glance usage audit", "period_start": PERIOD.0, "period_end": PERIOD.1 });
    let id = stored(&client, body);
    assert_eq!(client.get(&format!("/stacky/report/{id}")).expect(200).json()[1], titles);
}
