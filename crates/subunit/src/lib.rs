//! Reads subunit streams (what test runners write), versions 1 and 2, while they arrive: the bytes
//! are pushed in, in pieces of any length, and tests come out as soon as they are finished.
//!
//! ```
//! use assay_subunit::{Format, Parser};
//!
//! let mut parser = Parser::new(Format::V1);
//! parser.push(b"test: a.b\nsucc")?;
//! parser.push(b"ess: a.b\n")?;
//! let run = parser.finish()?;
//! assert_eq!(run.tests[0].name(), "a.b");
//! assert_eq!(run.summary.passed, 1);
//! # Ok::<(), assay_subunit::Fault>(())
//! ```
//!
//! [`recognise`] says which format some first bytes are in. [`v2`] and [`v1`] turn bytes into
//! [`Event`]s, [`Assembler`] turns events into [`Record`]s of tests, and [`Parser`] is both. Memory
//! is bounded whatever the length of a stream: contents of attachments are hashed if that is wanted
//! and forgotten (a record says where in the stream they were), finished tests are taken out with
//! [`Parser::take_closed`], and a stream that leaves too much unfinished at once is refused. So is
//! one with more than [`MOST_TESTS`] tests, or with a test that has more than [`MOST_FILES`] files
//! or [`MOST_TAGS`] tags.
//!
//! Time is bounded by the length of a stream as well: nothing here is searched or copied once more
//! at each packet or line. Whoever adds to this crate should ask what the shortest line costs, when
//! as much as possible came before it.
//!
//! A crate of its own and not a part of the component: a component is a `cdylib`, which no fuzz
//! target can link.

mod assemble;
mod bytes;
mod directives;
mod fault;
mod files;
mod inherited;
mod parser;
mod recognise;
mod records;
mod shared;
mod times;
pub mod v1;
pub mod v2;

pub use assemble::{Assembler, LONGEST_ID, MOST_TAGS, MOST_TESTS};
pub use fault::{At, Fault};
pub use files::{Attachment, MOST_FILES};
pub use parser::{Parser, Run};
pub use recognise::{DECIDED_BY, Format, Recognised, recognise};
pub use records::{Record, Summary, name_of, uuid_of};
pub use shared::Tags;

/// Microseconds since 1970, UTC.
pub type Micros = i64;

/// How a test is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Only listed, not run.
    Exists,
    /// Began.
    InProgress,
    /// Passed.
    Success,
    /// Passed though it was expected to fail.
    UxSuccess,
    /// Did not run, on purpose.
    Skip,
    /// Failed.
    Fail,
    /// Failed as expected.
    XFail,
}

impl Status {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Exists => "exists",
            Self::InProgress => "inprogress",
            Self::Success => "success",
            Self::UxSuccess => "uxsuccess",
            Self::Skip => "skip",
            Self::Fail => "fail",
            Self::XFail => "xfail",
        }
    }

    /// All of them, in the order of their numbers in version 2, which begin at 1: 0 is none.
    const ALL: [Self; 7] = [
        Self::Exists,
        Self::InProgress,
        Self::Success,
        Self::UxSuccess,
        Self::Skip,
        Self::Fail,
        Self::XFail,
    ];

    /// The status of this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.word() == word)
    }

    /// Its number in version 2; 0 where nothing was said.
    pub fn number(status: Option<Self>) -> u8 {
        let at = Self::ALL.into_iter().zip(1..).find(|(known, _)| Some(*known) == status);
        at.map_or(0, |(_, number)| number)
    }

    /// The status of this number.
    pub fn numbered(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number).checked_sub(1)?).copied()
    }

    /// Whether nothing more is expected of the test.
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::InProgress)
    }
}

/// One thing that a stream says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event<'a> {
    /// About which test; without one it is about the run.
    pub test_id: Option<&'a str>,
    /// How that test is doing now.
    pub status: Option<Status>,
    /// Whether the id can be given to a runner.
    pub runnable: bool,
    /// When it was said.
    pub time: Option<Micros>,
    /// The test's tags.
    pub tags: Option<Tags>,
    /// The type of the file.
    pub mime: Option<&'a str>,
    /// A piece of a file.
    pub file: Option<Piece<'a>>,
    /// Whether that piece is the last one.
    pub end_of_file: bool,
    /// Where the test ran.
    pub worker: Option<&'a str>,
}

/// A piece of a file in a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece<'a> {
    /// The file's name.
    pub name: &'a str,
    /// Where in the stream its bytes are.
    pub offset: u64,
    /// Its bytes.
    pub bytes: &'a [u8],
}

/// Takes the events of a stream; what it refuses becomes a [`Fault`] at the present place.
pub trait Sink {
    /// Takes one event.
    fn event(&mut self, event: Event<'_>) -> Result<(), &'static str>;
}

impl<F: FnMut(Event<'_>) -> Result<(), &'static str>> Sink for F {
    fn event(&mut self, event: Event<'_>) -> Result<(), &'static str> {
        self(event)
    }
}

#[cfg(test)]
mod tests;
