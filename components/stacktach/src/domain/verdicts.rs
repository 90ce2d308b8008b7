//! What becomes of an audit, and the words for why: shared by the audits of instances and of
//! images.

use assay_web::time::{self, Micros, SECOND};
use serde::Serialize;

/// What is to be stored of an audit.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Which audit.
    pub id: i64,
    /// The status that it must still have.
    pub was: String,
    /// The new one.
    pub status: &'static str,
    /// Why it failed.
    pub fail_reason: Option<String>,
    /// The launch that it agrees with.
    pub usage: Option<i64>,
    /// The delete that it agrees with.
    pub delete: Option<i64>,
}

/// Characters of a reason that are kept.
const REASON_LIMIT: usize = 300;

impl Verdict {
    /// It agrees with a launch and a delete, or with what was reconciled.
    pub fn verified(id: i64, was: String, links: Links, is_reconciled: bool) -> Self {
        let status = if is_reconciled { "reconciled" } else { "verified" };
        Self { id, was, status, fail_reason: None, usage: links.0, delete: links.1 }
    }

    /// It does not.
    pub fn failed(id: i64, was: String, fault: &Fault) -> Self {
        let status = if was.starts_with("sent_") { "sent_failed" } else { "failed" };
        let reason = fault.text().chars().take(REASON_LIMIT).collect();
        Self { id, was, status, fail_reason: Some(reason), usage: None, delete: None }
    }
}

/// The ids of a launch and a delete.
pub type Links = (Option<i64>, Option<i64>);

/// Why an audit is not verified.
#[derive(Debug, PartialEq, Eq)]
pub enum Fault {
    /// There is nothing to compare it with.
    NotFound(String),
    /// It is wrong.
    Wrong(String),
}

impl Fault {
    fn text(&self) -> &str {
        match self {
            Self::NotFound(text) | Self::Wrong(text) => text,
        }
    }

    /// A field that must be there is not.
    pub fn null(field: &str, id: i64) -> Self {
        Self::Wrong(format!("{field} field was null for exist id {id}"))
    }

    /// A field holds something that it cannot mean.
    pub fn of_type(field: &str, value: &str, id: i64) -> Self {
        Self::Wrong(format!("{{ {field} : {value} }} of incorrect type for exist id {id}"))
    }

    /// What it speaks of is not known.
    pub fn not_found(what: &str, query: &str) -> Self {
        Self::NotFound(format!("Couldn't find {what} using {query}"))
    }

    /// What it speaks of is known more than once.
    pub fn ambiguous(what: &str, query: &str) -> Self {
        Self::Wrong(format!("Ambiguous results for {what} using {query}"))
    }

    /// It says nothing of a delete that is known.
    pub fn unexpected(what: &str) -> Self {
        Self::Wrong(format!("Found {what} for non-delete exist"))
    }
}

/// The words of a mismatch, for one subject.
pub struct Comparison<'a> {
    /// The time in the message.
    pub now: Micros,
    /// Of the instance or the image.
    pub uuid: &'a str,
    /// What the audit is compared with: `launches` or `deletes`.
    pub other: &'static str,
}

impl Comparison<'_> {
    /// Texts agree when they are equal, or both missing.
    pub fn texts(
        &self,
        field: &str,
        ours: Option<&str>,
        theirs: Option<&str>,
    ) -> Result<(), Fault> {
        if ours == theirs {
            return Ok(());
        }
        let now = time::format(self.now - self.now.rem_euclid(SECOND));
        let (uuid, other) = (self.uuid, self.other);
        let (ours, theirs) = (ours.unwrap_or("None"), theirs.unwrap_or("None"));
        Err(Fault::Wrong(format!(
            "Failed at {now} UTC for {uuid}: Data mismatch for '{field}' - 'exists' contains \
             '{ours}' but '{other}' contains '{theirs}'"
        )))
    }

    /// Dates agree when they are both there and of one second.
    pub fn dates(
        &self,
        field: &str,
        ours: Option<Micros>,
        theirs: Option<Micros>,
    ) -> Result<(), Fault> {
        let second = |date: Micros| date.div_euclid(SECOND);
        match (ours, theirs) {
            (Some(ours), Some(theirs)) if second(ours) == second(theirs) => Ok(()),
            (None, None) => self.texts(field, Some("None"), None),
            _ => {
                let (ours, theirs) = (ours.map(time::format), theirs.map(time::format));
                self.texts(field, ours.as_deref(), theirs.as_deref())
            }
        }
    }
}

/// Whether this is a tenant's id.
pub fn is_hex(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
