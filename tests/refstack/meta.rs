//! What is said of a result: at upload and later, by the same rules.

use assay_tests::unique;

use crate::people::somebody;
use crate::{passed, stream};

#[test]
fn an_upload_that_says_it_is_not_shared_is_refused_and_not_published() {
    let (_, k) = somebody();
    let stranger = crate::refstack();
    let before = k.get("/v1/results?signed=1").expect(200).json()["results"].clone();
    let (long, wide) = ("x".repeat(4097), "%C3%A9".repeat(2049));
    for said in [
        "shared=false".to_owned(),
        "shared=0".to_owned(),
        "shared=No".to_owned(),
        "shared=+off".to_owned(),
        "shared=%20".to_owned(),
        "target=%20".to_owned(),
        format!("target={long}"),
        format!("guideline={wide}"),
    ] {
        let list = k.post(&format!("/v1/results?{said}"), stream("hand.v1"));
        list.header("content-type", "text/x-subunit").expect(400);
        let runner = k.post(&format!("/v1/post-result?{said}"), stream("hand.v1"));
        runner.header("content-type", "text/x-subunit").expect(400);
    }
    assert_eq!(k.get("/v1/results?signed=1").expect(200).json()["results"], before);
    let url = "/v1/results?shared=yes&target=platform";
    let made = k.post(url, stream("hand.v1")).header("content-type", "text/x-subunit");
    let made = made.expect(201).json();
    let shown = stranger.get(&format!("/v1/results/{}", made["test_id"].as_str().unwrap()));
    assert_eq!(shown.expect(200).json()["meta"]["target"], "platform");
}

#[test]
fn a_value_is_as_long_later_as_at_upload() {
    let (_, k) = somebody();
    let made = k.post("/v1/results", passed(&unique("meta"), &["a"])).expect(201).json();
    let url = format!("/v1/results/{}/meta/target", made["test_id"].as_str().unwrap());
    k.post(&url, "é".repeat(2048)).expect(201);
    k.post(&url, "é".repeat(2049)).expect(413);
    k.post(&url, " ").refused(400, "Malformed request");
    k.post(&url.replace("target", "shared"), "off").refused(400, "Malformed request");
}
