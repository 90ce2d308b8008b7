//! What the operator sets (`spin.toml`, `[component.job-runner.variables]`), read once per
//! instance.

use std::sync::OnceLock;

use assay_web::time::{DAY, Micros, SECOND};
use assay_web::variables;
use jiff::tz::TimeZone;

use crate::error::{Error, Result};

/// This area's variables.
#[derive(Debug)]
pub struct Settings {
    /// The lab's time zone; the text of the variable when it names none.
    zone: std::result::Result<TimeZone, String>,
    /// What the operator presents as a bearer token; empty = nobody is.
    pub admin_token: String,
    /// What the bridge presents.
    pub bridge_token: String,
    /// Seconds between pings of a worker.
    pub ping_interval: i64,
    /// Since how long a worker must have been heard of to be responsive.
    pub responsive_for: Micros,
    /// How long a worker that was told of a run over ZeroMQ has it to itself.
    pub offer_patience: Micros,
    /// The most bytes of a run's log.
    pub max_log_bytes: usize,
    /// How long notifications are kept.
    pub notifications_for: Micros,
    /// Who is told of everything.
    pub admin_emails: Vec<String>,
    /// Where notifications are sent; empty = nowhere.
    pub webhook_url: String,
}

impl Settings {
    /// The lab's time zone. A wrong name is told in every answer: a silent UTC would run jobs at
    /// the wrong hour.
    pub fn zone(&self) -> Result<&TimeZone> {
        self.zone.as_ref().map_err(|name| Error::NoSuchZone(name.clone()))
    }
}

/// The settings of this instance.
pub async fn get() -> &'static Settings {
    static SETTINGS: OnceLock<Settings> = OnceLock::new();
    variables::once(&SETTINGS, async || {
        let ping_interval = number(&variables::get("ping_interval").await, 300);
        let margin = number(&variables::get("ping_margin").await, 15);
        let times = number(&variables::get("unresponsive_after").await, 3);
        Settings {
            zone: zone(&variables::get("time_zone").await),
            admin_token: variables::get("admin_token").await,
            bridge_token: variables::get("bridge_token").await,
            ping_interval,
            responsive_for: (times * ping_interval + margin) * SECOND,
            offer_patience: number(&variables::get("offer_patience").await, 30) * SECOND,
            max_log_bytes: bytes(&variables::get("max_log_bytes").await),
            notifications_for: number(&variables::get("notification_days").await, 90) * DAY,
            admin_emails: addresses(&variables::get("admin_emails").await),
            webhook_url: variables::get("webhook_url").await,
        }
    })
    .await
}

fn zone(name: &str) -> std::result::Result<TimeZone, String> {
    TimeZone::get(name).map_err(|_| name.to_owned())
}

/// A number of seconds or times, up to a year of them.
fn number(text: &str, default: i64) -> i64 {
    text.trim().parse().ok().filter(|number| (1..=31_536_000).contains(number)).unwrap_or(default)
}

fn bytes(text: &str) -> usize {
    text.trim().parse().unwrap_or(16 << 20)
}

fn addresses(text: &str) -> Vec<String> {
    let addresses = text.split([',', '\n', ' ']).map(str::trim);
    addresses.filter(|address| !address.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_that_is_none_is_remembered_by_its_name() {
        assert!(zone("Europe/Amsterdam").is_ok());
        assert_eq!(zone("Europe/Atlantis"), Err("Europe/Atlantis".into()));
    }

    #[test]
    fn numbers_and_addresses_are_read() {
        assert_eq!((number("20", 3), number("x", 3), number("-1", 3)), (20, 3, 3));
        assert_eq!(addresses("a@x, b@y"), ["a@x", "b@y"]);
    }
}
