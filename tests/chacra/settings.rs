//! What the operator sets: the writer's credentials and the largest file.

use assay_tests::{App, areas, json};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::{bytes, post_form};

#[test]
fn with_a_key_reads_stay_open_and_writes_need_it() {
    let app = App::with(&[("chacra_key", "s:ecret")], &[]);
    let anyone = app.client(areas::CHACRA);
    let basic = |text: &str| format!("Basic {}", STANDARD.encode(text));
    let writer = anyone.clone().with_header("authorization", &basic("admin:s:ecret"));
    writer.put("/packages/p/d/r/a/f", "x").expect(201);
    let refused = |authorization: Option<&str>| {
        let client = match authorization {
            Some(value) => anyone.clone().with_header("authorization", value),
            None => anyone.clone(),
        };
        for request in [
            client.post("/packages", json!({ "name": "x" })),
            client.put("/packages/p/d/r/a/f", "y"),
            client.delete("/packages/p/d/r/a/f"),
            client.post("/binaries/p", ""),
            client.post("/chacra/nothing", ""),
            client.put("/binaries/p", ""),
            client.post("/chacra/gc", ""),
            client.post("/chacra/uploads", ""),
            client.get("/chacra/config"),
        ] {
            let answer = request.expect(401);
            let realm = answer.header("www-authenticate");
            assert_eq!(realm, Some("Basic realm=\"Chacra :: Binary API\""));
        }
    };
    refused(None);
    for wrong in
        [basic("admin:x"), basic("root:s:ecret"), "Basic !".into(), "Bearer x".into(), "".into()]
    {
        refused(Some(&wrong));
    }
    anyone.get("/binaries/").expect(200);
    anyone.get("/packages/p/d/r/a/f").expect(200);
    writer.get("/chacra/config").expect(200);
}

#[test]
fn a_file_beyond_the_limit_is_refused() {
    let app = App::with(&[("chacra_max_upload", "2000000")], &[]);
    let chacra = app.client(areas::CHACRA);
    chacra.put("/packages/p/d/r/a/f", bytes(2_000_000, 1)).expect(201);
    chacra.put("/packages/p/d/r/a/g", bytes(2_000_001, 1)).expect(413);
    post_form(&chacra, "/packages/p/d/r/a", &[("file", Some("h"), &bytes(2_000_001, 1))])
        .expect(413);
    let files = chacra.get("/packages/p/d/r/a").expect(200).json();
    assert_eq!(files.as_object().unwrap().len(), 1);
    chacra.post("/chacra/gc?grace_hours=0", "").expect(200);
    assert_eq!(chacra.get("/chacra/stats").expect(200).json()["stored_bytes"], 2_000_000);
}
