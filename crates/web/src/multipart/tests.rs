//! Whole bodies, cut into frames at every place.

use futures::executor::block_on;

use super::*;

const LIMITS: Limits = Limits { body: 1 << 20, parts: 5, headers: 200 };

type Parts = Vec<(Option<String>, Option<String>, Vec<u8>)>;

/// Reads a body that arrives in frames of `size` bytes, its fields in pieces.
fn read_in(frames: usize, body: &[u8], limits: Limits) -> Result<Parts, Refusal> {
    let frames: Vec<_> =
        body.chunks(frames).map(|frame| Ok::<_, std::io::Error>(frame.to_vec())).collect();
    let mut headers = HeaderMap::new();
    headers.insert("content-type", "multipart/form-data; boundary=XX".parse().unwrap());
    let body = Body::from_stream(futures::stream::iter(frames));
    block_on(async {
        let mut form = Multipart::new(&headers, body, limits)?;
        let mut parts = Vec::new();
        while let Some(part) = form.next_part().await? {
            let mut content = Vec::new();
            while let Some(piece) = form.data().await? {
                assert!(!piece.is_empty());
                content.extend_from_slice(&piece);
            }
            parts.push((part.name, part.file_name, content));
        }
        assert_eq!(form.next_part().await?, None, "the end stays the end");
        Ok(parts)
    })
}

fn read(body: &[u8]) -> Result<Parts, Refusal> {
    let whole = read_in(body.len().max(1), body, LIMITS);
    for frames in 1..body.len().min(80) {
        assert_eq!(read_in(frames, body, LIMITS), whole, "in frames of {frames}");
    }
    whole
}

fn part(name: &str, content: &str) -> String {
    format!("--XX\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{content}\r\n")
}

#[test]
fn parts_arrive_in_order_whatever_the_frames_are() {
    let file = "--XX\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.deb\"\r\n\
        Content-Type: text/plain\r\n\r\n\r\n--X\r\n--XY\r\n\r\n";
    let body = format!("{}{file}{}--XX--\r\n", part("force", "1"), part("empty", ""));
    let text = |text: &str| Some(text.to_owned());
    let expected = vec![
        (text("force"), None, b"1".to_vec()),
        (text("file"), text("a.deb"), b"\r\n--X\r\n--XY\r\n".to_vec()),
        (text("empty"), None, Vec::new()),
    ];
    assert_eq!(read(body.as_bytes()).unwrap(), expected);
    let decorated = format!("preamble\r\n{}epilogue", body.replace("XX\r\n", "XX \t\r\n"));
    assert_eq!(read(decorated.as_bytes()).unwrap(), expected);
}

#[test]
fn a_body_without_parts_has_none() {
    assert_eq!(read(b"--XX--").unwrap(), []);
    assert_eq!(read(b"\r\n--XX--\r\n").unwrap(), []);
}

#[test]
fn a_part_may_have_no_headers() {
    assert_eq!(read(b"--XX\r\n\r\nabc\r\n--XX--").unwrap(), [(None, None, b"abc".to_vec())]);
}

#[test]
fn a_body_that_is_cut_off_anywhere_is_refused() {
    let body = format!("{}{}--XX--", part("a", "1\r\n2"), part("b", ""));
    for length in 0..body.len() {
        let outcome = read_in(7, &body.as_bytes()[..length], LIMITS);
        assert!(matches!(outcome, Err(Refusal::Malformed(_))), "{length}: {outcome:?}");
    }
    assert!(read_in(7, body.as_bytes(), LIMITS).is_ok());
}

#[test]
fn a_connection_that_breaks_is_no_end() {
    let frames = [Ok("--XX--"), Err(std::io::Error::other("reset"))];
    let mut headers = HeaderMap::new();
    headers.insert("content-type", "multipart/form-data; boundary=XX".parse().unwrap());
    let body = Body::from_stream(futures::stream::iter(frames));
    let mut form = Multipart::new(&headers, body, LIMITS).unwrap();
    assert_eq!(block_on(form.next_part()), Err(Refusal::CutOff));
}

#[test]
fn every_limit_holds() {
    let parts = |count: usize| part("a", "1").repeat(count) + "--XX--";
    assert_eq!(read(parts(5).as_bytes()).unwrap().len(), 5);
    assert_eq!(read(parts(6).as_bytes()), Err(Refusal::TooManyParts(5)));

    let long = format!("--XX\r\nX: {}\r\n\r\n\r\n--XX--", "y".repeat(300));
    assert_eq!(read(long.as_bytes()), Err(Refusal::HeadersTooLong(200)));
    let many = format!("--XX\r\n{}\r\n\r\n--XX--", "X: y\r\n".repeat(50));
    assert_eq!(read(many.as_bytes()), Err(Refusal::HeadersTooLong(200)));
    let endless = format!("--XX\r\n{}", "y".repeat(300));
    assert_eq!(read(endless.as_bytes()), Err(Refusal::HeadersTooLong(200)));

    let small = Limits { body: 20, ..LIMITS };
    assert_eq!(read_in(8, parts(1).as_bytes(), small), Err(Refusal::TooLarge(20)));
}

#[test]
fn what_breaks_the_rules_is_malformed() {
    for body in ["", "abc", "--XX", "--XXY\r\n\r\n\r\n--XX--", "--XX\r\nno colon\r\n\r\n\r\n--XX--"]
    {
        assert!(matches!(read(body.as_bytes()), Err(Refusal::Malformed(_))), "{body}");
    }
}

#[test]
fn a_field_is_read_up_to_its_limit_and_the_rest_of_a_part_is_skipped() {
    let body = part("a", "123") + &part("b", "456") + "--XX--";
    let mut headers = HeaderMap::new();
    headers.insert("content-type", "multipart/form-data; boundary=XX".parse().unwrap());
    let open = || Multipart::new(&headers, Body::from(body.clone()), LIMITS).unwrap();
    block_on(async {
        let mut form = open();
        form.next_part().await.unwrap();
        assert_eq!(form.next_part().await.unwrap().unwrap().name.as_deref(), Some("b"));
        assert_eq!(form.field(3).await.unwrap(), "456");
        let mut form = open();
        form.next_part().await.unwrap();
        assert_eq!(form.field(2).await, Err(Refusal::TooLarge(2)));
    });
}

#[test]
fn another_content_type_is_not_multipart() {
    let refused = |headers| Multipart::new(&headers, Body::empty(), LIMITS).err();
    assert_eq!(refused(HeaderMap::new()), Some(Refusal::NotMultipart));
}
