//! `/chacra/uploads`: resumable uploads by tus 1.0.0.

use assay_tests::{App, Client, Request, areas, json, race};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::Digest as _;

use crate::{bytes, bytes_in_key_value, chacra, folder, put};

const BYTES: &str = "application/offset+octet-stream";

fn tus<'c>(chacra: &'c Client, method: &str, url: &str) -> Request<'c> {
    chacra.request(method, url).header("tus-resumable", "1.0.0")
}

fn metadata(pairs: &[(&str, &str)]) -> String {
    let pairs = pairs.iter().map(|(key, value)| format!("{key} {}", STANDARD.encode(value)));
    pairs.collect::<Vec<_>>().join(",")
}

/// Begins an upload and gives its path.
fn begin(chacra: &Client, length: usize, pairs: &[(&str, &str)]) -> String {
    let create = tus(chacra, "POST", "/chacra/uploads");
    let create = create.header("upload-length", &length.to_string());
    let created = create.header("upload-metadata", &metadata(pairs)).expect(201);
    let location = created.header("location").unwrap();
    location.strip_prefix(&chacra.base_url()).expect("an absolute location").to_owned()
}

fn patch<'c>(chacra: &'c Client, upload: &str, offset: usize, content: &[u8]) -> Request<'c> {
    let patch = tus(chacra, "PATCH", upload).header("content-type", BYTES);
    patch.header("upload-offset", &offset.to_string()).body(content)
}

#[test]
fn an_upload_goes_on_where_it_was() {
    let (project, folder) = folder();
    let chacra = chacra();
    let content = bytes(2_740_000, 23);
    let upload = begin(&chacra, content.len(), &[("target", &format!("{folder}/f"))]);
    let begun = patch(&chacra, &upload, 0, &content[..1_400_000]).expect(204);
    assert_eq!(begun.header("upload-offset"), Some("1400000"));
    let far = tus(&chacra, "HEAD", &upload).expect(200);
    assert_eq!(far.header("upload-offset"), Some("1400000"));
    assert_eq!(far.header("upload-length"), Some("2740000"));
    assert_eq!(far.header("cache-control"), Some("no-store"));
    chacra.get(&format!("/binaries/{project}/")).expect(404);
    patch(&chacra, &upload, 0, &content).expect(409);
    patch(&chacra, &upload, 1_400_000, &content[1_400_000..]).expect(204);
    assert!(chacra.get(&format!("{folder}/f")).expect(200).bytes() == content);
    tus(&chacra, "HEAD", &upload).expect(404);
    let part =
        chacra.get(&format!("{folder}/f")).header("range", "bytes=1399990-1400009").expect(206);
    assert!(part.bytes() == &content[1_399_990..1_400_010], "parts cross uneven chunks");
}

#[test]
fn the_server_says_what_it_can() {
    let answer = chacra().options("/chacra/uploads").expect(204);
    assert_eq!(answer.header("tus-version"), Some("1.0.0"));
    assert_eq!(answer.header("tus-checksum-algorithm"), Some("sha1,sha256"));
    assert!(answer.header("tus-extension").unwrap().contains("creation-with-upload"));
    assert!(answer.header("tus-max-size").is_some());
}

#[test]
fn a_whole_file_may_come_with_the_creation() {
    let (_, folder) = folder();
    let chacra = chacra();
    let target = metadata(&[("target", &format!("{folder}/f"))]);
    let create = tus(&chacra, "POST", "/chacra/uploads").header("upload-length", "3");
    let create = create.header("upload-metadata", &target).header("content-type", BYTES);
    assert_eq!(create.body("abc").expect(201).header("upload-offset"), Some("3"));
    assert_eq!(chacra.get(&format!("{folder}/f")).expect(200).text(), "abc");
    begin(&chacra, 0, &[("target", &format!("{folder}/empty"))]);
    assert_eq!(chacra.get(&format!("{folder}/empty")).expect(200).text(), "");
}

#[test]
fn a_target_may_be_in_the_long_form() {
    let (project, _) = folder();
    let chacra = chacra();
    let long = format!("/packages/{project}/distributions/debian/releases/12/archs/amd64/f");
    let upload = begin(&chacra, 3, &[("target", &long)]);
    patch(&chacra, &upload, 0, b"abc").expect(204);
    assert_eq!(chacra.get(&long).expect(200).text(), "abc");
    let file = format!("/binaries/{project}/default/head/debian/12/amd64/f");
    assert_eq!(chacra.get(&file).expect(200).text(), "abc");
}

#[test]
fn a_creation_that_is_refused_leaves_no_upload() {
    let app = App::with(&[], &[]);
    let chacra = app.client(areas::CHACRA);
    put(&chacra, "/packages/p/d/r/a/f", b"there");
    let target = metadata(&[("target", "/packages/p/d/r/a/f")]);
    let create = |length: &str| {
        let create = tus(&chacra, "POST", "/chacra/uploads").header("upload-length", length);
        create.header("upload-metadata", &target).header("content-type", BYTES)
    };
    create("2").body("abc").expect(400);
    create("9").header("upload-checksum", "sha1 nonsense").body("abc").expect(400);
    let wrong = STANDARD.encode([7; 20]);
    create("9").header("upload-checksum", &format!("sha1 {wrong}")).body("abc").expect(460);
    create("3").body("abc").expect(400);
    create("0").expect(400);
    assert_eq!(chacra.get("/chacra/stats").expect(200).json()["uploads_open"], 0);
    chacra.post("/chacra/gc?grace_hours=0", "").expect(200);
    assert_eq!(bytes_in_key_value(&app), 5);
}

#[test]
fn a_checksum_guards_each_piece() {
    let (_, folder) = folder();
    let chacra = chacra();
    let upload = begin(&chacra, 6, &[("target", &format!("{folder}/f"))]);
    let sum = format!("sha1 {}", STANDARD.encode(sha1::Sha1::digest(b"abc")));
    patch(&chacra, &upload, 0, b"abx").header("upload-checksum", &sum).expect(460);
    assert_eq!(tus(&chacra, "HEAD", &upload).expect(200).header("upload-offset"), Some("0"));
    patch(&chacra, &upload, 0, b"abc").header("upload-checksum", &sum).expect(204);
    patch(&chacra, &upload, 3, b"def").header("upload-checksum", "md5 AAAA").expect(400);
    let sum = format!("sha256 {}", STANDARD.encode(sha2::Sha256::digest(b"def")));
    patch(&chacra, &upload, 3, b"def").header("upload-checksum", &sum).expect(204);
    assert_eq!(chacra.get(&format!("{folder}/f")).expect(200).text(), "abcdef");
}

#[test]
fn the_rules_of_uploads_hold_at_the_end() {
    let (_, folder) = folder();
    let chacra = chacra();
    let url = format!("{folder}/f");
    put(&chacra, &url, b"old");
    let upload = begin(&chacra, 3, &[("target", &url)]);
    patch(&chacra, &upload, 0, b"new")
        .refused(400, "resource already exists and \"force\" key was not used");
    tus(&chacra, "HEAD", &upload).expect(404);
    let wrong =
        begin(&chacra, 3, &[("target", &url), ("force", "1"), ("sha256", &"00".repeat(32))]);
    patch(&chacra, &wrong, 0, b"new").expect(400);
    assert_eq!(chacra.get(&url).expect(200).text(), "old");
    let forced = begin(&chacra, 3, &[("target", &url), ("force", "1")]);
    patch(&chacra, &forced, 0, b"new").expect(204);
    assert_eq!(chacra.get(&url).expect(200).text(), "new");
}

#[test]
fn what_breaks_the_protocol_is_refused() {
    let (_, folder) = folder();
    let chacra = chacra();
    let url = format!("{folder}/f");
    let upload = begin(&chacra, 3, &[("target", &url)]);
    let refused = chacra.head(&upload).expect(412);
    assert_eq!(refused.header("tus-version"), Some("1.0.0"));
    assert_eq!(refused.header("tus-resumable"), Some("1.0.0"));
    chacra.head(&upload).header("tus-resumable", "0.2").expect(412);
    patch(&chacra, &upload, 0, b"abc").header("content-type", "text/plain").expect(415);
    patch(&chacra, &upload, 0, b"abcd").expect(400);
    tus(&chacra, "PATCH", &upload).header("content-type", BYTES).body("x").expect(400);
    let none = tus(&chacra, "HEAD", "/chacra/uploads/none").expect(404);
    assert_eq!(none.header("tus-resumable"), Some("1.0.0"));
    let wrong = tus(&chacra, "PUT", "/chacra/uploads").expect(405);
    assert_eq!(wrong.header("tus-resumable"), Some("1.0.0"));
    let create = || tus(&chacra, "POST", "/chacra/uploads");
    create().header("upload-metadata", &metadata(&[("target", &url)])).expect(400);
    create().header("upload-length", "3").expect(400);
    for target in ["", "/binaries/p", "/packages/p/d/r/a/../x", "/repos/p/d/r/a/x"] {
        let create = create().header("upload-length", "3");
        create.header("upload-metadata", &metadata(&[("target", target)])).expect(400);
    }
    let huge = create().header("upload-length", "99999999999999");
    huge.header("upload-metadata", &metadata(&[("target", &url)])).expect(413);
}

#[test]
fn the_operator_says_where_clients_go_on() {
    let app = App::with(&[], &[]);
    let chacra = app.client(areas::CHACRA);
    chacra.put("/chacra/config", json!({ "base_url": "https://p.example/" })).expect(200);
    let target = metadata(&[("target", "/packages/p/d/r/a/f")]);
    let create = tus(&chacra, "POST", "/chacra/uploads").header("upload-length", "3");
    let created = create.header("upload-metadata", &target).expect(201);
    assert!(created.header("location").unwrap().starts_with("https://p.example/chacra/uploads/"));
}

#[test]
fn an_upload_that_is_taken_over_at_its_end_is_whole() {
    let app = App::with(&[], &[]);
    let chacra = app.client(areas::CHACRA);
    let content = bytes(2_300_000, 37);
    for n in 0..6 {
        let url = format!("/packages/p/d/r/a/f{n}");
        let upload = begin(&chacra, content.len(), &[("target", &url)]);
        patch(&chacra, &upload, 0, &content[..1_000_000]).expect(204);
        // Clients that lost patience send the rest again while it is being put into place.
        let statuses = race(4, |_| {
            let chacra = app.client(areas::CHACRA);
            let rest = patch(&chacra, &upload, 1_000_000, &content[1_000_000..]);
            rest.expect_any(&[204, 404, 409, 503]).status()
        });
        assert!(statuses.contains(&204), "{statuses:?}");
        assert!(chacra.get(&url).expect(200).bytes() == content);
        tus(&chacra, "HEAD", &upload).expect(404);
    }
    chacra.post("/chacra/gc?grace_hours=0", "").expect(200);
    assert_eq!(bytes_in_key_value(&app), 2_300_000);
}

#[test]
fn an_upload_that_is_given_up_while_it_arrives_leaves_nothing() {
    let app = App::with(&[], &[]);
    let content = bytes(4_300_000, 47);
    for n in 0..12 {
        let chacra = app.client(areas::CHACRA);
        let upload = begin(&chacra, content.len(), &[("target", "/packages/p/d/r/a/f")]);
        race(3, |who| {
            let chacra = app.client(areas::CHACRA);
            match who {
                0 => drop(patch(&chacra, &upload, 0, &content[..4_000_000 + n]).send()),
                // Any moment will do, so nothing is awaited.
                1 => {
                    std::thread::sleep(std::time::Duration::from_millis(5 * n as u64));
                    drop(tus(&chacra, "DELETE", &upload).send());
                }
                _ => drop(patch(&chacra, &upload, 0, &content[..2_000_000]).send()),
            }
        });
        tus(&chacra, "DELETE", &upload).expect_any(&[204, 404]);
    }
    app.client(areas::CHACRA).post("/chacra/gc?grace_hours=0", "").expect(200);
    assert_eq!(bytes_in_key_value(&app), 0);
}

#[test]
fn an_upload_that_is_given_up_leaves_nothing() {
    let app = App::with(&[], &[]);
    let chacra = app.client(areas::CHACRA);
    let upload = begin(&chacra, 3_000_000, &[("target", "/packages/p/d/r/a/f")]);
    patch(&chacra, &upload, 0, &bytes(2_000_000, 3)).expect(204);
    let stats = || chacra.get("/chacra/stats").expect(200).json();
    chacra.post("/chacra/gc?grace_hours=0", "").expect(200);
    assert_eq!(
        (stats()["uploads_open"].as_i64(), stats()["stored_bytes"].as_i64()),
        (Some(1), Some(2_000_000))
    );
    tus(&chacra, "DELETE", &upload).expect(204);
    assert_eq!(
        (stats()["uploads_open"].as_i64(), stats()["stored_bytes"].as_i64()),
        (Some(0), Some(0))
    );
    tus(&chacra, "DELETE", &upload).expect(404);
}

#[test]
fn whole_chunks_before_a_cut_count() {
    let (_, folder) = folder();
    let chacra = chacra();
    let content = bytes(3_500_000, 29);
    let upload = begin(&chacra, content.len(), &[("target", &format!("{folder}/f"))]);
    let host = chacra.base_url().replace("http://", "");
    let mut connection = chacra.connect();
    connection
        .send(format!(
            "PATCH {upload} HTTP/1.1\r\nhost: {host}\r\ntus-resumable: 1.0.0\r\n\
             upload-offset: 0\r\n\
             content-type: {BYTES}\r\ncontent-length: 3500000\r\n\r\n"
        ))
        .unwrap();
    connection.send(&content[..2_500_000]).unwrap();
    drop(connection);
    // The server may still be at it when we ask: then our PATCH takes the upload over where it is.
    for _ in 0..50 {
        let far = tus(&chacra, "HEAD", &upload).expect(200);
        let offset: usize = far.header("upload-offset").unwrap().parse().unwrap();
        if patch(&chacra, &upload, offset, &content[offset..]).expect_any(&[204, 409]).status()
            == 204
        {
            assert!(chacra.get(&format!("{folder}/f")).expect(200).bytes() == content);
            return;
        }
    }
    panic!("the upload was never at the offset that it said");
}
