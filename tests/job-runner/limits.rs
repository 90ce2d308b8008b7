//! What is bounded: the longest log in an instance of little memory.

use assay_tests::json;

use crate::acceptance::{Lab, id, small_app};

/// 16 MiB in short lines, each of which ends with two characters in JSON.
fn longest_log() -> String {
    "0123456789abcde\n".repeat(1 << 20)
}

#[test]
fn the_longest_log_comes_and_goes_through_64_mb_of_memory() {
    let app = small_app();
    let lab = Lab::on(&app);
    let content = longest_log();
    let body = json!({ "run": lab.run1, "content": content });
    let made = lab.worker1.post("/api/v1/run_log/", body).expect(201).json();
    assert!(made["content"] == content.as_str(), "the answer is the log");
    let uri = made["resource_uri"].as_str().unwrap();
    assert!(lab.worker1.get(uri).expect(200).json()["content"] == content.as_str());
    assert!(lab.see(uri)["content"] == content.as_str());
    let listed = lab.worker1.get("/api/v1/run_log/").expect(200).json();
    assert!(listed["objects"][0]["content"] == content.as_str());
    let second = lab.make("run", json!({ "job": lab.job1 }));
    let second = lab.make("run_log", json!({ "run": second, "content": "short" }));
    let set = format!("/api/v1/run_log/set/{};{}/", id(uri), id(&second));
    lab.worker1.get(&set).refused(400, "A set of logs has at most 8388608 bytes.");
    lab.worker1.patch(uri, json!({ "content": content })).expect(202);

    let longer = json!({ "content": format!("{content}x") });
    lab.worker1.patch(uri, longer).expect(413);
    assert!(lab.see(uri)["content"] == content.as_str(), "nothing was changed");
}
