//! Reads content: recognises what it is, and takes the tests out of it.

use assay_subunit::{Format, Parser, Record};

use super::stage::{self, Stage, refused};
use super::{Door, Run};
use crate::domain::parsed::{self, Sink, Wrong};
use crate::domain::rows::names::Names;
use crate::domain::rows::{self, Batch, LONGEST_TEST, NewTest, Rows};
use crate::error::{Error, Result};

/// Bytes that are read at once.
pub const STEP: usize = 64 * 1024;
/// Bytes that are read before other requests get the thread.
const BETWEEN_YIELDS: usize = 256 * 1024;
/// Finished tests are taken out when they have come to so many bytes.
const BATCH: usize = 2 << 20;

/// What is wanted of the tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// That they are right, how many there are, and how each name ended.
    Outline,
    /// That, and all that can be shown of them.
    Whole,
    /// Only what can be shown.
    Rows,
}

/// Content that is being read.
pub struct Reading {
    door: Door,
    stage: Stage,
    tests: Tests,
    since_yield: usize,
}

/// The tests that have come.
#[derive(Debug)]
struct Tests {
    depth: Depth,
    names: Option<Names>,
    /// Rows of those that were not taken out yet.
    rows: Option<Rows>,
    longest: usize,
    /// Those that were taken out do not count.
    afresh: bool,
    /// How many lists were begun in vain: another one follows.
    vain: usize,
    /// How many lists are not even read.
    skipped: usize,
}

impl Tests {
    fn new(depth: Depth) -> Self {
        let names = (depth != Depth::Rows).then(Names::default);
        let rows = (depth != Depth::Outline).then(Rows::default);
        Self { depth, names, rows, longest: 0, afresh: false, vain: 0, skipped: 0 }
    }

    /// Takes a test that a stream told of.
    fn record(&mut self, record: &Record) {
        if self.rows.is_some() {
            return self.test(&NewTest::of(record));
        }
        self.longest = self.longest.max(rows::length_of(record));
        let seconds = record.duration().map(rows::seconds);
        if let Some(names) = &mut self.names {
            names.add(record.index, &record.name(), record.status, seconds);
        }
    }
}

impl Sink for Tests {
    fn test(&mut self, test: &NewTest<'_>) {
        if self.vain < self.skipped {
            return;
        }
        self.longest = self.longest.max(rows::length(test));
        if let Some(names) = &mut self.names {
            names.add(test.index, &test.name, test.status, test.duration);
        }
        if let Some(rows) = &mut self.rows {
            rows.add(test);
        }
    }

    fn restart(&mut self) {
        let (vain, skipped) = (self.vain + 1, self.skipped);
        let afresh = vain > skipped;
        *self = Self { afresh, vain, skipped, ..Self::new(self.depth) };
    }
}

/// Tests that are to be stored now.
#[derive(Debug, Default)]
pub struct Taken {
    /// What was stored before does not count.
    pub afresh: bool,
    /// The tests.
    pub batch: Batch,
}

impl Reading {
    /// Begins content of which nothing is known, or that it is to be read as JSON.
    pub fn begin(door: Door, depth: Depth, is_json: bool) -> Self {
        let stage = match is_json {
            true => Stage::of(Format::Json, door, depth),
            false => Stage::Unknown(Vec::new()),
        };
        Self { door, stage, tests: Tests::new(depth), since_yield: 0 }
    }

    /// Begins content that is all at hand; none of it is read yet.
    pub fn of(content: &[u8], door: Door, depth: Depth, is_json: bool) -> Result<Self> {
        let mut reading = Self::begin(door, depth, is_json);
        if reading.is_unknown() {
            let format = stage::format(content, door)?;
            reading.stage = Stage::of(format, door, depth);
        }
        Ok(reading)
    }

    /// Reads past the first lists of tests: they come once more, and the last one counts.
    pub fn skip_lists(&mut self, count: usize) {
        self.tests.skipped = count;
    }

    /// How many lists of tests did not count so far.
    pub fn lists_in_vain(&self) -> usize {
        self.tests.vain
    }

    /// Whether it is not known yet what comes. Then nothing is read.
    pub fn is_unknown(&self) -> bool {
        matches!(self.stage, Stage::Unknown(_))
    }

    /// While it is unknown what comes: takes bytes, and once they are recognised gives all of them
    /// back to be read. `whole` says that there is no more.
    pub fn recognise(&mut self, bytes: &[u8], whole: bool) -> Result<Option<Vec<u8>>> {
        self.stage.recognise(bytes, whole, self.door, self.tests.depth)
    }

    /// Reads the next bytes, of which [`STEP`] are enough; now and then other requests get the
    /// thread. Gives the tests that are finished, if these are many.
    pub async fn step(&mut self, bytes: &[u8]) -> Result<Option<Taken>> {
        self.stage.push(bytes, self.door, &mut self.tests)?;
        self.since_yield += bytes.len();
        if self.since_yield > BETWEEN_YIELDS {
            self.since_yield = 0;
            assay_blobs::yield_now().await;
        }
        self.take()
    }

    fn take(&mut self) -> Result<Option<Taken>> {
        // In outline nothing is gained by waiting: what is forgotten at once takes no memory.
        let enough = if self.tests.depth == Depth::Outline { 1 } else { BATCH };
        if let Stage::Stream(_, parser) = &mut self.stage
            && parser.closed_bytes() >= enough
        {
            for record in parser.take_closed() {
                self.tests.record(&record);
            }
        }
        self.check_tests()?;
        let full = self.tests.rows.as_ref().is_some_and(|rows| rows.bytes() >= BATCH);
        Ok(full.then(|| self.taken()))
    }

    fn taken(&mut self) -> Taken {
        Taken {
            afresh: std::mem::take(&mut self.tests.afresh),
            batch: self.tests.rows.as_mut().map(Rows::take).unwrap_or_default(),
        }
    }

    /// Ends the content: what it says, and the tests that were not taken out.
    pub fn finish(&mut self) -> Result<(Run, Taken)> {
        let mut run = match std::mem::take(&mut self.stage) {
            Stage::Stream(format, parser) => self.end_stream(format, *parser)?,
            Stage::Json(reader) => self.end_json(*reader)?,
            Stage::Unknown(_) => return Err(Error::invalid("only valid with file post")),
        };
        self.check_tests()?;
        let taken = self.taken();
        run.names = self.tests.names.take().map(Names::finish).unwrap_or_default();
        Ok((run, taken))
    }

    fn end_stream(&mut self, format: Format, parser: Parser) -> Result<Run> {
        let run = parser.finish().map_err(stage::malformed)?;
        for record in &run.tests {
            self.tests.record(record);
        }
        Ok(Run {
            format: if format == Format::V1 { "subunit-v1" } else { "subunit-v2" },
            truncated: run.truncated,
            summary: run.summary,
            duration_seconds: run.duration_seconds.clamp(0, i64::from(i32::MAX)),
            ..Run::default()
        })
    }

    fn end_json(&mut self, reader: parsed::Reader) -> Result<Run> {
        let outline = reader.finish(&mut self.tests).map_err(|wrong| refused(wrong, self.door))?;
        Ok(Run {
            format: "json",
            summary: outline.summary,
            duration_seconds: outline.duration_seconds,
            lists_passed_only: outline.lists_passed_only,
            cpid: outline.cpid,
            ..Run::default()
        })
    }

    /// Refuses a test whose tags or attachments no list of tests could hold.
    fn check_tests(&self) -> Result<()> {
        if self.tests.longest <= LONGEST_TEST {
            return Ok(());
        }
        let detail = format!("a test with its tags and attachments is over {LONGEST_TEST} bytes");
        Err(refused(Wrong::Shape(detail), self.door))
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;

    use super::*;

    fn read(content: &[u8], depth: Depth) -> (Run, Batch) {
        let mut reading = Reading::of(content, Door::PostResult, depth, false).unwrap();
        block_on(async {
            for step in content.chunks(1000) {
                assert!(reading.step(step).await.unwrap().is_none());
            }
        });
        let (run, rest) = reading.finish().unwrap();
        (run, rest.batch)
    }

    #[test]
    fn an_outline_says_what_the_whole_says() {
        let streams: [&[u8]; 3] = [
            include_bytes!("../../../../crates/subunit/fixtures/retries.v2.subunit"),
            include_bytes!("../../../../crates/subunit/fixtures/hand.v1.subunit"),
            br#"{"cpid":"c","duration_seconds":3,"results":[{"name":"a"},{"name":"b"}]}"#,
        ];
        for stream in streams {
            let (outline, none) = read(stream, Depth::Outline);
            let (whole, batch) = read(stream, Depth::Whole);
            assert_eq!(outline, whole);
            assert!(outline.summary.total > 0 && none.layout.is_empty());
            assert!(batch.layout.starts_with("[["), "{}", batch.layout);
        }
    }

    #[test]
    fn of_a_list_that_comes_twice_the_last_one_counts() {
        let tests = |id: &str| format!(r#""tests":[{{"id":"{id}","status":"fail"}}]"#);
        let text = format!("{{{},{}}}", tests("a"), tests("b"));
        let (run, _) = read(text.as_bytes(), Depth::Outline);
        let (other, _) = read(format!("{{{}}}", tests("b")).as_bytes(), Depth::Outline);
        assert_eq!((run.names, run.summary.failed), (other.names, 1));
    }
}
