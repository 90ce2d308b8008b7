//! How the host stops: in order when it is asked, and without loss when it is not.

use assay_tests::{App, Connection, areas, json, unique};

/// A request of which the last bytes are still to come, and those bytes.
fn begun(app: &App, run: &str) -> (Connection, String) {
    let body = json!({ "name": run }).to_string();
    let (first, last) = body.split_at(5);
    let mut connection = app.client(areas::PADDLES).connect();
    let length = body.len();
    let head = format!("POST /runs/ HTTP/1.1\r\nhost: a\r\ncontent-length: {length}\r\n");
    connection.send(head + "expect: 100-continue\r\n\r\n").unwrap();
    connection.wait_for_continue().unwrap();
    connection.send(first).unwrap();
    (connection, last.to_owned())
}

/// Waits until the app takes no more connections.
fn wait_until_closed(app: &App) {
    let address = app.base_url().replace("http://", "");
    while Connection::open(&address).is_ok() {
        std::thread::yield_now();
    }
}

#[test]
fn a_signal_to_stop_ends_it_in_order() {
    for signal in ["TERM", "INT"] {
        let app = App::with(&[], &[]);
        app.client(areas::PADDLES).get("/runs/").expect(200);
        app.signal(signal);
        assert_eq!(app.wait().code(), Some(0), "{signal}");
    }
}

#[test]
fn a_request_under_way_is_finished_first() {
    let mut app = App::with(&[], &[]);
    let run = unique("run");
    app.client(areas::PADDLES).get("/runs/").expect(200);
    let (mut slow, last) = begun(&app, &run);
    app.signal("TERM");
    wait_until_closed(&app);
    slow.send(last).unwrap();
    assert_eq!(slow.read().unwrap().status, 200);
    assert_eq!(app.wait().code(), Some(0));

    app.restart();
    app.client(areas::PADDLES).get(&format!("/runs/{run}/")).expect(200);
}

#[test]
fn a_download_under_way_is_finished_first() {
    let app = App::with(&[], &[]);
    // More than the buffers of two sockets hold.
    let content: Vec<u8> = (0..30_000_000_u32).map(|n| (n % 251) as u8).collect();
    app.client(areas::PLAIN).put("/packages/p/d/r/a/f", content.clone()).expect(201);
    let mut download = app.client(areas::PLAIN).connect();
    download.send("GET /packages/p/d/r/a/f HTTP/1.1\r\nhost: a\r\n\r\n").unwrap();
    download.wait_for_answer().unwrap();
    app.signal("TERM");
    wait_until_closed(&app);
    let reply = download.read().unwrap();
    assert_eq!(reply.status, 200);
    assert!(reply.body == content, "{} bytes", reply.body.len());
    assert_eq!(app.wait().code(), Some(0));
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let app = App::with(&[], &[]);
    let (_slow, _) = begun(&app, &unique("run"));
    app.signal("TERM");
    wait_until_closed(&app);
    app.signal("TERM");
    app.wait();
}

#[test]
fn it_ends_with_whoever_started_it() {
    let app = App::with(&[], &[]);
    app.close_stdin();
    app.wait();
}

#[test]
fn what_was_stored_is_there_after_a_kill() {
    let mut app = App::with(&[], &[]);
    let run = unique("run");
    app.client(areas::PADDLES).post("/runs/", json!({ "name": run })).expect(200);
    app.kill();
    app.restart();
    app.client(areas::PADDLES).get(&format!("/runs/{run}/")).expect(200);
}
