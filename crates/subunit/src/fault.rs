//! Why a stream is refused, and where.

use std::fmt;

/// A place in a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// The byte at which the packet begins.
    Offset(u64),
    /// The line, counted from 1.
    Line(u64),
}

impl fmt::Display for At {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Offset(offset) => write!(formatter, "offset {offset}"),
            Self::Line(line) => write!(formatter, "line {line}"),
        }
    }
}

/// A stream that is damaged, or beyond the limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{at}: {reason}")]
pub struct Fault {
    /// Where.
    pub at: At,
    /// Why.
    pub reason: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_says_where_first() {
        let fault = Fault { at: At::Offset(16), reason: "the checksum is wrong" };
        assert_eq!(fault.to_string(), "offset 16: the checksum is wrong");
        assert_eq!(Fault { at: At::Line(3), reason: "x" }.to_string(), "line 3: x");
    }
}
