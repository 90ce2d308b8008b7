//! Chacra over HTTP: one file for each resource, and one for each rule that holds for many.

mod acceptance;
mod bad_input;
mod binaries;
mod clients;
mod concurrency;
mod crash;
mod downloads;
mod large;
mod packages;
mod parsing;
mod resumable;
mod search;
mod settings;
mod upkeep;
mod uploads;

use assay_tests::{App, Client, areas, unique};
use sha2::Digest as _;

/// A client of the app that all these tests share.
fn chacra() -> Client {
    App::start().client(areas::CHACRA)
}

/// A multipart form with these fields; a field with a file name is a file.
fn form(fields: &[(&str, Option<&str>, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, file_name, content) in fields {
        let file = file_name.map(|name| format!("; filename=\"{name}\"")).unwrap_or_default();
        let head =
            format!("--frontier\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--frontier--\r\n");
    body
}

const FORM: &str = "multipart/form-data; boundary=frontier";

/// Posts a form to a URL.
fn post_form<'c>(
    chacra: &'c Client,
    url: &str,
    fields: &[(&str, Option<&str>, &[u8])],
) -> assay_tests::Request<'c> {
    chacra.post(url, form(fields)).header("content-type", FORM)
}

/// Puts a file with these bytes, which must be new.
fn put(chacra: &Client, url: &str, content: &[u8]) {
    chacra.put(url, content).header("content-type", "application/octet-stream").expect(201);
}

/// Runs a statement on a file of the host's own and gives its first value: for what no URL tells.
fn sql(app: &App, file: &str, statement: &str) -> String {
    let program = "import sqlite3, sys\n\
        with sqlite3.connect(sys.argv[1]) as file:\n\
        \x20 print((file.execute(sys.argv[2]).fetchone() or [''])[0])";
    let mut python = std::process::Command::new("python3");
    let python = python.args(["-c", program]).arg(app.state_dir().join(file)).arg(statement);
    let output = python.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// The bytes that lie in the host's key-value store.
fn bytes_in_key_value(app: &App) -> u64 {
    let sum = "SELECT coalesce(sum(length(value)), 0) FROM spin_key_value";
    sql(app, "sqlite_key_value.db", sum).parse().unwrap()
}

/// A project that no other test uses, and the URL of a folder in it.
fn folder() -> (String, String) {
    let project = unique("lantern");
    let folder = format!("/binaries/{project}/main/a1/debian/bookworm/x86_64");
    (project, folder)
}

/// So many bytes that do not repeat after a chunk.
fn bytes(count: usize, seed: u32) -> Vec<u8> {
    let mut state = seed | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[0]
    };
    (0..count).map(|_| next()).collect()
}

/// The SHA-256 of some bytes in hex.
fn sha256(content: &[u8]) -> String {
    hex(&sha2::Sha256::digest(content))
}

/// The SHA-512 of some bytes in hex.
fn sha512(content: &[u8]) -> String {
    hex(&sha2::Sha512::digest(content))
}

fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
