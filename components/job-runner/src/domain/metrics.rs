//! Statistics in the text format of Prometheus.

use std::fmt::Write as _;

use serde_json::Value;

/// The statistics of `stats/` as metrics.
pub fn prometheus(stats: &Value) -> String {
    let mut text = String::new();
    by_state(&mut text, "job_runner_runs", "Runs by state.", &stats["runs"]);
    single(&mut text, "job_runner_due", "Runs that are due.", &stats["due"]);
    single(
        &mut text,
        "job_runner_oldest_due_seconds",
        "For how long the oldest one is.",
        &stats["oldest_due_seconds"],
    );
    by_state(&mut text, "job_runner_workers", "Workers by state.", &stats["workers"]);
    text
}

fn head(text: &mut String, name: &str, help: &str) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
}

fn by_state(text: &mut String, name: &str, help: &str, states: &Value) {
    head(text, name, help);
    for (state, n) in states.as_object().into_iter().flatten() {
        let _ = writeln!(text, "{name}{{state=\"{state}\"}} {n}");
    }
}

fn single(text: &mut String, name: &str, help: &str, value: &Value) {
    head(text, name, help);
    let _ = writeln!(text, "{name} {}", value.as_f64().unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_number_is_a_metric() {
        let stats = json!({ "runs": { "started": 2 }, "due": 3, "oldest_due_seconds": null, "workers": { "disabled": 1 } });
        let text = prometheus(&stats);
        for line in [
            "job_runner_runs{state=\"started\"} 2",
            "job_runner_due 3",
            "job_runner_oldest_due_seconds 0",
            "job_runner_workers{state=\"disabled\"} 1",
            "# TYPE job_runner_due gauge",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} in {text}");
        }
    }
}
