//! The table for people and the JSON for programs.

mod flows;

use std::io::Write;

use anyhow::{Context, Result};
use serde_json::{Value, json};

pub use self::flows::{Flow, FlowRow};
use crate::load::Sample;

/// One line of the table.
pub struct Row {
    /// The area, or `-` for the front page.
    pub area: &'static str,
    /// What was sent.
    pub name: &'static str,
    /// Whether it changes nothing.
    pub read: bool,
    /// How many items were stored.
    pub stored: u64,
    /// What came of it.
    pub sample: Sample,
}

/// All lines; the first is the one that others are compared with.
#[derive(Default)]
pub struct Report {
    rows: Vec<Row>,
    /// The throughput of files.
    pub flows: Vec<FlowRow>,
}

impl Report {
    /// Adds a line.
    pub fn add(&mut self, row: Row) {
        if let Some(example) = &row.sample.example {
            let shown: String = example.chars().take(600).collect();
            eprintln!("bench: {}: {} wrong answers, such as\n{shown}", row.name, row.sample.errors);
        }
        self.rows.push(row);
    }

    /// How many requests went wrong in all.
    pub fn errors(&self) -> u64 {
        self.rows.iter().map(|row| row.sample.errors).sum()
    }

    /// The table.
    pub fn table(&self) -> String {
        let head = [
            "area",
            "request",
            "stored",
            "requests/s",
            "p50 ms",
            "p99 ms",
            "errors",
            "of GET /",
            "of small",
            "native ms",
            "x native",
        ];
        let mut lines = vec![line(&head.map(str::to_owned))];
        lines.extend(self.rows.iter().map(|row| line(&self.cells(row))));
        lines.join("\n") + "\n"
    }

    /// The same as one JSON object.
    pub fn json(&self) -> Value {
        let rows = self.rows.iter().map(|row| {
            json!({
                "area": row.area, "request": row.name, "stored": row.stored,
                "requests_per_second": row.sample.rate().round(),
                "p50_ms": row.sample.percentile(50), "p99_ms": row.sample.percentile(99),
                "requests": row.sample.micros.len(), "errors": row.sample.errors,
                "of_front_page": self.of_front_page(row).map(hundredths),
                "of_small": self.of_small(row).map(hundredths),
                "natively_ms": row.sample.natively(),
                "times_native": times_native(row).map(hundredths),
            })
        });
        let flows: Vec<_> = self.flows.iter().map(FlowRow::json).collect();
        json!({ "rows": rows.collect::<Vec<_>>(), "transfers": flows })
    }

    /// The table of transfers, or nothing.
    pub fn flow_table(&self) -> String {
        if self.flows.is_empty() {
            return String::new();
        }
        flows::table(&self.flows)
    }

    fn cells(&self, row: &Row) -> [String; 11] {
        let ratio = |ratio: Option<f64>| ratio.map(|r| format!("{r:.2}")).unwrap_or_default();
        [
            row.area.to_owned(),
            row.name.to_owned(),
            row.stored.to_string(),
            format!("{:.0}", row.sample.rate()),
            format!("{:.2}", row.sample.percentile(50)),
            format!("{:.2}", row.sample.percentile(99)),
            row.sample.errors.to_string(),
            ratio(self.of_front_page(row)),
            ratio(self.of_small(row)),
            ratio(row.sample.natively()),
            ratio(times_native(row)),
        ]
    }

    /// The rate of a read as a share of the front page's.
    fn of_front_page(&self, row: &Row) -> Option<f64> {
        let front = self.rows.first()?.sample.rate();
        (row.read && front > 0.0).then(|| row.sample.rate() / front)
    }

    /// The rate of a request as a share of what it was when less was stored.
    fn of_small(&self, row: &Row) -> Option<f64> {
        let same = |other: &&Row| other.area == row.area && other.name == row.name;
        let small = self.rows.iter().find(same).filter(|small| small.stored < row.stored)?;
        Some(row.sample.rate() / small.sample.rate())
    }
}

/// How many times the native median an answer's median is.
fn times_native(row: &Row) -> Option<f64> {
    Some(row.sample.percentile(50) / row.sample.natively()?)
}

fn hundredths(ratio: f64) -> f64 {
    (ratio * 100.0).round() / 100.0
}

fn line(cells: &[String; 11]) -> String {
    let [area, name, numbers @ ..] = cells;
    let numbers: String = numbers.iter().map(|cell| format!(" {cell:>10}")).collect();
    format!("{area:10} {name:24}{numbers}").trim_end().to_owned()
}

/// Prints to standard output, unlike progress, which goes to standard error.
pub fn print(text: &str) -> Result<()> {
    writeln!(std::io::stdout(), "{text}").context("cannot print")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn row(name: &'static str, stored: u64, count: u32) -> Row {
        let sample = Sample {
            time: Duration::from_secs(1),
            micros: vec![500; count as usize],
            ..Sample::default()
        };
        Row { area: "paddles", name, read: true, stored, sample }
    }

    #[test]
    fn reads_are_compared_with_the_front_page_and_with_the_small_store() {
        let mut report = Report::default();
        for row in [row("GET /", 0, 1000), row("read run", 10, 500), row("read run", 1000, 400)] {
            report.add(row);
        }
        let rows = report.json()["rows"].clone();
        assert_eq!(rows[1]["of_front_page"], 0.5);
        assert_eq!(rows[1]["of_small"], Value::Null);
        assert_eq!(rows[2]["of_small"], 0.8);
        let last = report.table().lines().last().map(str::to_owned).unwrap_or_default();
        assert!(last.ends_with("0.50          0       0.40       0.80"), "{last}");
    }

    #[test]
    fn an_answer_is_compared_with_the_same_work_done_natively() {
        let mut report = Report::default();
        let sample = Sample { natively: vec![200; 3], ..row("upload", 1, 5).sample };
        report.add(Row { sample, ..row("upload", 1, 5) });
        assert_eq!(report.json()["rows"][0]["times_native"], 2.5);
        assert!(report.table().trim_end().ends_with("0.20       2.50"));
    }
}
