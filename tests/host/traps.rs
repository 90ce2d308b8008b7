//! What becomes of a component that traps, and of the others. Ours do not, so one gets less memory
//! than a request of allowed size takes.

use assay_tests::{App, Connection, areas, json, unique};

/// Makes paddles run out of memory.
fn trap(app: &App) {
    let body = json!({ "name": unique("run"), "more": "x".repeat(4_000_000) });
    app.client(areas::PLAIN).post("/runs/", body).expect(500);
}

/// A request of which the last byte is still to come.
fn begun(app: &App, path: &str, body: &str) -> (Connection, String) {
    let (first, last) = body.split_at(body.len() - 1);
    let mut connection = app.client(areas::PLAIN).connect();
    let length = body.len();
    let head = format!("POST {path} HTTP/1.1\r\nhost: a\r\ncontent-length: {length}\r\n");
    connection.send(head + "expect: 100-continue\r\n\r\n").unwrap();
    connection.wait_for_continue().unwrap();
    connection.send(first).unwrap();
    (connection, last.to_owned())
}

#[test]
fn a_trap_is_a_500_and_the_next_request_is_served() {
    let app = App::with(&[], &["--instance-memory", "4"]);
    for _ in 0..3 {
        trap(&app);
        app.client(areas::PADDLES).get("/runs/").expect(200);
    }
    assert!(app.log().contains("paddles: the instance failed"), "{}", app.log());
}

#[test]
fn a_trap_disturbs_no_other_component() {
    let app = App::with(&[], &["--instance-memory", "4"]);
    let (mut slow, last) = begun(&app, "/packages/", &json!({ "name": unique("p") }).to_string());
    trap(&app);
    slow.send(last).unwrap();
    assert_eq!(slow.read().unwrap().status, 200);
}
