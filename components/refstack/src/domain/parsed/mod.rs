//! Results that come as JSON, in three shapes: what refstack-client sends (passed tests only), ours
//! (any status), and the parsed form of 2014.
//!
//! `split` takes the text apart while it arrives, so that memory does not follow its length;
//! `items` makes tests of its parts.

mod items;
mod split;

use assay_subunit::{MOST_TESTS, Summary};

use self::items::Items;
use self::split::{Go, Parts, Place, Split};
use super::rows::NewTest;

/// How deep the text may nest.
const DEPTH: usize = 64;
/// The longest id of a cloud, in characters.
pub const LONGEST_CPID: usize = 128;

/// What is wrong with a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// It is not JSON.
    NotJson(String),
    /// It has not the shape; says where.
    Shape(String),
}

fn shape<T>(detail: &str) -> Result<T, Wrong> {
    Err(Wrong::Shape(detail.to_owned()))
}

fn not_json<T>(detail: &str) -> Result<T, Wrong> {
    Err(Wrong::NotJson(detail.to_owned()))
}

/// What may be left out, and which shapes there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strictness {
    /// As the later clients send it: with `cpid` and `duration_seconds`.
    Exact,
    /// As old runners may send it.
    Lenient,
}

/// A shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// `{"name", "uuid"?}`, all passed, each name once.
    Passed,
    /// `{"id", "status", ...}`.
    Any,
    /// `["<test>", "PASS", 1.02]` of a class.
    OfClass,
    /// `["FAIL", 0.4]` of a test id.
    ById,
}

/// Who takes the tests.
pub trait Sink {
    /// The next test.
    fn test(&mut self, test: &NewTest<'_>);
    /// Forget all tests so far: their list comes once more, and of equal keys the last one counts.
    fn restart(&mut self);
}

/// Reads a text while it arrives.
#[derive(Debug)]
pub struct Reader {
    split: Split,
    text: Text,
}

/// What a text says beside its tests.
#[derive(Debug)]
pub struct Outline {
    /// Of which cloud it speaks.
    pub cpid: Option<String>,
    /// How long the run took.
    pub duration_seconds: i64,
    /// Counts of its tests.
    pub summary: Summary,
    /// Whether it is the shape that lists only what passed, or names no test at all.
    pub lists_passed_only: bool,
}

impl Reader {
    /// Begins a text.
    pub fn new(strictness: Strictness) -> Self {
        Self { split: Split::default(), text: Text::new(strictness) }
    }

    /// Takes the next bytes. Only what is not JSON is told at once: a text that is neither JSON nor
    /// of the right shape is not JSON.
    pub fn push(&mut self, bytes: &[u8], sink: &mut impl Sink) -> Result<(), Wrong> {
        self.split.push(bytes, &mut Filling { text: &mut self.text, sink })
    }

    /// Ends the text.
    pub fn finish(mut self, sink: &mut impl Sink) -> Result<Outline, Wrong> {
        self.split.finish(&mut Filling { text: &mut self.text, sink })?;
        self.text.finish()
    }
}

/// What has come of a text.
#[derive(Debug)]
struct Text {
    strictness: Strictness,
    /// The first thing that is wrong with the shape.
    wrong: Option<Wrong>,
    kind: Option<Kind>,
    items: Items,
    count: usize,
    /// The last ones count, so it is told in the end whether they are right.
    cpid: Option<Result<String, Wrong>>,
    duration_seconds: Option<Result<i64, Wrong>>,
    has_summary: bool,
}

/// A text and who takes its tests.
struct Filling<'a, S> {
    text: &'a mut Text,
    sink: &'a mut S,
}

impl<S: Sink> Parts for Filling<'_, S> {
    fn begins(&mut self, place: Place<'_>, first: u8) -> Go {
        let begun = match (place.depth, place.keys) {
            (0, _) if first == b'{' => Ok(Go::Into),
            (0, _) => shape("the body must be an object"),
            (1, [key]) => self.text.field(key, first, self.sink),
            (2, _) if self.text.kind == Some(Kind::OfClass) && first == b'[' => Ok(Go::Into),
            (2, _) if self.text.kind == Some(Kind::OfClass) => {
                shape("a class in 'data' must be a list")
            }
            _ => Ok(Go::Past),
        };
        begun.unwrap_or_else(|wrong| self.text.refuse(wrong))
    }

    fn value(&mut self, place: Place<'_>, value: &str) {
        let text = &mut *self.text;
        if text.wrong.is_some() {
            return;
        }
        let taken = match (place.depth, place.keys) {
            (1, [key]) => {
                text.take(key, value);
                return;
            }
            (_, keys) => text.item(keys.get(1).map_or("", String::as_str), value, self.sink),
        };
        if let Err(wrong) = taken {
            text.refuse(wrong);
        }
    }
}

impl Text {
    fn new(strictness: Strictness) -> Self {
        Self {
            strictness,
            wrong: None,
            kind: None,
            items: Items::default(),
            count: 0,
            cpid: None,
            duration_seconds: None,
            has_summary: false,
        }
    }

    fn refuse(&mut self, wrong: Wrong) -> Go {
        self.wrong.get_or_insert(wrong);
        Go::Past
    }

    /// A value of the outermost object begins.
    fn field(&mut self, key: &str, first: u8, sink: &mut impl Sink) -> Result<Go, Wrong> {
        let lenient = self.strictness == Strictness::Lenient;
        let kind = match (key, first) {
            ("results", b'[') => Kind::Passed,
            ("results", b'{') if lenient => Kind::ById,
            ("tests", b'[') => Kind::Any,
            ("data", b'{') if lenient => Kind::OfClass,
            ("results" | "tests", _) => {
                return Err(Wrong::Shape(format!("'{key}' must be a list")));
            }
            ("data", _) if lenient => return shape("'data' must be an object"),
            ("cpid" | "duration_seconds", _) => return Ok(Go::Past),
            ("summary", _) if lenient => return Ok(Go::Past),
            _ => return Err(Wrong::Shape(format!("unknown key '{key}'"))),
        };
        if let Some(other) = self.kind.replace(kind) {
            if other.key() != key {
                return Err(Wrong::Shape(format!(
                    "'{}' and '{key}' exclude each other",
                    other.key()
                )));
            }
            (self.items, self.count) = (Items::default(), 0);
            sink.restart();
        }
        Ok(Go::Into)
    }

    /// A whole value of the outermost object.
    fn take(&mut self, key: &str, value: &str) {
        match key {
            "cpid" => self.cpid = Some(cpid(value)),
            "duration_seconds" => self.duration_seconds = Some(duration(value)),
            _ => self.has_summary = true,
        }
    }

    /// An item of a list.
    fn item(&mut self, key: &str, item: &str, sink: &mut impl Sink) -> Result<(), Wrong> {
        let Some(kind) = self.kind else { return Ok(()) };
        self.count += 1;
        if self.count > MOST_TESTS {
            return shape("there are too many tests");
        }
        if let Some(test) = self.items.read(kind, key, item)? {
            sink.test(&test);
        }
        Ok(())
    }

    fn finish(self) -> Result<Outline, Wrong> {
        if let Some(wrong) = self.wrong {
            return Err(wrong);
        }
        let Some(kind) = self.kind else { return shape("'results' is missing") };
        if self.has_summary && matches!(kind, Kind::Passed | Kind::Any) {
            return shape("unknown key 'summary'");
        }
        let (cpid, duration_seconds) = (self.cpid.transpose()?, self.duration_seconds.transpose()?);
        if self.strictness == Strictness::Exact && kind == Kind::Passed {
            if cpid.is_none() {
                return shape("'cpid' is missing");
            }
            if duration_seconds.is_none() {
                return shape("'duration_seconds' is missing");
            }
        }
        let spanned = self.items.duration_seconds().clamp(0, i64::from(i32::MAX));
        Ok(Outline {
            cpid,
            duration_seconds: duration_seconds.unwrap_or(spanned),
            summary: self.items.summary(),
            lists_passed_only: kind == Kind::Passed || self.count == 0,
        })
    }
}

impl Kind {
    /// Under which key its tests stand.
    fn key(self) -> &'static str {
        match self {
            Self::Passed | Self::ById => "results",
            Self::Any => "tests",
            Self::OfClass => "data",
        }
    }
}

fn cpid(value: &str) -> Result<String, Wrong> {
    match serde_json::from_str::<String>(value) {
        Ok(cpid) if cpid.chars().count() <= LONGEST_CPID => Ok(cpid),
        Err(error) if value.starts_with('"') => Err(Wrong::Shape(format!("'cpid': {error}"))),
        _ => shape("'cpid' must be a text of at most 128 characters"),
    }
}

fn duration(value: &str) -> Result<i64, Wrong> {
    match serde_json::from_str::<i64>(value) {
        Ok(seconds) if (0..=i64::from(i32::MAX)).contains(&seconds) => Ok(seconds),
        _ => shape("'duration_seconds' must be a whole number from 0 to 2147483647"),
    }
}

#[cfg(test)]
mod tests;
