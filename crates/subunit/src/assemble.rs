//! From events to tests.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher};

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use crate::bytes::same;
use crate::files::{Growing, Words};
use crate::records::{Record, Summary};
use crate::shared::Tags;
use crate::{Attachment, Event, Micros, Sink, Status};

/// The longest test id, in bytes.
pub const LONGEST_ID: usize = 4096;
/// The most tests in a run.
pub const MOST_TESTS: usize = 200_000;
/// The most tags of a test.
pub const MOST_TAGS: usize = 100;
/// What may be unfinished at once, in bytes, about.
const MOST_HELD: usize = 24 << 20;
/// What a record costs beside its texts.
const RECORD_COST: usize = 200;

/// Puts the events of a stream together to tests.
#[derive(Debug, Default)]
pub struct Assembler {
    /// Tests in the order in which they began, until they are taken out. What is said of one
    /// changes it where it is: moving records about is what took most of the time in wasm.
    tests: Vec<Test>,
    /// Where the open test is that was spoken of last: mostly it is spoken of next.
    recent: Option<usize>,
    /// Where the other open tests are.
    open: HashTable<usize>,
    closed_bytes: usize,
    /// How often each id was tried, by a hash of it.
    attempts: Counts,
    hasher: RandomState,
    opened: usize,
    held: usize,
    /// How many tests were taken out.
    taken: usize,
    summary: Summary,
    first: Option<Micros>,
    last: Option<Micros>,
    files: Growing,
    words: Words,
    /// Whether attachments are hashed.
    digests: bool,
}

#[derive(Debug)]
struct Test {
    /// Until the record is taken out, its index is the number of tests that began before.
    record: Record,
    state: State,
    /// A hash of its id and worker.
    key: u64,
    files: Growing,
    cost: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Open,
    Closed,
    /// Only listed: dropped in the end if it ran anyway.
    Listed,
}

/// Counts by a hash, which needs no second one.
type Counts = HashMap<u64, usize, BuildHasherDefault<AsItIs>>;

#[derive(Debug, Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |hash, byte| hash.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

/// What is left when all events are in.
pub(crate) struct Assembled {
    pub(crate) tests: Vec<Record>,
    pub(crate) summary: Summary,
    pub(crate) duration_seconds: i64,
    pub(crate) files: Vec<Attachment>,
}

impl Assembler {
    /// One that hashes attachments; the default one does not.
    pub fn with_digests() -> Self {
        Self { digests: true, files: Growing::new(true, false), ..Self::default() }
    }

    /// Takes out finished tests, so that they need not be held until the end: those before which
    /// nothing is unfinished, or all of them when that is too little.
    pub fn take_closed(&mut self) -> Vec<Record> {
        let is_open = |test: &Test| test.state == State::Open;
        let unfinished = self.tests.iter().position(is_open).unwrap_or(self.tests.len());
        let before = self.tests.iter().take(unfinished);
        let cost: usize = before.filter(|test| test.state == State::Closed).map(|t| t.cost).sum();
        let enough = cost * 2 >= self.closed_bytes;
        let searched = if enough { unfinished } else { self.tests.len() };
        let recent = self.recent.and_then(|at| self.tests.get(at)).map(|test| test.record.index);
        let closed = self.tests.extract_if(..searched, |test| test.state == State::Closed);
        let taken: Vec<Record> = closed.map(|test| test.record).collect();
        self.closed_bytes = if enough { self.closed_bytes - cost } else { 0 };
        self.find_open(recent);
        self.numbered(taken)
    }

    /// Notes where the open tests are now, and the one with the index `recent`.
    fn find_open(&mut self, recent: Option<usize>) {
        self.open.clear();
        self.recent = None;
        for at in 0..self.tests.len() {
            match self.tests.get(at).filter(|test| test.state == State::Open) {
                Some(test) if Some(test.record.index) == recent => self.recent = Some(at),
                Some(_) => self.put_aside(at),
                None => {}
            }
        }
    }

    /// How much memory the finished tests take that are there to be taken out, about.
    pub fn closed_bytes(&self) -> usize {
        self.closed_bytes
    }

    pub(crate) fn finish(mut self) -> Assembled {
        let mut left = Vec::with_capacity(self.tests.len());
        for mut test in std::mem::take(&mut self.tests) {
            let mut record = test.record;
            match test.state {
                State::Closed => {}
                State::Listed if self.attempts.contains_key(&self.hasher.hash_one(&record.id)) => {
                    continue;
                }
                State::Listed => self.summary.count(&record.id, record.status),
                State::Open => {
                    record.stopped_at = None;
                    record.attachments = test.files.finish();
                    self.summary.count(&record.id, record.status);
                }
            }
            left.push(record);
        }
        let span = self.last.zip(self.first).map_or(0, |(last, first)| last - first);
        Assembled {
            tests: self.numbered(left),
            summary: self.summary,
            duration_seconds: span / 1_000_000,
            files: self.files.finish(),
        }
    }

    /// Gives tests that are taken out the next indexes.
    fn numbered(&mut self, mut records: Vec<Record>) -> Vec<Record> {
        for record in &mut records {
            record.index = self.taken;
            self.taken += 1;
        }
        records
    }

    fn note_time(&mut self, time: Micros) {
        self.first = Some(self.first.map_or(time, |first| first.min(time)));
        self.last = Some(self.last.map_or(time, |last| last.max(time)));
    }

    fn hold(&mut self, cost: usize) -> Result<(), &'static str> {
        self.held += cost;
        if self.held > MOST_HELD { Err("too much is unfinished at once") } else { Ok(()) }
    }

    /// Where the test is that an event is about, which is the recent one from now on.
    fn find(&mut self, id: &str, event: &Event<'_>) -> Result<usize, &'static str> {
        let is_it = |test: &Test| test.is(id, event.worker);
        match self.recent {
            Some(at) if self.tests.get(at).is_some_and(is_it) => return Ok(at),
            Some(at) => self.put_aside(at),
            None => {}
        }
        let key = match event.worker {
            None => self.hasher.hash_one(id),
            Some(worker) => self.hasher.hash_one((id, worker)),
        };
        let known = |at: &usize| self.tests.get(*at).is_some_and(is_it);
        let at = match self.open.find_entry(key, known) {
            Ok(known) => known.remove().0,
            Err(_) => self.begin(id, event, key)?,
        };
        self.recent = Some(at);
        Ok(at)
    }

    /// An open test is not the recent one any more.
    fn put_aside(&mut self, at: usize) {
        let key = |at: &usize| self.tests.get(*at).map_or(0, |test| test.key);
        self.open.insert_unique(key(&at), at, key);
    }

    fn begin(&mut self, id: &str, event: &Event<'_>, key: u64) -> Result<usize, &'static str> {
        if id.len() > LONGEST_ID {
            return Err("a test id is too long");
        }
        if self.opened >= MOST_TESTS {
            return Err("there are too many tests");
        }
        let attempt = match (event.status, event.worker) {
            (Some(Status::Exists), _) => 0,
            (_, None) => self.next_attempt(key),
            (_, Some(_)) => self.next_attempt(self.hasher.hash_one(id)),
        };
        let worker = event.worker.map(str::to_owned);
        let cost = RECORD_COST + 2 * (id.len() + worker.as_ref().map_or(0, String::len));
        self.hold(cost)?;
        let record = Record {
            index: self.opened,
            attempt,
            id: id.to_owned(),
            worker,
            status: None,
            tags: Tags::default(),
            started_at: None,
            stopped_at: None,
            attachments: Vec::new(),
        };
        self.opened += 1;
        let files = Growing::new(self.digests, true);
        self.tests.push(Test { record, state: State::Open, key, files, cost });
        Ok(self.tests.len() - 1)
    }

    /// Counts an attempt at the id with this hash.
    fn next_attempt(&mut self, id: u64) -> usize {
        let attempts = self.attempts.entry(id).or_default();
        *attempts += 1;
        *attempts
    }

    /// The recent test, which is there, is over.
    fn close(&mut self) {
        let recent = self.recent.take();
        let Some(test) = recent.and_then(|at| self.tests.get_mut(at)) else { return };
        let record = &mut test.record;
        record.attachments = test.files.finish();
        if record.status != Some(Status::Exists) {
            test.state = State::Closed;
            self.held = self.held.saturating_sub(test.cost);
            self.closed_bytes += test.cost;
            self.summary.count(&record.id, record.status);
            return;
        }
        test.state = State::Listed;
        if record.attempt > 0 {
            // What began without a status and turned out to be only listed was no attempt.
            forget_attempt(&mut self.attempts, self.hasher.hash_one(&record.id));
        }
        record.attempt = 1;
    }
}

fn forget_attempt(all: &mut Counts, id: u64) {
    if let Entry::Occupied(mut attempts) = all.entry(id) {
        *attempts.get_mut() -= 1;
        if *attempts.get() == 0 {
            attempts.remove();
        }
    }
}

impl Sink for Assembler {
    fn event(&mut self, event: Event<'_>) -> Result<(), &'static str> {
        if let Some(time) = event.time {
            self.note_time(time);
        }
        let Some(id) = event.test_id else {
            let Some(piece) = &event.file else { return Ok(()) };
            // Nobody is shown these, so a run that has more of them than can be known is no worse.
            if self.files.is_full_for(piece, &self.words) {
                return Ok(());
            }
            let cost = self.files.add(event.mime, piece, &mut self.words)?;
            return self.hold(cost);
        };
        let at = self.find(id, &event)?;
        let is_final = event.status.is_some_and(Status::is_final);
        let Some(test) = self.tests.get_mut(at) else { return Ok(()) };
        let cost = test.take(event, &mut self.words)?;
        self.hold(cost)?;
        if is_final {
            self.close();
        }
        Ok(())
    }
}

impl Test {
    fn is(&self, id: &str, worker: Option<&str>) -> bool {
        same(self.record.id.as_bytes(), id.as_bytes()) && self.record.worker.as_deref() == worker
    }

    /// Takes what an event says, and says how much memory that costs.
    fn take(&mut self, event: Event<'_>, words: &mut Words) -> Result<usize, &'static str> {
        let mut cost = 0;
        if event.time.is_some() {
            self.record.started_at = self.record.started_at.or(event.time);
            self.record.stopped_at = event.time;
        }
        if let Some(tags) = event.tags {
            if tags.are_too_many() {
                return Err("a test has too many tags");
            }
            cost += tags.cost();
            self.record.tags = tags;
        }
        if let Some(piece) = &event.file {
            cost += self.files.add(event.mime, piece, words)?;
        }
        self.record.status = event.status.or(self.record.status);
        self.cost += cost;
        Ok(cost)
    }
}
