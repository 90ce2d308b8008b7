//! What is under way when the host dies, drawn from a seed: uploads of every kind in both dialects,
//! replacements, removals, copies.

use std::time::{SystemTime, UNIX_EPOCH};

use assay_tests::{Client, Connection, json};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{FOLDER, TWIN};
use crate::{FORM, bytes, form, sha256};

/// A file that no operation changes, the source of all copies.
pub const KEPT: &str = "kept";
/// Few names, so that most uploads replace something.
const NAMES: usize = 6;
/// And few contents, so that many are stored already, or are still needed by another name.
const CONTENTS: usize = 8;

/// What a file is after an operation.
pub enum After {
    /// It has this digest.
    Has(String),
    /// It is gone.
    Gone,
    /// The operation does not touch it.
    Same,
}

/// A request on its way.
pub struct Operation {
    /// The file that it is about.
    pub name: String,
    /// What that is afterwards, if it was done.
    pub after: After,
    /// Head and body.
    pub request: Vec<u8>,
    /// The resumable upload that it is a part of.
    pub unfinished: Option<Unfinished>,
    status: Option<u16>,
}

/// A resumable upload of which a PATCH was acknowledged.
pub struct Unfinished {
    /// Its path.
    pub url: String,
    /// The file that it becomes.
    pub name: String,
    /// All its bytes.
    pub content: Vec<u8>,
    /// Bytes that need not be sent again.
    pub acknowledged: usize,
}

impl Operation {
    /// Sends the first `until` bytes. The host may be dead already.
    pub fn send(&self, connection: &mut Connection, until: usize) {
        let until = until.min(self.request.len());
        for piece in self.request[..until].chunks(64 * 1024) {
            if connection.send(piece).is_err() {
                return;
            }
        }
    }

    /// Reads the answer, if one comes.
    pub fn read(&mut self, connection: &mut Connection) {
        if let (None, Ok(reply)) = (self.status, connection.read()) {
            assert!(reply.status < 500, "{}", reply.status);
            self.status = Some(reply.status);
        }
    }

    /// Whether the host said that it is done.
    pub fn is_done(&self) -> bool {
        self.status.is_some_and(|status| status < 300)
    }
}

/// Draws operations: the same ones from the same seed.
pub struct Plan {
    seed: u64,
    state: u64,
}

/// A seed that differs from run to run.
pub fn any_seed() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::from(now.subsec_nanos()) ^ now.as_secs()
}

impl Plan {
    pub fn new(seed: u64) -> Self {
        Self { seed, state: seed.wrapping_mul(2).wrapping_add(1) }
    }

    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// A number from 0 to `limit` - 1 (SplitMix64).
    pub fn below(&mut self, limit: usize) -> usize {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % limit as u64) as usize
    }

    /// Where a request of so many bytes stops: anywhere, and often just before or at its end.
    pub fn point(&mut self, length: usize) -> usize {
        match self.below(3) {
            0 => length,
            1 => length - self.below(length.min(100_000)),
            _ => self.below(length),
        }
    }

    /// Contents of one to four chunks, the second one right at the border of a chunk.
    pub fn content(&self, n: usize) -> Vec<u8> {
        let size = if n == 1 { 2_000_000 } else { 600_000 + 450_000 * n };
        bytes(size, (self.seed as u32).wrapping_mul(31).wrapping_add(7 * n as u32))
    }

    /// An upload, new or over an old file.
    pub fn upload(&mut self, chacra: &Client) -> Operation {
        let name = format!("f{}", self.below(NAMES));
        let n = self.below(CONTENTS);
        let content = self.content(n);
        match self.below(4) {
            0 => self.raw(chacra, name, content),
            1 => self.form(chacra, name, content, true),
            2 => self.form(chacra, name, content, false),
            _ => self.resumable(chacra, name, content),
        }
    }

    /// An upload, a removal, a copy or a sweep.
    pub fn any(&mut self, chacra: &Client) -> Operation {
        let name = format!("f{}", self.below(NAMES));
        match self.below(6) {
            0 | 1 => operation(
                chacra,
                name.clone(),
                After::Gone,
                &format!("DELETE {FOLDER}/{name}"),
                "",
                b"",
            ),
            2 => {
                let copy = json!({ "from": format!("{FOLDER}/{KEPT}"), "force": true,
                                   "to": format!("{TWIN}/{name}") });
                let after = After::Has(sha256(&self.content(0)));
                let body = copy.to_string();
                operation(chacra, name, after, "POST /chacra/copy", "", body.as_bytes())
            }
            3 => operation(chacra, name, After::Same, "POST /chacra/gc", "", b""),
            _ => self.upload(chacra),
        }
    }

    fn raw(&mut self, chacra: &Client, name: String, content: Vec<u8>) -> Operation {
        let folder = [FOLDER, TWIN][self.below(2)];
        let after = After::Has(sha256(&content));
        operation(chacra, name.clone(), after, &format!("PUT {folder}/{name}"), "", &content)
    }

    fn form(&mut self, chacra: &Client, name: String, content: Vec<u8>, force: bool) -> Operation {
        let folder = [FOLDER, TWIN][self.below(2)];
        let force: &[u8] = if force { b"1" } else { b"" };
        let body = form(&[("file", Some(&name), &content), ("force", None, force)]);
        let after = After::Has(sha256(&content));
        let kind = format!("content-type: {FORM}\r\n");
        operation(chacra, name, after, &format!("POST {folder}/"), &kind, &body)
    }

    /// The last PATCH of an upload whose first one was acknowledged.
    fn resumable(&mut self, chacra: &Client, name: String, content: Vec<u8>) -> Operation {
        let tus = |method, url: &str| chacra.request(method, url).header("tus-resumable", "1.0.0");
        let encode = |text: &str| STANDARD.encode(text);
        let target = encode(&format!("{}/{name}", [FOLDER, TWIN][self.below(2)]));
        let metadata = format!("target {target},force {}", encode("1"));
        let create = tus("POST", "/chacra/uploads").header("upload-metadata", &metadata);
        let created = create.header("upload-length", &content.len().to_string()).expect(201);
        let url = created.header("location").unwrap().strip_prefix(&chacra.base_url()).unwrap();
        let first = 1 + self.below(content.len() - 1);
        let patch = tus("PATCH", url).header("content-type", OFFSET).header("upload-offset", "0");
        patch.body(&content[..first]).expect(204);
        let headers =
            format!("tus-resumable: 1.0.0\r\ncontent-type: {OFFSET}\r\nupload-offset: {first}\r\n");
        let after = After::Has(sha256(&content));
        let patch = format!("PATCH {url}");
        let last = &content[first..];
        let mut operation = operation(chacra, name.clone(), after, &patch, &headers, last);
        let url = url.to_owned();
        operation.unfinished = Some(Unfinished { url, name, acknowledged: first, content });
        operation
    }
}

const OFFSET: &str = "application/offset+octet-stream";

fn operation(
    chacra: &Client,
    name: String,
    after: After,
    what: &str,
    headers: &str,
    body: &[u8],
) -> Operation {
    let host = chacra.base_url().replace("http://", "");
    let head = format!(
        "{what} HTTP/1.1\r\nhost: {host}\r\n{headers}content-length: {}\r\n\r\n",
        body.len()
    );
    let request = [head.as_bytes(), body].concat();
    Operation { name, after, request, unfinished: None, status: None }
}
