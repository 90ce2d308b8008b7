//! `/packages/`: the specification's tree.

use std::time::{SystemTime, UNIX_EPOCH};

use assay_tests::{App, areas, json, unique};

use crate::{bytes, chacra, put};

#[test]
fn each_level_is_listed_with_its_age() {
    let chacra = chacra();
    let package = unique("lantern");
    put(&chacra, &format!("/packages/{package}/debian/12/amd64/a"), b"x");
    for url in
        ["/packages", &format!("/packages/{package}"), &format!("/packages/{package}/debian/12/")]
    {
        let levels = chacra.get(url).expect(200).json();
        for (name, level) in levels.as_object().unwrap() {
            let age = level["last_updated"].as_str().unwrap();
            assert!(age.ends_with(" ago"), "{name}: {age}");
        }
    }
    chacra.get(&format!("/packages/{package}/debian/13/")).expect(404);
    chacra.get("/packages/nobody/").expect(404);
}

#[test]
fn an_entry_is_made_alike_at_its_folder_and_at_its_url() {
    let chacra = chacra();
    let package = unique("lantern");
    for folder in
        [format!("/packages/{package}/d/r/a"), format!("/binaries/{package}/main/a1/d/r/a")]
    {
        let built_by = |who: &str| json!({ "name": "f", "built_by": who, "force": true });
        chacra.post(&folder, json!({ "name": "f", "path": "/etc/passwd" })).expect(400);
        chacra.post(&folder, json!({ "name": "f", "built_by": 7 })).expect(400);
        chacra.get(&folder).expect(404);
        assert_eq!(chacra.post(&folder, json!({ "name": "f" })).expect(200).json(), json!({}));
        let refused = chacra.post(&folder, json!({ "name": "f" })).expect(400).message();
        let specification = folder.starts_with("/packages");
        let told = if specification { "f already exists" } else { FLAG };
        assert_eq!(refused, told);
        chacra.post(&folder, built_by("rio")).expect(200);
        assert_eq!(chacra.get(&folder).expect(200).json()["f"]["built_by"], "rio");
        chacra.post(&format!("{folder}/f"), built_by("ana")).expect(200);
        assert_eq!(chacra.get(&folder).expect(200).json()["f"]["built_by"], "ana");
        chacra.get(&format!("{folder}/f")).expect(404);
        put(&chacra, &format!("{folder}/f"), b"an entry that is filled is new");
    }
}

const FLAG: &str = "file already exists and \"force\" flag was not used";

#[test]
fn ages_are_what_people_read() {
    let app = App::with(&[], &[]);
    let chacra = app.client(areas::CHACRA);
    put(&chacra, "/packages/p/d/r/a/f", b"x");
    for (seconds, age) in [
        (0, "0 seconds ago"),
        (62, "1 minute, 2 seconds ago"),
        (3605, "1 hour, 5 seconds ago"),
        (86_400 * 412 + 185, "412 days, 3 minutes, 5 seconds ago"),
        (86_400 + 3600 + 61, "1 day, 1 hour, 1 minute, 1 second ago"),
        (86_400 * 3, "3 days ago"),
    ] {
        let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros();
        let then = now() - seconds * 1_000_000;
        crate::sql(&app, "sqlite_db.db", &format!("UPDATE chacra_levels SET modified = {then}"));
        let listed = chacra.get("/packages/p/d/r").expect(200).json()["a"]["last_updated"].clone();
        // On a slow machine more time may have passed.
        assert!(listed == age || now() - then >= (seconds + 1) * 1_000_000, "{listed}, not {age}");
    }
}

#[test]
fn a_level_made_by_hand_stays_and_one_that_lost_its_last_file_goes() {
    let chacra = chacra();
    let package = unique("lantern");
    let url = |rest: &str| format!("/packages/{package}/{rest}");
    chacra.post(&url("debian/12/"), json!({ "name": "arm64" })).expect(200);
    put(&chacra, &url("debian/12/amd64/a"), b"x");
    put(&chacra, &url("debian/13/amd64/a"), b"x");
    put(&chacra, &url("rocky/9/x86_64/a"), b"x");
    chacra.delete(&url("debian/12/amd64/a")).expect(204);
    chacra.delete(&url("debian/13/amd64/a")).expect(204);
    chacra.get(&url("debian/12/amd64/")).expect(404);
    assert_eq!(chacra.get(&url("debian/12/arm64/")).expect(200).json(), json!({}));
    let levels = chacra.get(&url("debian/")).expect(200).json();
    assert_eq!(levels.as_object().unwrap().keys().collect::<Vec<_>>(), ["12"]);
    chacra.delete(&url("rocky/9/x86_64/a")).expect(204);
    chacra.get(&url("")).expect(404);
}

#[test]
fn sizes_are_what_people_read() {
    let chacra = chacra();
    let folder = format!("/packages/{}/d/r/a", unique("sizes"));
    for (name, size) in [
        ("999", 999),
        ("1024", 1024),
        ("1536", 1536),
        ("1048575", 1_048_575),
        ("12897485", 12_897_485),
    ] {
        put(&chacra, &format!("{folder}/{name}"), &vec![7; size]);
    }
    let files = chacra.get(&folder).expect(200).json();
    for (name, human) in
        [("999", "999B"), ("1024", "1K"), ("1536", "1.5K"), ("1048575", "1M"), ("12897485", "12M")]
    {
        assert_eq!(files[name]["size"], human);
        assert_eq!(files[name]["bytes"].to_string(), name);
    }
}

#[test]
fn a_slice_is_another_tree_of_the_same_package() {
    let chacra = chacra();
    let package = unique("lantern");
    let url = format!("/packages/{package}/debian/12/amd64/a");
    put(&chacra, &url, b"usual");
    let location = chacra.put(&format!("{url}?ref=main&sha1=a1&flavor=debug"), "other").expect(201);
    let location = location.header("location").unwrap().to_owned();
    assert_eq!(chacra.get(&location).expect(200).text(), "other");
    assert_eq!(chacra.get(&url).expect(200).text(), "usual");
    let folder = format!("/packages/{package}/debian/12/amd64?flavor=debug&ref=main&sha1=a1");
    let listed = chacra.get(&folder).expect(200).json()["a"]["url"].clone();
    assert_eq!(listed, location);
    let twin = format!("/binaries/{package}/main/a1/debian/12/amd64/flavors/debug/a");
    assert_eq!(chacra.get(&twin).expect(200).text(), "other");
    chacra.delete(&twin).expect(204);
    chacra.get(&location).expect(404);
    assert!(
        chacra
            .get(&format!("/packages/{package}/?ref=main"))
            .expect(200)
            .json()
            .get("debian")
            .is_none()
    );
}

#[test]
fn a_wrong_word_in_the_long_form_names_nothing() {
    let chacra = chacra();
    let package = unique("lantern");
    put(&chacra, &format!("/packages/{package}/d/r/a/f"), b"x");
    let url = |rest: &str| format!("/packages/{package}/distributions/{rest}");
    chacra.get(&url("d/releases/r/archs/a/f")).expect(200);
    for rest in ["d/versions/r/archs/a", "d/releases/r/arch/a", "d/releases/r/archs/a/f/g"] {
        chacra.get(&url(rest)).expect(404);
    }
    for rest in ["", "d/releases", "d/releases/r/archs/"] {
        chacra.get(&url(rest)).expect(200);
    }
}

#[test]
fn an_upload_says_where_the_file_is() {
    let chacra = chacra();
    let url = format!("/packages/{}/d/r/a/f", unique("lantern"));
    let content = bytes(10, 1);
    let answer = chacra.put(&url, content.clone()).expect(201);
    assert_eq!(answer.header("location"), Some(url.as_str()));
    assert_eq!(answer.header("etag"), Some(format!("\"{}\"", crate::sha256(&content)).as_str()));
    assert!(answer.header("repr-digest").unwrap().starts_with("sha-256=:"));
    chacra
        .post(&url, content)
        .header("content-type", "application/octet-stream")
        .refused(400, "f already exists");
}
