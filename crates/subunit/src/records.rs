//! What is known of a test when it is over, and of a run.

use std::borrow::Cow;

use crate::bytes::find;
use crate::files::Attachment;
use crate::shared::Tags;
use crate::{Micros, Status};

/// One attempt at one test.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Its place in the order of first events, from 0.
    pub index: usize,
    /// Which attempt at this id it is, from 1.
    pub attempt: usize,
    /// Its id as the runner knows it.
    pub id: String,
    /// Where it ran.
    pub worker: Option<String>,
    /// What was said of it last, if anything was.
    pub status: Option<Status>,
    /// Its tags, sorted.
    pub tags: Tags,
    /// The first time that was given.
    pub started_at: Option<Micros>,
    /// The last one, of a test that is over.
    pub stopped_at: Option<Micros>,
    /// What it left behind, by name.
    pub attachments: Vec<Attachment>,
}

impl Record {
    /// The id without its attributes.
    pub fn name(&self) -> Cow<'_, str> {
        name_of(&self.id)
    }

    /// The uuid among its attributes.
    pub fn uuid(&self) -> Option<&str> {
        uuid_of(&self.id)
    }

    /// Its status in one word.
    pub fn word(&self) -> &'static str {
        self.status.map_or("unknown", Status::word)
    }

    /// How long it took.
    pub fn duration(&self) -> Option<Micros> {
        self.stopped_at?.checked_sub(self.started_at?)
    }
}

/// A test id without `[...]`, from the first `[` to the last `]`.
pub fn name_of(id: &str) -> Cow<'_, str> {
    let bytes = id.as_bytes();
    match (find(b'[', bytes), memchr::memrchr(b']', bytes)) {
        (Some(open), Some(close)) if open < close => {
            let before = id.get(..open).unwrap_or_default();
            match id.get(close + 1..).unwrap_or_default() {
                "" => Cow::Borrowed(before),
                behind => Cow::Owned([before, behind].concat()),
            }
        }
        _ => Cow::Borrowed(id),
    }
}

/// What follows `id-` in the first attribute of the first bracket that begins so.
pub fn uuid_of(id: &str) -> Option<&str> {
    let (_, behind) = split(id, b'[')?;
    let (mut rest, _) = split(behind, b']')?;
    loop {
        let (attribute, others) = split(rest, b',').unwrap_or((rest, ""));
        if let Some(uuid) = attribute.strip_prefix("id-") {
            return Some(uuid);
        }
        if others.is_empty() {
            return None;
        }
        rest = others;
    }
}

/// What stands before an ASCII character and what behind it.
fn split(text: &str, at: u8) -> Option<(&str, &str)> {
    let (before, rest) = text.split_at_checked(find(at, text.as_bytes())?)?;
    Some((before, rest.get(1..)?))
}

/// How many tests ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// All that were not only listed.
    pub total: usize,
    /// Passed.
    pub passed: usize,
    /// Failed.
    pub failed: usize,
    /// Skipped.
    pub skipped: usize,
    /// Failed as expected.
    pub xfail: usize,
    /// Passed unexpectedly.
    pub uxsuccess: usize,
    /// Without an end.
    pub incomplete: usize,
    /// Only listed.
    pub enumerated: usize,
    /// Failures of what is set up for a whole class or module; each hides all tests of it.
    pub setup_failures: usize,
}

impl Summary {
    /// Counts one more test.
    pub fn count(&mut self, id: &str, status: Option<Status>) {
        let counter = match status {
            Some(Status::Success) => &mut self.passed,
            Some(Status::Fail) => &mut self.failed,
            Some(Status::Skip) => &mut self.skipped,
            Some(Status::XFail) => &mut self.xfail,
            Some(Status::UxSuccess) => &mut self.uxsuccess,
            Some(Status::Exists) => &mut self.enumerated,
            Some(Status::InProgress) | None => &mut self.incomplete,
        };
        *counter += 1;
        self.total += usize::from(status != Some(Status::Exists));
        self.setup_failures += usize::from(status == Some(Status::Fail) && is_setup(id));
    }
}

fn is_setup(id: &str) -> bool {
    ["setUpClass (", "tearDownClass (", "setUpModule (", "tearDownModule ("]
        .iter()
        .any(|beginning| id.starts_with(beginning))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_no_attributes() {
        let id = "acme.T.test_a[gate,id-1b6a](ipv6)";
        assert_eq!((&*name_of(id), uuid_of(id)), ("acme.T.test_a(ipv6)", Some("1b6a")));
        assert_eq!(name_of("a[x]b[y]c"), "ac");
        assert_eq!(uuid_of("a[x]b[id-y]c"), None, "only the first bracket counts");
        assert_eq!(uuid_of("größe[ä,,id-ü,id-2]"), Some("ü"));
        assert_eq!((uuid_of("a[]"), uuid_of("a[,]"), uuid_of("a[id-]")), (None, None, Some("")));
        assert_eq!((name_of("a]b["), uuid_of("a[id-7")), ("a]b[".into(), None));
    }

    #[test]
    fn a_setup_that_fails_is_counted_twice() {
        let mut summary = Summary::default();
        summary.count("setUpClass (a.B)", Some(Status::Fail));
        summary.count("setUpClass (a.B)", Some(Status::Skip));
        summary.count("a", Some(Status::Exists));
        summary.count("a", None);
        assert_eq!((summary.setup_failures, summary.failed, summary.total), (1, 1, 3));
        assert_eq!((summary.enumerated, summary.incomplete), (1, 1));
    }
}
