//! What is sent: for each area how its store is filled, and the requests that its clients send most.
//!
//! A new area is one file here and one line in [`ALL`].

mod chacra;
mod job_runner;
mod paddles;
mod refstack;
mod stacktach;

use std::ops::Range;

/// Every area that is measured.
pub const ALL: &[&Area] =
    &[&chacra::AREA, &job_runner::AREA, &paddles::AREA, &refstack::AREA, &stacktach::AREA];

/// The names of them.
pub fn names() -> String {
    ALL.iter().map(|area| area.name).collect::<Vec<_>>().join(", ")
}

/// The files whose throughput is measured.
pub const TRANSFERS: &[Transfer] = chacra::TRANSFERS;

/// The n-th request of its kind, for a file of that many bytes.
pub type ForFile = fn(u64, u64) -> Sending;

/// A file of some size on its way up or down.
pub struct Transfer {
    /// Whose it is.
    pub area: &'static str,
    /// What is done, for the table.
    pub name: &'static str,
    /// How many clients do it at the same time, each one file after another.
    pub clients: usize,
    /// The file's size.
    pub bytes: u64,
    /// What has to be there first, for files of that size.
    pub prepare: fn(u64) -> Vec<Sending>,
    /// What is measured.
    pub request: ForFile,
    /// Removes what was stored.
    pub clean: fn() -> Vec<Sending>,
    /// The same bytes through the plain component.
    pub plain: ForFile,
    /// Parts of the work, each done alone by the plain component.
    pub parts: &'static [(&'static str, ForFile)],
}

/// A request whose body is not held.
#[derive(Clone, Debug, Default)]
pub struct Sending {
    /// GET, POST, ...
    pub method: &'static str,
    /// Path and query.
    pub path: String,
    /// What the body is.
    pub content_type: &'static str,
    /// How it begins.
    pub first: String,
    /// Bytes that follow and mean nothing.
    pub filling: u64,
    /// How it ends.
    pub last: String,
    /// The status it is answered with.
    pub status: u16,
}

/// How one area is measured.
pub struct Area {
    /// As in `components/`.
    pub name: &'static str,
    /// The requests that store the group of this number.
    pub seed: fn(u64, Size) -> Vec<Request>,
    /// What its clients send most.
    pub hot: &'static [Hot],
    /// The stores that `--scale` compares, the smaller one first.
    pub scale: [Size; 2],
    /// Clients that wait for something to happen while others are served.
    pub waiting: Option<Waiting>,
}

/// Requests that the server holds until it has something to say.
pub struct Waiting {
    /// How many at once.
    pub count: usize,
    /// The one of this number, sent again whenever it was answered.
    pub request: fn(u64) -> Request,
    /// How many seconds an answer says to stay away.
    pub retry_after: fn(&str) -> u64,
    /// The read that is measured beside them.
    pub beside: Hot,
}

/// One kind of request.
pub struct Hot {
    /// What it does, for the table.
    pub name: &'static str,
    /// Whether it changes nothing.
    pub read: bool,
    /// The status it is answered with.
    pub status: u16,
    /// The n-th request of this kind. Its number is never used twice.
    pub request: fn(u64, Size) -> Request,
}

/// How much is stored: groups (runs, ...) of items (jobs, ...).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Size {
    /// How many groups.
    pub groups: u64,
    /// How many items in each.
    pub items_each: u64,
    /// How long the JSON of an item is, about.
    pub item_bytes: usize,
}

impl Size {
    /// The number of items in all groups.
    pub fn items(self) -> u64 {
        self.groups * self.items_each
    }

    /// A group for the n-th request, spread over all of them and the same in each run of the program.
    pub fn group(self, n: u64) -> u64 {
        spread(n) % self.groups.max(1)
    }

    /// An item for the n-th request, out of a range of its group.
    pub fn item(self, n: u64, range: Range<u64>) -> u64 {
        let range = range.start.min(self.items_each)..range.end.min(self.items_each);
        range.start + spread(n ^ 0x5bd1_e995) % (range.end - range.start).max(1)
    }
}

/// Mixes the bits of a counter (SplitMix64), so that neighbours land far from each other.
pub fn spread(n: u64) -> u64 {
    let mut x = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// A request that is ready to be written.
pub struct Request {
    /// GET, POST, ...
    pub method: &'static str,
    /// Path and query.
    pub path: String,
    /// The header `Authorization`.
    pub authorization: Option<String>,
    /// A body, as a rule JSON.
    pub body: Option<Vec<u8>>,
    /// The same work done here, without an application around it: what it takes is shown beside
    /// what the answer took.
    pub natively: Option<fn(&[u8])>,
    /// What follows from the answer; all together are measured as one.
    pub then: Option<Then>,
}

/// Makes the next request of an answer; `None` when that is not the answer it should be.
pub type Then = Box<dyn FnOnce(&str) -> Option<Request>>;

impl Request {
    /// A GET.
    pub fn get(path: String) -> Self {
        let (authorization, body, natively, then) = (None, None, None, None);
        Self { method: "GET", path, authorization, body, natively, then }
    }

    /// A POST or PUT with a JSON body.
    pub fn with_body(method: &'static str, path: String, body: &serde_json::Value) -> Self {
        Self::with_bytes(method, path, body.to_string())
    }

    /// A POST or PUT with this body.
    pub fn with_bytes(method: &'static str, path: String, body: impl Into<Vec<u8>>) -> Self {
        Self { method, body: Some(body.into()), ..Self::get(path) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_stay_inside_the_store() {
        let size = Size { groups: 7, items_each: 5, item_bytes: 10 };
        for n in 0..1000 {
            assert!(size.group(n) < 7);
            assert!((3..5).contains(&size.item(n, 3..30)));
        }
    }

    #[test]
    fn choices_reach_every_group() {
        let size = Size { groups: 50, items_each: 1, item_bytes: 10 };
        let mut seen: Vec<_> = (0..1000).map(|n| size.group(n)).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 50);
    }
}
