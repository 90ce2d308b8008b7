//! `/binaries/`: lists of what has files, and projects.

use assay_tests::{json, unique};

use crate::{chacra, folder, post_form, put};

#[test]
fn every_level_lists_the_next_two_sorted() {
    let chacra = chacra();
    let project = unique("wick");
    let root = format!("/binaries/{project}");
    for place in [
        "v2/head/debian/bookworm/amd64",
        "main/head/rocky/9/x86_64",
        "main/head/debian/bookworm/arm64",
        "main/head/debian/bookworm/amd64",
        "main/77ab01/debian/bookworm/amd64",
    ] {
        put(&chacra, &format!("{root}/{place}/b.deb"), b"x");
        put(&chacra, &format!("{root}/{place}/a.deb"), b"x");
    }
    let list = |path: &str| chacra.get(&format!("{root}/{path}")).expect(200).json();
    assert_eq!(chacra.get("/binaries").expect(200).json()[&project], json!(["main", "v2"]));
    assert_eq!(list(""), json!({ "main": ["77ab01", "head"], "v2": ["head"] }));
    assert_eq!(list("main/"), json!({ "77ab01": ["debian"], "head": ["debian", "rocky"] }));
    assert_eq!(list("main/head/"), json!({ "debian": ["bookworm"], "rocky": ["9"] }));
    assert_eq!(list("main/head/debian/"), json!({ "bookworm": ["amd64", "arm64"] }));
    let files = json!(["a.deb", "b.deb"]);
    assert_eq!(list("main/head/debian/bookworm/"), json!({ "amd64": files, "arm64": files }));
    let text = chacra.get(&format!("{root}/main")).expect(200).text().to_owned();
    assert!(text.find("77ab01") < text.find("head"), "{text}");
}

#[test]
fn a_combination_without_files_is_not_there() {
    let (project, folder) = folder();
    let chacra = chacra();
    put(&chacra, &format!("{folder}/a"), b"x");
    for path in
        ["other", "main/b2", "main/a1/rocky", "main/a1/debian/sid", "main/a1/debian/bookworm/arm64"]
    {
        chacra.get(&format!("/binaries/{project}/{path}/")).expect(404);
    }
    chacra.get("/binaries/nobody/").expect(404);
    chacra.get(&format!("{folder}/flavors/debug/")).expect(404);
    let none = format!("/binaries/{project}/main/a1/debian/bookworm/arm64/flavors/");
    assert_eq!(chacra.get(&none).expect(200).json(), json!({}));
}

#[test]
fn the_default_flavor_wins_where_a_name_is_in_several() {
    let (_, folder) = folder();
    let chacra = chacra();
    put(&chacra, &format!("{folder}/flavors/debug/a"), b"debug");
    put(&chacra, &format!("{folder}/flavors/debug/only"), b"debug");
    put(&chacra, &format!("{folder}/a"), b"usual");
    let files = chacra.get(&folder).expect(200).json();
    assert_eq!(files["a"]["flavor"], "default");
    assert_eq!(files["only"]["flavor"], "debug");
    let flavors = chacra.get(&format!("{folder}/flavors")).expect(200).json();
    assert_eq!(flavors, json!({ "debug": ["a", "only"], "default": ["a"] }));
    assert_eq!(chacra.get(&format!("{folder}/flavors/debug/a/")).expect(200).text(), "debug");
    assert_eq!(chacra.get(&format!("{folder}/flavors/default/a")).expect(200).text(), "usual");
}

#[test]
fn a_list_of_files_can_be_narrowed() {
    let (_, folder) = folder();
    let chacra = chacra();
    for name in ["a", "b", "c"] {
        put(&chacra, &format!("{folder}/{name}"), b"x");
    }
    let names = |query: &str| {
        let files = chacra.get(&format!("{folder}/{query}")).expect(200).json();
        files.as_object().unwrap().keys().cloned().collect::<Vec<_>>()
    };
    assert_eq!(names(""), ["a", "b", "c"]);
    assert_eq!(names("?name=b"), ["b"]);
    assert_eq!(names("?after=a&limit=1"), ["b"]);
    for nothing in ["?name=nope", "?after=zzz", "?limit=0", "flavors/default?name=nope"] {
        assert!(names(nothing).is_empty(), "{nothing}");
    }
    chacra.get(&format!("{folder}/flavors/none?name=a")).expect(404);
    chacra.get(&format!("{folder}/?limit=x")).expect(400);
}

#[test]
fn a_file_object_says_everything_of_its_file() {
    let (project, folder) = folder();
    let chacra = chacra();
    put(&chacra, &format!("{folder}/a+b.deb"), b"x");
    let file = chacra.get(&folder).expect(200).json()["a+b.deb"].clone();
    for (key, value) in [
        ("name", json!("a+b.deb")),
        ("project", json!(project)),
        ("ref", json!("main")),
        ("sha1", json!("a1")),
        ("distro", json!("debian")),
        ("distro_version", json!("bookworm")),
        ("arch", json!("x86_64")),
        ("flavor", json!("default")),
        ("signed", json!(false)),
        ("size", json!(1)),
        ("built_by", json!(null)),
        ("sha256", json!(crate::sha256(b"x"))),
        ("checksum", json!(crate::sha512(b"x"))),
        ("package", json!(null)),
        (
            "path",
            json!(format!("{project}/main/a1/debian/bookworm/x86_64/flavors/default/a+b.deb")),
        ),
        ("url", json!(format!("{folder}/flavors/default/a+b.deb"))),
    ] {
        assert_eq!(file[key], value, "{key}");
    }
    let created = file["created"].as_str().unwrap();
    assert_eq!((created.len(), &created[19..20]), (26, "."), "{created}");
    assert!(file["last_changed"].as_str().unwrap().ends_with("ago"));
}

#[test]
fn a_project_is_made_and_removed() {
    let chacra = chacra();
    let project = unique("lamp");
    let url = format!("/binaries/{project}/");
    chacra.head(&url).expect(404);
    assert_eq!(chacra.post(&url, "").expect(200).json(), json!({}));
    chacra.post(&url, "").expect(200);
    assert_eq!(chacra.get(&url).expect(200).json(), json!({}));
    chacra
        .post("/binaries/", json!({ "name": project }))
        .refused(400, &format!("{project} already exists"));
    put(&chacra, &format!("{url}main/a1/d/v/a/f"), b"x");
    chacra.delete(&url).expect(400);
    chacra.delete(&format!("{url}?recursive=1")).expect(204);
    chacra.get(&url).expect(404);
    chacra.delete(&url).expect(404);
}

#[test]
fn latest_is_the_sha1_that_was_changed_last() {
    let chacra = chacra();
    let project = unique("lamp");
    let file = |sha1: &str| format!("/binaries/{project}/main/{sha1}/debian/bookworm/amd64/f");
    put(&chacra, &file("zz"), b"old");
    put(&chacra, &file("aa"), b"new");
    assert_eq!(chacra.get(&file("latest")).expect(200).text(), "new");
    chacra.put(&file("zz"), "newest").expect(200);
    assert_eq!(chacra.get(&file("latest")).expect(200).text(), "newest");
    let list = format!("/binaries/{project}/main/latest/");
    assert_eq!(chacra.get(&list).expect(200).json(), json!({ "debian": ["bookworm"] }));
    chacra.put(&file("latest"), "x").expect(400);
    chacra.get(&file("latest").replace("main", "other")).expect(404);
}

#[test]
fn latest_is_of_the_flavor_that_the_url_means() {
    let chacra = chacra();
    let project = unique("lamp");
    let arch = |sha1: &str, arch: &str| format!("/binaries/{project}/main/{sha1}/debian/12/{arch}");
    put(&chacra, &format!("{}/f", arch("a1", "amd64")), b"plain");
    put(&chacra, &format!("{}/flavors/debug/f", arch("a2", "amd64")), b"debug");
    put(&chacra, &format!("{}/f", arch("a1", "flavors")), b"odd");
    put(&chacra, &format!("{}/flavors/debug/f", arch("a3", "amd64")), b"debug 3");
    let latest = arch("latest", "amd64");
    for (url, text) in [
        (format!("{latest}/f"), "plain"),
        (format!("{latest}/flavors/default/f"), "plain"),
        (format!("{latest}/flavors/debug/f"), "debug 3"),
        (format!("{}/f", arch("latest", "flavors")), "odd"),
    ] {
        assert_eq!(chacra.get(&url).expect(200).text(), text, "{url}");
    }
    let all = chacra.get(&latest).expect(200).json();
    assert_eq!(all["f"]["sha1"], "a3", "a list of all flavors is of the newest of any");
}

#[test]
fn latest_does_not_move_with_a_removal() {
    let chacra = chacra();
    let project = unique("lamp");
    let file =
        |sha1: &str, name: &str| format!("/binaries/{project}/main/{sha1}/debian/12/amd64/{name}");
    put(&chacra, &file("a1", "f"), b"1");
    put(&chacra, &file("a1", "g"), b"1");
    put(&chacra, &file("a2", "f").replace("debian", "rocky"), b"2");
    chacra.delete(&file("a1", "g")).expect(204);
    let list = chacra.get(&format!("/binaries/{project}/main/latest/")).expect(200).json();
    assert_eq!(list, json!({ "rocky": ["12"] }));
    let list = chacra.get(&format!("/binaries/{project}/main/latest/debian")).expect(200).json();
    assert_eq!(list, json!({ "12": ["amd64"] }));
}

#[test]
fn methods_that_a_url_lacks_are_refused_with_what_it_has() {
    let (project, folder) = folder();
    let chacra = chacra();
    for url in [format!("/binaries/{project}/main/"), format!("{folder}/flavors/")] {
        let refusal =
            chacra.post(&url, "").refused(405, "POST requests to this url are not allowed");
        assert_eq!(refusal.header("allow"), Some("GET,HEAD"));
    }
    for method in ["PUT", "DELETE", "PATCH"] {
        let refusal = chacra.request(method, &folder).expect(405);
        assert_eq!(refusal.header("allow"), Some("GET,HEAD,POST"));
    }
    chacra.get("/binaries/a/b/c/d/e/f/g/h").expect(404);
}

#[test]
fn an_entry_is_made_by_json_in_a_folder() {
    let (_, folder) = folder();
    let chacra = chacra();
    chacra.post(&folder, json!({ "name": "later.deb" })).expect(200);
    chacra.post(&folder, json!({ "name": "later.deb" })).expect(400);
    chacra.head(&format!("{folder}/later.deb/")).expect(404);
    let file = chacra.get(&folder).expect(200).json()["later.deb"].clone();
    assert_eq!(
        (&file["size"], &file["checksum"], &file["path"]),
        (&json!(0), &json!(null), &json!(null))
    );
    post_form(&chacra, &folder, &[("file", Some("later.deb"), b"x")]).expect(201);
    chacra
        .post(&folder, json!({ "nam": "x" }))
        .refused(400, "no file object found in \"file\" param in POST request");
}

#[test]
fn metadata_has_no_path_and_no_other_type() {
    let (_, folder) = folder();
    let chacra = chacra();
    let url = format!("{folder}/a");
    put(&chacra, &url, b"x");
    for body in [
        json!({ "name": "a", "force": true, "path": "/etc/passwd" }),
        json!({ "name": "a", "force": true, "built_by": 7 }),
        json!(["a"]),
    ] {
        chacra.post(&url, body).expect(400);
    }
    chacra.post(&url, json!({ "force": true, "built_by": "rio", "size": 9 })).expect(200);
    let file = chacra.get(&folder).expect(200).json()["a"].clone();
    assert_eq!((&file["built_by"], &file["size"]), (&json!("rio"), &json!(1)));
}

#[test]
fn who_built_a_file_can_be_forgotten() {
    let (_, folder) = folder();
    let chacra = chacra();
    let url = format!("{folder}/f");
    put(&chacra, &url, b"x");
    let note = |body| chacra.post(&url, body).header("content-type", "application/json");
    let builder = || chacra.get(&folder).expect(200).json()["f"]["built_by"].clone();
    note(json!({ "force": true, "built_by": "rio" })).expect(200);
    note(json!({ "force": true })).expect(200);
    assert_eq!(builder(), "rio", "nothing was said of it");
    chacra.put(&url, "y").expect(200);
    assert_eq!(builder(), "rio");
    note(json!({ "force": true, "built_by": null })).expect(200);
    assert_eq!(builder(), json!(null));
}
