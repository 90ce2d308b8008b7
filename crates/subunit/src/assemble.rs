//! From events to tests.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};

use crate::files::Growing;
use crate::records::{Record, Summary};
use crate::{Attachment, Event, Micros, Piece, Sink, Status};

/// The longest test id, in bytes.
pub const LONGEST_ID: usize = 4096;
/// The most tests in a run.
pub const MOST_TESTS: usize = 200_000;
/// The most tags of a test.
pub const MOST_TAGS: usize = 100;
/// What may be unfinished at once, in bytes, about.
const MOST_HELD: usize = 24 << 20;
/// What a record and a file cost beside their texts.
const RECORD_COST: usize = 200;
const FILE_COST: usize = 250;

/// Puts the events of a stream together to tests.
#[derive(Debug, Default)]
pub struct Assembler {
    /// The test that was spoken of last: mostly it is spoken of next.
    recent: Option<Open>,
    /// Other tests that have begun, by id and worker.
    open: HashMap<String, Open>,
    /// Finished tests, and what each costs in memory, about.
    closed: Vec<(Record, usize)>,
    closed_bytes: usize,
    /// Tests that were only listed: dropped in the end if they ran anyway.
    listed: Vec<Record>,
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
    files: Vec<Growing>,
    /// Whether attachments are hashed.
    digests: bool,
}

#[derive(Debug)]
struct Open {
    /// Until the record is taken out, its index is the number of tests that began before.
    record: Record,
    last: Option<Micros>,
    files: Vec<Growing>,
    cost: usize,
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
        Self { digests: true, ..Self::default() }
    }

    /// Takes out finished tests, so that they need not be held until the end: those before which
    /// nothing is unfinished, or all of them when that is too little.
    pub fn take_closed(&mut self) -> Vec<Record> {
        let open = self.open.values().chain(&self.recent).map(|open| open.record.index);
        let unfinished = open.min().unwrap_or(usize::MAX);
        self.closed.sort_unstable_by_key(|(record, _)| record.index);
        let before = self.closed.partition_point(|(record, _)| record.index < unfinished);
        let taken: usize = self.closed.iter().take(before).map(|(_, cost)| cost).sum();
        let enough = taken * 2 >= self.closed_bytes;
        let rest = self.closed.split_off(if enough { before } else { self.closed.len() });
        self.closed_bytes = rest.iter().map(|(_, cost)| cost).sum();
        let taken = std::mem::replace(&mut self.closed, rest);
        self.numbered(taken.into_iter().map(|(record, _)| record).collect())
    }

    /// How much memory the finished tests take that are there to be taken out, about.
    pub fn closed_bytes(&self) -> usize {
        self.closed_bytes
    }

    pub(crate) fn finish(mut self) -> Assembled {
        let closed = std::mem::take(&mut self.closed);
        let mut left: Vec<Record> = closed.into_iter().map(|(record, _)| record).collect();
        let open = std::mem::take(&mut self.open);
        for open in open.into_values().chain(self.recent.take()) {
            let mut record = open.record;
            record.attachments = finished(open.files);
            self.summary.count(&record.id, record.status);
            left.push(record);
        }
        for record in std::mem::take(&mut self.listed) {
            if !self.attempts.contains_key(&self.hasher.hash_one(&record.id)) {
                self.summary.count(&record.id, record.status);
                left.push(record);
            }
        }
        left.sort_unstable_by_key(|record| record.index);
        let span = self.last.zip(self.first).map_or(0, |(last, first)| last - first);
        Assembled {
            tests: self.numbered(left),
            summary: self.summary,
            duration_seconds: span / 1_000_000,
            files: finished(self.files),
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

    /// The test that an event is about, no longer among the others.
    fn find(&mut self, id: &str, event: &Event<'_>) -> Result<Open, &'static str> {
        let is_it = |open: &Open| {
            let worker = open.record.worker.as_deref().map(str::as_bytes);
            same(open.record.id.as_bytes(), id.as_bytes())
                && worker == event.worker.map(str::as_bytes)
        };
        match self.recent.take() {
            Some(open) if is_it(&open) => return Ok(open),
            Some(other) => drop(self.open.insert(key(&other.record), other)),
            None => {}
        }
        let known = match event.worker {
            None => self.open.remove(id),
            Some(worker) => self.open.remove(&key_of(id, worker)),
        };
        match known {
            Some(open) => Ok(open),
            None => self.begin(id, event),
        }
    }

    fn begin(&mut self, id: &str, event: &Event<'_>) -> Result<Open, &'static str> {
        if id.len() > LONGEST_ID {
            return Err("a test id is too long");
        }
        if self.opened >= MOST_TESTS {
            return Err("there are too many tests");
        }
        let attempt = match event.status {
            Some(Status::Exists) => 0,
            _ => self.next_attempt(id),
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
            tags: Vec::new(),
            started_at: None,
            stopped_at: None,
            attachments: Vec::new(),
        };
        self.opened += 1;
        Ok(Open { record, last: None, files: Vec::new(), cost })
    }

    fn next_attempt(&mut self, id: &str) -> usize {
        let attempts = self.attempts.entry(self.hasher.hash_one(id)).or_default();
        *attempts += 1;
        *attempts
    }

    /// What began without a status and turned out to be only listed was no attempt.
    fn forget_attempt(&mut self, id: &str) {
        if let Entry::Occupied(mut attempts) = self.attempts.entry(self.hasher.hash_one(id)) {
            *attempts.get_mut() -= 1;
            if *attempts.get() == 0 {
                attempts.remove();
            }
        }
    }

    fn close(&mut self, open: Open) {
        let Open { mut record, last, files, cost } = open;
        record.stopped_at = last;
        record.attachments = finished(files);
        if record.status == Some(Status::Exists) {
            if record.attempt > 0 {
                self.forget_attempt(&record.id);
            }
            record.attempt = 1;
            self.listed.push(record);
            return;
        }
        self.held = self.held.saturating_sub(cost);
        self.closed_bytes += cost;
        self.summary.count(&record.id, record.status);
        self.closed.push((record, cost));
    }
}

/// Under which key a test is held: version 2 has no NUL in an id, and version 1 has no workers.
fn key(record: &Record) -> String {
    match &record.worker {
        None => record.id.clone(),
        Some(worker) => key_of(&record.id, worker),
    }
}

fn key_of(id: &str, worker: &str) -> String {
    let mut key = String::with_capacity(id.len() + 1 + worker.len());
    key.push_str(id);
    key.push('\0');
    key.push_str(worker);
    key
}

/// Whether two texts are equal. WebAssembly's `memcmp` goes byte by byte; ids have a hundred.
fn same(one: &[u8], other: &[u8]) -> bool {
    let (ones, one_rest) = one.as_chunks::<8>();
    let (others, other_rest) = other.as_chunks::<8>();
    one.len() == other.len()
        && ones.iter().zip(others).all(|(a, b)| u64::from_ne_bytes(*a) == u64::from_ne_bytes(*b))
        && one_rest == other_rest
}

impl Sink for Assembler {
    fn event(&mut self, event: Event<'_>) -> Result<(), &'static str> {
        if let Some(time) = event.time {
            self.note_time(time);
        }
        let Some(id) = event.test_id else {
            let Some(piece) = &event.file else { return Ok(()) };
            let cost = add_piece(
                &mut self.files,
                event.mime,
                piece,
                Keep { pieces: false, digest: self.digests },
            )?;
            return self.hold(cost);
        };
        let mut open = self.find(id, &event)?;
        let cost = open.take(&event, self.digests)?;
        self.hold(cost)?;
        match event.status {
            Some(status) if status.is_final() => self.close(open),
            _ => self.recent = Some(open),
        }
        Ok(())
    }
}

impl Open {
    /// Takes what an event says, and says how much memory that costs.
    fn take(&mut self, event: &Event<'_>, digest: bool) -> Result<usize, &'static str> {
        let mut cost = 0;
        if event.time.is_some() {
            self.record.started_at = self.record.started_at.or(event.time);
            self.last = event.time;
        }
        if let Some(tags) = &event.tags {
            if tags.len() > MOST_TAGS {
                return Err("a test has too many tags");
            }
            // Mostly they are said again.
            if self.record.tags != *tags {
                self.record.tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
                self.record.tags.sort_unstable();
                self.record.tags.dedup();
            }
            cost += tags.iter().map(|tag| tag.len() + 24).sum::<usize>();
        }
        if let Some(piece) = &event.file {
            cost += add_piece(&mut self.files, event.mime, piece, Keep { pieces: true, digest })?;
        }
        self.record.status = event.status.or(self.record.status);
        self.cost += cost;
        Ok(cost)
    }
}

/// What is kept of a file beside its name and size.
#[derive(Clone, Copy)]
struct Keep {
    pieces: bool,
    digest: bool,
}

fn add_piece(
    files: &mut Vec<Growing>,
    mime: Option<&str>,
    piece: &Piece<'_>,
    keep: Keep,
) -> Result<usize, &'static str> {
    if let Some(file) = files.iter_mut().rev().find(|file| file.name == piece.name) {
        return file.add(mime, piece, keep.pieces);
    }
    let mut file = Growing::new(piece.name, keep.digest);
    let cost = FILE_COST + piece.name.len() + file.add(mime, piece, keep.pieces)?;
    files.push(file);
    Ok(cost)
}

fn finished(files: Vec<Growing>) -> Vec<Attachment> {
    let mut files: Vec<Attachment> = files.into_iter().map(Growing::finish).collect();
    files.sort_unstable_by(|one, other| one.name.cmp(&other.name));
    files
}
