//! Tests as they are stored and shown.
//!
//! [`Rows`] takes the tests of an upload one after the other and gives [`Batch`]es of them, which
//! one statement stores: pages of [`PAGE`] tests, each a JSON array as it will be shown.

pub mod names;
mod text;

use std::borrow::Cow;
use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use assay_subunit::{Attachment, Micros, Record, Status};
use serde::Deserialize;

/// How many tests a page has at most. One is read for each test that is looked up.
pub const PAGE: usize = 50;
/// A page that has come to so many bytes ends earlier.
const PAGE_BYTES: usize = 1 << 20;
/// The longest test, in bytes of the JSON that is shown: id, tags, names of attachments and all.
/// What lists tests holds so many of them.
pub const LONGEST_TEST: usize = 256 << 10;

/// A test on its way into the store.
#[derive(Clone, Debug)]
pub struct NewTest<'a> {
    /// Its place in the run.
    pub index: usize,
    /// What the runner calls it.
    pub id: Cow<'a, str>,
    /// The id without attributes.
    pub name: Cow<'a, str>,
    /// The uuid among the attributes.
    pub uuid: Option<Cow<'a, str>>,
    /// How it ended, if anything was said of that.
    pub status: Option<Status>,
    /// Which try it was, from 1.
    pub attempt: usize,
    /// Where it ran.
    pub worker: Option<Cow<'a, str>>,
    /// Its tags.
    pub tags: Vec<Cow<'a, str>>,
    /// When it began.
    pub started_at: Option<Micros>,
    /// When it ended.
    pub stopped_at: Option<Micros>,
    /// How long it took, in seconds.
    pub duration: Option<f64>,
    /// What it left behind.
    pub attachments: &'a [Attachment],
}

impl<'a> NewTest<'a> {
    /// A test that a stream told of.
    pub fn of(record: &'a Record) -> Self {
        let text = |text: &'a String| Cow::Borrowed(text.as_str());
        Self {
            index: record.index,
            id: text(&record.id),
            name: record.name(),
            uuid: record.uuid().map(Cow::Borrowed),
            status: record.status,
            attempt: record.attempt,
            worker: record.worker.as_ref().map(text),
            tags: record.tags.iter().map(text).collect(),
            started_at: record.started_at,
            stopped_at: record.stopped_at,
            duration: record.duration().map(seconds),
            attachments: &record.attachments,
        }
    }
}

/// A test as the store gives it back, without its attachments.
#[derive(Clone, Debug, Deserialize)]
pub struct Test<'a> {
    /// Its place in the run.
    pub index: usize,
    /// What the runner calls it.
    #[serde(borrow)]
    pub id: Cow<'a, str>,
    /// The id without attributes.
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    /// The uuid among the attributes.
    #[serde(borrow)]
    pub uuid: Option<Cow<'a, str>>,
    /// How it ended.
    #[serde(borrow)]
    pub status: Cow<'a, str>,
    /// Which try it was, from 1.
    pub attempt: usize,
    /// Where it ran.
    #[serde(borrow)]
    pub worker: Option<Cow<'a, str>>,
    /// Its tags.
    #[serde(borrow)]
    pub tags: Vec<Cow<'a, str>>,
    /// When it began.
    #[serde(borrow)]
    pub started_at: Option<Cow<'a, str>>,
    /// When it ended.
    #[serde(borrow)]
    pub stopped_at: Option<Cow<'a, str>>,
    /// How long it took, in seconds.
    pub duration: Option<f64>,
}

/// Microseconds as seconds with a fraction.
pub fn seconds(micros: Micros) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a microsecond is seen up to 285 years")]
    let micros = micros as f64;
    micros / 1e6
}

/// A status in one word.
pub fn word(status: Option<Status>) -> &'static str {
    status.map_or("unknown", Status::word)
}

/// The length of a test as it is shown, in bytes: what it is at the most, or what it is where that
/// could be over [`LONGEST_TEST`].
pub fn length(test: &NewTest<'_>) -> usize {
    let texts = [&test.id, &test.name].into_iter().chain(&test.uuid).chain(&test.worker);
    let most = most(texts.chain(&test.tags).map(|text| &**text), test.attachments);
    if most <= LONGEST_TEST {
        return most;
    }
    let mut shown = Vec::new();
    text::test(&mut shown, test);
    let not_hashed = test.attachments.iter().filter(|file| file.sha256.is_none()).count();
    shown.len() + not_hashed * text::DIGEST
}

/// The same of a test that a stream told of.
pub fn length_of(record: &Record) -> usize {
    // Name and uuid are parts of the id.
    let texts = [&record.id; 3].into_iter().chain(&record.worker).chain(record.tags.iter());
    let most = most(texts.map(String::as_str), &record.attachments);
    if most <= LONGEST_TEST { most } else { length(&NewTest::of(record)) }
}

/// The longest that a test with these texts can be.
fn most<'a>(texts: impl Iterator<Item = &'a str>, attachments: &[Attachment]) -> usize {
    /// A byte can become an escape of so many.
    const ESCAPED: usize = 6;
    /// Keys, numbers and times; of an attachment its digest.
    const REST: usize = 300;
    let texts: usize = texts.map(|text| text.len() + 1).sum();
    let named: usize = attachments.iter().map(|file| file.name.len() + file.mime.len()).sum();
    ESCAPED * (texts + named) + REST * (1 + attachments.len())
}

/// Tests for one statement.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// The index of the first one.
    pub first: usize,
    /// What is where in `bytes`, as JSON.
    pub layout: String,
    /// The pages.
    pub bytes: Vec<u8>,
    /// What passed: a JSON array without its brackets.
    pub passed_names: String,
    /// The uuids of it, the same.
    pub passed_uuids: String,
}

/// Collects tests.
#[derive(Debug, Default)]
pub struct Rows {
    bytes: Vec<u8>,
    layout: Vec<[usize; 5]>,
    passed_names: Vec<u8>,
    passed_uuids: Vec<u8>,
    /// The page that fills: the index of its first test and where it begins in `bytes`.
    page: Option<(usize, usize)>,
    pieces: Vec<u8>,
    first: usize,
    next: usize,
    /// Hashes of the names that have passed: each counts once.
    seen: HashSet<u64>,
    hasher: RandomState,
}

impl Rows {
    /// How much is collected, in bytes, about.
    pub fn bytes(&self) -> usize {
        self.bytes.len() + self.pieces.len() + self.passed_names.len()
    }

    /// Adds the next test.
    pub fn add(&mut self, test: &NewTest<'_>) {
        let (first, offset) = *self.page.get_or_insert((test.index, self.bytes.len()));
        let opening = if test.index == first { b'[' } else { b',' };
        self.bytes.push(opening);
        text::test(&mut self.bytes, test);
        self.pieces.push(opening);
        text::pieces(&mut self.pieces, test.attachments);
        if test.status == Some(Status::Success) {
            self.passed(test);
        }
        self.next = test.index + 1;
        if self.next - first == PAGE || self.bytes.len() - offset >= PAGE_BYTES {
            self.end_page();
        }
    }

    fn passed(&mut self, test: &NewTest<'_>) {
        if self.seen.insert(self.hasher.hash_one(&test.name)) {
            text::next_item(&mut self.passed_names, &test.name);
        }
        if let Some(uuid) = &test.uuid {
            text::next_item(&mut self.passed_uuids, uuid);
        }
    }

    fn end_page(&mut self) {
        let Some((first, offset)) = self.page.take() else { return };
        self.bytes.push(b']');
        self.pieces.push(b']');
        let (tests, pieces) = (self.bytes.len() - offset, self.pieces.len());
        self.layout.push([first, self.next - 1, offset, tests, pieces]);
        self.bytes.append(&mut self.pieces);
    }

    /// Takes out what has been collected.
    pub fn take(&mut self) -> Batch {
        self.end_page();
        let (first, layout) = (self.first, std::mem::take(&mut self.layout));
        self.first = self.next;
        let text = |bytes: &mut Vec<u8>| {
            String::from_utf8(std::mem::take(bytes)).unwrap_or_default() // it is made of texts
        };
        Batch {
            first,
            layout: text::numbers(layout.iter().map(|page| text::numbers(page.iter()))),
            bytes: std::mem::take(&mut self.bytes),
            passed_names: text(&mut self.passed_names),
            passed_uuids: text(&mut self.passed_uuids),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collected(stream: &str) -> Batch {
        let mut parser = assay_subunit::Parser::new(assay_subunit::Format::V1);
        parser.push(stream.as_bytes()).unwrap();
        let mut rows = Rows::default();
        for record in parser.finish().unwrap().tests {
            rows.add(&NewTest::of(&record));
        }
        rows.take()
    }

    /// The texts of the pages: tests and pieces.
    fn pages(batch: &Batch) -> Vec<(String, String)> {
        let layout: Vec<[usize; 5]> = serde_json::from_str(&batch.layout).unwrap();
        let text = |from: usize, length: usize| {
            String::from_utf8(batch.bytes[from..from + length].to_vec()).unwrap()
        };
        let page =
            |[_, _, at, tests, pieces]: [usize; 5]| (text(at, tests), text(at + tests, pieces));
        layout.into_iter().map(page).collect()
    }

    #[test]
    fn nothing_is_no_page() {
        let batch = Rows::default().take();
        assert_eq!((batch.layout.as_str(), batch.passed_names.as_str()), ("[]", ""));
        assert_eq!(batch.bytes.len(), 0);
    }

    #[test]
    fn a_page_has_tests_and_where_their_attachments_are() {
        let batch = collected("test: a[id-7]\nfailure: a[id-7] [\nx\n]\ntest: b\ntest: c\n");
        let [(tests, pieces)] = &*pages(&batch) else { panic!("one page") };
        let read: Vec<Test<'_>> = serde_json::from_str(tests).unwrap();
        assert_eq!((&*read[0].name, read[0].uuid.as_deref()), ("a", Some("7")));
        assert_eq!((&*read[1].status, read[1].index), ("inprogress", 1));
        assert!(tests.contains(r#""attachments":[{"name":"traceback","mime":"text/x-traceb"#));
        assert_eq!(pieces, "[[[33,2]],[]]");
    }

    #[test]
    fn what_passed_counts_once_by_name() {
        let ran = |id: &str| format!("test: {id}\nsuccess: {id}\n");
        let batch = collected(&[ran("b[id-1]"), ran("a"), ran("b[id-2]")].concat());
        assert_eq!(batch.passed_names, r#""b","a""#);
        assert_eq!(batch.passed_uuids, r#""1","2""#);
    }

    #[test]
    fn pages_follow_each_other_through_batches() {
        let mut rows = Rows::default();
        let record = |index| NewTest { index, ..test() };
        for index in 0..PAGE + 1 {
            rows.add(&record(index));
        }
        let one = rows.take();
        rows.add(&record(PAGE + 1));
        let two = rows.take();
        let layout: Vec<[usize; 5]> = serde_json::from_str(&one.layout).unwrap();
        assert_eq!((layout[0][..2].to_vec(), layout[1][..2].to_vec()), (vec![0, 49], vec![50, 50]));
        assert_eq!((one.first, two.first), (0, 51));
        assert_eq!(two.passed_names, "", "it was named before");
    }

    #[test]
    fn a_page_of_long_tests_ends_early() {
        let mut rows = Rows::default();
        let id = "x".repeat(200 << 10);
        for index in 0..8 {
            rows.add(&NewTest { index, id: id.as_str().into(), ..test() });
        }
        let layout: Vec<[usize; 5]> = serde_json::from_str(&rows.take().layout).unwrap();
        let ends: Vec<_> = layout.iter().map(|page| (page[0], page[1])).collect();
        assert_eq!(ends, [(0, 5), (6, 7)]);
    }

    #[test]
    fn a_length_is_exact_where_it_matters_and_never_too_short() {
        for (count, exact) in [(0, false), (10, false), (150, false), (800, true)] {
            let file = Attachment {
                name: "\u{1}".repeat(7).into(),
                mime: "text/plain".into(),
                size: 1 << 40,
                sha256: Some([255; 32]),
                pieces: Vec::new().into(),
            };
            let files = vec![file; count];
            let times = (Some(i64::MAX / 2), Some(i64::MIN / 2), Some(0.1 + 0.2));
            let test = NewTest {
                attachments: &files,
                tags: vec!["\"\"".into(); 100],
                worker: Some("\n".into()),
                started_at: times.0,
                stopped_at: times.1,
                duration: times.2,
                ..test()
            };
            let mut shown = Vec::new();
            text::test(&mut shown, &test);
            assert!(length(&test) >= shown.len(), "{count}");
            assert_eq!(length(&test) == shown.len(), exact, "{count}");
        }
    }

    fn test() -> NewTest<'static> {
        NewTest {
            index: 0,
            id: "a".into(),
            name: "a".into(),
            uuid: None,
            status: Some(Status::Success),
            attempt: 1,
            worker: None,
            tags: Vec::new(),
            started_at: None,
            stopped_at: None,
            duration: None,
            attachments: &[],
        }
    }
}
