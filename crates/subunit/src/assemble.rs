//! From events to tests.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

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
    /// Tests that have begun, by id and worker.
    open: HashMap<(String, Option<String>), Open>,
    closed: Vec<Record>,
    /// What they cost in memory, about.
    closed_bytes: usize,
    /// Tests that were only listed: dropped in the end if they ran anyway.
    listed: Vec<Record>,
    /// How often each id was tried, by a hash of it.
    attempts: HashMap<u64, usize>,
    hasher: RandomState,
    opened: usize,
    held: usize,
    drained: bool,
    summary: Summary,
    first: Option<Micros>,
    last: Option<Micros>,
    files: Vec<Growing>,
}

#[derive(Debug)]
struct Open {
    record: Record,
    last: Option<Micros>,
    files: Vec<Growing>,
    cost: usize,
}

/// What is left when all events are in.
pub(crate) struct Assembled {
    pub(crate) tests: Vec<Record>,
    pub(crate) summary: Summary,
    pub(crate) duration_seconds: i64,
    pub(crate) files: Vec<Attachment>,
}

impl Assembler {
    /// Takes out the tests that are finished, so that they need not be held until the end.
    pub fn take_closed(&mut self) -> Vec<Record> {
        self.drained |= !self.closed.is_empty();
        self.closed_bytes = 0;
        std::mem::take(&mut self.closed)
    }

    /// How much memory the finished tests take that are there to be taken out, about.
    pub fn closed_bytes(&self) -> usize {
        self.closed_bytes
    }

    pub(crate) fn finish(mut self) -> Assembled {
        let ran = |attempts: &HashMap<u64, usize>, hasher: &RandomState, id: &str| {
            attempts.contains_key(&hasher.hash_one(id))
        };
        let mut left = std::mem::take(&mut self.closed);
        for (_, open) in self.open.drain() {
            let mut record = open.record;
            record.attachments = finished(open.files);
            self.summary.count(&record.id, record.status);
            left.push(record);
        }
        for record in std::mem::take(&mut self.listed) {
            if !ran(&self.attempts, &self.hasher, &record.id) {
                self.summary.count(&record.id, record.status);
                left.push(record);
            }
        }
        left.sort_unstable_by_key(|record| record.index);
        // With all tests at hand, those that were dropped leave no gaps.
        if !self.drained {
            for (index, record) in left.iter_mut().enumerate() {
                record.index = index;
            }
        }
        let span = self.last.zip(self.first).map_or(0, |(last, first)| last - first);
        Assembled {
            tests: left,
            summary: self.summary,
            duration_seconds: span / 1_000_000,
            files: finished(self.files),
        }
    }

    fn note_time(&mut self, time: Micros) {
        self.first = Some(self.first.map_or(time, |first| first.min(time)));
        self.last = Some(self.last.map_or(time, |last| last.max(time)));
    }

    fn hold(&mut self, cost: usize) -> Result<(), &'static str> {
        self.held += cost;
        if self.held > MOST_HELD { Err("too much is unfinished at once") } else { Ok(()) }
    }

    fn begin(&mut self, id: &str, event: &Event<'_>) -> Result<Open, &'static str> {
        if id.len() > LONGEST_ID {
            return Err("a test id is too long");
        }
        if self.opened >= MOST_TESTS {
            return Err("there are too many tests");
        }
        let attempt = match event.status {
            Some(Status::Exists) => 1,
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

    fn close(&mut self, open: Open) {
        let Open { mut record, last, files, cost } = open;
        record.stopped_at = last;
        record.attachments = finished(files);
        if record.status == Some(Status::Exists) {
            self.listed.push(record);
            return;
        }
        self.held = self.held.saturating_sub(cost);
        self.closed_bytes += cost;
        self.summary.count(&record.id, record.status);
        self.closed.push(record);
    }
}

impl Sink for Assembler {
    fn event(&mut self, event: Event<'_>) -> Result<(), &'static str> {
        if let Some(time) = event.time {
            self.note_time(time);
        }
        let Some(id) = event.test_id else {
            let Some(piece) = &event.file else { return Ok(()) };
            let cost = add_piece(&mut self.files, event.mime, piece, false)?;
            return self.hold(cost);
        };
        let key = (id.to_owned(), event.worker.map(str::to_owned));
        let mut open = match self.open.remove(&key) {
            Some(open) => open,
            None => self.begin(id, &event)?,
        };
        let cost = open.take(&event)?;
        self.hold(cost)?;
        match event.status {
            Some(status) if status.is_final() => self.close(open),
            _ => drop(self.open.insert(key, open)),
        }
        Ok(())
    }
}

impl Open {
    /// Takes what an event says, and says how much memory that costs.
    fn take(&mut self, event: &Event<'_>) -> Result<usize, &'static str> {
        let mut cost = 0;
        if event.time.is_some() {
            self.record.started_at = self.record.started_at.or(event.time);
            self.last = event.time;
        }
        if let Some(tags) = &event.tags {
            if tags.len() > MOST_TAGS {
                return Err("a test has too many tags");
            }
            self.record.tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
            self.record.tags.sort_unstable();
            self.record.tags.dedup();
            cost += tags.iter().map(|tag| tag.len() + 24).sum::<usize>();
        }
        if let Some(piece) = &event.file {
            cost += add_piece(&mut self.files, event.mime, piece, true)?;
        }
        self.record.status = event.status.or(self.record.status);
        self.cost += cost;
        Ok(cost)
    }
}

fn add_piece(
    files: &mut Vec<Growing>,
    mime: Option<&str>,
    piece: &Piece<'_>,
    keep: bool,
) -> Result<usize, &'static str> {
    if let Some(file) = files.iter_mut().rev().find(|file| file.name == piece.name) {
        return file.add(mime, piece, keep);
    }
    let mut file = Growing::new(piece.name);
    let cost = FILE_COST + piece.name.len() + file.add(mime, piece, keep)?;
    files.push(file);
    Ok(cost)
}

fn finished(files: Vec<Growing>) -> Vec<Attachment> {
    let mut files: Vec<Attachment> = files.into_iter().map(Growing::finish).collect();
    files.sort_unstable_by(|one, other| one.name.cmp(&other.name));
    files
}
