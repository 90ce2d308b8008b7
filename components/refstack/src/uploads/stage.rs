//! How far the reading of an upload has come: not recognised yet, or being read as something.

use assay_subunit::{DECIDED_BY, Format, Parser, Recognised, recognise};

use super::Door;
use crate::error::{Error, Result};

/// A JSON upload is held whole while it is read, so it may not be as long as a stream.
pub const LONGEST_JSON: usize = 16 << 20;

/// What has been made of the content so far.
#[derive(Debug)]
pub enum Stage {
    /// Nothing: it could still be anything.
    Unknown(Vec<u8>),
    /// JSON, read at its end.
    Json(Vec<u8>),
    /// A stream.
    Stream(Format, Box<Parser>),
}

impl Stage {
    /// Takes the next bytes.
    pub fn push(self, bytes: &[u8], door: Door) -> Result<Self> {
        match self {
            Self::Unknown(mut held) => {
                held.extend_from_slice(bytes);
                match recognise(&held, false) {
                    Recognised::As(format) => Self::begin(format, held),
                    Recognised::NotYet if held.len() < DECIDED_BY => Ok(Self::Unknown(held)),
                    Recognised::NotYet | Recognised::Nothing => Err(neither(door)),
                }
            }
            Self::Json(mut held) => {
                if held.len() + bytes.len() > LONGEST_JSON {
                    return Err(Error::TooLarge(LONGEST_JSON.try_into().unwrap_or(u64::MAX)));
                }
                held.extend_from_slice(bytes);
                Ok(Self::Json(held))
            }
            Self::Stream(format, mut parser) => {
                parser.push(bytes).map_err(|fault| malformed(fault))?;
                Ok(Self::Stream(format, parser))
            }
        }
    }

    /// Decides at the end of the content what it is.
    pub fn decide(self, door: Door) -> Result<Self> {
        let Self::Unknown(held) = self else { return Ok(self) };
        match recognise(&held, true) {
            Recognised::As(format) => Self::begin(format, held),
            Recognised::NotYet | Recognised::Nothing => Err(neither(door)),
        }
    }

    fn begin(format: Format, held: Vec<u8>) -> Result<Self> {
        if format == Format::Json {
            return Self::Json(Vec::new()).push(&held, Door::PostResult);
        }
        let mut parser = Box::new(Parser::new(format));
        parser.push(&held).map_err(|fault| malformed(fault))?;
        Ok(Self::Stream(format, parser))
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
