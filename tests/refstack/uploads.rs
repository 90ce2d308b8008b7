//! Uploads of unusual size and shape.

use assay_tests::{App, areas, json, unique};

use crate::people::Person;
use crate::{passed, refstack};

/// A stream of version 1 with one attachment of `size` bytes in each of `tests` tests.
fn long_stream(tests: usize, size: usize) -> Vec<u8> {
    let line = format!("{}\n", "x".repeat(1023));
    let mut stream = Vec::with_capacity(tests * (size + 200));
    for n in 0..tests {
        stream.extend(
            format!("test: acme.long.Test.test_{n}\nfailure: acme.long.Test.test_{n} [\n").bytes(),
        );
        for _ in 0..size / 1024 {
            stream.extend(line.bytes());
        }
        stream.extend(b"]\n");
    }
    stream
}

#[test]
fn two_hundred_megabytes_pass_through_sixty_four() {
    let app =
        App::with(&[("refstack_max_upload_bytes", "300000000")], &["--instance-memory", "64"]);
    let b = app.client(areas::REFSTACK);
    let stream = long_stream(200, 1 << 20);
    let upload = b.post("/v1/post-result", stream.clone()).expect(201).json();
    assert_eq!(upload["summary"]["failed"], 200);
    let (id, token) =
        (upload["result_id"].as_str().unwrap(), upload["result_token"].as_str().unwrap());
    let file = b.get(&format!("/v1/results/{id}/file")).header("x-result-token", token).expect(200);
    assert!(file.bytes() == stream, "the bytes that were sent");
    let attachment = format!("/v1/results/{id}/tests/199/attachments/traceback");
    let attachment = b.get(&attachment).header("x-result-token", token).expect(200);
    assert_eq!(attachment.bytes().len(), 1 << 20);
}

#[test]
fn very_many_tests_pass_through_sixty_four_megabytes() {
    let app = App::with(&[], &["--instance-memory", "64"]);
    let b = app.client(areas::REFSTACK);
    let stream: String = (0..200_000)
        .map(|n| {
            format!(
                "test: acme.api.many.ManyTest.test_{n}\nsuccess: acme.api.many.ManyTest.test_{n}\n"
            )
        })
        .collect();
    let upload = b.post("/v1/post-result", stream).expect(201).json();
    assert_eq!(upload["summary"]["passed"], 200_000);
    let url = format!(
        "/v1/results/{}/tests?per_page=1&page=200000",
        upload["result_id"].as_str().unwrap()
    );
    let last = b.get(&url).expect(200).json();
    assert_eq!(last["tests"][0]["name"], "acme.api.many.ManyTest.test_199999");
}

#[test]
fn a_packed_upload_is_unpacked_and_its_signature_is_over_what_was_sent() {
    let b = refstack();
    let person = Person::new("packed");
    let body = passed(&unique("c"), &["a"]).to_string();
    let packed = gzip(body.as_bytes());
    let signature = person.key.sign(&packed);
    let upload = b.post("/v1/results", packed.clone()).header("content-encoding", "gzip");
    let upload =
        upload.header("x-public-key", &person.key.line()).header("x-signature", &signature);
    let id = upload.expect(201).json()["test_id"].as_str().unwrap().to_owned();
    let file = person.client().get(&format!("/v1/results/{id}/file")).expect(200);
    assert_eq!(file.text(), body);
    let cut = b.post("/v1/results", packed[..packed.len() - 4].to_vec());
    cut.header("content-encoding", "gzip").expect(400);
    b.post("/v1/results", packed).header("content-encoding", "br").expect(400);
}

/// Bytes in a gzip of stored blocks: no compressor is needed for that.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).expect("a short text");
    let mut packed = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff, 1];
    packed.extend(length.to_le_bytes());
    packed.extend((!length).to_le_bytes());
    packed.extend(bytes);
    packed.extend(crc32(bytes).to_le_bytes());
    packed.extend(u32::from(length).to_le_bytes());
    packed
}

pub fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 }
        })
    })
}

#[test]
fn whoever_signs_in_owns_an_upload_without_signature() {
    let k = Person::new("bearer").client();
    let upload = k.post("/v1/results", passed("c", &["a"])).expect(201).json();
    assert!(upload.get("result_token").is_none());
    let shown =
        k.get(&format!("/v1/results/{}", upload["test_id"].as_str().unwrap())).expect(200).json();
    assert_eq!((&shown["user_role"], &shown["cpid"]), (&json!("owner"), &json!("c")));
}
