//! How far the reading of an upload has come: not recognised yet, or being read as something.

use assay_subunit::{DECIDED_BY, Format, Parser, Recognised, recognise};

use super::Door;
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
    /// While it is unknown what comes: takes bytes, and once they are recognised gives them back to
    /// be read. `whole` says that there is no more.
    pub fn recognise(&mut self, bytes: &[u8], whole: bool, door: Door) -> Result<Option<Vec<u8>>> {
        let Self::Unknown(held) = self else { return Ok(None) };
        held.extend_from_slice(bytes);
        let known = match recognise(held, whole) {
            Recognised::As(Format::Json) => Self::json(door),
            Recognised::As(format) => Self::Stream(format, Box::new(Parser::new(format))),
            Recognised::NotYet if held.len() < DECIDED_BY => return Ok(None),
            Recognised::NotYet | Recognised::Nothing => return Err(neither(door)),
        };
        let held = std::mem::take(held);
        *self = known;
        Ok(Some(held))
    }

    /// JSON as this door takes it.
    pub fn json(door: Door) -> Self {
        Self::Json(Box::new(Reader::new(match door {
            Door::PostResult => Strictness::Lenient,
            Door::Results => Strictness::Exact,
        })))
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
