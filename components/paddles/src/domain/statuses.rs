//! The words for a job's status, in both dialects.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// A job's status, in lab words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Waits in a queue.
    Queued,
    /// Was taken from the queue, waits for nodes.
    Waiting,
    /// Executes.
    Running,
    /// Ended well.
    Pass,
    /// Ended badly.
    Fail,
    /// Did not end.
    Dead,
    /// Nobody said.
    Unknown,
}

impl Status {
    /// Reads a word; the specification's `failed` and `pending` are words for fail and queued.
    pub fn parse(word: &str) -> Result<Self> {
        Ok(match word {
            "queued" | "pending" => Self::Queued,
            "waiting" => Self::Waiting,
            "running" => Self::Running,
            "pass" => Self::Pass,
            "fail" | "failed" => Self::Fail,
            "dead" => Self::Dead,
            "unknown" => Self::Unknown,
            _ => return Err(Self::no_such_word()),
        })
    }

    /// Reads `queued,running`.
    pub fn parse_list(words: &str) -> Result<Vec<Self>> {
        words.split(',').map(|word| Self::parse(word.trim())).collect()
    }

    /// The refusal of anything that is no status.
    pub fn no_such_word() -> Error {
        let words = "pass, fail, queued, running, dead, unknown, waiting";
        Error::invalid(format!("Job status must be one of: {words}"))
    }

    /// The lab word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Dead => "dead",
            Self::Unknown => "unknown",
        }
    }

    /// Whether the job ended without passing.
    pub fn is_failure(self) -> bool {
        matches!(self, Self::Fail | Self::Dead)
    }

    /// Whether nothing more is to come.
    pub fn is_finished(self) -> bool {
        self == Self::Pass || self.is_failure()
    }
}

/// The specification's words for a run's declared status.
pub fn parse_declared(word: &str) -> Option<&'static str> {
    ["pass", "failed", "pending"].into_iter().find(|known| *known == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_dialects_are_understood() {
        assert_eq!(Status::parse("failed").unwrap(), Status::Fail);
        assert_eq!(Status::parse("pending").unwrap(), Status::Queued);
        assert_eq!(
            Status::parse_list("queued, running").unwrap(),
            [Status::Queued, Status::Running]
        );
        let message = Status::parse("odd").unwrap_err().to_string();
        assert!(message.starts_with("Job status must be one of: pass, fail, queued"));
    }
}
