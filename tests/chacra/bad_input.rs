//! The contract's table of bad input: each row is refused, and nothing comes of it.

use assay_tests::{json, segment, unique};

use crate::{FORM, chacra, folder, form, post_form, put};

#[test]
fn names_that_are_none_create_nothing_not_even_parents() {
    let chacra = chacra();
    let package = unique("lantern");
    let long = "x".repeat(256);
    for name in [
        json!(7),
        json!(""),
        json!(null),
        json!(long),
        json!("a/b"),
        json!(".."),
        json!("."),
        json!("a\u{0}"),
        json!("a\\b"),
    ] {
        chacra
            .post(&format!("/packages/{package}/debian/12/"), json!({ "name": name }))
            .expect(400);
        chacra
            .post(&format!("/packages/{package}/debian/12/amd64"), json!({ "name": name }))
            .expect(400);
        chacra.post("/packages", json!({ "name": name })).expect(400);
        chacra.post("/binaries", json!({ "name": name })).expect(400);
    }
    for body in ["", "[]", "7", "\"x\"", "{"] {
        chacra.post(&format!("/packages/{package}/debian/"), body).expect(400);
    }
    chacra.get(&format!("/packages/{package}/")).expect(404);
}

#[test]
fn large_and_deep_bodies_are_refused() {
    let chacra = chacra();
    let large = json!({ "name": "x".repeat(1 << 20) });
    chacra.post("/packages", large).expect(413);
    let deep = format!("{{\"name\": \"x\", \"y\": {}{}}}", "[".repeat(40), "]".repeat(40));
    chacra.post("/packages", deep).expect(400);
}

#[test]
fn a_name_at_the_url_of_a_file_is_that_of_the_url() {
    let chacra = chacra();
    let package = unique("lantern");
    let url = format!("/packages/{package}/d/r/a/f");
    chacra.post(&url, json!({ "name": "g" })).expect(400);
    chacra.post(&url, json!({ "name": "f", "path": "/etc/passwd" })).expect(400);
    chacra.get(&format!("/packages/{package}/")).expect(404);
    chacra.post(&url, json!({ "name": "f" })).expect(200);
    chacra.post(&url, json!({ "name": "f" })).refused(400, "f already exists");
    chacra.post(&url, json!({ "name": "f", "built-by": "rio", "force": true })).expect(200);
}

#[test]
fn forms_that_break_the_rules_store_nothing() {
    let (project, folder) = folder();
    let chacra = chacra();
    let post = |body: Vec<u8>, kind: &str| chacra.post(&folder, body).header("content-type", kind);
    let whole = form(&[("file", Some("a"), b"abc")]);
    post(whole.clone(), "multipart/form-data").expect(400);
    post(whole[..whole.len() - 10].to_vec(), FORM).expect(400);
    let twice: &[(&str, Option<&str>, &[u8])] =
        &[("file", Some("a"), b"1"), ("file", Some("b"), b"2")];
    post(form(twice), FORM).expect(400);
    post(form(&[("file", None, b"no name")]), FORM).expect(400);
    let field: (&str, Option<&str>, &[u8]) = ("x", None, b"");
    post(form(&vec![field; 1000]), FORM).expect(400);
    let header = format!("--frontier\r\nX-Long: {}\r\n\r\n", "y".repeat(20_000));
    post([header.into_bytes(), whole].concat(), FORM).expect(400);
    chacra.get(&format!("/binaries/{project}/")).expect(404);
}

#[test]
fn a_field_that_is_too_large_is_named() {
    let (_, folder) = folder();
    let chacra = chacra();
    let file: (&str, Option<&str>, &[u8]) = ("file", Some("f"), b"x");
    let large = vec![b'x'; 65_537];
    for field in [("note", None, large.as_slice()), ("other", Some("g"), large.as_slice())] {
        let refusal = post_form(&chacra, &folder, &[file, field]).expect(413);
        let named = format!("the field '{}' of the form is larger than 65536 bytes", field.0);
        assert_eq!(refusal.message(), named);
        chacra.get(&folder).expect(404);
    }
    post_form(&chacra, &folder, &[file, ("note", None, &large[1..])]).expect(201);
}

#[test]
fn file_names_that_lead_elsewhere_are_refused() {
    let (project, folder) = folder();
    let chacra = chacra();
    for name in ["../../x", "/etc/x", "a\\b", ".", "..", "", "flavors", &"x".repeat(256)] {
        post_form(&chacra, &folder, &[("file", Some(name), b"x")]).expect(400);
    }
    chacra.get(&format!("/binaries/{project}/")).expect(404);
    for name in ["Release", "repodata"] {
        post_form(&chacra, &folder, &[("file", Some(name), b"x")]).expect(201);
    }
}

#[test]
fn parts_that_are_none_are_404_on_reads_and_400_on_writes() {
    let chacra = chacra();
    let long = "x".repeat(256);
    for part in ["a%2Fb", "a%00", "%FF", "%5C", "%0A", long.as_str()] {
        for url in [format!("/binaries/p/r/s/d/v/a/{part}"), format!("/packages/p/d/{part}/a/f")] {
            chacra.get(&url).expect(404);
            chacra.head(&url).expect(404);
            chacra.put(&url, "x").expect(400);
            chacra.delete(&url).expect(400);
        }
    }
}

#[test]
fn a_plus_is_a_plus() {
    let (_, folder) = folder();
    let chacra = chacra();
    put(&chacra, &format!("{folder}/a+b"), b"x");
    chacra.get(&format!("{folder}/a%2Bb")).expect(200);
    chacra.get(&format!("{folder}/a%20b")).expect(404);
    put(&chacra, &format!("{folder}/{}", segment("ü ✓")), b"x");
    assert!(chacra.get(&folder).expect(200).json()["ü ✓"].is_object());
}

#[test]
fn a_plus_in_a_query_is_a_plus() {
    let chacra = chacra();
    let project = unique("lib++");
    let url = format!("/packages/{project}/d/r/a/f+g");
    put(&chacra, &format!("{url}?ref=c%2B%2B&flavor=a%20b"), b"x");
    let slice = "?ref=c++&sha1=head&flavor=a%20b";
    assert_eq!(chacra.get(&format!("{url}{slice}")).expect(200).text(), "x");
    assert_eq!(chacra.get("/binaries").expect(200).json()[&project], json!(["c++"]));
    let list = format!("/packages/{project}/d/r/a{slice}");
    let told = chacra.get(&list).expect(200).json()["f+g"]["url"].clone();
    assert_eq!(chacra.get(told.as_str().unwrap()).expect(200).text(), "x", "{told}");
    let search = |query: &str| chacra.get(&format!("/search/?{query}")).expect(200);
    let found = search(&format!("name=f+g&project={project}")).json();
    assert_eq!(found.as_array().unwrap().len(), 1);
    put(&chacra, &format!("{url}?ref=c%2B%2B&flavor=a%20b&sha1=two"), b"x");
    let page = search(&format!("flavor=a%20b&project={project}&limit=1"));
    let rest = chacra.get(&page.link("next").unwrap()).expect(200).json();
    assert_eq!(rest.as_array().unwrap().len(), 1, "the next page keeps the space");
    let to = format!("/packages/{project}/d/r/a/f+g?ref=v+1");
    chacra.post("/chacra/copy", json!({ "from": told, "to": to })).expect(200);
    assert_eq!(chacra.get("/binaries").expect(200).json()[&project], json!(["c++", "v+1"]));
}

#[test]
fn words_of_urls_are_refused_as_names_however_they_come() {
    let chacra = chacra();
    let project = unique("lantern");
    let real = format!("/packages/{project}/d/r/a/f");
    put(&chacra, &real, b"x");
    for url in [
        format!("/binaries/{project}/main/a1/distributions/12/amd64"),
        format!("/packages/{project}/d/r/a/f?sha1=latest").replace("/f?", "?"),
    ] {
        let file = url.replacen("/a?", "/a/f?", 1);
        let file = if file == url { format!("{url}/f") } else { file };
        chacra.put(&file, "x").expect(400);
        chacra
            .put(&file, "")
            .header("x-checksum-deploy", "1")
            .header("x-checksum-sha256", &crate::sha256(b"x"))
            .expect(400);
        chacra.post(&file, json!({ "name": "f" })).expect(400);
        chacra.post(&url, json!({ "name": "f" })).expect(400);
        post_form(&chacra, &url, &[("file", Some("f"), b"x")]).expect(400);
        chacra.get(&file).expect(404);
    }
    let to = format!("/binaries/{project}/main/a1/distributions/12/amd64/f");
    chacra.post("/chacra/copy", json!({ "from": real, "to": to })).expect(400);
    let to = format!("/binaries/{project}/main/latest/");
    let from = format!("/binaries/{project}/default/head/");
    chacra.post("/chacra/copy", json!({ "from": from, "to": to })).expect(400);
    assert_eq!(chacra.get("/binaries/").expect(200).json()[&project], json!(["default"]));
}

#[test]
fn a_word_of_urls_is_refused_above_a_level_too() {
    let chacra = chacra();
    let package = unique("aux");
    let url = format!("/packages/{package}/%64istributions");
    chacra.post(&url, json!({ "name": "12" })).expect(400);
    chacra.post(&format!("{url}/12"), json!({ "name": "amd64" })).expect(400);
    chacra.get(&format!("/packages/{package}")).expect(404);
}

#[test]
fn who_built_a_file_is_a_short_text() {
    let (_, folder) = folder();
    let chacra = chacra();
    let entry = |key: &str, length: usize| {
        let body = json!({ "name": "f", key: "x".repeat(length), "force": true });
        chacra.post(&folder, body)
    };
    for key in ["built_by", "built-by"] {
        let refusal = entry(key, 256).expect(400);
        assert!(refusal.message().contains("built_by"), "{}", refusal.message());
        chacra.get(&folder).expect(404);
    }
    entry("built_by", 255).expect(200);
}

#[test]
fn a_slice_is_named_by_parts_of_urls() {
    let chacra = chacra();
    let package = unique("lantern");
    for query in ["ref=a%2Fb", "sha1=..", "flavor=%00", "ref=%5C"] {
        for url in ["", "/d", "/d/r/a", "/d/r/a/f"] {
            let url = format!("/packages/{package}{url}?{query}");
            chacra.get(&url).expect(404);
            chacra.post(&url, json!({ "name": "f" })).expect(400);
        }
        chacra.put(&format!("/packages/{package}/d/r/a/f?{query}"), "x").expect(400);
    }
    chacra.get(&format!("/packages/{package}")).expect(404);
}

#[test]
fn names_at_the_limit_and_of_every_script_go_in_and_out() {
    let chacra = chacra();
    let long = "x".repeat(255);
    let package = format!("{}{}", unique("p"), "y".repeat(200));
    put(&chacra, &format!("/packages/{package}/{long}/{long}/{long}/{long}"), b"deep");
    let level = format!("/packages/{package}/distributions/{long}/releases/{long}/archs");
    assert!(chacra.get(&level).expect(200).json()[&long].is_object());
    let twin = format!("/binaries/{package}/default/head/{long}/{long}/{long}/flavors/default");
    assert_eq!(chacra.get(&format!("{twin}/{long}")).expect(200).text(), "deep");

    let folder = format!("/packages/{}/d/r/a", unique("lantern"));
    for name in [
        "a b",
        "a+b",
        "a%b",
        "#",
        "?",
        "a;b&c=d",
        "a'b",
        "a\"b",
        "...",
        "latest",
        "distributions",
        "releases",
        "✓",
        "😀",
        "--force",
        "~",
        "a:b@c",
        "[x]",
        "\u{202e}",
    ] {
        put(&chacra, &format!("{folder}/{}", segment(name)), name.as_bytes());
        let url = chacra.get(&folder).expect(200).json()[name]["url"].as_str().unwrap().to_owned();
        assert_eq!(chacra.get(&url).expect(200).text(), name);
    }
}

#[test]
fn a_url_without_the_method_says_which_it_has() {
    let chacra = chacra();
    for (url, methods) in [
        ("/packages", "GET,HEAD,POST"),
        ("/packages/p/d", "GET,HEAD,POST"),
        ("/packages/p/d/r/a/f", "GET,HEAD,PUT,POST,DELETE"),
        ("/binaries/p", "GET,HEAD,POST,DELETE"),
        ("/binaries/p/r/s/d/v", "GET,HEAD"),
        ("/binaries/p/r/s/d/v/a/flavors", "GET,HEAD"),
        ("/binaries/p/r/s/d/v/a/flavors/x/f", "GET,HEAD,PUT,POST,DELETE"),
        ("/search", "GET,HEAD"),
        ("/chacra/gc", "POST"),
    ] {
        let sorted = |list: &str| {
            let mut list: Vec<_> = list.split(',').map(str::to_owned).collect();
            list.sort();
            list
        };
        let refused = chacra.request("PATCH", url).expect(405);
        assert_eq!(sorted(refused.header("allow").unwrap()), sorted(methods), "{url}");
        let told = chacra.options(url).expect(200);
        let methods = format!("{methods},OPTIONS");
        assert_eq!(sorted(told.header("allow").unwrap()), sorted(&methods), "{url}");
    }
}

#[test]
fn a_put_of_wrong_depth_is_refused_unread() {
    let chacra = chacra();
    for url in ["/packages", "/packages/p/d", "/binaries/p/r/s/d/v", "/binaries/p/r/s/d/v/a"] {
        chacra.put(url, "x").expect(405);
    }
}

#[test]
fn unknown_pages_speak_the_dialect_of_their_tree() {
    let chacra = chacra();
    chacra.get("/packages/a/b/c/d/e/f").expect(404);
    chacra.get("/chacra/nothing").expect(404);
    chacra.get("/search/x").expect(404);
    chacra.get("/health/").expect(204);
    chacra.head("/health").expect(204);
}
