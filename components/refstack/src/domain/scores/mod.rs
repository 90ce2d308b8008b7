//! How far a result meets a guideline.

use std::borrow::Cow;
use std::collections::HashSet;

use assay_subunit::name_of;
use serde::Serialize;

use super::guidelines::{Demand, Guideline, Listed};

/// What may show that a test passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Match {
    /// Its name, an alias, or its uuid.
    Any,
    /// Its name or an alias.
    Name,
}

impl Match {
    /// Reads `match`; without it, any.
    pub fn parse(text: Option<&str>) -> Option<Self> {
        match text {
            None | Some("any") => Some(Self::Any),
            Some("name") => Some(Self::Name),
            Some(_) => None,
        }
    }
}

/// What passed in a result, as far as a guideline asks: a result may have far more.
#[derive(Debug, Default)]
pub struct Passed {
    names: HashSet<String>,
    uuids: HashSet<String>,
}

/// The names and uuids that a target of a guideline asks for.
#[derive(Debug)]
pub struct Wanted<'a>(HashSet<Cow<'a, str>>);

impl<'a> Wanted<'a> {
    /// `None` when the guideline has no such target.
    pub fn of(guideline: &'a Guideline, target: &str) -> Option<Self> {
        let mut wanted = HashSet::new();
        for (_, capability) in guideline.capabilities(target)? {
            for test in guideline.tests(capability) {
                wanted.extend(uuid(&test).map(Cow::Borrowed));
                for name in std::iter::once(test.name).chain(test.aliases) {
                    wanted.extend([Cow::Borrowed(name), name_of(name)]);
                }
            }
        }
        Some(Self(wanted))
    }
}

fn uuid<'a>(test: &Listed<'a>) -> Option<&'a str> {
    test.idempotent_id.and_then(|id| id.strip_prefix("id-"))
}

impl Passed {
    /// Takes what is wanted of names, with or without attributes, and of uuids.
    pub fn add(&mut self, wanted: &Wanted<'_>, names: &[String], uuids: &[String]) {
        let names = names.iter().map(|name| name_of(name));
        let names = names.filter(|name| wanted.0.contains(&**name)).map(Cow::into_owned);
        self.names.extend(names);
        let uuids = uuids.iter().filter(|uuid| wanted.0.contains(uuid.as_str()));
        self.uuids.extend(uuids.cloned());
    }

    /// By what a test is among them.
    fn matched(&self, test: &Listed<'_>, by: Match) -> Option<&'static str> {
        let has = |name: &str| self.names.contains(name) || self.names.contains(&*name_of(name));
        if has(test.name) {
            return Some("name");
        }
        if test.aliases.iter().any(|alias| has(alias)) {
            return Some("alias");
        }
        let known = by == Match::Any && uuid(test).is_some_and(|uuid| self.uuids.contains(uuid));
        known.then_some("uuid")
    }
}

/// The score of a result.
#[derive(Debug, Serialize)]
pub struct Score<'a> {
    /// Which result.
    pub result_id: &'a str,
    /// Against which guideline.
    pub guideline: &'a str,
    /// The version of its format.
    pub schema: &'a str,
    /// For which target.
    pub target: &'a str,
    /// What counted as passed.
    #[serde(rename = "match")]
    pub by: Match,
    /// The verdict: every required test that is not flagged passed. Null when there is none.
    pub passed: Option<bool>,
    /// Counts of the tests of required capabilities,
    pub required: Counts,
    /// of advisory ones,
    pub advisory: Counts,
    /// of deprecated ones
    pub deprecated: Counts,
    /// and of removed ones.
    pub removed: Counts,
    /// Counts of what the verdict is made of.
    pub non_flagged_required: PlainCounts,
    /// Each capability, by status and id.
    pub capabilities: Vec<Capability<'a>>,
}

/// Counts of tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Counts {
    /// How many there are.
    pub count: u32,
    /// How many passed.
    pub passed: u32,
    /// How many did not.
    pub failed: u32,
    /// How many of a hundred passed, with one decimal. Null of none.
    pub percent: Option<f64>,
    /// How many of the flagged ones passed
    pub flagged_passed: u32,
    /// and how many did not.
    pub flagged_failed: u32,
}

/// Counts of tests that are not flagged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct PlainCounts {
    /// How many there are.
    pub count: u32,
    /// How many passed.
    pub passed: u32,
    /// How many did not.
    pub failed: u32,
    /// How many of a hundred passed, with one decimal. Null of none.
    pub percent: Option<f64>,
}

/// A capability and its tests.
#[derive(Debug, Serialize)]
pub struct Capability<'a> {
    /// Its name.
    pub id: &'a str,
    /// How much it is asked for.
    pub status: &'static str,
    /// How many tests it has.
    pub count: u32,
    /// How many of them passed.
    pub passed: u32,
    /// The tests.
    pub tests: Vec<Tested<'a>>,
}

/// A test of a capability.
#[derive(Debug, Serialize)]
pub struct Tested<'a> {
    /// Its name in the guideline.
    pub name: &'a str,
    /// Whether it passed.
    pub passed: bool,
    /// Whether it does not count.
    pub flagged: bool,
    /// And why.
    pub flag_reason: Option<&'a str>,
    /// By what it was found: `name`, `alias`, `uuid`.
    pub matched: Option<&'static str>,
}

/// Scores what passed; `None` when the guideline has no such target.
pub fn score<'a>(
    guideline: &'a Guideline,
    (result_id, file, target): (&'a str, &'a str, &'a str),
    passed: &Passed,
    by: Match,
) -> Option<Score<'a>> {
    let mut counts = [Counts::default(); 4];
    let mut capabilities = Vec::new();
    for (demand, id) in guideline.capabilities(target)? {
        let tests: Vec<_> =
            guideline.tests(id).iter().map(|test| tested(test, passed, by)).collect();
        for (place, counts) in Demand::ALL.iter().zip(&mut counts) {
            if *place == demand {
                tests.iter().for_each(|test| counts.add(test));
            }
        }
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        capabilities.push(Capability {
            id,
            status: demand.word(),
            count: number(tests.len()),
            passed: number(tests.iter().filter(|test| test.passed).count()),
            tests,
        });
    }
    let [required, advisory, deprecated, removed] = counts.map(Counts::complete);
    let rest = required.without_flagged();
    Some(Score {
        result_id,
        guideline: file,
        schema: guideline.schema(),
        target,
        by,
        passed: (rest.count > 0).then_some(rest.failed == 0),
        required,
        advisory,
        deprecated,
        removed,
        non_flagged_required: rest,
        capabilities,
    })
}

fn tested<'a>(test: &Listed<'a>, passed: &Passed, by: Match) -> Tested<'a> {
    let matched = passed.matched(test, by);
    Tested {
        name: test.name,
        passed: matched.is_some(),
        flagged: test.flagged.is_some(),
        flag_reason: test.flagged.flatten(),
        matched,
    }
}

impl Counts {
    fn add(&mut self, test: &Tested<'_>) {
        self.count += 1;
        self.passed += u32::from(test.passed);
        self.flagged_passed += u32::from(test.flagged && test.passed);
        self.flagged_failed += u32::from(test.flagged && !test.passed);
    }

    fn complete(self) -> Self {
        let failed = self.count - self.passed;
        Self { failed, percent: percent(self.passed, self.count), ..self }
    }

    fn without_flagged(self) -> PlainCounts {
        let count = self.count - self.flagged_passed - self.flagged_failed;
        let passed = self.passed - self.flagged_passed;
        PlainCounts { count, passed, failed: count - passed, percent: percent(passed, count) }
    }
}

/// One decimal, halves up.
fn percent(part: u32, whole: u32) -> Option<f64> {
    let (part, whole) = (u64::from(part), u64::from(whole));
    let tenths = (2000 * part + whole).checked_div(2 * whole)?;
    Some(f64::from(u32::try_from(tenths).unwrap_or(u32::MAX)) / 10.0)
}

#[cfg(test)]
mod tests;
