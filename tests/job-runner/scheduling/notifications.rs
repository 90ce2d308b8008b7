//! `/api/v1/notification/`: the outbox, and the webhook that empties it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use assay_tests::{Value, json, unique};

use super::lab::{self, Lab, id, uri};

const NOTIFICATION: &str = "/api/v1/notification/";

#[test]
fn a_failure_is_told_to_everybody_once_in_order() {
    let app = lab::app(&[("job_runner_admin_emails", "ops@lab.example, boss@lab.example")]);
    let lab = Lab::of(&app);
    let site = lab.site(1);
    lab.change(
        &site.template,
        json!({ "notification_addresses": "t@lab.example\nboss@lab.example" }),
    );
    lab.change(&site.project, json!({ "notification_addresses": "p@lab.example" }));
    lab.change(&site.pool, json!({ "notification_addresses": "\npool@lab.example\n" }));
    let title = unique("back\\slash \"and\" n\\n");
    let job = site.job(json!({ "title": title,
                               "notification_addresses": "j@lab.example\r\nops@lab.example\r\n" }));
    let run = site.due(&job);
    let worker = &site.workers[0];
    worker.take(&run);
    let lines: String = (1..=300).map(|n| format!("line {n} \\n \"q\" \u{1}\n")).collect();
    worker.post("/api/v1/run_log/", json!({ "run": run, "content": lines })).expect(201);
    worker.give_back(&run, false).expect(202);

    let told = &lab.list(&format!("{NOTIFICATION}?job={}", id(&job)))[0];
    assert_eq!(told["kind"], "run_failed");
    assert_eq!(told["subject"], json!(format!("Run error for: {title}")));
    let addresses = ["ops", "boss", "j", "t", "p", "pool"].map(|who| format!("{who}@lab.example"));
    assert_eq!(told["addresses"], json!(addresses));
    assert_eq!(
        (&told["run"], &told["job"], &told["sent_dts"]),
        (&json!(run), &json!(job), &Value::Null)
    );
    let body = told["body"].as_str().unwrap();
    assert!(body.contains(&title) && body.contains(&run), "{body}");
    assert!(body.contains("line 300 \\n \"q\"") && body.contains("line 102 "), "{body}");
    assert!(!body.contains("line 100 "), "the last 200 lines are enough");
}

#[test]
fn the_outbox_is_for_the_operator_and_the_bridge() {
    let lab = Lab::shared();
    let site = lab.site(1);
    let job = site.job(json!({}));
    site.work(&site.due(&job), false);
    let bridge = lab.bridge();
    let list = |sent: bool| {
        let path = format!("{NOTIFICATION}?job={}&sent={sent}", id(&job));
        bridge.get(&path).expect(200).json()["objects"].as_array().unwrap().clone()
    };
    let told = list(false);
    assert_eq!((told.len(), list(true).len()), (1, 0));
    let one = uri(&told[0]);
    site.workers[0].get(NOTIFICATION).expect(401);
    site.workers[0].get(&one).expect(401);
    site.workers[0].patch(&one, json!({ "sent_dts": "2013-01-01 00:00:00+00:00" })).expect(401);
    lab.anybody.get(&one).expect(401);
    bridge.patch(&one, json!({ "sent_dts": "never" })).expect(400);
    let sent = bridge.patch(&one, json!({ "sent_dts": "2013-01-01 00:00:00+00:00" })).expect(202);
    assert_eq!(sent.json()["sent_dts"], "2013-01-01T01:00:00");
    assert_eq!((list(false).len(), list(true).len()), (0, 1));
    bridge.patch(&format!("{NOTIFICATION}999999999/"), json!({ "sent_dts": null })).expect(404);
    bridge.delete(&one).expect_any(&[401, 405]);
    lab.operator.post(NOTIFICATION, json!({})).expect(405);
}

/// One request to the webhook: its `idempotency-key` and its body.
fn received(listener: &TcpListener, status: &str) -> (String, Value) {
    let (mut stream, _) = listener.accept().expect("a connection");
    let mut reader = BufReader::new(stream.try_clone().expect("a second handle"));
    let (mut key, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("a line");
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            if line.trim_end().is_empty() {
                break;
            }
            continue;
        };
        match name.to_ascii_lowercase().as_str() {
            "idempotency-key" => key = value.to_owned(),
            "content-length" => length = value.parse().expect("a number"),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("the body");
    answer(&mut stream, status);
    (key, serde_json::from_slice(&body).expect("JSON"))
}

fn answer(stream: &mut TcpStream, status: &str) {
    let text = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    stream.write_all(text.as_bytes()).expect("an answer");
}

#[test]
fn the_webhook_gets_each_notification_until_it_takes_it() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
    let app = lab::app(&[("job_runner_webhook_url", &url)]);
    let lab = Lab::of(&app);
    let site = lab.site(1);
    let job = site.job(json!({}));
    site.workers[0].claim(1);
    site.work(&site.due(&job), false);
    let broadcast = || lab.bridge().post("/api/v1/broadcast/", json!({})).expect(200);
    let one = std::thread::scope(|scope| {
        let hook = scope.spawn(|| received(&listener, "500 Internal Server Error"));
        broadcast();
        hook.join().expect("a request")
    });
    assert_eq!(one.1["kind"], "run_failed");
    assert_eq!(one.1["job"], json!(job));
    let again = std::thread::scope(|scope| {
        let hook = scope.spawn(|| received(&listener, "200 OK"));
        broadcast();
        hook.join().expect("a request")
    });
    assert_eq!(again, one, "the same with the same key");
    // Whoever took it is not asked again: nothing listens any more, and nobody minds.
    drop(listener);
    broadcast();
    let told = lab.list(NOTIFICATION);
    assert_eq!(told.len(), 1);
    assert!(!app.log().contains("does not answer"), "{}", app.log());
}

#[test]
fn a_webhook_that_is_away_holds_nothing_up() {
    let gone = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let app = lab::app(&[("job_runner_webhook_url", &format!("http://{gone}/"))]);
    let lab = Lab::of(&app);
    let site = lab.site(1);
    site.workers[0].claim(1);
    site.work(&site.due(&site.job(json!({}))), false);
    let found = lab.bridge().post("/api/v1/health_check/", json!({})).expect(200).json();
    assert_eq!(found["failed_runs"], json!([]));
    assert_eq!(lab.list(&format!("{NOTIFICATION}?sent=false")).len(), 1);
}

#[test]
fn a_webhook_that_never_answers_is_left_after_some_seconds() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/", silent.local_addr().expect("an address"));
    let app = lab::app(&[("job_runner_webhook_url", &url)]);
    let lab = Lab::of(&app);
    let site = lab.site(1);
    site.workers[0].claim(1);
    site.work(&site.due(&site.job(json!({}))), false);
    lab.bridge().post("/api/v1/broadcast/", json!({})).expect(200);
    assert!(app.log().contains("the webhook has not answered"), "{}", app.log());
    assert_eq!(lab.list(&format!("{NOTIFICATION}?sent=false")).len(), 1);
}
