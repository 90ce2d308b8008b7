//! From bytes to tests: a reader of either version, and what puts its events together.

use crate::assemble::Assembler;
use crate::records::{Record, Summary};
use crate::{Attachment, Fault, Format, v1, v2};

/// Reads a stream while it arrives.
#[derive(Debug)]
pub struct Parser {
    reader: Reader,
    tests: Assembler,
}

#[derive(Debug)]
enum Reader {
    V1(v1::Reader),
    V2(v2::Reader),
}

/// What a stream said.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// The tests that were not taken out before, in the order of their first events.
    pub tests: Vec<Record>,
    /// Counts of all tests.
    pub summary: Summary,
    /// From the earliest time in the stream to the latest.
    pub duration_seconds: i64,
    /// Files of the run itself, by name, of the first [`crate::MOST_FILES`] names; where they are
    /// in the stream is not kept.
    pub files: Vec<Attachment>,
    /// Whether the stream was cut off.
    pub truncated: bool,
}

impl Reader {
    fn of(format: Format) -> Self {
        match format {
            Format::V2 => Self::V2(v2::Reader::default()),
            Format::V1 | Format::Json => Self::V1(v1::Reader::default()),
        }
    }
}

impl Parser {
    /// Begins a stream of this format. JSON is not ours: it is read as text of version 1.
    pub fn new(format: Format) -> Self {
        Self { reader: Reader::of(format), tests: Assembler::with_digests() }
    }

    /// The same, without computing what attachments hash to.
    pub fn without_digests(format: Format) -> Self {
        Self { reader: Reader::of(format), tests: Assembler::default() }
    }

    /// Takes the next bytes. After a fault the parser is of no use any more.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        match &mut self.reader {
            Reader::V1(reader) => reader.push(bytes, &mut self.tests),
            Reader::V2(reader) => reader.push(bytes, &mut self.tests),
        }
    }

    /// How much memory the finished tests take that are there to be taken out, about.
    pub fn closed_bytes(&self) -> usize {
        self.tests.closed_bytes()
    }

    /// Takes out the tests that are finished, in the order in which they ended.
    pub fn take_closed(&mut self) -> Vec<Record> {
        self.tests.take_closed()
    }

    /// Ends the stream.
    pub fn finish(mut self) -> Result<Run, Fault> {
        let truncated = match self.reader {
            Reader::V1(reader) => reader.finish(&mut self.tests)?,
            Reader::V2(reader) => reader.finish()?,
        };
        let all = self.tests.finish();
        Ok(Run {
            tests: all.tests,
            summary: all.summary,
            duration_seconds: all.duration_seconds,
            files: all.files,
            truncated,
        })
    }
}
