//! How far the reading of an upload has come: not recognised yet, or being read as something.

use assay_subunit::{DECIDED_BY, Format, Parser, Recognised, recognise};

use super::Door;
use super::reading::Depth;
use crate::domain::parsed::{Reader, Sink, Strictness, Wrong};
use crate::error::{Error, Result};

/// What has been made of the content so far.
#[derive(Debug)]
pub enum Stage {
    /// Nothing: it could still be anything.
    Unknown(Vec<u8>),
    /// JSON.
    Json(Box<Reader>),
    /// A stream.
    Stream(Format, Box<Parser>),
}

impl Stage {
    /// Content of this format as this door takes it.
    pub fn of(format: Format, door: Door, depth: Depth) -> Self {
        let strictness = match door {
            Door::PostResult => Strictness::Lenient,
            Door::Results => Strictness::Exact,
        };
        match (format, depth) {
            (Format::Json, _) => Self::Json(Box::new(Reader::new(strictness))),
            (_, Depth::Outline) => Self::stream(format, Parser::without_digests(format)),
            (_, Depth::Whole | Depth::Rows) => Self::stream(format, Parser::new(format)),
        }
    }

    fn stream(format: Format, parser: Parser) -> Self {
        Self::Stream(format, Box::new(parser))
    }

    /// While it is unknown what comes: takes bytes, and once they are recognised gives them back to
    /// be read. `whole` says that there is no more.
    pub fn recognise(
        &mut self,
        bytes: &[u8],
        whole: bool,
        door: Door,
        depth: Depth,
    ) -> Result<Option<Vec<u8>>> {
        let Self::Unknown(held) = self else { return Ok(None) };
        held.extend_from_slice(bytes);
        let format = match recognise(held, whole) {
            Recognised::As(format) => format,
            Recognised::NotYet if held.len() < DECIDED_BY => return Ok(None),
            Recognised::NotYet | Recognised::Nothing => return Err(neither(door)),
        };
        let held = std::mem::take(held);
        *self = Self::of(format, door, depth);
        Ok(Some(held))
    }

    /// Reads bytes of what is known.
    pub fn push(&mut self, bytes: &[u8], door: Door, sink: &mut impl Sink) -> Result<()> {
        match self {
            Self::Unknown(held) => held.extend_from_slice(bytes),
            Self::Json(reader) => {
                reader.push(bytes, sink).map_err(|wrong| refused(wrong, door))?;
            }
            Self::Stream(_, parser) => parser.push(bytes).map_err(malformed)?,
        }
        Ok(())
    }
}

impl Default for Stage {
    fn default() -> Self {
        Self::Unknown(Vec::new())
    }
}

/// The format of content that is all at hand.
pub fn format(content: &[u8], door: Door) -> Result<Format> {
    match recognise(content, true) {
        Recognised::As(format) => Ok(format),
        Recognised::NotYet | Recognised::Nothing => Err(neither(door)),
    }
}

/// JSON that is none, or of another shape.
pub fn refused(wrong: Wrong, door: Door) -> Error {
    match (wrong, door) {
        (Wrong::NotJson(detail), _) | (Wrong::Shape(detail), Door::PostResult) => {
            Error::because("Malformed request", detail)
        }
        (Wrong::Shape(detail), Door::Results) => Error::schema(detail),
    }
}

/// A stream that is damaged.
pub fn malformed(fault: impl ToString) -> Error {
    Error::because("Malformed subunit stream", fault.to_string())
}

fn neither(door: Door) -> Error {
    match door {
        Door::PostResult => Error::invalid("The file is neither subunit nor JSON"),
        Door::Results => Error::because("Malformed request", "neither subunit nor JSON"),
    }
}
