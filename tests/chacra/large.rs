//! Files that are larger than the memory of the instance they pass through. They are made and
//! compared while they go over the wire, so the tests hold none of them either.

use assay_tests::{App, Client, areas, json};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::Digest as _;

use crate::{FORM, bytes, hex};

/// The size that people ask about; tests/README.md says how to run it.
const FULL: usize = 500_000_000;
/// What every run can wait for, and still three times the instance's memory.
const SHORT: usize = 200_000_000;
const URL: &str = "/packages/p/d/r/a/large";

/// A content that is never there as a whole: one block again and again, with its number in front.
struct Content {
    block: Vec<u8>,
    size: usize,
}

impl Content {
    fn new(size: usize) -> Self {
        Self { block: bytes(1 << 20, 77), size }
    }

    /// Its bytes from `start` to `end`, piece by piece.
    fn pieces(&self, start: usize, end: usize) -> impl Iterator<Item = Vec<u8>> {
        let first = start / self.block.len();
        (first..end.div_ceil(self.block.len())).map(move |number| {
            let mut piece = self.block.clone();
            piece[..8].copy_from_slice(&(number as u64).to_le_bytes());
            let begin = number * self.block.len();
            let (from, to) = (start.saturating_sub(begin), (end - begin).min(piece.len()));
            piece[from..to].to_vec()
        })
    }

    fn sha256(&self) -> String {
        let mut hasher = sha2::Sha256::new();
        self.pieces(0, self.size).for_each(|piece| hasher.update(piece));
        hex(&hasher.finalize())
    }
}

/// Sends a request whose body is a part of the content, between two texts.
fn send(
    chacra: &Client,
    head: &str,
    (before, content, after): (&str, impl Iterator<Item = Vec<u8>>, &str),
    size: usize,
) -> assay_tests::Reply {
    let host = chacra.base_url().replace("http://", "");
    let length = before.len() + size + after.len();
    let mut connection = chacra.connect();
    let start = format!("{head}\r\nhost: {host}\r\ncontent-length: {length}\r\n\r\n{before}");
    connection.send(start).unwrap();
    content.for_each(|piece| connection.send(piece).unwrap());
    connection.send(after).unwrap();
    connection.read().unwrap()
}

fn by_form(chacra: &Client, content: &Content) {
    let disposition = "Content-Disposition: form-data; name=\"file\"; filename=\"large\"";
    let before = format!("--frontier\r\n{disposition}\r\n\r\n");
    let head = format!("POST /packages/p/d/r/a HTTP/1.1\r\ncontent-type: {FORM}");
    let body = (before.as_str(), content.pieces(0, content.size), "\r\n--frontier--\r\n");
    assert_eq!(send(chacra, &head, body, content.size).status, 201);
}

fn raw(chacra: &Client, content: &Content) {
    let body = ("", content.pieces(0, content.size), "");
    let put = format!("PUT {URL} HTTP/1.1");
    assert_eq!(send(chacra, &put, body, content.size).status, 201);
}

/// In three requests, the second of which begins in the middle of a chunk.
fn resumable(chacra: &Client, content: &Content) {
    let create = chacra.post("/chacra/uploads", "").header("tus-resumable", "1.0.0");
    let create = create.header("upload-length", &content.size.to_string());
    let metadata = format!("target {}", STANDARD.encode(URL));
    let created = create.header("upload-metadata", &metadata).expect(201);
    let upload = created.header("location").unwrap().strip_prefix(&chacra.base_url()).unwrap();
    let ends = [content.size / 3, content.size / 3 * 2 + 1, content.size];
    let mut start = 0;
    for end in ends {
        let head = format!(
            "PATCH {upload} HTTP/1.1\r\ntus-resumable: 1.0.0\r\nupload-offset: {start}\r\n\
             content-type: application/offset+octet-stream"
        );
        let reply = send(chacra, &head, ("", content.pieces(start, end), ""), end - start);
        assert_eq!(reply.status, 204, "{}", String::from_utf8_lossy(&reply.body));
        start = end;
    }
}

/// Reads the file back and compares every byte.
fn compare(chacra: &Client, content: &Content) {
    let host = chacra.base_url().replace("http://", "");
    let mut connection = chacra.connect();
    connection.send(format!("GET {URL} HTTP/1.1\r\nhost: {host}\r\n\r\n")).unwrap();
    let mut pieces = content.pieces(0, content.size);
    let (mut piece, mut at) = (Vec::new(), 0);
    let mut same = |mut got: &[u8]| {
        while !got.is_empty() {
            if at == piece.len() {
                (piece, at) = (pieces.next().expect("the download is too long"), 0);
            }
            let size = got.len().min(piece.len() - at);
            assert!(got[..size] == piece[at..at + size], "other bytes");
            (got, at) = (&got[size..], at + size);
        }
    };
    let reply = connection.read_to(&mut same).unwrap();
    assert_eq!((reply.status, at), (200, piece.len()));
    assert!(pieces.next().is_none(), "the download is too short");
}

/// Sends a file through an instance of 64 MB in each of the three ways, and back.
fn pass(size: usize) {
    let content = Content::new(size);
    let digest = content.sha256();
    for upload in [by_form, raw, resumable] {
        let app = App::with(&[], &["--instance-memory", "64"]);
        let chacra = app.client(areas::CHACRA);
        upload(&chacra, &content);
        compare(&chacra, &content);
        let listed = chacra.get("/packages/p/d/r/a").expect(200).json()["large"].clone();
        assert_eq!((&listed["bytes"], &listed["sha256"]), (&json!(size), &json!(digest)));
    }
}

#[test]
fn files_of_200_megabytes_pass_through_64_in_every_way() {
    pass(SHORT);
}

#[test]
#[ignore = "takes a minute or two and a gigabyte of disk; 200 megabytes go the same way"]
fn files_of_500_megabytes_pass_through_64_in_every_way() {
    pass(FULL);
}
