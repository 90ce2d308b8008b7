//! Uploads: the three ways, checks of digests, and what a refused one leaves behind.

use assay_tests::json;

use crate::{FORM, bytes, chacra, folder, form, post_form, put, sha256, sha512};

#[test]
fn a_form_at_the_url_of_a_file_is_named_by_the_url() {
    let (_, folder) = folder();
    let chacra = chacra();
    let url = format!("{folder}/real.deb/");
    let file: (&str, Option<&str>, &[u8]) = ("file", Some("other.deb"), b"one");
    post_form(&chacra, &url, &[file]).expect(201);
    post_form(&chacra, &url, &[file]).expect(400);
    let replaced =
        chacra.put(&url, form(&[("file", Some("x"), b"two")])).header("content-type", FORM);
    replaced.expect(200);
    assert_eq!(chacra.get(&url).expect(200).text(), "two");
    chacra.get(&format!("{folder}/other.deb")).expect(404);
}

#[test]
fn force_may_stand_before_or_behind_the_file_or_in_the_query() {
    let (_, folder) = folder();
    let chacra = chacra();
    let file: (&str, Option<&str>, &[u8]) = ("file", Some("a"), b"x");
    post_form(&chacra, &folder, &[file]).expect(201);
    post_form(&chacra, &folder, &[("force", None, b"1"), file]).expect(200);
    post_form(&chacra, &folder, &[file, ("force", None, b"yes")]).expect(200);
    post_form(&chacra, &format!("{folder}?force=1"), &[file]).expect(200);
    for no in ["", "0", "false", "no", "off"] {
        post_form(&chacra, &folder, &[file, ("force", None, no.as_bytes())]).expect(400);
    }
}

#[test]
fn replacing_keeps_when_it_was_created() {
    let (_, folder) = folder();
    let chacra = chacra();
    let url = format!("{folder}/a");
    put(&chacra, &url, b"one");
    let before = chacra.get(&folder).expect(200).json()["a"].clone();
    chacra.put(&url, "two").expect(200);
    let after = chacra.get(&folder).expect(200).json()["a"].clone();
    assert_eq!(after["created"], before["created"]);
    assert_ne!(after["modified"], before["modified"]);
    assert_eq!(after["checksum"], sha512(b"two"));
}

#[test]
fn an_announced_digest_must_be_right() {
    let (_, folder) = folder();
    let chacra = chacra();
    let url = format!("{folder}/a");
    let right = "sha-256=:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=:";
    for (name, value) in [
        ("content-digest", right.to_owned()),
        ("repr-digest", format!("md5=:AAAA:, {right}")),
        ("x-checksum-sha256", sha256(b"abc")),
        ("x-checksum-sha512", sha512(b"abc").to_uppercase()),
    ] {
        chacra.put(&url, "abc").header(name, &value).expect_any(&[200, 201]);
        let refusal = chacra.put(&url, "abd").header(name, &value).expect(400);
        assert!(refusal.message().starts_with(name), "{}", refusal.message());
        chacra.put(&url, "abc").header(name, "nonsense").expect(400);
        assert_eq!(chacra.get(&url).expect(200).text(), "abc");
    }
}

#[test]
fn known_bytes_need_not_be_sent() {
    let (_, folder) = folder();
    let chacra = chacra();
    let content = bytes(1_200_000, 11);
    let deploy = |digest: &str| {
        let put = chacra.put(&format!("{folder}/b"), "");
        put.header("x-checksum-deploy", "true").header("x-checksum-sha256", digest)
    };
    deploy(&sha256(&content)).expect(404);
    put(&chacra, &format!("{folder}/a"), &content);
    deploy(&sha256(&content)).expect(201);
    deploy(&sha256(&content)).expect(200);
    assert!(chacra.get(&format!("{folder}/b")).expect(200).bytes() == content);
    let body = chacra.put(&format!("{folder}/c"), "other").header("x-checksum-deploy", "true");
    body.header("x-checksum-sha256", &sha256(&content)).expect(400);
    chacra.get(&format!("{folder}/c")).expect(404);
}

#[test]
fn a_file_made_of_known_bytes_leaves_their_digests_alone() {
    let app = assay_tests::App::with(&[], &[]);
    let chacra = app.client(assay_tests::areas::CHACRA);
    put(&chacra, "/packages/p/d/r/a/one", b"abc");
    let digests = || {
        let all = "SELECT sha256 || ' ' || sha512 || ' ' || sha1 || ' ' || md5 FROM chacra_blobs";
        crate::sql(&app, "sqlite_db.db", all)
    };
    let before = digests();
    let deploy = chacra.put("/packages/p/d/r/a/two", "").header("x-checksum-deploy", "true");
    deploy.header("x-checksum-sha256", &sha256(b"abc")).expect(201);
    assert_eq!(before.split(' ').count(), 4, "{before}");
    assert_eq!(digests(), before);
}

#[test]
fn a_body_in_chunks_without_a_length_is_taken() {
    let (_, folder) = folder();
    let chacra = chacra();
    let mut connection = chacra.connect();
    let host = chacra.base_url().replace("http://", "");
    let head =
        format!("PUT {folder}/a HTTP/1.1\r\nhost: {host}\r\ntransfer-encoding: chunked\r\n\r\n");
    connection.send(format!("{head}3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")).unwrap();
    assert_eq!(connection.read().unwrap().status, 201);
    assert_eq!(chacra.get(&format!("{folder}/a")).expect(200).text(), "abcde");
}

#[test]
fn the_same_bytes_are_stored_once() {
    let app = assay_tests::App::with(&[], &[]);
    let chacra = app.client(assay_tests::areas::CHACRA);
    let content = bytes(2_100_000, 13);
    for name in ["a", "b", "c"] {
        put(&chacra, &format!("/packages/p/d/r/a/{name}"), &content);
    }
    let stats = chacra.get("/chacra/stats").expect(200).json();
    assert_eq!(
        stats,
        json!({ "projects": 1, "binaries": 3, "repos": 1, "blobs": 1, "stored_bytes": 2_100_000,
                "logical_bytes": 6_300_000, "uploads_open": 0 })
    );
    chacra.delete("/packages/p/d/r/a/a").expect(204);
    chacra.post("/chacra/gc?grace_hours=0", "").expect(200);
    assert!(chacra.get("/packages/p/d/r/a/b").expect(200).bytes() == content);
}

#[test]
fn a_connection_that_is_cut_leaves_nothing_visible() {
    let app = assay_tests::App::with(&[], &[]);
    let chacra = app.client(assay_tests::areas::CHACRA);
    put(&chacra, "/packages/p/d/r/a/old", b"old");
    let host = chacra.base_url().replace("http://", "");
    for name in ["new", "old"] {
        let mut connection = chacra.connect();
        let head = format!(
            "PUT /packages/p/d/r/a/{name} HTTP/1.1\r\nhost: {host}\r\n\
             content-length: 9000000\r\n\r\n"
        );
        connection.send(head).unwrap();
        connection.send(bytes(3_000_000, 17)).unwrap();
        drop(connection);
    }
    chacra.get("/packages/p/d/r/a/new").expect(404);
    assert_eq!(chacra.get("/packages/p/d/r/a/old").expect(200).text(), "old");
}
