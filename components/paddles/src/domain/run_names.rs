//! Names of runs, and what they say: `user-YYYY-MM-DD_HH:MM:SS-suite-branch-kernel-flavor[-machine_type[-distro]]`.
//!
//! Suites and branches may contain hyphens themselves, so the reading goes from known words (the contract's
//! lists). A name that says nothing is as good as any other: it just leaves the fields empty.

use assay_web::{links, time};
use jiff::civil;

use crate::error::{Error, Result};

/// A run's name that may be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunName(String);

/// Names that are URLs of their own below `/runs/`.
pub const RESERVED: [&str; 10] = [
    "branch",
    "date",
    "machine_type",
    "status",
    "suite",
    "queued",
    "sha1",
    "user",
    "flavor",
    "flavors",
];
const LONGEST: usize = 512;

impl RunName {
    /// Checks a name: 1 to 512 characters, no `/`, no control characters, not reserved.
    pub fn parse(name: &str) -> Result<Self> {
        let why = if name.is_empty() {
            "it is empty"
        } else if name.chars().count() > LONGEST {
            "it is longer than 512 characters"
        } else if name.contains('/') {
            "it contains a '/'"
        } else if name.chars().any(char::is_control) {
            "it contains a control character"
        } else if RESERVED.contains(&name) || name == "." || name == ".." {
            "it is a reserved word"
        } else {
            return Ok(Self(name.to_owned()));
        };
        Err(Error::invalid(format!("invalid run name: {why}")))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its place below the base of links: `/runs/<name>/`.
    pub fn path(&self) -> String {
        format!("/runs/{}/", links::segment(&self.0))
    }

    /// What the name says; nothing at all where it does not fit the grammar.
    pub fn facts(&self) -> Facts {
        facts(&self.0).unwrap_or_default()
    }
}

/// What a run's name says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// When it was scheduled, microseconds; `None` when the name does not say.
    pub scheduled: Option<i64>,
    /// Who scheduled it.
    pub user: String,
    /// The suite.
    pub suite: String,
    /// The branch under test.
    pub branch: String,
    /// The kind of machine.
    pub machine_type: String,
}

fn facts(name: &str) -> Option<Facts> {
    let (user, stamp, rest) = split_at_timestamp(name)?;
    let scheduled = read_timestamp(stamp)?;
    let (suite, branch, machine_type) =
        with_known_suite(rest).or_else(|| with_unknown_suite(rest))?;
    Some(Facts {
        scheduled: Some(scheduled),
        user: strip(user),
        suite: strip(&suite),
        branch: strip(&branch),
        machine_type: strip(&machine_type),
    })
}

fn strip(value: &str) -> String {
    value.trim_matches([' ', '-']).to_owned()
}

/// Splits at the last timestamp-shaped part between hyphens.
fn split_at_timestamp(name: &str) -> Option<(&str, &str, &str)> {
    let hyphens: Vec<usize> = name.match_indices('-').map(|(at, _)| at).collect();
    // A timestamp has two hyphens of its own, so it lies between a hyphen and the third one after it.
    let around = hyphens.iter().rev().filter_map(|end| {
        let before = hyphens.iter().position(|hyphen| hyphen == end)?.checked_sub(3)?;
        Some((*hyphens.get(before)?, *end))
    });
    for (start, end) in around {
        let (user, stamp, rest) =
            (name.get(..start)?, name.get(start + 1..end)?, name.get(end + 1..)?);
        if numbers(stamp).is_some() {
            return Some((user, stamp, rest));
        }
    }
    None
}

/// The six numbers of `d{1,4}-d{1,2}-d{1,2}_d{1,2}:d{1,2}:d{1,2}`.
fn numbers(stamp: &str) -> Option<[i16; 6]> {
    let (day, clock) = stamp.split_once('_')?;
    let parts: Vec<&str> = day.split('-').chain(clock.split(':')).collect();
    let [year, rest @ ..] = parts.as_slice() else { return None };
    let shaped = |text: &str, most: usize| {
        (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    if day.matches('-').count() != 2 || rest.len() != 5 || !shaped(year, 4) {
        return None;
    }
    if !rest.iter().all(|part| shaped(part, 2)) {
        return None;
    }
    let read: Vec<i16> = parts.iter().filter_map(|part| part.parse().ok()).collect();
    read.try_into().ok()
}

fn read_timestamp(stamp: &str) -> Option<i64> {
    let [year, month, day, hour, minute, second] = numbers(stamp)?;
    let small = |number: i16| i8::try_from(number).ok();
    let date = civil::Date::new(year, small(month)?, small(day)?).ok().filter(|_| year > 0)?;
    time::at(date, civil::Time::new(small(hour)?, small(minute)?, small(second)?, 0).ok()?)
}

type SuiteBranchMachine = (String, String, String);

/// `suite-branch-kernel-flavor[-machine_type[-distro]]` where the suite begins with a known word.
fn with_known_suite(rest: &str) -> Option<SuiteBranchMachine> {
    let mut known: Vec<&str> =
        KNOWN_SUITES.iter().copied().filter(|word| rest.starts_with(word)).collect();
    known.sort_unstable_by_key(|word| std::cmp::Reverse(word.len()));
    known.into_iter().find_map(|word| {
        let tail = rest.get(word.len()..)?;
        let end = word.len() + tail.find('-')?; // `rados` takes `rados:thrash`
        let (suite, after) = (rest.get(..end)?, rest.get(end + 1..)?);
        let mut parts: Vec<&str> = after.split('-').collect();
        let machine_type = take_machine_type(&mut parts);
        let branch = parts.get(..parts.len().checked_sub(2)?)?.join("-");
        let flavor = parts.last()?;
        if branch.is_empty() || flavor.is_empty() {
            return None;
        }
        Some((suite.to_owned(), branch, machine_type.to_owned()))
    })
}

/// Takes `machine_type` or `machine_type-distro` off the end, where they are known.
fn take_machine_type<'a>(parts: &mut Vec<&'a str>) -> &'a str {
    let known = |part: Option<&&str>, list: &[&str]| part.is_some_and(|part| list.contains(part));
    let before_last = parts.len().checked_sub(2).and_then(|at| parts.get(at));
    if known(parts.last(), &DISTROS) && known(before_last, &MACHINE_TYPES) {
        parts.pop();
    }
    if known(parts.last(), &MACHINE_TYPES) { parts.pop().unwrap_or_default() } else { "" }
}

/// An unknown suite is everything up to the part that leaves exactly branch, two fields and a rest.
fn with_unknown_suite(rest: &str) -> Option<SuiteBranchMachine> {
    let parts: Vec<&str> = rest.split('-').collect();
    let at = parts.len().checked_sub(4).filter(|at| *at > 0)?;
    let last = parts.last()?;
    let machine_type = if MACHINE_TYPES.contains(last) { last } else { "" };
    let (suite, branch) = (parts.get(..at)?.join("-"), *parts.get(at)?);
    if strip(&suite).is_empty() || branch.is_empty() {
        return None;
    }
    Some((suite, branch.to_owned(), machine_type.to_owned()))
}

const KNOWN_SUITES: [&str; 49] = [
    "big",
    "ceph-deploy",
    "clusters",
    "dummy",
    "experimental",
    "fs",
    "hadoop",
    "iozone",
    "kcephfs",
    "knfs",
    "krbd",
    "marginal",
    "mixed-clients",
    "mount",
    "multimds",
    "nfs",
    "powercycle",
    "rados",
    "rbd",
    "rest",
    "rgw",
    "samba",
    "smoke",
    "stress",
    "tgt",
    "upgrade",
    "workload",
    "upgrade-cuttlefish",
    "upgrade-dumpling",
    "upgrade-fs",
    "upgrade-mixed-cluster",
    "upgrade-mixed-mons",
    "upgrade-parallel",
    "upgrade-rados-double",
    "upgrade-rados",
    "upgrade-rbd-double",
    "upgrade-rbd",
    "upgrade-rgw-double",
    "upgrade-rgw",
    "upgrade-small",
    "upgrade:dumpling-x:stress-split",
    "upgrade:dumpling-x",
    "upgrade:dumpling-emperor-x",
    "orch",
    "crimson-rados",
    "netsplit",
    "teuthology",
    "cephmetrics",
    "nvmeof",
];
const MACHINE_TYPES: [&str; 15] = [
    "burnupi",
    "mira",
    "plana",
    "saya",
    "tala",
    "vps",
    "smithi",
    "gibba",
    "trial",
    "bruuni",
    "folio",
    "ovh",
    "openstack",
    "testnode",
    "multi",
];
const DISTROS: [&str; 9] =
    ["centos", "debian", "fedora", "opensuse", "rhel", "suse", "ubuntu", "alma", "rocky"];

#[cfg(test)]
mod tests {
    use super::*;

    fn said(name: &str) -> (String, String, String, String) {
        let facts = RunName::parse(name).unwrap().facts();
        if let Some(scheduled) = facts.scheduled {
            assert_eq!(time::format(scheduled), "2024-05-06 07:08:09");
        }
        (facts.user, facts.suite, facts.branch, facts.machine_type)
    }

    #[test]
    fn the_contracts_names_say_what_it_says() {
        for (name, user, suite, branch, machine_type) in [
            (
                "ana-2024-05-06_07:08:09-rados-quincy-testing-default-plana",
                "ana",
                "rados",
                "quincy",
                "plana",
            ),
            (
                "ana-2024-05-06_07:08:09-rados:thrash-wip-ana-fix-distro-default-vps-centos",
                "ana",
                "rados:thrash",
                "wip-ana-fix",
                "vps",
            ),
            (
                "ana-b-2024-05-06_07:08:09-ceph-deploy-main-testing-basic-mira",
                "ana-b",
                "ceph-deploy",
                "main",
                "mira",
            ),
            ("ana-2024-05-06_07:08:09-rgw-next---basic-saya", "ana", "rgw", "next", "saya"),
            (
                "ana-2024-05-06_07:08:09-rados:thrash-wip-ana-fix-distro-default-smithi",
                "ana",
                "rados:thrash",
                "wip-ana-fix",
                "smithi",
            ),
            (
                "ana-2024-05-06_07:08:09-otters-main-testing-basic-vps",
                "ana",
                "otters",
                "main",
                "vps",
            ),
            ("ana-2024-05-06_07:08:09-otters-main-testing-basic-x", "ana", "otters", "main", ""),
            (
                "ana-2024-05-06_07:08:09-rados-main-distro-default-multi",
                "ana",
                "rados",
                "main",
                "multi",
            ),
            ("nightly", "", "", "", ""),
            ("ana-2024-05-06_07:08:09-a-b", "", "", "", ""),
            ("ana-2024-13-06_07:08:09-rados-quincy-testing-default-plana", "", "", "", ""),
        ] {
            let expected = (user.into(), suite.into(), branch.into(), machine_type.into());
            assert_eq!(said(name), expected, "{name}");
        }
    }

    #[test]
    fn the_last_timestamp_counts() {
        let name = "x-2023-01-01_00:00:00-y-2024-05-06_07:08:09-rados-main-k-f-vps";
        assert_eq!(said(name).0, "x-2023-01-01_00:00:00-y");
    }

    #[test]
    fn impossible_names_are_refused() {
        let long = "x".repeat(513);
        for name in ["", "a/b", "a\nb", "a\0", "branch", "flavors", ".", "..", &long] {
            let message = RunName::parse(name).unwrap_err().to_string();
            assert!(message.starts_with("invalid run name: "), "{name}");
        }
        assert!(RunName::parse(&"ü".repeat(512)).is_ok());
        assert_eq!(RunName::parse("a b:c").unwrap().path(), "/runs/a%20b:c/");
    }
}
