//! What refstack-client and the runners of 2014 send, byte for byte, and what they do with the
//! answers.
//!
//! The client sends `json.dumps` of `cpid`, `duration_seconds` and `results` (in that order, texts
//! beyond ASCII as `\uXXXX`) by python-requests with `Content-type: application/json`, the two
//! headers of a signature behind it; lists have the same header and no body. That these are its
//! bytes is tested where it can be run; `refstack_client.rs` then goes through all that it does.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use assay_tests::{Client, Value, json, unique};

use crate::people::{Key, Person};
use crate::refstack_client::{file, refstack_client, run};
use crate::{new_test, refstack, stream};

/// Sends exactly these bytes and gives the status and the JSON of the answer.
fn raw(b: &Client, head: &str, body: &[u8]) -> (u16, Value) {
    let host = b.base_url().replace("http://", "");
    let mut bytes =
        head.replace("{host}", &host).replace("{length}", &body.len().to_string()).into_bytes();
    bytes.extend(body);
    let mut connection = b.connect();
    connection.send(bytes).expect("a request that is read");
    let reply = connection.read().expect("an answer");
    (reply.status, serde_json::from_slice(&reply.body).expect("JSON"))
}

/// `json.dumps` with blanks behind colons and commas, keys in insertion order.
fn dumped(cpid: &str, names: &[(&str, Option<&str>)]) -> String {
    let results: Vec<String> = names
        .iter()
        .map(|(name, uuid)| match uuid {
            Some(uuid) => format!("{{\"name\": \"{name}\", \"uuid\": \"{uuid}\"}}"),
            None => format!("{{\"name\": \"{name}\"}}"),
        })
        .collect();
    let results = results.join(", ");
    format!("{{\"cpid\": \"{cpid}\", \"duration_seconds\": 412, \"results\": [{results}]}}")
}

/// What python-requests puts before the headers of its caller.
const REQUESTS: &str = "Host: {host}\r\nUser-Agent: python-requests/2.34.2\r\n\
    Accept-Encoding: gzip, deflate\r\nAccept: */*\r\nConnection: keep-alive\r\n";

/// The head of an upload, with these headers behind its content type.
fn upload(signature: &str) -> String {
    format!(
        "POST /v1/results/ HTTP/1.1\r\n{REQUESTS}Content-type: application/json\r\n{signature}\
         Content-Length: {{length}}\r\n\r\n"
    )
}

/// The head of a page of the list.
fn list(query: &str) -> String {
    format!("GET /v1/results/?{query} HTTP/1.1\r\n{REQUESTS}Content-type: application/json\r\n\r\n")
}

/// The request that refstack-client sends when it is run with these words and an address, which
/// gets this answer; `None` where the program is not.
fn sent(words: &[&str], status: &str, answer: &Value) -> Option<(String, Vec<u8>)> {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let host = listener.local_addr().expect("an address").to_string();
    let client = refstack_client(&[words, &["--url", &format!("http://{host}")]].concat())?;
    let answer = answer.to_string();
    let length = answer.len();
    let answer = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n{answer}");
    let server = thread::spawn(move || {
        let (mut connection, _) = listener.accept().expect("a connection");
        let mut request = Vec::new();
        while !is_whole(&request) {
            let mut piece = [0; 4096];
            let read = connection.read(&mut piece).expect("more of the request");
            assert!(read > 0, "it ends early: {}", String::from_utf8_lossy(&request));
            request.extend(&piece[..read]);
        }
        connection.write_all(answer.as_bytes()).expect("a reader");
        request
    });
    run(client, "\n");
    // Ends the wait for a program that sent nothing.
    drop(TcpStream::connect(&host));
    Some((host, server.join().expect("a request")))
}

/// Whether a request has its head, and as many bytes behind it as that says.
fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: "));
    length.is_none_or(|length| body.len() == length.parse::<usize>().expect("a number"))
}

#[test]
fn the_program_sends_these_bytes() {
    let (id, key) = ("1b6a1b0e-53a4-4c5e-9a36-0c7f2d3b5a10", Key::new());
    let body = dumped("c", &[("tempest.gr\\u00f6\\u00dfe", Some(id)), ("tempest.b", None)]);
    let (report, private) = (file("r.json", &body), file("id_rsa", key.pem()));
    let words = ["upload", &report, "-y", "-i", &private];
    let taken = json!({ "url": "http://r.example" });
    for (words, signature) in [(&words[..3], String::new()), (&words[..], signature(&key, &body))] {
        let Some((host, sent)) = sent(words, "201 Created", &taken) else { return };
        let length = body.len().to_string();
        let head = upload(&signature).replace("{host}", &host).replace("{length}", &length);
        assert_eq!(String::from_utf8_lossy(&sent), head + &body);
    }
    let words = ["list", "--start-date", "2020-01-01 00:00:00"];
    let page = json!({ "results": [], "pagination": { "total_pages": 1 } });
    let (host, sent) = sent(&words, "200 OK", &page).expect("the same program");
    let head = list("page=1&start_date=2020-01-01+00%3A00%3A00").replace("{host}", &host);
    assert_eq!(String::from_utf8_lossy(&sent), head);
}

/// The headers of a signature.
fn signature(key: &Key, body: &str) -> String {
    let line = key.line();
    let public: Vec<&str> = line.split(' ').take(2).collect();
    format!("X-Signature: {}\r\nX-Public-Key: {}\r\n", key.sign(body), public.join(" "))
}

#[test]
fn refstack_client_uploads_anonymously_and_lists() {
    let b = refstack();
    let cpid = unique("cpid");
    let uuid = "1b6a1b0e-53a4-4c5e-9a36-0c7f2d3b5a10";
    let body =
        dumped(&cpid, &[("tempest.a", Some(uuid)), ("tempest.b", None), ("tempest.a", Some(uuid))]);
    let (status, answer) = raw(&b, &upload(""), body.as_bytes());
    assert_eq!(status, 201, "{answer}");
    assert!(answer["url"].as_str().is_some(), "the client prints it");
    let id = answer["test_id"].as_str().unwrap();
    let shown = b.get(&format!("/v1/results/{id}")).expect(200).json();
    assert_eq!(shown["results"], json!(["tempest.a", "tempest.b"]));
    assert_eq!(shown["duration_seconds"], 412);
    let head = list("page=1&start_date=2020-01-01+00%3A00%3A00&end_date=2099-01-01+00%3A00%3A00");
    let (status, listed) = raw(&b, &head, b"");
    assert_eq!(status, 200);
    assert!(listed["pagination"]["total_pages"].as_i64().unwrap() >= 1);
    let first = &listed["results"][0];
    assert!(first["created_at"].as_str().is_some() && first["url"].as_str().is_some());
}

#[test]
fn refstack_client_uploads_with_a_key() {
    let b = refstack();
    let person = Person::new("client");
    let body = dumped(&unique("cpid"), &[("tempest.a", None)]);
    let head = upload(&signature(&person.key, &body));
    let (status, answer) = raw(&b, &head, body.as_bytes());
    assert_eq!(status, 201, "{answer}");
    assert!(answer.get("result_token").is_none(), "it has an owner");
    let url = format!("/v1/results/{}", answer["test_id"].as_str().unwrap());
    let meta = person.client().get(&format!("{url}/meta")).expect(200).json();
    assert_eq!(meta, json!({ "user": person.openid }));
    b.get(&format!("{url}/meta")).expect(403);
    let (status, _) = raw(&b, &head, body.replace("412", "413").as_bytes());
    assert_eq!(status, 400);
}

/// `upload-subunit` knows no duration, and Python writes what is beyond ASCII as escapes.
#[test]
fn refstack_client_uploads_what_passed_in_a_stream() {
    let b = refstack();
    let cpid = "0cc175b9c0f1b6a831c399e269772661";
    let body = format!(
        "{{\"cpid\": \"{cpid}\", \"duration_seconds\": 0, \"results\": \
         [{{\"name\": \"tempest.gr\\u00f6\\u00dfe\", \"uuid\": \"u\"}}, \
         {{\"name\": \"tempest.\\ud834\\udd1e\"}}]}}"
    );
    let (status, answer) = raw(&b, &upload(""), body.as_bytes());
    assert_eq!(status, 201, "{answer}");
    let shown = b.get(&format!("/v1/results/{}", answer["test_id"].as_str().unwrap()));
    let shown = shown.expect(200).json();
    assert_eq!(shown["results"], json!(["tempest.größe", "tempest.𝄞"]));
    assert_eq!(shown["duration_seconds"], 0);
    // It asks for the next page until it has seen as many as there are.
    let mut page = 1;
    let seen = loop {
        let (status, listed) = raw(&b, &list(&format!("page={page}&cpid={cpid}")), b"");
        assert_eq!(status, 200);
        let results = listed["results"].as_array().unwrap();
        let urls: Vec<&str> = results.iter().filter_map(|result| result["url"].as_str()).collect();
        if urls.iter().any(|url| answer["url"] == **url) {
            break true;
        }
        if listed["pagination"]["total_pages"] == page {
            break false;
        }
        page += 1;
    };
    assert!(seen, "the list has what was uploaded");
}

#[test]
fn the_runner_of_2014_reports_and_posts_a_form() {
    let b = refstack();
    let test = new_test(&b);
    let kind = "application/x-www-form-urlencoded";
    let report = format!("test_id={test}&status=running+tests");
    b.post("/v1/update-test-status", report).header("content-type", kind).expect(201);
    let two = [stream("retries.v2"), stream("statuses.v2")].concat();
    let encoded: String = two
        .iter()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'.' | b'-' => {
                char::from(*byte).to_string()
            }
            b' ' => "+".to_owned(),
            other => format!("%{other:02X}"),
        })
        .collect();
    let body = format!("file={encoded}&test_id={test}");
    let posted = b.post("/v1/post-result", body).header("content-type", kind).expect(201).json();
    assert_eq!((&posted["test_id"], &posted["summary"]["total"]), (&json!(test), &json!(13)));
    let shown = b.get(&format!("/v1/tests/{test}")).expect(200).json();
    assert_eq!(shown["result_id"], posted["result_id"]);
}
