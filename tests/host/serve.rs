//! How requests are taken in, whatever they ask for.

use std::time::{Duration, Instant};

use assay_tests::{App, areas, json, race, unique};

#[test]
fn the_health_url_answers_without_a_component() {
    let app = App::start().client(areas::PLAIN);
    assert_eq!(app.get("/.well-known/spin/health").expect(200).text(), "OK");
}

#[test]
fn the_log_has_paths_and_no_queries() {
    let app = App::with(&[], &["--log-requests"]);
    let mut connection = app.client(areas::PLAIN).connect();
    // When a connection's second request is answered, the first one is in the log.
    for _ in 0..2 {
        let line = "GET /.well-known/spin/health?token=rtt_secret HTTP/1.1";
        connection.send(format!("{line}\r\nhost: a\r\n\r\n")).unwrap();
        assert_eq!(connection.read().unwrap().status, 200);
    }
    let log = app.log();
    assert!(log.contains("GET /.well-known/spin/health 200"), "{log}");
    assert!(!log.contains("rtt_secret"), "{log}");
}

#[test]
fn a_url_without_a_route_is_not_found() {
    App::start().client(areas::PLAIN).get("/no/such/route").expect(404);
}

#[test]
fn a_connection_serves_one_request_after_another() {
    let mut connection = App::start().client(areas::PLAIN).connect();
    for _ in 0..3 {
        connection.send("GET /.well-known/spin/health HTTP/1.1\r\nhost: a\r\n\r\n").unwrap();
        assert_eq!(connection.read().unwrap().status, 200);
    }
}

#[test]
fn requests_may_arrive_in_pieces() {
    let mut connection = App::start().client(areas::PLAIN).connect();
    for piece in ["GET /.well-known/spin", "/health HTTP/1.1\r", "\nhost: a\r\n", "\r\n"] {
        connection.send(piece).unwrap();
    }
    assert_eq!(connection.read().unwrap().body, b"OK");
}

#[test]
fn what_is_not_http_is_refused_and_hurts_nobody() {
    let app = App::start().client(areas::PLAIN);
    for bytes in [
        "\r\n\r\n\0\0",
        "GET\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "GET / HTTP/1.1\r\nno colon\r\n\r\n",
    ] {
        if let Ok(reply) = app.raw(bytes) {
            assert_eq!(reply.status, 400, "{bytes:?}");
        }
    }
    app.get("/.well-known/spin/health").expect(200);
}

#[test]
fn a_path_of_ten_thousand_segments_is_answered() {
    let path = "/a".repeat(10_000);
    App::start().client(areas::PLAIN).get(&path).expect_any(&[400, 404, 414, 431]);
}

#[test]
fn a_header_that_never_ends_is_refused() {
    let app = App::start().client(areas::PLAIN);
    let request = format!("GET / HTTP/1.1\r\nhost: a\r\nx: {}\r\n\r\n", "y".repeat(2_000_000));
    if let Ok(reply) = app.raw(request) {
        assert!((400..500).contains(&reply.status), "{}", reply.status);
    }
}

#[test]
fn too_many_requests_at_once_are_told_to_come_back() {
    let app = App::with(&[], &["--max-concurrent", "1"]);
    let paddles = app.client(areas::PADDLES);
    let mut slow = paddles.connect();
    slow.send("POST /runs/ HTTP/1.1\r\nhost: a\r\ncontent-length: 12\r\n\r\n{\"name\"").unwrap();
    // The slow one holds the only place once its first bytes are there; until then, which a busy
    // machine decides, the others get it.
    let plain = app.client(areas::PLAIN);
    let end = Instant::now() + Duration::from_secs(60);
    let mut answers = std::iter::repeat_with(|| plain.get("/").expect_any(&[200, 503]));
    let refused = answers.find(|answer| answer.status() == 503 || Instant::now() > end);
    assert!(refused.is_some_and(|refused| refused.header("retry-after").is_some()));
    slow.send(":\"x\"}").unwrap();
    assert_eq!(slow.read().unwrap().status, 200);
    plain.get("/").expect(200);
}

#[test]
fn many_clients_at_once_are_all_served() {
    let paddles = App::start().client(areas::PADDLES);
    let run = unique("run");
    paddles.post("/runs/", json!({ "name": run })).expect(200);
    let statuses = race(64, |_| {
        (0..5).map(|_| paddles.get(&format!("/runs/{run}/")).send().status()).collect::<Vec<_>>()
    });
    assert!(statuses.iter().flatten().all(|&status| status == 200), "{statuses:?}");
}
