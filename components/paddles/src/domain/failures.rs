//! Why a run failed: its failed jobs, grouped by what they said.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};

use super::statuses::Status;

/// What became of one job.
#[derive(Clone, Debug, Deserialize)]
pub struct Outcome {
    /// The job's name within its run.
    pub job_id: String,
    /// How it stands.
    pub status: Status,
    /// What it ran.
    pub description: Option<String>,
    /// How long it took, in seconds.
    pub duration: Option<i64>,
    /// What it said of its failure.
    pub failure_reason: Option<String>,
}

/// The failed jobs of a run that gave the same reason.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Group {
    /// Their reason, with `#` for every run of digits; null is a reason of its own.
    pub reason: Option<String>,
    /// How many they are.
    pub count: usize,
    /// How they ended.
    pub statuses: Endings,
    /// Their names.
    pub job_ids: Vec<String>,
    /// What they ran, in the order of `job_ids`.
    pub descriptions: Vec<Option<String>>,
    /// Whether the run before had no failure of this reason.
    pub new: bool,
}

/// How the jobs of a group ended.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Endings {
    fail: usize,
    dead: usize,
}

/// The shortest, the middle, the longest and all durations together, in seconds; null when no job
/// has one.
#[derive(Debug, PartialEq, Serialize)]
pub struct Durations {
    min: Option<i64>,
    median: Option<f64>,
    max: Option<i64>,
    total: i64,
}

/// A reason without what differs each time: host numbers, process ids, times.
pub fn normal(reason: &str) -> String {
    let mut text = String::with_capacity(reason.len());
    let mut in_number = false;
    for sign in reason.chars() {
        let digit = sign.is_ascii_digit();
        if !digit {
            text.push(sign);
        } else if !in_number {
            text.push('#');
        }
        in_number = digit;
    }
    text
}

/// Groups failed jobs, the largest group first. `before` is what the jobs of the previous run gave
/// as reasons.
pub fn group(outcomes: Vec<Outcome>, before: &[Option<String>]) -> Vec<Group> {
    let known: HashSet<Option<String>> =
        before.iter().map(|reason| reason.as_deref().map(normal)).collect();
    let mut groups: BTreeMap<Option<String>, Group> = BTreeMap::new();
    for outcome in outcomes.into_iter().filter(|outcome| outcome.status.is_failure()) {
        let reason = outcome.failure_reason.as_deref().map(normal);
        let group = groups.entry(reason.clone()).or_insert_with(|| Group {
            new: !known.contains(&reason),
            reason,
            count: 0,
            statuses: Endings::default(),
            job_ids: Vec::new(),
            descriptions: Vec::new(),
        });
        group.add(outcome);
    }
    let mut groups: Vec<Group> = groups.into_values().collect();
    // Stable, so that groups of one size stay in the order of their reasons.
    groups.sort_by_key(|group| std::cmp::Reverse(group.count));
    groups
}

impl Group {
    fn add(&mut self, outcome: Outcome) {
        self.count += 1;
        match outcome.status {
            Status::Dead => self.statuses.dead += 1,
            _ => self.statuses.fail += 1,
        }
        self.job_ids.push(outcome.job_id);
        self.descriptions.push(outcome.description);
    }
}

impl Durations {
    /// Of all jobs that have one.
    pub fn of(outcomes: &[Outcome]) -> Self {
        let mut seconds: Vec<i64> =
            outcomes.iter().filter_map(|outcome| outcome.duration).collect();
        seconds.sort_unstable();
        Self {
            min: seconds.first().copied(),
            median: median(&seconds),
            max: seconds.last().copied(),
            total: seconds.iter().fold(0, |sum, one| sum.saturating_add(*one)),
        }
    }
}

/// The middle of sorted numbers, or what lies between the two middle ones.
fn median(sorted: &[i64]) -> Option<f64> {
    let upper = *sorted.get(sorted.len() / 2)?;
    let odd = sorted.len() % 2 == 1;
    let lower = if odd { upper } else { *sorted.get(sorted.len() / 2 - 1)? };
    #[expect(clippy::cast_precision_loss, reason = "durations are far below 2^53 seconds")]
    let middle = (lower as f64 + upper as f64) / 2.0;
    Some(middle)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(job_id: &str, status: Status, reason: Option<&str>) -> Outcome {
        Outcome {
            job_id: job_id.into(),
            status,
            description: Some(format!("test {job_id}")),
            duration: None,
            failure_reason: reason.map(str::to_owned),
        }
    }

    #[test]
    fn numbers_do_not_split_a_group() {
        assert_eq!(
            normal("n017.lab: pid 4711 died (rc=-9) 2024-05-06"),
            "n#.lab: pid # died (rc=-#) #-#-#"
        );
        assert_eq!(normal(""), "");
        assert_eq!(normal("no ½ number ٣"), "no ½ number ٣");
    }

    #[test]
    fn failed_jobs_are_grouped_by_reason_with_the_largest_group_first() {
        let outcomes = vec![
            outcome("1", Status::Fail, None),
            outcome("2", Status::Pass, Some("n1 hung")),
            outcome("3", Status::Fail, Some("n12 hung")),
            outcome("4", Status::Dead, Some("n3 hung")),
            outcome("5", Status::Running, None),
        ];
        let groups = group(outcomes, &[Some("n99 hung".into()), Some("other".into())]);
        assert_eq!(groups.len(), 2);
        assert_eq!(groups[0].reason.as_deref(), Some("n# hung"));
        assert_eq!((groups[0].count, groups[0].new), (2, false));
        assert_eq!(groups[0].statuses, Endings { fail: 1, dead: 1 });
        assert_eq!(groups[0].job_ids, ["3", "4"]);
        assert_eq!(groups[0].descriptions[1].as_deref(), Some("test 4"));
        assert_eq!((&groups[1].reason, groups[1].count, groups[1].new), (&None, 1, true));
    }

    #[test]
    fn no_reason_is_known_when_the_run_before_had_a_failure_without_reason() {
        let groups = group(vec![outcome("1", Status::Dead, None)], &[None]);
        assert!(!groups[0].new);
    }

    #[test]
    fn groups_of_one_size_are_ordered_by_reason() {
        let outcomes = ["b", "a", "c"].map(|reason| outcome(reason, Status::Fail, Some(reason)));
        let reasons = group(outcomes.into(), &[]).into_iter().map(|group| group.reason.unwrap());
        assert_eq!(reasons.collect::<Vec<_>>(), ["a", "b", "c"]);
    }

    #[test]
    fn the_median_lies_between_the_two_in_the_middle() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[7]), Some(7.0));
        assert_eq!(median(&[1, 2, 4, 90]), Some(3.0));
        assert_eq!(median(&[1, 2]), Some(1.5));
    }

    #[test]
    fn durations_are_of_the_jobs_that_have_one() {
        let mut outcomes = ["1", "2", "3"].map(|id| outcome(id, Status::Pass, None));
        assert_eq!(
            Durations::of(&outcomes),
            Durations { min: None, median: None, max: None, total: 0 }
        );
        (outcomes[0].duration, outcomes[2].duration) = (Some(30), Some(10));
        assert_eq!(
            Durations::of(&outcomes),
            Durations { min: Some(10), median: Some(20.0), max: Some(30), total: 40 }
        );
    }
}
