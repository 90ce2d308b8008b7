//! Uploads whose tests are stored when somebody first asks for them.

use assay_tests::{App, Value, areas, json, race, unique};
use sha2::{Digest, Sha256};

use crate::uploads::crc32;
use crate::{new_test, passed, post_file, refstack};

/// A stream that fits into one chunk, and whose tests do not fit into one batch.
fn many_tests() -> Vec<u8> {
    tests(20_000)
}

fn tests(count: u32) -> Vec<u8> {
    let test = |n: u32| format!("test: acme.T.t{n}\nsuccess: acme.T.t{n}\n");
    (0..count).map(test).collect::<String>().into_bytes()
}

#[test]
fn all_who_ask_first_see_everything() {
    let b = refstack();
    let upload = post_file(&b, "/v1/post-result", &many_tests());
    let url = format!("/v1/results/{}", upload["result_id"].as_str().unwrap());
    let seen = race(9, |asker| match asker % 3 {
        0 => b.get(&url).expect(200).json()["results"].as_array().unwrap().len(),
        1 => {
            let last = b.get(&format!("{url}/tests?per_page=1000&page=20")).expect(200).json();
            assert_eq!(last["tests"][999]["id"], "acme.T.t19999");
            usize::try_from(last["pagination"]["total_pages"].as_u64().unwrap()).unwrap() * 1000
        }
        _ => b.get(&format!("{url}/tests?format=csv")).expect(200).text().lines().count() - 1,
    });
    assert_eq!(seen, [20_000; 9]);
    let run = &b.get(&url).expect(200).json()["run"];
    let digest = Sha256::digest(many_tests()).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(run["sha256"], Value::String(digest));
}

#[test]
fn who_asks_while_a_result_is_removed_sees_all_of_it_or_nothing() {
    let b = refstack();
    for round in 0..10_u32 {
        let count = if round.is_multiple_of(2) { 20_000 } else { 300 };
        let upload = post_file(&b, "/v1/post-result", &tests(count));
        let total = upload["summary"]["total"].as_u64().unwrap();
        let url = format!("/v1/results/{}", upload["result_id"].as_str().unwrap());
        let token = upload["result_token"].as_str().unwrap();
        race(5, |asker| {
            let read = |path: &str| b.get(&format!("{url}{path}")).attempt();
            let (answer, count) = match asker {
                0 => {
                    b.delete(&url).header("x-result-token", token).expect(204);
                    return;
                }
                1 => (read("/tests?per_page=1").unwrap(), "\"total_pages\":"),
                2 => (read("/tests?per_page=1&sort=name").unwrap(), "\"total_pages\":"),
                3 => (read("").unwrap(), "\"total\":"),
                // What is sent while it goes may break off, but must not look whole.
                _ => match read("/tests?format=csv") {
                    Ok(answer) if answer.status() == 200 => {
                        assert_eq!(answer.text().lines().count() as u64, total + 1);
                        return;
                    }
                    Ok(answer) => (answer, ""),
                    Err(_) => return,
                },
            };
            match answer.status() {
                200 => assert!(answer.text().contains(&format!("{count}{total}")), "{answer:?}"),
                status => assert_eq!(status, 404),
            }
        });
        b.get(&url).expect(404);
    }
}

#[test]
fn in_a_small_instance_they_are_unfolded_one_after_the_other() {
    let app = App::with(&[], &["--instance-memory", "64"]);
    let b = app.client(areas::REFSTACK);
    let packet = |n: u32| {
        let id = format!("{n:x}");
        let length = u8::try_from(1 + 2 + 1 + 1 + id.len() + 4).unwrap();
        let head = [0xB3, 0x29, 0x03, length, u8::try_from(id.len()).unwrap()];
        let head = [&head, id.as_bytes()].concat();
        let checksum = crc32(&head).to_be_bytes();
        [head, checksum.to_vec()].concat()
    };
    let stream: Vec<u8> = (0..70_000).flat_map(packet).collect();
    assert!(stream.len() < 1_000_000);
    let urls: Vec<String> = (0..16)
        .map(|_| {
            let upload = post_file(&b, "/v1/post-result", &stream);
            format!("/v1/results/{}/tests?per_page=1", upload["result_id"].as_str().unwrap())
        })
        .collect();
    let totals = race(urls.len(), |n| b.get(&urls[n]).expect(200).json()["pagination"].clone());
    assert!(totals.iter().all(|pages| pages["total_pages"] == 70_000), "{totals:?}");
}

#[test]
fn of_a_list_that_comes_twice_nobody_sees_the_first() {
    let b = refstack();
    let names = |letter: char, count: usize| {
        let names: Vec<_> = (0..count).map(|n| format!("{{\"name\":\"{letter}{n}\"}}")).collect();
        format!("\"results\":[{}]", names.join(","))
    };
    let (first, last) = (names('o', 50_000), names('n', 3));
    let body = format!("{{\"cpid\":\"c\",\"duration_seconds\":1,{first},{last}}}");
    let upload = b.post("/v1/results", body).expect(201).json();
    let url = format!("/v1/results/{}", upload["test_id"].as_str().unwrap());
    let seen = race(6, |_| b.get(&url).expect(200).json()["results"].clone());
    assert_eq!(seen, vec![json!(["n0", "n1", "n2"]); 6]);
    let tests = b.get(&format!("{url}/tests")).expect(200).json();
    assert_eq!(tests["tests"].as_array().unwrap().len(), 3);
}

#[test]
fn what_could_not_be_shown_is_refused_at_once() {
    let b = refstack();
    let mut statuses = Vec::new();
    for length in (20..300).step_by(20) {
        let part = |n: usize| {
            let name = format!("{n:04}{}", "x".repeat(length));
            format!("Content-Type: text/plain\n{name}\n1\r\nx0\r\n")
        };
        let parts: String = (0..1000).map(part).collect();
        let stream = format!("test: acme.a\nfailure: acme.a [ multipart\n{parts}]\n");
        let answer = b.post("/v1/post-result", stream).send();
        if answer.status() == 201 {
            let id = answer.json()["result_id"].as_str().unwrap().to_owned();
            b.get(&format!("/v1/results/{id}/tests")).expect(200);
        }
        statuses.push(answer.status());
    }
    assert!(
        statuses.is_sorted() && statuses[0] == 201 && statuses.ends_with(&[400]),
        "{statuses:?}"
    );
}

#[test]
fn a_test_has_a_history_before_anybody_looks_at_its_runs() {
    let b = refstack();
    let cpid = unique("cpid");
    let run = |status: &str| {
        let others = (0..500).map(|n| json!({ "id": format!("acme.T.t{n}"), "status": "skip" }));
        let one = json!({ "id": "acme.T.one[id-7]", "status": status });
        json!({ "cpid": cpid, "tests": others.chain([one]).collect::<Value>() })
    };
    for status in ["success", "fail"] {
        b.post("/v1/results", run(status)).expect(201);
    }
    b.post("/v1/results", passed(&cpid, &["acme.T.other"])).expect(201);
    let history = |name: &str| -> Vec<String> {
        let found = b.get(&format!("/v1/history?cpid={cpid}&name={name}")).expect(200).json();
        let runs = found["runs"].as_array().unwrap().iter();
        runs.map(|run| run["status"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(history("acme.T.one"), ["fail", "success"]);
    assert_eq!(history("acme.T.t499"), ["skip", "skip"]);
    assert_eq!(history("acme.T.other"), ["success"]);
    assert_eq!(history("acme.T.none"), [""; 0]);
    let tried = |status: &str, stopped_at: &str| {
        let (id, started_at) = ("acme.T.tried", "2031-05-06T07:00:00Z");
        json!({ "id": id, "status": status, "started_at": started_at, "stopped_at": stopped_at })
    };
    let tests = [tried("success", "2031-05-06T07:00:01Z"), tried("fail", "2031-05-06T07:00:03Z")];
    b.post("/v1/results", json!({ "cpid": cpid, "tests": tests })).expect(201);
    let found = b.get(&format!("/v1/history?cpid={cpid}&name=acme.T.tried")).expect(200).json();
    let run = &found["runs"][0];
    assert_eq!((&run["status"], &run["duration"]), (&json!("success"), &json!(1.0)));
}

#[test]
fn an_upload_whose_twin_is_removed_meanwhile_is_kept() {
    let b = refstack();
    let url = format!("/v1/post-result?test_id={}", new_test(&b));
    // One that is folded, and one that is not.
    for stream in [tests(100), tests(40_000)] {
        race(6, |_| {
            for _ in 0..4 {
                let upload = b.post(&url, stream.clone()).expect(201).json();
                let result = format!("/v1/results/{}", upload["result_id"].as_str().unwrap());
                if let Some(token) = upload["result_token"].as_str() {
                    b.delete(&result).header("x-result-token", token).send();
                }
            }
        });
    }
}
