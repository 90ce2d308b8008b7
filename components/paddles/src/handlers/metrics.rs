//! `/paddles/metrics`: the lab in numbers, in the text format of Prometheus.

use std::fmt::Write as _;

use assay_web::time::{self, Micros, SECOND};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};

use crate::error::Result;
use crate::store::metrics::Total;
use crate::store::{self, metrics};

/// `GET /paddles/metrics`: jobs, nodes and queues.
pub async fn show() -> Result<Response> {
    let (db, now) = (store::open().await?, time::now());
    let totals = metrics::totals(db).await?;
    let lapsed = metrics::lapsed_leases(db, now).await?;
    let text = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    Ok(([(header::CONTENT_TYPE, text)], exposition(&totals, lapsed, now)).into_response())
}

fn exposition(totals: &[Total], lapsed_leases: i64, now: Micros) -> String {
    let mut text = String::new();
    let of = |what: &'static str| totals.iter().filter(move |total| total.what == what);

    head(&mut text, "paddles_jobs", "Jobs by status and machine type.");
    for total in of("jobs") {
        let labels = [("machine_type", &*total.label), ("status", &*total.state)];
        sample(&mut text, "paddles_jobs", &labels, total.n);
    }
    head(&mut text, "paddles_nodes", "Nodes by state (locked, free, down) and machine type.");
    for total in of("nodes") {
        let labels = [("machine_type", &*total.label), ("state", &*total.state)];
        sample(&mut text, "paddles_nodes", &labels, total.n);
    }
    let name = "paddles_nodes_lease_lapsed";
    head(&mut text, name, "Nodes among the locked whose lease has ended: free for everyone.");
    sample(&mut text, name, &[], lapsed_leases);

    head(&mut text, "paddles_queue_jobs", "Queued jobs by queue.");
    for total in of("queue") {
        sample(&mut text, "paddles_queue_jobs", &[("queue", &total.label)], total.n);
    }
    let name = "paddles_queue_oldest_seconds";
    head(&mut text, name, "Age of the oldest queued job by queue; 0 when there is none.");
    for total in of("queue") {
        let age = total.oldest.map_or(0, |posted| (now - posted).max(0) / SECOND);
        sample(&mut text, name, &[("queue", &total.label)], age);
    }
    text
}

fn head(text: &mut String, name: &str, help: &str) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
}

fn sample(text: &mut String, name: &str, labels: &[(&str, &str)], value: i64) {
    let labels: Vec<String> =
        labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escape(value))).collect();
    let labels =
        if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
    let _ = writeln!(text, "{name}{labels} {value}");
}

/// A label's value, as the format wants it.
fn escape(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn total(what: &str, label: &str, state: &str, n: i64, oldest: Option<i64>) -> Total {
        Total { what: what.into(), label: label.into(), state: state.into(), n, oldest }
    }

    #[test]
    fn every_total_is_a_sample() {
        let totals = [
            total("jobs", "gibba", "running", 3, None),
            total("nodes", "gibba", "free", 2, None),
            total("queue", "a\"b\\c\nd", "queued", 1, Some(10 * SECOND)),
            total("queue", "empty", "queued", 0, None),
        ];
        let text = exposition(&totals, 5, 75 * SECOND);
        for line in [
            "paddles_jobs{machine_type=\"gibba\",status=\"running\"} 3",
            "paddles_nodes{machine_type=\"gibba\",state=\"free\"} 2",
            "paddles_nodes_lease_lapsed 5",
            "paddles_queue_jobs{queue=\"a\\\"b\\\\c\\nd\"} 1",
            "paddles_queue_oldest_seconds{queue=\"a\\\"b\\\\c\\nd\"} 65",
            "paddles_queue_oldest_seconds{queue=\"empty\"} 0",
            "# TYPE paddles_jobs gauge",
        ] {
            assert!(text.lines().any(|given| given == line), "{line} in\n{text}");
        }
        assert!(text.ends_with('\n'));
    }
}
