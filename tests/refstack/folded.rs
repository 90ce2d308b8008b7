//! Uploads whose tests are stored when somebody first asks for them.

use assay_tests::{Value, json, race, unique};
use sha2::{Digest, Sha256};

use crate::{passed, post_file, refstack};

/// A stream that fits into one chunk, and whose tests do not fit into one batch.
fn many_tests() -> Vec<u8> {
    let test = |n: u32| format!("test: acme.T.t{n}\nsuccess: acme.T.t{n}\n");
    (0..20_000).map(test).collect::<String>().into_bytes()
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
fn who_asks_while_a_result_is_removed_is_told_so() {
    let b = refstack();
    for _ in 0..5 {
        let upload = post_file(&b, "/v1/post-result", &many_tests());
        let url = format!("/v1/results/{}", upload["result_id"].as_str().unwrap());
        let token = upload["result_token"].as_str().unwrap();
        let statuses = race(4, |asker| match asker {
            0 => b.delete(&url).header("x-result-token", token).send().status(),
            1 => b.get(&format!("{url}/tests")).send().status(),
            _ => b.get(&url).send().status(),
        });
        assert_eq!(statuses[0], 204);
        assert!(statuses.iter().all(|status| [200, 204, 404].contains(status)), "{statuses:?}");
        b.get(&url).expect(404);
    }
}

#[test]
fn a_test_has_a_history_before_anybody_looks_at_its_runs() {
    let b = refstack();
    let cpid = unique("cpid");
    let tests = |status: &str| {
        let others = (0..500).map(|n| json!({ "id": format!("acme.T.t{n}"), "status": "skip" }));
        let one = json!({ "id": "acme.T.one[id-7]", "status": status });
        json!({ "cpid": cpid, "tests": others.chain([one]).collect::<Value>() })
    };
    for status in ["success", "fail"] {
        b.post("/v1/results", tests(status)).expect(201);
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
}
