//! Downloads: headers, conditions, parts, and contents by their digest.

use crate::{bytes, chacra, folder, put, sha256};

#[test]
fn a_download_carries_what_a_cache_needs() {
    let (_, folder) = folder();
    let chacra = chacra();
    let content = bytes(2_300_000, 3);
    let url = format!("{folder}/a b+ü.deb").replace(' ', "%20").replace('ü', "%C3%BC");
    put(&chacra, &url, &content);
    let answer = chacra.get(&url).expect(200);
    assert!(answer.bytes() == content, "other bytes");
    for (name, value) in [
        ("content-type", "application/octet-stream".to_owned()),
        ("content-length", "2300000".to_owned()),
        ("accept-ranges", "bytes".to_owned()),
        ("cache-control", "no-cache".to_owned()),
        ("etag", format!("\"{}\"", sha256(&content))),
        (
            "content-disposition",
            "attachment; filename=\"a b+_.deb\"; filename*=UTF-8''a%20b%2B%C3%BC%2Edeb".to_owned(),
        ),
    ] {
        assert_eq!(answer.header(name), Some(value.as_str()), "{name}");
    }
}

#[test]
fn parts_cross_the_borders_of_chunks() {
    let (_, folder) = folder();
    let chacra = chacra();
    let content = bytes(2_500_000, 5);
    let url = format!("{folder}/a");
    put(&chacra, &url, &content);
    for (first, last) in [
        (0, 0),
        (999_999, 1_000_000),
        (1_000_000, 1_999_999),
        (1_500_000, 2_499_999),
        (999_990, 2_000_010),
    ] {
        let part = chacra.get(&url).header("range", &format!("bytes={first}-{last}")).expect(206);
        assert!(part.bytes() == &content[first..=last], "{first}-{last}");
    }
    for range in ["bytes=5-3", "lines=1-2", "bytes=1-2,4-5", "junk"] {
        let whole = chacra.get(&url).header("range", range).expect(200);
        assert_eq!(whole.bytes().len(), content.len(), "{range}");
    }
}

#[test]
fn conditions_compare_versions() {
    let (_, folder) = folder();
    let chacra = chacra();
    let url = format!("{folder}/a");
    put(&chacra, &url, b"abcdef");
    let answer = chacra.get(&url).expect(200);
    let (tag, date) = (answer.header("etag").unwrap(), answer.header("last-modified").unwrap());
    let with = |name: &str, value: &str| chacra.get(&url).header(name, value);
    let fresh = with("if-none-match", &format!("\"x\", W/{tag}")).expect(304);
    assert_eq!(fresh.header("etag"), Some(tag));
    assert_eq!(fresh.header("content-length"), None, "a length would be that of the file");
    with("if-none-match", "*").expect(304);
    with("if-none-match", "\"x\"").header("if-modified-since", date).expect(200);
    with("if-modified-since", date).expect(304);
    let resume = |condition: &str| with("range", "bytes=2-").header("if-range", condition);
    assert_eq!(resume(tag).expect(206).text(), "cdef");
    assert_eq!(resume(date).expect(206).text(), "cdef");
    assert_eq!(resume("\"x\"").expect(200).text(), "abcdef");
    with("if-match", tag).expect(200);
    with("if-match", "\"x\"").expect(412);
    with("if-match", &format!("W/{tag}")).header("range", "bytes=2-").expect(412);
    with("if-unmodified-since", date).expect(200);
    with("if-unmodified-since", "Sun, 06 Nov 1994 08:49:37 GMT").expect(412);
}

#[test]
fn a_download_that_began_goes_on_when_its_file_is_replaced_and_deleted() {
    let (_, folder) = folder();
    let chacra = chacra();
    let url = format!("{folder}/a");
    // More than what sockets and buffers on the way hold.
    let content = bytes(24_000_000, 43);
    put(&chacra, &url, &content);
    let mut connection = chacra.connect();
    let host = chacra.base_url().replace("http://", "");
    connection.send(format!("GET {url} HTTP/1.1\r\nhost: {host}\r\n\r\n")).unwrap();
    let mut got = Vec::new();
    let mut changed = false;
    let mut take = |piece: &[u8]| {
        got.extend_from_slice(piece);
        if !std::mem::replace(&mut changed, true) {
            chacra.put(&url, "other").expect(200);
            chacra.delete(&url).expect(204);
        }
    };
    assert_eq!(connection.read_to(&mut take).unwrap().status, 200);
    assert!(got == content);
    chacra.get(&url).expect(404);
}

#[test]
fn a_head_tells_what_a_get_would() {
    let (_, folder) = folder();
    let chacra = chacra();
    let url = format!("{folder}/a");
    put(&chacra, &url, &bytes(1_500_000, 41));
    for (name, value) in [
        ("x-none", ""),
        ("range", "bytes=-7"),
        ("range", "bytes=1500000-"),
        ("if-none-match", "*"),
        ("if-match", "\"x\""),
    ] {
        let got = chacra.get(&url).header(name, value).send();
        let head = chacra.head(&url).header(name, value).expect(got.status());
        assert_eq!(head.bytes(), b"");
        for header in [
            "content-length",
            "content-range",
            "etag",
            "last-modified",
            "repr-digest",
            "content-type",
            "content-disposition",
            "cache-control",
            "accept-ranges",
        ] {
            assert_eq!(head.header(header), got.header(header), "{name}: {value}: {header}");
        }
    }
}

#[test]
fn a_content_is_found_by_its_digest() {
    let (_, folder) = folder();
    let chacra = chacra();
    let content = bytes(1234, 9);
    let url = format!("/chacra/blobs/{}", sha256(&content));
    chacra.head(&url).expect(404);
    put(&chacra, &format!("{folder}/a"), &content);
    let answer = chacra.get(&url).expect(200);
    assert_eq!(answer.bytes(), content);
    assert!(answer.header("cache-control").unwrap().contains("immutable"));
    chacra.get(&url).header("range", "bytes=0-9").expect(206);
    chacra.get("/chacra/blobs/xyz").expect(404);
}

#[test]
fn an_empty_file_is_a_file() {
    let (_, folder) = folder();
    let chacra = chacra();
    let url = format!("{folder}/empty");
    put(&chacra, &url, b"");
    let answer = chacra.get(&url).expect(200);
    assert_eq!((answer.bytes().len(), answer.header("content-length")), (0, Some("0")));
    chacra.get(&url).header("range", "bytes=0-").expect(416);
}
