//! The table of transfers: megabytes (10^6) a second, and which share that is of a plain copy.

use std::time::Duration;

use serde_json::{Value, json};

use super::hundredths;
use crate::areas::Transfer;

/// Files that were moved one after another.
pub struct Flow {
    /// How many.
    pub files: u64,
    /// The size of each.
    pub bytes: u64,
    /// How long it took.
    pub time: Duration,
}

impl Flow {
    /// Megabytes a second.
    fn rate(&self) -> f64 {
        let bytes = (self.files * self.bytes) as f64;
        bytes / 1e6 / self.time.as_secs_f64().max(f64::MIN_POSITIVE)
    }
}

/// A line of the table.
pub struct FlowRow {
    transfer: &'static Transfer,
    /// What the area does.
    ours: Flow,
    /// The same bytes through the plain component, when it is there.
    pub plain: Option<Flow>,
    /// Parts of the work alone, in the order of the transfer's own list.
    pub parts: Vec<Flow>,
}

impl FlowRow {
    /// A line without comparison.
    pub fn new(transfer: &'static Transfer, ours: Flow) -> Self {
        Self { transfer, ours, plain: None, parts: Vec::new() }
    }

    /// The rate as a share of a plain copy's.
    fn of_plain(&self) -> Option<f64> {
        self.plain.as_ref().map(|plain| self.ours.rate() / plain.rate())
    }

    /// The line for programs.
    pub fn json(&self) -> Value {
        let parts = self.transfer.parts.iter().zip(&self.parts);
        let parts: serde_json::Map<_, _> = parts
            .map(|((name, _), flow)| ((*name).to_owned(), json!(flow.rate().round())))
            .collect();
        json!({
            "area": self.transfer.area, "transfer": self.transfer.name,
            "bytes": self.transfer.bytes, "clients": self.transfer.clients,
            "files": self.ours.files, "mb_per_second": self.ours.rate().round(),
            "plain_mb_per_second": self.plain.as_ref().map(|plain| plain.rate().round()),
            "of_plain": self.of_plain().map(hundredths), "parts_mb_per_second": parts,
        })
    }

    fn line(&self) -> String {
        let Transfer { area, name, clients, bytes, parts, .. } = self.transfer;
        let rate = |flow: &Flow| format!("{:.0}", flow.rate());
        let plain = self.plain.as_ref().map(rate).unwrap_or_default();
        let ratio = self.of_plain().map(|ratio| format!("{ratio:.2}")).unwrap_or_default();
        let parts = parts.iter().zip(&self.parts);
        let parts: String =
            parts.map(|((name, _), flow)| format!("  {name} {}", rate(flow))).collect();
        let megabytes = bytes / 1_000_000;
        let ours = rate(&self.ours);
        let numbers = format!("{megabytes:>10} {clients:>10} {ours:>10} {plain:>10} {ratio:>10}");
        format!("{area:10} {name:24} {numbers}{parts}")
    }
}

/// The table. The parts stand behind the numbers; each is MB/s too.
pub fn table(rows: &[FlowRow]) -> String {
    let mut lines = vec![format!(
        "{:10} {:24} {:>10} {:>10} {:>10} {:>10} {:>10}",
        "area", "transfer", "MB", "clients", "MB/s", "plain MB/s", "of plain"
    )];
    lines.extend(rows.iter().map(FlowRow::line));
    lines.join("\n") + "\n"
}
