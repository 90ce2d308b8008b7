//! Results that come as JSON, in three shapes: what refstack-client sends (passed tests only), ours
//! (any status), and the parsed form of 2014.
//!
//! Only the outline is read at once; each test is read when its turn comes, so that memory follows
//! the length of the text and not the number of tests.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};

use assay_subunit::{LONGEST_ID, MOST_TAGS, MOST_TESTS, Micros, Status, Summary, name_of, uuid_of};
use assay_web::{json, json::RawObject, time};
use serde_json::value::RawValue;

use super::rows::{self, NewTest};

/// How deep the text may nest.
const DEPTH: usize = 64;
const LONGEST_NAME: usize = 512;
const LONGEST_UUID: usize = 36;
/// The longest id of a cloud, in characters.
pub const LONGEST_CPID: usize = 128;

/// What is wrong with a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// It is not JSON.
    NotJson(String),
    /// It has not the shape; says where.
    Shape(String),
}

fn shape<T>(detail: &str) -> Result<T, Wrong> {
    Err(Wrong::Shape(detail.to_owned()))
}

/// What may be left out, and which shapes there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strictness {
    /// As the later clients send it: with `cpid` and `duration_seconds`.
    Exact,
    /// As old runners may send it.
    Lenient,
}

/// A test that was not read yet, and the key that it stands under, if that matters.
type Item<'a> = (Cow<'a, str>, &'a RawValue);

/// The outline of a text.
#[derive(Debug)]
pub struct Outline<'a> {
    /// Of which cloud it speaks.
    pub cpid: Option<String>,
    /// How long the run took, if it says so.
    pub duration_seconds: Option<i64>,
    kind: Kind,
    items: Vec<Item<'a>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// `{"name", "uuid"?}`, all passed, each name once.
    Passed,
    /// `{"id", "status", ...}`.
    Any,
    /// `["<test>", "PASS", 1.02]` of a class.
    OfClass,
    /// `["FAIL", 0.4]` of a test id.
    ById,
}

impl<'a> Outline<'a> {
    /// Reads the outline of a text.
    pub fn read(text: &'a [u8], strictness: Strictness) -> Result<Self, Wrong> {
        let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
        if json::depth(text) > DEPTH {
            return Err(Wrong::NotJson("it nests too deep".to_owned()));
        }
        let text = str::from_utf8(text).map_err(|_| Wrong::NotJson("it is not UTF-8".into()))?;
        let object: Result<RawObject<'a>, _> = serde_json::from_str(text);
        let object = match object {
            Ok(object) => object,
            Err(error) if error.is_data() => return shape("the body must be an object"),
            Err(error) => return Err(Wrong::NotJson(error.to_string())),
        };
        let (kind, items) = items(&object, strictness)?;
        let known: &[&str] = match kind {
            Kind::Passed => &["cpid", "duration_seconds", "results"],
            Kind::Any => &["cpid", "duration_seconds", "tests"],
            Kind::OfClass | Kind::ById => {
                &["cpid", "duration_seconds", "summary", "data", "results"]
            }
        };
        if let Some((key, _)) = object.pairs().find(|(key, _)| !known.contains(key)) {
            return Err(Wrong::Shape(format!("unknown key '{key}'")));
        }
        let exact = strictness == Strictness::Exact && kind == Kind::Passed;
        let outline = Self {
            cpid: cpid(object.get("cpid"))?,
            duration_seconds: duration(object.get("duration_seconds"))?,
            kind,
            items,
        };
        if exact && outline.cpid.is_none() {
            return shape("'cpid' is missing");
        }
        if exact && outline.duration_seconds.is_none() {
            return shape("'duration_seconds' is missing");
        }
        Ok(outline)
    }

    /// Whether it names no test at all.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Whether it is the shape that lists only what passed.
    pub fn lists_passed_only(&self) -> bool {
        self.kind == Kind::Passed
    }

    /// The tests, one after the other.
    pub fn tests(&self) -> Tests<'_> {
        Tests {
            kind: self.kind,
            items: self.items.iter(),
            seen: HashSet::new(),
            attempts: HashMap::new(),
            hasher: RandomState::new(),
            summary: Summary::default(),
            span: None,
            index: 0,
        }
    }
}

/// Finds where the tests are.
fn items<'a>(
    object: &RawObject<'a>,
    strictness: Strictness,
) -> Result<(Kind, Vec<Item<'a>>), Wrong> {
    let (kind, items) = if let Some(tests) = object.get("tests") {
        (Kind::Any, array(tests, "tests")?)
    } else if let Some(data) = object.get("data").filter(|_| strictness == Strictness::Lenient) {
        let Some(classes) = RawObject::parse(data.get()) else {
            return shape("'data' must be an object");
        };
        let mut items = Vec::new();
        for (class, tests) in classes.into_pairs() {
            let tests = array(tests, "a class in 'data'")?;
            items.extend(tests.into_iter().map(|(_, test)| (class.clone(), test)));
        }
        (Kind::OfClass, items)
    } else {
        let Some(results) = object.get("results") else { return shape("'results' is missing") };
        match RawObject::parse(results.get()) {
            Some(by_id) if strictness == Strictness::Lenient => {
                (Kind::ById, by_id.into_pairs().collect())
            }
            _ => (Kind::Passed, array(results, "results")?),
        }
    };
    if items.len() > MOST_TESTS {
        return shape("there are too many tests");
    }
    Ok((kind, items))
}

fn array<'a>(value: &'a RawValue, what: &str) -> Result<Vec<Item<'a>>, Wrong> {
    let items: Result<Vec<&RawValue>, _> = serde_json::from_str(value.get());
    match items {
        Ok(items) => Ok(items.into_iter().map(|item| (Cow::Borrowed(""), item)).collect()),
        Err(_) => Err(Wrong::Shape(format!("'{what}' must be a list"))),
    }
}

fn cpid(value: Option<&RawValue>) -> Result<Option<String>, Wrong> {
    let Some(value) = value else { return Ok(None) };
    match serde_json::from_str::<String>(value.get()) {
        Ok(cpid) if cpid.chars().count() <= LONGEST_CPID => Ok(Some(cpid)),
        _ => shape("'cpid' must be a text of at most 128 characters"),
    }
}

fn duration(value: Option<&RawValue>) -> Result<Option<i64>, Wrong> {
    let Some(value) = value else { return Ok(None) };
    match serde_json::from_str::<i64>(value.get()) {
        Ok(seconds) if (0..=i64::from(i32::MAX)).contains(&seconds) => Ok(Some(seconds)),
        _ => shape("'duration_seconds' must be a whole number from 0 to 2147483647"),
    }
}

/// The tests of a text. When all have been taken, [`Tests::summary`] counts them.
#[derive(Debug)]
pub struct Tests<'a> {
    kind: Kind,
    items: std::slice::Iter<'a, Item<'a>>,
    /// Hashes of the names that have been seen.
    seen: HashSet<u64>,
    attempts: HashMap<u64, usize>,
    hasher: RandomState,
    summary: Summary,
    span: Option<(Micros, Micros)>,
    index: usize,
}

impl<'a> Tests<'a> {
    /// The counts so far.
    pub fn summary(&self) -> Summary {
        self.summary
    }

    /// From the earliest time so far to the latest, in seconds.
    pub fn duration_seconds(&self) -> i64 {
        self.span.map_or(0, |(first, last)| (last - first) / time::SECOND)
    }

    fn read(&mut self, key: &'a str, item: &'a RawValue) -> Result<Option<NewTest<'a>>, Wrong> {
        let (id, uuid, status, seconds) = match self.kind {
            Kind::Passed => {
                let (name, uuid) = passed(item)?;
                if !self.seen.insert(self.hasher.hash_one(&name)) {
                    return Ok(None);
                }
                let uuid = uuid.or_else(|| uuid_of(&name).map(|uuid| Cow::Owned(uuid.to_owned())));
                return Ok(Some(self.test(name.clone(), name, uuid, Status::Success)));
            }
            Kind::Any => return self.any(item).map(Some),
            Kind::OfClass => {
                let (name, word, seconds): (Cow<'a, str>, Cow<'a, str>, f64) = read(item)?;
                (Cow::Owned(format!("{key}.{name}")), None::<Cow<'a, str>>, word, seconds)
            }
            Kind::ById => {
                let (word, seconds): (Cow<'a, str>, f64) = read(item)?;
                (Cow::Borrowed(key), None, word, seconds)
            }
        };
        let status = match &*status {
            "PASS" => Status::Success,
            "FAIL" | "FAIL_SETUP" | "ERROR" => Status::Fail,
            "SKIP" => Status::Skip,
            _ => return shape("a status must be PASS, FAIL, FAIL_SETUP, ERROR or SKIP"),
        };
        check_id(&id)?;
        let name = Cow::Owned(name_of(&id).into_owned());
        let uuid = uuid.or_else(|| uuid_of(&id).map(|uuid| Cow::Owned(uuid.to_owned())));
        let mut test = self.test(id, name, uuid, status);
        test.duration = seconds.is_finite().then_some(seconds);
        Ok(Some(test))
    }

    /// A test of our own shape.
    fn any(&mut self, item: &'a RawValue) -> Result<NewTest<'a>, Wrong> {
        let item = object(item)?;
        let Some(id) = text(&item, "id")? else { return shape("a test has no 'id'") };
        let status = text(&item, "status")?.unwrap_or(Cow::Borrowed(""));
        let Some(status) = Status::parse(&status) else { return shape("a test has no 'status'") };
        check_id(&id)?;
        let (name, uuid) =
            (name_of(&id).into_owned(), uuid_of(&id).map(|uuid| Cow::Owned(uuid.to_owned())));
        let mut test = self.test(id, Cow::Owned(name), uuid, status);
        test.worker = text(&item, "worker")?;
        let (started, stopped) = (moment(&item, "started_at")?, moment(&item, "stopped_at")?);
        for time in started.iter().chain(&stopped) {
            let (first, last) = self.span.unwrap_or((*time, *time));
            self.span = Some((first.min(*time), last.max(*time)));
        }
        (test.started_at, test.stopped_at) = (started, stopped);
        test.duration = stopped.zip(started).map(|(to, from)| rows::seconds(to - from));
        if let Some(tags) = item.get("tags") {
            test.tags = read(tags)?;
            if test.tags.len() > MOST_TAGS {
                return shape("a test has too many tags");
            }
            test.tags.sort_unstable();
            test.tags.dedup();
        }
        Ok(test)
    }

    fn test(
        &mut self,
        id: Cow<'a, str>,
        name: Cow<'a, str>,
        uuid: Option<Cow<'a, str>>,
        status: Status,
    ) -> NewTest<'a> {
        self.summary.count(&id, Some(status));
        let attempt = self.attempts.entry(self.hasher.hash_one(&id)).or_default();
        *attempt += 1;
        let index = self.index;
        self.index += 1;
        NewTest {
            index,
            attempt: *attempt,
            status: status.word(),
            id,
            name,
            uuid,
            worker: None,
            tags: Vec::new(),
            started_at: None,
            stopped_at: None,
            duration: None,
            attachments: &[],
        }
    }
}

impl<'a> Iterator for Tests<'a> {
    type Item = Result<NewTest<'a>, Wrong>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (key, item) = self.items.next()?;
            if let Some(test) = self.read(key, item).transpose() {
                return Some(test);
            }
        }
    }
}

/// What refstack-client says of a test that passed.
fn passed<'a>(item: &'a RawValue) -> Result<(Cow<'a, str>, Option<Cow<'a, str>>), Wrong> {
    let item = object(item)?;
    let Some(name) = text(&item, "name")? else { return shape("a result has no 'name'") };
    if name.chars().count() > LONGEST_NAME || name.is_empty() {
        return shape("a 'name' must have 1 to 512 characters");
    }
    let uuid = text(&item, "uuid")?;
    if uuid.as_ref().is_some_and(|uuid| uuid.chars().count() > LONGEST_UUID) {
        return shape("a 'uuid' must have at most 36 characters");
    }
    Ok((name, uuid))
}

fn object<'a>(item: &'a RawValue) -> Result<RawObject<'a>, Wrong> {
    RawObject::parse(item.get()).ok_or_else(|| Wrong::Shape("a test must be an object".into()))
}

/// A key's text; null is as good as nothing.
fn text<'a>(item: &RawObject<'a>, key: &str) -> Result<Option<Cow<'a, str>>, Wrong> {
    match item.get(key).filter(|value| value.get() != "null") {
        None => Ok(None),
        Some(value) => match read(value) {
            Ok(Text(text)) => Ok(Some(text)),
            Err(_) => Err(Wrong::Shape(format!("'{key}' must be a text"))),
        },
    }
}

/// A text that is borrowed where it has no escapes in it.
#[derive(serde::Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

fn read<'a, T: serde::Deserialize<'a>>(value: &'a RawValue) -> Result<T, Wrong> {
    serde_json::from_str(value.get()).map_err(|error| Wrong::Shape(error.to_string()))
}

fn moment(item: &RawObject<'_>, key: &str) -> Result<Option<Micros>, Wrong> {
    let Some(text) = text(item, key)? else { return Ok(None) };
    match time::parse(&text) {
        Some(time) => Ok(Some(time)),
        None => Err(Wrong::Shape(format!("'{key}' must be a time such as 2024-02-29T23:59:58Z"))),
    }
}

fn check_id(id: &str) -> Result<(), Wrong> {
    if id.is_empty() || id.len() > LONGEST_ID {
        return shape("a test id must have 1 to 4096 bytes");
    }
    Ok(())
}

#[cfg(test)]
mod tests;
