//! What changed between two runs, test by test.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::statuses::Status;

/// A job that counts for its test.
#[derive(Clone, Debug, Deserialize)]
pub struct Tested {
    /// What it ran: the name of the test.
    pub description: String,
    /// The job's name within its run.
    pub job_id: String,
    /// How it stands.
    pub status: Status,
}

/// What became of a test, the worst first: the order of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Passed in the base, fails now.
    Regressed,
    /// Failed in both.
    StillFailing,
    /// Failed in the base, passes now.
    Fixed,
    /// Not finished in one of them.
    Pending,
    /// Not run in the other.
    OnlyBase,
    /// Not run in the base.
    OnlyOther,
    /// Passed in both.
    StillPassing,
}

/// How many tests changed in which way.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    regressed: usize,
    fixed: usize,
    still_failing: usize,
    still_passing: usize,
    pending: usize,
    only_base: usize,
    only_other: usize,
}

/// One test in both runs.
#[derive(Debug, Serialize)]
pub struct Test {
    description: String,
    change: Change,
    base: Option<Side>,
    other: Option<Side>,
}

/// A test's job in one run.
#[derive(Debug, Serialize)]
struct Side {
    job_id: String,
    status: Status,
}

/// Compares two runs, given their jobs from the oldest to the latest: of several jobs of one
/// description the latest counts.
pub fn compare(base: Vec<Tested>, other: Vec<Tested>) -> (Summary, Vec<Test>) {
    let mut sides: BTreeMap<String, (Option<Side>, Option<Side>)> = BTreeMap::new();
    for tested in base {
        let side = Side { job_id: tested.job_id, status: tested.status };
        sides.entry(tested.description).or_default().0 = Some(side);
    }
    for tested in other {
        let side = Side { job_id: tested.job_id, status: tested.status };
        sides.entry(tested.description).or_default().1 = Some(side);
    }
    let mut summary = Summary::default();
    let mut tests: Vec<Test> = sides
        .into_iter()
        .map(|(description, (base, other))| {
            let change = change(base.as_ref(), other.as_ref());
            summary.count(change);
            Test { description, change, base, other }
        })
        .collect();
    // Stable, so that tests of one kind stay in the order of their descriptions.
    tests.sort_by_key(|test| test.change);
    (summary, tests)
}

/// Leaves out the tests that nobody needs to look at.
pub fn without_passing(tests: Vec<Test>) -> Vec<Test> {
    tests.into_iter().filter(|test| test.change != Change::StillPassing).collect()
}

fn change(base: Option<&Side>, other: Option<&Side>) -> Change {
    let (base, other) = match (base, other) {
        (Some(base), Some(other)) => (base.status, other.status),
        (Some(_), None) => return Change::OnlyBase,
        (None, _) => return Change::OnlyOther,
    };
    if !base.is_finished() || !other.is_finished() {
        return Change::Pending;
    }
    match (base.is_failure(), other.is_failure()) {
        (false, true) => Change::Regressed,
        (true, false) => Change::Fixed,
        (true, true) => Change::StillFailing,
        (false, false) => Change::StillPassing,
    }
}

impl Summary {
    fn count(&mut self, change: Change) {
        *match change {
            Change::Regressed => &mut self.regressed,
            Change::Fixed => &mut self.fixed,
            Change::StillFailing => &mut self.still_failing,
            Change::StillPassing => &mut self.still_passing,
            Change::Pending => &mut self.pending,
            Change::OnlyBase => &mut self.only_base,
            Change::OnlyOther => &mut self.only_other,
        } += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(jobs: &[(&str, &str, Status)]) -> Vec<Tested> {
        let tested = |(description, job_id, status): &(&str, &str, Status)| Tested {
            description: (*description).into(),
            job_id: (*job_id).into(),
            status: *status,
        };
        jobs.iter().map(tested).collect()
    }

    #[test]
    fn each_pair_of_statuses_is_one_change() {
        for (base, other, expected) in [
            (Status::Pass, Status::Fail, Change::Regressed),
            (Status::Pass, Status::Dead, Change::Regressed),
            (Status::Dead, Status::Pass, Change::Fixed),
            (Status::Fail, Status::Dead, Change::StillFailing),
            (Status::Pass, Status::Pass, Change::StillPassing),
            (Status::Pass, Status::Running, Change::Pending),
            (Status::Unknown, Status::Pass, Change::Pending),
            (Status::Queued, Status::Waiting, Change::Pending),
        ] {
            let (_, tests) = compare(run(&[("t", "1", base)]), run(&[("t", "2", other)]));
            assert_eq!(tests[0].change, expected, "{base:?} and {other:?}");
        }
    }

    #[test]
    fn the_latest_job_of_a_description_counts() {
        let base = run(&[("t", "1", Status::Fail), ("t", "2", Status::Pass)]);
        let (summary, tests) = compare(base, run(&[("t", "9", Status::Fail)]));
        assert_eq!(summary, Summary { regressed: 1, ..Summary::default() });
        assert_eq!(tests[0].base.as_ref().unwrap().job_id, "2");
    }

    #[test]
    fn the_worst_comes_first_and_what_passes_can_be_left_out() {
        let base =
            run(&[("a", "1", Status::Pass), ("b", "2", Status::Fail), ("c", "3", Status::Pass)]);
        let other =
            run(&[("a", "4", Status::Pass), ("b", "5", Status::Pass), ("d", "6", Status::Fail)]);
        let (summary, tests) = compare(base, other);
        let changes: Vec<Change> = tests.iter().map(|test| test.change).collect();
        let expected = [Change::Fixed, Change::OnlyBase, Change::OnlyOther, Change::StillPassing];
        assert_eq!(changes, expected);
        assert_eq!((summary.fixed, summary.only_base, summary.only_other), (1, 1, 1));
        assert_eq!(without_passing(tests).len(), 3);
    }
}
