//! Tests in JSON: one item of a list becomes one test.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};

use assay_subunit::{LONGEST_ID, MOST_TAGS, Micros, Status, Summary, name_of, uuid_of};
use assay_web::{json::RawObject, time};

use super::{Kind, Wrong, shape};
use crate::domain::rows::{self, NewTest};

const LONGEST_NAME: usize = 512;
const LONGEST_UUID: usize = 36;

/// Reads items, and counts them.
#[derive(Debug, Default)]
pub struct Items {
    /// Hashes of the names that have been seen.
    seen: HashSet<u64>,
    attempts: HashMap<u64, usize>,
    hasher: RandomState,
    summary: Summary,
    span: Option<(Micros, Micros)>,
    index: usize,
}

impl Items {
    /// The counts so far.
    pub fn summary(&self) -> Summary {
        self.summary
    }

    /// From the earliest time so far to the latest, in seconds.
    pub fn duration_seconds(&self) -> i64 {
        self.span.map_or(0, |(first, last)| (last - first) / time::SECOND)
    }

    /// Reads an item; `None` when it is one that does not count again.
    pub fn read<'a>(
        &mut self,
        kind: Kind,
        key: &'a str,
        item: &'a str,
    ) -> Result<Option<NewTest<'a>>, Wrong> {
        let (id, uuid, status, seconds) = match kind {
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
    fn any<'a>(&mut self, item: &'a str) -> Result<NewTest<'a>, Wrong> {
        let item = object(item)?;
        let Some(id) = text(&item, "id")? else { return shape("a test has no 'id'") };
        let Some(status) = text(&item, "status")? else { return shape("a test has no 'status'") };
        let Some(status) = Status::parse(&status) else {
            return Err(Wrong::Shape(format!("'{status}' is no status of a test")));
        };
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
            test.tags = read(tags.get())?;
            if test.tags.len() > MOST_TAGS {
                return shape("a test has too many tags");
            }
            test.tags.sort_unstable();
            test.tags.dedup();
        }
        Ok(test)
    }

    fn test<'a>(
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
            status: Some(status),
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

/// What refstack-client says of a test that passed.
fn passed<'a>(item: &'a str) -> Result<(Cow<'a, str>, Option<Cow<'a, str>>), Wrong> {
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

fn object<'a>(item: &'a str) -> Result<RawObject<'a>, Wrong> {
    // Keys that nobody reads have to be right as well; only escapes can still be wrong.
    if item.contains("\\u") {
        read::<serde_json::Value>(item)?;
    }
    RawObject::parse(item).ok_or_else(|| Wrong::Shape("a test must be an object".into()))
}

/// A key's text; null is as good as nothing.
fn text<'a>(item: &RawObject<'a>, key: &str) -> Result<Option<Cow<'a, str>>, Wrong> {
    match item.get(key).filter(|value| value.get() != "null") {
        None => Ok(None),
        Some(value) => match read(value.get()) {
            Ok(Text(text)) => Ok(Some(text)),
            Err(Wrong::Shape(error)) if value.get().starts_with('"') => {
                Err(Wrong::Shape(format!("'{key}': {error}")))
            }
            Err(_) => Err(Wrong::Shape(format!("'{key}' must be a text"))),
        },
    }
}

/// A text that is borrowed where it has no escapes in it.
#[derive(serde::Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

fn read<'a, T: serde::Deserialize<'a>>(value: &'a str) -> Result<T, Wrong> {
    serde_json::from_str(value).map_err(|error| Wrong::Shape(error.to_string()))
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
