//! Refstack over HTTP: one file for each group of URLs, and one for the contract's examples and bad
//! input.

mod acceptance;
mod auth;
mod bad_input;
mod client_bytes;
mod clients;
mod crash;
mod details;
mod folded;
mod limits;
mod long_texts;
mod meta;
mod people;
mod products;
mod profile;
mod refstack_client;
mod settings;
mod uploads;
mod vendors;

use std::sync::LazyLock;

use assay_tests::{App, Client, Value, areas, json};

/// What the operator of the app under test presents.
const OPERATOR: &str = "the-operators-token";

/// The app that all these tests share: there is an operator.
static APP: LazyLock<App> = LazyLock::new(|| App::with(&[("refstack_admin_token", OPERATOR)], &[]));

/// A client of that app.
fn refstack() -> Client {
    APP.client(areas::REFSTACK)
}

/// A client that presents this token.
fn bearing(token: &str) -> Client {
    refstack().with_header("authorization", &format!("Bearer {token}"))
}

/// A client that presents the operator's.
fn operator() -> Client {
    bearing(OPERATOR)
}

/// A stream of the shared fixtures, from the copies beside the parser.
fn stream(name: &str) -> Vec<u8> {
    let folder = assay_tests::workspace().join("crates/subunit/fixtures");
    std::fs::read(folder.join(format!("{name}.subunit"))).expect(name)
}

/// A body with a boundary, as curl -F makes it, and its content type.
fn form(parts: &[(&str, Option<&str>, &[u8])]) -> (Vec<u8>, &'static str) {
    let mut body = Vec::new();
    for (name, file, content) in parts {
        let file = file.map(|file| format!("; filename=\"{file}\"")).unwrap_or_default();
        let head = format!("Content-Disposition: form-data; name=\"{name}\"{file}");
        body.extend(format!("--x-y-z\r\n{head}\r\n\r\n").bytes());
        body.extend(*content);
        body.extend(b"\r\n");
    }
    body.extend(b"--x-y-z--\r\n");
    (body, "multipart/form-data; boundary=x-y-z")
}

/// Posts a file as a form does, and wants it taken.
#[track_caller]
fn post_file(client: &Client, path: &str, content: &[u8]) -> Value {
    let (body, kind) = form(&[("file", Some("result"), content)]);
    client.post(path, body).header("content-type", kind).expect(201).json()
}

/// The number of a new test.
fn new_test(client: &Client) -> i64 {
    client.post("/v1/tests", json!({})).expect(201).json()["id"].as_i64().expect("a number")
}

/// Posts a form.
#[track_caller]
fn status(client: &Client, path: &str, form: &str, expected: u16) -> assay_tests::Answer {
    let kind = "application/x-www-form-urlencoded";
    client.post(path, form).header("content-type", kind).expect(expected)
}

/// What refstack-client sends of a run in which these passed.
fn passed(cpid: &str, names: &[&str]) -> Value {
    let results: Vec<Value> = names.iter().map(|name| json!({ "name": name })).collect();
    json!({ "cpid": cpid, "duration_seconds": 3, "results": results })
}
