//! Chacra: build machines push packages and read the list of the folder back, test machines pull
//! them.
//!
//! The rows of 1 MB and 12 MB tell throughput: requests/s times the size.

use super::{Area, Hot, Request, Size};

/// Packages of files.
pub const AREA: Area = Area {
    name: "chacra",
    seed,
    hot: HOT,
    // 1,000 and 100,000 files.
    scale: [size(40, 25), size(4000, 25)],
};

const fn size(groups: u64, items_each: u64) -> Size {
    Size { groups, items_each, item_bytes: 1024 }
}

const MB: usize = 1_000_000;

const HOT: &[Hot] = &[
    Hot { name: "upload 8 KB", read: false, status: 201, request: |n, s| upload(n, s.item_bytes) },
    Hot { name: "upload 1 MB", read: false, status: 201, request: |n, _| upload(n, MB) },
    Hot { name: "upload 12 MB", read: false, status: 201, request: |n, _| upload(n, 12 * MB) },
    Hot { name: "download 8 KB", read: true, status: 200, request: download },
    Hot { name: "download 1 MB", read: true, status: 200, request: |_, _| large("1mb") },
    Hot { name: "download 12 MB", read: true, status: 200, request: |_, _| large("12mb") },
    Hot { name: "list files (chacractl)", read: true, status: 200, request: list_files },
    Hot { name: "list files (people)", read: true, status: 200, request: list_sizes },
    Hot { name: "list a project", read: true, status: 200, request: list_project },
    Hot { name: "search by name", read: true, status: 200, request: search },
];

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
    Request { method: "PUT", path, body: Some(content) }
}

/// The files of a group, and in the first one two large ones.
fn seed(group: u64, size: Size) -> Vec<Request> {
    let folder = folder(group);
    let file = |item: u64| {
        let path = format!("{folder}/file{item}_1.0-1_amd64.tar");
        put(path, content(&format!("{group} {item}"), size.item_bytes))
    };
    let mut files: Vec<_> = (0..size.items_each).map(file).collect();
    if group == 0 {
        files.push(put("/packages/large/d/r/a/1mb".into(), content("1", MB)));
        files.push(put("/packages/large/d/r/a/12mb".into(), content("12", 12 * MB)));
    }
    files
}

fn upload(n: u64, size: usize) -> Request {
    let path = format!("/packages/new{}/debian/bookworm/amd64/{n}", n % 50);
    put(path, content(&format!("new {n}"), size))
}

fn download(n: u64, size: Size) -> Request {
    let (folder, item) = (folder(size.group(n)), size.item(n, 0..u64::MAX));
    Request::get(format!("{folder}/file{item}_1.0-1_amd64.tar"))
}

fn large(name: &str) -> Request {
    Request::get(format!("/packages/large/d/r/a/{name}"))
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
}
