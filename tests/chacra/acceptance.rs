//! The acceptance examples of the contract, by their numbers, on a store of their own.

use assay_tests::{App, Client, Value, areas, json, race};
use base64::Engine as _;

use crate::{FORM, bytes, form, post_form, sha256, sha512};

const F: &str = "/packages/glim/debian/bookworm/amd64/f.deb";
const FOLDER: &str = "/binaries/glim/main/a1/debian/bookworm/x86_64/";

fn content() -> Vec<u8> {
    bytes(740, 7)
}

/// A store with the project of example 2 and the file of example 7.
fn store() -> (App, Client) {
    let app = App::with(&[], &[]);
    let chacra = app.client(areas::CHACRA);
    chacra.post("/packages/", json!({ "name": "glim" })).expect(200);
    chacra.put(F, content()).expect(201);
    (app, chacra)
}

#[test]
fn examples_1_to_6_creation() {
    let app = App::with(&[], &[]);
    let chacra = app.client(areas::CHACRA);
    assert_eq!(chacra.get("/packages/").expect(200).json(), json!({}));
    let created = chacra.post("/packages/", json!({ "name": "glim" })).expect(200);
    assert_eq!(created.json(), json!({}));
    chacra.post("/packages/", json!({ "name": "glim" })).refused(400, "glim already exists");
    let age = chacra.get("/packages/").expect(200).json()["glim"]["last_updated"].clone();
    assert!([json!("0 seconds ago"), json!("1 second ago")].contains(&age), "{age}");
    chacra
        .post("/packages/", json!({ "nam": "x" }))
        .refused(400, "could not find required key: 'name'");
    chacra.post("/packages/", "{\"name\":").refused(400, "could not decode JSON body");
    chacra.post("/packages/oil/debian/12/", json!({ "name": "amd64" })).expect(200);
    assert!(chacra.get("/packages/oil/").expect(200).json()["debian"].is_object());
    assert_eq!(chacra.get("/packages/oil/debian/12/amd64/").expect(200).json(), json!({}));
    let entry = "/packages/oil/rocky/9/x86_64/oil-1-1.x86_64.rpm";
    chacra.post(entry, json!({ "name": "oil-1-1.x86_64.rpm" })).expect(200);
    let listed = chacra.get("/packages/oil/rocky/9/x86_64/").expect(200).json();
    assert_eq!(listed["oil-1-1.x86_64.rpm"]["size"], "0B");
    assert_eq!(listed["oil-1-1.x86_64.rpm"]["signed"], false);
    chacra.get(entry).expect(404);
    chacra.head(entry).expect(404);
}

#[test]
fn examples_7_to_10_one_file_in_two_trees() {
    let (_app, chacra) = store();
    let listed = chacra.get("/packages/glim/debian/bookworm/amd64/").expect(200).json();
    assert_eq!(listed["f.deb"]["size"], "740B");
    assert_eq!(chacra.put(F, content()).expect(200).json(), json!({}));
    let long = "/packages/glim/distributions/debian/releases/bookworm/archs/amd64/f.deb";
    let answer = chacra.get(long).expect(200);
    assert_eq!(answer.bytes(), content());
    let head = chacra.head(long).expect(200);
    for name in ["content-length", "etag", "last-modified", "repr-digest", "accept-ranges"] {
        assert_eq!(head.header(name), answer.header(name), "{name}");
    }
    chacra.post("/packages/glim/", json!({ "name": "distributions" })).expect(400);
    let listed =
        chacra.get("/binaries/glim/default/head/debian/bookworm/amd64/").expect(200).json();
    assert_eq!(listed["f.deb"]["size"], 740);
    assert_eq!(listed["f.deb"]["checksum"], sha512(&content()));
}

#[test]
fn examples_11_to_14_uploads_by_form() {
    let (_app, chacra) = store();
    let file: (&str, Option<&str>, &[u8]) = ("file", Some("f.deb"), &content());
    assert_eq!(post_form(&chacra, FOLDER, &[file]).expect(201).json(), json!({}));
    let refusal = "resource already exists and \"force\" key was not used";
    post_form(&chacra, FOLDER, &[file]).refused(400, refusal);
    post_form(&chacra, FOLDER, &[file, ("force", None, b"1")]).expect(200);
    post_form(&chacra, FOLDER, &[("other", Some("f.deb"), b"x")])
        .refused(400, "no file object found in \"file\" param in POST request");
    chacra
        .post("/binaries/glim/main/", "")
        .refused(405, "POST requests to this url are not allowed");
}

#[test]
fn examples_15_to_18_parts_conditions_and_metadata() {
    let (_app, chacra) = store();
    let part = |range: &str| chacra.get(F).header("range", range).expect(206);
    assert_eq!(part("bytes=1-2").bytes(), &content()[1..3]);
    assert_eq!(part("bytes=1-2").header("content-range"), Some("bytes 1-2/740"));
    assert_eq!(part("bytes=-5").bytes(), &content()[735..]);
    let behind = chacra.get(F).header("range", "bytes=740-").expect(416);
    assert_eq!(behind.header("content-range"), Some("bytes */740"));
    let tag = format!("\"{}\"", sha256(&content()));
    chacra.get(F).header("if-none-match", &tag).expect(304);
    chacra.put(F, "other").header("x-checksum-sha256", &"00".repeat(32)).expect(400);
    assert_eq!(chacra.get(F).expect(200).bytes(), content());

    let url = format!("{FOLDER}f.deb/");
    crate::put(&chacra, &url, &content());
    chacra
        .post(&url, json!({ "name": "f.deb" }))
        .refused(400, "file already exists and \"force\" flag was not used");
    let change = json!({ "name": "f.deb", "force": true, "built-by": "rio" });
    chacra.post(&url, change).expect(200);
    assert_eq!(chacra.get(FOLDER).expect(200).json()["f.deb"]["built_by"], "rio");
}

#[test]
fn example_19_search() {
    let (_app, chacra) = store();
    post_form(&chacra, FOLDER, &[("file", Some("f.deb"), &content())]).expect(201);
    let found = |query: &str| chacra.get(&format!("/search/{query}")).expect(200).json();
    assert_eq!(found(""), json!({}));
    assert_eq!(found("?name=f.deb").as_array().map(Vec::len), Some(2));
    assert_eq!(found("?name-has=.de&ref=main").as_array().map(Vec::len), Some(1));
    chacra.get("/search/?nam=f").refused(400, "invalid query params: nam");
}

#[test]
fn examples_27_and_28_the_last_file_takes_all_with_it() {
    let (_app, chacra) = store();
    chacra.delete(&format!("{F}/")).expect(204);
    chacra.get("/binaries/glim/").expect(404);
    assert_eq!(chacra.get("/packages/").expect(200).json(), json!({}));
}

#[test]
fn examples_29_to_31_what_is_not_right() {
    let (_app, chacra) = store();
    post_form(&chacra, FOLDER, &[("file", Some("junk.rpm"), b"junk")]).expect(201);
    assert_eq!(chacra.get(&format!("{FOLDER}junk.rpm")).expect(200).text(), "junk");
    let before = chacra.get("/binaries/").expect(200).json();
    post_form(&chacra, FOLDER, &[("file", Some("../x"), b"x")]).expect(400);
    post_form(&chacra, "/binaries/--force/", &[("file", Some("f.deb"), b"x")]).expect(400);
    assert_eq!(chacra.get("/binaries/").expect(200).json(), before);
}

#[test]
fn example_34_a_copy_stores_nothing() {
    let (_app, chacra) = store();
    post_form(&chacra, FOLDER, &[("file", Some("f.deb"), &content())]).expect(201);
    let stored = |chacra: &Client| -> Value {
        chacra.get("/chacra/stats").expect(200).json()["stored_bytes"].clone()
    };
    let before = stored(&chacra);
    let (from, to) =
        ("/binaries/glim/main/a1/debian/bookworm/", "/binaries/glim/v1/head/debian/bookworm/");
    let copy = json!({ "from": from, "to": to });
    assert_eq!(
        chacra.post("/chacra/copy", copy.clone()).expect(200).json(),
        json!({ "copied": 1 })
    );
    assert_eq!(stored(&chacra), before);
    assert_eq!(chacra.get(&format!("{to}x86_64/f.deb")).expect(200).bytes(), content());
    chacra.post("/chacra/copy", copy).expect(400);
}

#[test]
fn examples_12_and_32_who_may_write_and_how_often() {
    let app = App::with(&[("chacra_key", "secret")], &[]);
    let anyone = app.client(areas::CHACRA);
    let refused = post_form(&anyone, FOLDER, &[("file", Some("f.deb"), b"x")]).expect(401);
    let realm = refused.header("www-authenticate");
    assert_eq!(realm, Some("Basic realm=\"Chacra :: Binary API\""));
    anyone.get("/binaries/").expect(200);
    let statuses = race(12, |_| {
        // admin:secret
        let writer = app.client(areas::CHACRA);
        let writer = writer.with_header("authorization", "Basic YWRtaW46c2VjcmV0");
        post_form(&writer, FOLDER, &[("file", Some("f.deb"), &content())]).send().status()
    });
    let count = |wanted| statuses.iter().filter(|status| **status == wanted).count();
    assert_eq!((count(201), count(400)), (1, 11), "{statuses:?}");
}

#[test]
fn example_35_an_upload_in_two_pieces() {
    let app = App::with(&[], &[]);
    let chacra = app.client(areas::CHACRA);
    let target = base64::prelude::BASE64_STANDARD.encode(F);
    let tus = |method, url: &str| chacra.request(method, url).header("tus-resumable", "1.0.0");
    let create = tus("POST", "/chacra/uploads").header("upload-length", "740");
    let created = create.header("upload-metadata", &format!("target {target}")).expect(201);
    let url = created.header("location").unwrap().strip_prefix(&chacra.base_url()).unwrap();
    let patch = |offset: &str, piece: &[u8]| {
        let patch = tus("PATCH", url).header("content-type", "application/offset+octet-stream");
        patch.header("upload-offset", offset).body(piece).expect(204)
    };
    patch("0", &content()[..400]);
    assert_eq!(tus("HEAD", url).expect(200).header("upload-offset"), Some("400"));
    assert_eq!(chacra.get("/packages/").expect(200).json(), json!({}));
    patch("400", &content()[400..]);
    assert_eq!(chacra.get(F).expect(200).bytes(), content());
}

#[test]
fn a_form_in_the_wrong_place_says_what_a_url_looks_like() {
    let (_app, chacra) = store();
    let body = form(&[("file", Some("f.deb"), b"x")]);
    let refusal = chacra.post("/binaries/glim/main", body).header("content-type", FORM).expect(400);
    assert!(refusal.message().contains("{distro_version}/{arch}"), "{}", refusal.message());
}
