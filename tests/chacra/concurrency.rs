//! Writers that meet: exactly one of each wins, and nothing is lost or doubled.

use assay_tests::{App, areas, json, race, unique};

use crate::{FORM, bytes, bytes_in_key_value, chacra, folder, form, put, sha256};

#[test]
fn of_many_creations_of_one_name_exactly_one_succeeds() {
    let package = unique("lantern");
    let url = format!("/packages/{package}/debian/12/");
    let statuses = race(12, |_| chacra().post(&url, json!({ "name": "amd64" })).send().status());
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [200, 400].contains(status)));
}

#[test]
fn of_many_uploads_of_one_new_file_exactly_one_succeeds() {
    let (_, folder) = folder();
    let statuses = race(12, |n| {
        let body = form(&[("file", Some("f.deb"), &bytes(700_000, n as u32 + 1))]);
        chacra().post(&folder, body).header("content-type", FORM).send().status()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 400).count(), 11);
    let chacra = chacra();
    let listed = chacra.get(&folder).expect(200).json()["f.deb"]["sha256"].clone();
    let content = chacra.get(&format!("{folder}/f.deb")).expect(200);
    assert_eq!(listed, sha256(content.bytes()));
}

#[test]
fn parallel_uploads_into_a_new_project_make_one_project_and_one_repository() {
    let app = App::with(&[], &[]);
    let client = app.client(areas::CHACRA);
    race(20, |n| {
        client.put(&format!("/packages/new/d/r/a/{n}"), format!("file {n}")).expect(201);
    });
    let stats = client.get("/chacra/stats").expect(200).json();
    assert_eq!(
        (&stats["projects"], &stats["repos"], &stats["binaries"]),
        (&json!(1), &json!(1), &json!(20))
    );
}

#[test]
fn as_many_large_uploads_as_an_instance_takes_fit_into_64_megabytes() {
    let app = App::with(&[], &["--instance-memory", "64"]);
    let client = app.client(areas::CHACRA);
    race(16, |n| {
        let content = bytes(5_000_000, n as u32);
        let url = format!("/packages/new/d/r/a/{n}");
        client.put(&url, content.clone()).expect(201);
        assert!(client.get(&url).expect(200).bytes() == content, "file {n}");
    });
}

#[test]
fn readers_of_a_file_that_is_replaced_get_one_whole_version() {
    let (_, folder) = folder();
    let url = format!("{folder}/f");
    let versions: Vec<Vec<u8>> = (1..4).map(|seed| bytes(1_500_000, seed)).collect();
    put(&chacra(), &url, &versions[0]);
    race(9, |n| {
        let chacra = chacra();
        if n < 3 {
            chacra.put(&url, versions[n].clone()).expect(200);
            return;
        }
        for _ in 0..3 {
            let answer = chacra.get(&url).expect(200);
            let tag = format!("\"{}\"", sha256(answer.bytes()));
            assert_eq!(answer.header("etag"), Some(tag.as_str()));
            assert!(versions.iter().any(|version| version == answer.bytes()));
        }
    });
}

#[test]
fn a_file_that_arrives_while_the_last_one_goes_survives() {
    let chacra = chacra();
    for _ in 0..5 {
        let package = unique("lantern");
        let url = |name: &str| format!("/packages/{package}/d/r/a/{name}");
        put(&chacra, &url("old"), b"old");
        race(2, |n| match n {
            0 => chacra.delete(&url("old")).expect(204),
            _ => chacra.put(&url("new"), "new").expect(201),
        });
        assert_eq!(chacra.get(&url("new")).expect(200).text(), "new");
        let files = chacra.get(&format!("/packages/{package}/d/r/a/")).expect(200).json();
        assert_eq!(files.as_object().unwrap().len(), 1);
    }
}

#[test]
fn a_sweep_beside_an_upload_of_the_same_content_keeps_it() {
    let app = App::with(&[], &[]);
    let client = app.client(areas::CHACRA);
    let content = bytes(400_000, 21);
    for _ in 0..5 {
        client.put("/packages/p/d/r/a/f", content.clone()).expect_any(&[200, 201]);
        client.delete("/packages/p/d/r/a/f").expect(204);
        let statuses = race(2, |n| match n {
            // A sweep without grace may take the chunks of an upload that is under way.
            0 => client
                .put("/packages/p/d/r/a/f", content.clone())
                .expect_any(&[200, 201, 503])
                .status(),
            _ => client.post("/chacra/gc?grace_hours=0", "").expect(200).status(),
        });
        if statuses[0] != 503 {
            assert!(client.get("/packages/p/d/r/a/f").expect(200).bytes() == content);
        }
    }
    client.delete("/packages/p/d/r/a/f").expect_any(&[204, 404]);
    client.post("/chacra/gc?grace_hours=0", "").expect(200);
    assert_eq!(bytes_in_key_value(&app), 0);
}
