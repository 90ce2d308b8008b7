//! `cargo xtask ci`: everything that has to hold before a change lands, in the order of cost.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::arguments::{Runtime, Test};
use crate::run::{announce, cargo, output, run};
use crate::{suite, tools};

/// What became of a step.
enum Outcome {
    Passed,
    Failed,
    Skipped(&'static str),
}

type Step = (&'static str, fn() -> Result<Outcome>);

const STEPS: &[Step] = &[
    ("format", format),
    ("clippy", clippy),
    ("tests", tests),
    ("tests on Spin", tests_on_spin),
    ("licences and advisories", deny),
    ("documentation", documentation),
];

/// Takes every step, also after one has failed, and sums up.
pub fn ci() -> Result<()> {
    let mut results = Vec::new();
    for (name, step) in STEPS {
        announce(&format!("== {name} =="));
        let start = Instant::now();
        let outcome = step().unwrap_or_else(|error| {
            eprintln!("error: {error:#}");
            Outcome::Failed
        });
        results.push((name, outcome, start.elapsed()));
    }
    for (name, outcome, time) in &results {
        announce(&summary(name, outcome, *time));
    }
    match results.iter().any(|(_, outcome, _)| matches!(outcome, Outcome::Failed)) {
        true => bail!("not everything passed"),
        false => Ok(()),
    }
}

fn summary(name: &str, outcome: &Outcome, time: Duration) -> String {
    let outcome = match outcome {
        Outcome::Passed => "passed".to_owned(),
        Outcome::Failed => "FAILED".to_owned(),
        Outcome::Skipped(why) => format!("skipped: {why}"),
    };
    format!("{name:24} {:>5} s  {outcome}", time.as_secs())
}

fn format() -> Result<Outcome> {
    run(&mut cargo(["fmt", "--all", "--check"])).map(|()| Outcome::Passed)
}

fn clippy() -> Result<Outcome> {
    let lints = ["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"];
    run(&mut cargo(lints)).map(|()| Outcome::Passed)
}

fn tests() -> Result<Outcome> {
    suite::test(&Test::default()).map(|()| Outcome::Passed)
}

fn tests_on_spin() -> Result<Outcome> {
    if tools::spin_version()?.is_none() {
        return Ok(Outcome::Skipped("spin is not installed"));
    }
    let on_spin = Test { api: true, runtime: Runtime::Spin, ..Test::default() };
    suite::test(&on_spin).map(|()| Outcome::Passed)
}

fn deny() -> Result<Outcome> {
    if output(Command::new("cargo-deny").arg("--version"))?.is_none() {
        return Ok(Outcome::Skipped("cargo-deny is not installed"));
    }
    run(&mut cargo(["deny", "check"])).map(|()| Outcome::Passed)
}

fn documentation() -> Result<Outcome> {
    let mut doc = cargo(["doc", "--workspace", "--no-deps"]);
    run(doc.env("RUSTDOCFLAGS", "--deny warnings")).map(|()| Outcome::Passed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_says_why_a_step_was_skipped() {
        let line = summary("deny", &Outcome::Skipped("not installed"), Duration::from_secs(3));
        assert_eq!(line, "deny                         3 s  skipped: not installed");
    }
}
