//! `/search/`.

use assay_tests::unique;

use crate::{chacra, put, sha256, sha512};

#[test]
fn filters_are_exact_and_joined() {
    let chacra = chacra();
    let project = unique("find");
    let url = |place: &str| format!("/binaries/{project}/{place}");
    put(&chacra, &url("main/a1/debian/12/amd64/a_1%25.deb"), b"one");
    put(&chacra, &url("main/a1/rocky/9/x86_64/b_1.deb"), b"two2");
    put(&chacra, &url("v2/b2/debian/12/amd64/flavors/debug/a'x.deb"), b"three");
    let count = |query: &str| -> u64 {
        let answer = chacra.get(&format!("/search/?project={project}{query}")).expect(200);
        assert_eq!(
            answer.json().as_array().unwrap().len().to_string(),
            answer.header("x-total-count").unwrap()
        );
        answer.json().as_array().unwrap().len() as u64
    };
    assert_eq!(count(""), 3);
    for (query, wanted) in [
        ("&ref=main", 2),
        ("&distro=debian&distro_version=12&arch=amd64", 2),
        ("&flavor=debug", 1),
        ("&sha1=b2", 1),
        ("&size=4", 1),
        ("&signed=true", 0),
        ("&name=b_1.deb", 1),
        ("&name=B_1.deb", 0),
        ("&name-has=_1", 2),
        ("&name-has=%25", 1),
        ("&name-has=%27", 1),
        ("&name-has=%5C", 0),
        ("&name-has=_", 2),
        ("&built_by=rio", 0),
        ("&modified-since=2020-01-01", 0),
        ("&modified-since=2020-01-01T00:00:00Z", 3),
        ("&modified-since=2999-01-01T00:00:00Z", 0),
        ("&name=a&name=b_1.deb", 1),
    ] {
        if query.ends_with("2020-01-01") {
            chacra.get(&format!("/search/?project={project}{query}")).expect(400);
            continue;
        }
        assert_eq!(count(query), wanted, "{query}");
    }
    assert_eq!(count(&format!("&sha256={}", sha256(b"one"))), 1);
    assert_eq!(count(&format!("&checksum={}", sha512(b"two2"))), 1);
}

#[test]
fn every_filter_alone_is_answered() {
    let chacra = chacra();
    for query in [
        "distro=x",
        "distro_version=x",
        "arch=x",
        "ref=x",
        "built_by=x",
        "size=1",
        "name=x",
        "name-has=x",
        "project=x",
        "sha1=x",
        "flavor=x",
        "checksum=x",
        "sha256=x",
        "signed=false",
        "package=x",
        "version=x",
        "file=/x",
        "provides=x",
        "requires=x",
        "modified-since=2999-01-01T00:00:00%2B02:00",
    ] {
        chacra.get(&format!("/search?{query}")).expect(200);
    }
    for query in
        ["size=x", "limit=x", "offset=-1", "signed=maybe", "colour=red", "modified-since=soon"]
    {
        chacra.get(&format!("/search?{query}")).expect(400);
    }
}

#[test]
fn pages_follow_each_other() {
    let chacra = chacra();
    let project = unique("find");
    for n in 0..5 {
        put(&chacra, &format!("/binaries/{project}/r/s/d/v/a/f{n}"), b"x");
    }
    let mut url = Some(format!("/search/?project={project}&limit=2"));
    let mut names = Vec::new();
    while let Some(page) = url {
        let answer = chacra.get(&page).expect(200);
        assert_eq!(answer.header("x-total-count"), Some("5"));
        for file in answer.json().as_array().unwrap() {
            names.push(file["name"].as_str().unwrap().to_owned());
        }
        url = answer.link("next");
    }
    assert_eq!(names, ["f0", "f1", "f2", "f3", "f4"]);
}
