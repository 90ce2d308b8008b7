//! Chacra: build machines push packages and read the list of the folder back, test machines pull
//! them.
//!
//! [`TRANSFERS`] are for throughput, [`AREA`] is for everything that is counted in requests.

use super::{Area, Hot, Request, Sending, Size, Transfer};

/// Packages of files.
pub const AREA: Area = Area {
    name: "chacra",
    seed,
    hot: HOT,
    // 1,000 and 100,000 files.
    scale: [size(40, 25), size(4000, 25)],
    waiting: None,
};

const fn size(groups: u64, items_each: u64) -> Size {
    Size { groups, items_each, item_bytes: 1024 }
}

const HOT: &[Hot] = &[
    Hot { name: "upload 8 KB", read: false, status: 201, request: |n, s| upload(n, s.item_bytes) },
    Hot { name: "download 8 KB", read: true, status: 200, request: download },
    Hot { name: "list files (chacractl)", read: true, status: 200, request: list_files },
    Hot { name: "list files (people)", read: true, status: 200, request: list_sizes },
    Hot { name: "list a project", read: true, status: 200, request: list_project },
    Hot { name: "search by name", read: true, status: 200, request: search },
];

const MB: u64 = 1_000_000;

/// One client at a time, which is what a build machine sees; and four, which share an instance.
pub const TRANSFERS: &[Transfer] = &[
    raw(MB, 1),
    raw(12 * MB, 1),
    raw(12 * MB, 4),
    raw(200 * MB, 1),
    form(MB, 1),
    form(12 * MB, 1),
    form(200 * MB, 1),
    down(MB, 1),
    down(12 * MB, 1),
    down(12 * MB, 4),
    down(200 * MB, 1),
];

const UPLOAD: Transfer = Transfer {
    area: "chacra",
    name: "upload",
    clients: 1,
    bytes: MB,
    prepare: |_| Vec::new(),
    request: put_file,
    clean: remove_all,
    plain: |n, bytes| post("/copy", n, bytes, 204),
    parts: &[
        ("digests alone", |n, bytes| post("/digest", n, bytes, 200)),
        ("chunks alone", |n, bytes| post("/keep", n, bytes, 204)),
    ],
};

const fn raw(bytes: u64, clients: usize) -> Transfer {
    Transfer { bytes, clients, ..UPLOAD }
}

/// As chacractl does it.
const fn form(bytes: u64, clients: usize) -> Transfer {
    Transfer { name: "upload (chacractl)", request: post_form, bytes, clients, ..UPLOAD }
}

const fn down(bytes: u64, clients: usize) -> Transfer {
    Transfer {
        name: "download",
        prepare: |bytes| vec![put_file(0, bytes)],
        request: |_, bytes| get(format!("/packages/new/d/r/a/0-{bytes}")),
        plain: |_, bytes| get(format!("/copy?bytes={bytes}")),
        parts: &[],
        bytes,
        clients,
        ..UPLOAD
    }
}

fn put_file(n: u64, bytes: u64) -> Sending {
    let path = format!("/packages/new/d/r/a/{n}-{bytes}");
    Sending { method: "PUT", path, status: 201, ..body(n, bytes) }
}

fn post_form(n: u64, bytes: u64) -> Sending {
    let disposition = format!("form-data; name=\"file\"; filename=\"form-{n}-{bytes}\"");
    let head = "--0123456789abcdef0123456789abcdef";
    let Sending { first, filling, .. } = body(n, bytes);
    Sending {
        method: "POST",
        path: "/binaries/new/main/a1/d/r/a/".into(),
        content_type: "multipart/form-data; boundary=0123456789abcdef0123456789abcdef",
        first: format!("{head}\r\ncontent-disposition: {disposition}\r\n\r\n{first}"),
        filling,
        last: format!("\r\n{head}--\r\n"),
        status: 201,
    }
}

fn post(path: &str, n: u64, bytes: u64, status: u16) -> Sending {
    Sending { method: "POST", path: path.into(), status, ..body(n, bytes) }
}

fn get(path: String) -> Sending {
    Sending { method: "GET", path, status: 200, ..Sending::default() }
}

/// Bytes that no other upload has: nothing of what is measured is stored already.
fn body(n: u64, bytes: u64) -> Sending {
    let first = format!("{n:16}");
    let filling = bytes - first.len() as u64;
    Sending { content_type: "application/octet-stream", first, filling, ..Sending::default() }
}

fn remove_all() -> Vec<Sending> {
    let delete = |path: &str| Sending {
        method: "DELETE",
        path: path.into(),
        content_type: "application/json",
        ..Sending::default()
    };
    let sweep = Sending { method: "POST", ..delete("/chacra/gc?grace_hours=0") };
    vec![delete("/binaries/new/?recursive=1"), sweep]
}

/// Bytes that no other upload has.
fn content(of: &str, size: usize) -> String {
    let mut content = format!("{of} ");
    content.extend(std::iter::repeat_n('x', size.saturating_sub(content.len())));
    content
}

fn folder(group: u64) -> String {
    format!("/binaries/lantern{}/main/a{group}/debian/bookworm/x86_64", group % 50)
}

fn put(path: String, content: String) -> Request {
    Request::with_bytes("PUT", path, content)
}

/// The files of a group.
fn seed(group: u64, size: Size) -> Vec<Request> {
    let folder = folder(group);
    let file = |item: u64| {
        let path = format!("{folder}/file{item}_1.0-1_amd64.tar");
        put(path, content(&format!("{group} {item}"), size.item_bytes))
    };
    (0..size.items_each).map(file).collect()
}

fn upload(n: u64, size: usize) -> Request {
    let path = format!("/packages/new{}/debian/bookworm/amd64/{n}", n % 50);
    put(path, content(&format!("new {n}"), size))
}

fn download(n: u64, size: Size) -> Request {
    let (folder, item) = (folder(size.group(n)), size.item(n, 0..u64::MAX));
    Request::get(format!("{folder}/file{item}_1.0-1_amd64.tar"))
}

fn list_files(n: u64, size: Size) -> Request {
    Request::get(format!("{}/", folder(size.group(n))))
}

fn list_sizes(n: u64, size: Size) -> Request {
    let group = size.group(n);
    let (package, sha1) = (group % 50, group);
    Request::get(format!(
        "/packages/lantern{package}/debian/bookworm/x86_64/?ref=main&sha1=a{sha1}"
    ))
}

fn list_project(n: u64, size: Size) -> Request {
    Request::get(format!("/binaries/lantern{}/", size.group(n) % 50))
}

fn search(n: u64, size: Size) -> Request {
    let (group, item) = (size.group(n), size.item(n, 0..u64::MAX));
    Request::get(format!("/search/?name=file{item}_1.0-1_amd64.tar&sha1=a{group}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_files_are_alike() {
        let contents: Vec<_> =
            (0..3).flat_map(|group| seed(group, size(3, 3))).filter_map(|put| put.body).collect();
        let mut distinct = contents.clone();
        distinct.sort();
        distinct.dedup();
        assert_eq!(distinct.len(), contents.len());
        assert_eq!(contents[0].len(), 1024);
    }

    #[test]
    fn a_file_has_its_size_and_no_double() {
        let (one, other) = (body(1, MB), body(2, MB));
        assert_eq!(one.first.len() as u64 + one.filling, MB);
        assert_ne!(one.first, other.first);
    }
}
