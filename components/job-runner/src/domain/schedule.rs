//! When a job runs next.
//!
//! Pure: from a job's basis (what the store says of it), the time and the lab's zone to the plan
//! that a command takes back. Minutes and hours are elapsed time; days and months keep the time on
//! the wall, so a daily job of 10:00 stays at 10:00 when the clocks change, and one of 02:30 that
//! had to run at 03:30 is back at 02:30 on the next day.

use assay_web::time::{DAY, Micros, SECOND};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan};
use serde_json::{Value, json};

use super::times::resolve;

/// A job's interval, the run to count from, and when not to run.
#[derive(Clone, Debug, PartialEq)]
pub struct Basis {
    interval: i64,
    unit: Unit,
    /// When the job's latest planned run was due, and the time on the wall that was meant if that
    /// was another one.
    from: Micros,
    intended: Option<DateTime>,
    /// Seconds since midnight, both ends included; a start after the end spans midnight.
    excludes: Vec<(i64, i64)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Minute,
    Hour,
    Day,
    Month,
}

/// When a job runs next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// At this instant; the time on the wall that was meant, if the clocks made it another one.
    At(Micros, Option<DateTime>),
    /// The excludes leave no time within a day.
    GivesUp,
}

impl Basis {
    /// Reads `[interval, unit, run, at, intended, excludes]`, as the store writes it.
    pub fn parse(text: &str) -> Option<Self> {
        type Row = (i64, String, i64, Micros, Option<String>, Vec<(i64, i64)>);
        let (interval, unit, _run, from, intended, excludes): Row =
            serde_json::from_str(text).ok()?;
        let unit = match unit.as_str() {
            "MINUTE" => Unit::Minute,
            "HOUR" => Unit::Hour,
            "DAY" => Unit::Day,
            "MONTH" => Unit::Month,
            _ => return None,
        };
        let intended = intended.and_then(|text| text.parse().ok());
        (interval > 0).then_some(Self { interval, unit, from, intended, excludes })
    }

    /// The first time after the reference that is not before `now` and in no exclude. `None` when
    /// there is no such time before the calendar ends.
    pub fn next(&self, now: Micros, zone: &TimeZone) -> Option<Next> {
        let mut candidate = self.first(now, zone)?;
        let latest = candidate.at.saturating_add(DAY);
        while self.excludes(candidate.at, zone) {
            candidate = self.after(&candidate, zone)?;
            if candidate.at > latest {
                return Some(Next::GivesUp);
            }
        }
        Some(Next::At(candidate.at, candidate.intended(zone)))
    }

    /// The basis of the run that this one plans: for looking further ahead.
    pub fn following(&self, at: Micros, intended: Option<DateTime>) -> Self {
        Self { from: at, intended, ..self.clone() }
    }

    /// The first candidate that is not before `now`, by arithmetic for all but months, of which few
    /// can have passed.
    fn first(&self, now: Micros, zone: &TimeZone) -> Option<Candidate> {
        let start = Candidate {
            at: self.from,
            local: self.intended.unwrap_or_else(|| local(self.from, zone)),
        };
        let behind = (now - self.from).max(0);
        let skipped = match self.unit {
            // As many steps as end before now.
            Unit::Minute | Unit::Hour => (behind - 1).max(0) / self.step()?,
            // The days on the wall are up to a day longer or shorter than elapsed ones.
            Unit::Day => ((behind / DAY) - 1).max(0) / self.interval,
            Unit::Month => 0,
        };
        let mut candidate = self.jump(&start, skipped.checked_add(1)?, zone)?;
        while candidate.at < now {
            candidate = self.after(&candidate, zone)?;
        }
        Some(candidate)
    }

    /// Minutes and hours: how long a step is.
    fn step(&self) -> Option<Micros> {
        let unit = if self.unit == Unit::Minute { 60 * SECOND } else { 3600 * SECOND };
        self.interval.checked_mul(unit)
    }

    fn after(&self, candidate: &Candidate, zone: &TimeZone) -> Option<Candidate> {
        self.jump(candidate, 1, zone)
    }

    /// The candidate so many intervals after another one.
    fn jump(&self, from: &Candidate, intervals: i64, zone: &TimeZone) -> Option<Candidate> {
        let local = match self.unit {
            Unit::Minute | Unit::Hour => {
                let at = from.at.checked_add(self.step()?.checked_mul(intervals)?)?;
                Timestamp::from_microsecond(at).ok()?;
                return Some(Candidate { at, local: local(at, zone) });
            }
            Unit::Day => {
                let days = Span::new().try_days(self.interval.checked_mul(intervals)?).ok()?;
                from.local.checked_add(days).ok()?
            }
            Unit::Month => {
                let months = self.interval.checked_mul(intervals)?;
                add_months(from.local.date(), months)?.to_datetime(from.local.time())
            }
        };
        Some(Candidate { at: resolve(local, zone)?, local })
    }

    fn excludes(&self, at: Micros, zone: &TimeZone) -> bool {
        let time = local(at, zone).time();
        let seconds = i64::from(time.hour()) * 3600
            + i64::from(time.minute()) * 60
            + i64::from(time.second());
        let micros = seconds * SECOND + i64::from(time.subsec_nanosecond()) / 1000;
        self.excludes.iter().any(|(start, end)| {
            let (after, before) = (micros >= start * SECOND, micros <= end * SECOND);
            if start <= end { after && before } else { after || before }
        })
    }
}

/// A time that may be the next one, and what the clock on the wall should show then.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    at: Micros,
    local: DateTime,
}

impl Candidate {
    /// What was meant, if the clocks show something else.
    fn intended(&self, zone: &TimeZone) -> Option<DateTime> {
        (local(self.at, zone) != self.local).then_some(self.local)
    }
}

/// Upstream's months: as many days as the month of the date before has, so 31 January + 1 month is
/// 3 March (in a leap year the 2nd). Fails at the end of the calendar.
fn add_months(date: Date, months: i64) -> Option<Date> {
    let mut date = date;
    for _ in 0..months {
        date = date.checked_add(date.days_in_month().days()).ok()?;
    }
    Some(date)
}

fn local(at: Micros, zone: &TimeZone) -> DateTime {
    zone.to_datetime(Timestamp::from_microsecond(at).unwrap_or(Timestamp::UNIX_EPOCH))
}

/// What a command is told about the next run of a job: the basis that it must still find, and what
/// follows from it.
pub fn plan(basis: Option<&str>, now: Micros, zone: &TimeZone) -> Value {
    let Some(rule) = basis.and_then(Basis::parse) else { return json!({ "basis": basis }) };
    match rule.next(now, zone) {
        // Beyond the calendar's end is no time either.
        None | Some(Next::GivesUp) => json!({ "basis": basis, "gives_up": 1 }),
        Some(Next::At(at, intended)) => {
            let intended = intended.map(|local| local.to_string());
            json!({ "basis": basis, "at": at, "intended": intended })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::times;

    fn amsterdam() -> TimeZone {
        TimeZone::get("Europe/Amsterdam").unwrap()
    }

    /// The next time in Amsterdam, as a local time, from a local time, now being just after it.
    fn next(interval: i64, unit: &str, from: &str, excludes: &[(&str, &str)]) -> String {
        next_by(interval, unit, from, from, excludes)
    }

    fn next_by(
        interval: i64,
        unit: &str,
        from: &str,
        now: &str,
        excludes: &[(&str, &str)],
    ) -> String {
        let zone = amsterdam();
        let micros = |text: &str| times::parse(text, &zone).unwrap();
        let seconds = |text: &str| times::parse_time_of_day(text).unwrap();
        let excludes: Vec<_> =
            excludes.iter().map(|(start, end)| (seconds(start), seconds(end))).collect();
        let basis = json!([interval, unit, 1, micros(from), null, excludes]).to_string();
        match Basis::parse(&basis).unwrap().next(micros(now), &zone) {
            Some(Next::At(at, _)) => times::format(at, &zone).replace('T', " "),
            Some(Next::GivesUp) => "gives up".into(),
            None => "never".into(),
        }
    }

    #[test]
    fn hours_are_elapsed_time() {
        assert_eq!(next(1, "HOUR", "2013-03-31 01:30", &[]), "2013-03-31 03:30:00");
        assert_eq!(next(30, "MINUTE", "2013-10-27 02:30", &[]), "2013-10-27 02:00:00");
    }

    #[test]
    fn days_keep_the_time_on_the_wall() {
        assert_eq!(next(1, "DAY", "2013-03-30 10:00", &[]), "2013-03-31 10:00:00");
        assert_eq!(next(1, "DAY", "2013-10-26 02:30", &[]), "2013-10-27 02:30:00");
        // 02:30 does not exist on 31 March: it runs at 03:30, and on the next day at 02:30 again.
        let zone = amsterdam();
        let start = times::parse("2013-03-30 02:30", &zone).unwrap();
        let basis = Basis::parse(&json!([1, "DAY", 1, start, null, []]).to_string()).unwrap();
        let Some(Next::At(at, intended)) = basis.next(start + 1, &zone) else { panic!() };
        assert_eq!(times::format(at, &zone), "2013-03-31T03:30:00");
        assert_eq!(intended.map(|local| local.to_string()).as_deref(), Some("2013-03-31T02:30:00"));
        let Some(Next::At(at, intended)) = basis.following(at, intended).next(at + 1, &zone) else {
            panic!()
        };
        assert_eq!((times::format(at, &zone).as_str(), intended), ("2013-04-01T02:30:00", None));
    }

    /// The local times of the next days' runs of a daily job.
    fn days(zone: &str, start: &str, count: usize) -> Vec<String> {
        let zone = TimeZone::get(zone).unwrap();
        let start = times::parse(start, &zone).unwrap();
        let mut basis = Basis::parse(&json!([1, "DAY", 1, start, null, []]).to_string()).unwrap();
        let mut found = Vec::new();
        for _ in 0..count {
            let Some(Next::At(at, intended)) = basis.next(basis.from + 1, &zone) else { panic!() };
            found.push(times::format(at, &zone));
            basis = basis.following(at, intended);
        }
        found
    }

    #[test]
    fn the_clocks_change_in_both_hemispheres() {
        let spring = ["2027-03-28T03:30:00", "2027-03-29T02:30:00"];
        assert_eq!(days("Europe/Amsterdam", "2027-03-27 02:30", 2), spring);
        let autumn = ["2027-10-31T02:30:00", "2027-11-01T02:30:00"];
        assert_eq!(days("Europe/Amsterdam", "2027-10-30 02:30", 2), autumn);
        let sydney_spring = ["2027-10-03T03:30:00", "2027-10-04T02:30:00"];
        assert_eq!(days("Australia/Sydney", "2027-10-02 02:30", 2), sydney_spring);
        let sydney_autumn = ["2027-04-04T02:30:00", "2027-04-05T02:30:00"];
        assert_eq!(days("Australia/Sydney", "2027-04-03 02:30", 2), sydney_autumn);
    }

    #[test]
    fn months_are_upstreams() {
        assert_eq!(next(1, "MONTH", "2032-01-31 12:00", &[]), "2032-03-02 12:00:00");
        assert_eq!(next(1, "MONTH", "2013-01-31 12:00", &[]), "2013-03-03 12:00:00");
        assert_eq!(next(2, "MONTH", "2013-01-15 12:00", &[]), "2013-03-15 12:00:00");
    }

    #[test]
    fn excluded_times_are_passed_over() {
        assert_eq!(
            next(1, "HOUR", "2013-06-01 11:59", &[("12:00", "13:00")]),
            "2013-06-01 13:59:00"
        );
        assert_eq!(
            next(1, "HOUR", "2013-06-01 21:30", &[("22:00", "06:00")]),
            "2013-06-02 06:30:00"
        );
        assert_eq!(next(1, "HOUR", "2013-06-01 21:30", &[("00:00", "23:59")]), "gives up");
        assert_eq!(next(2, "DAY", "2013-06-01 21:30", &[("21:00", "22:00")]), "gives up");
    }

    #[test]
    fn long_ago_is_no_longer_away() {
        let long_ago = "1970-01-01 00:00:30";
        assert_eq!(
            next_by(1, "MINUTE", long_ago, "2032-06-01 12:00:30", &[]),
            "2032-06-01 12:00:30"
        );
        assert_eq!(
            next_by(7, "MINUTE", long_ago, "2032-06-01 12:00:31", &[]),
            "2032-06-01 12:01:30"
        );
        assert_eq!(next_by(1, "DAY", long_ago, "2032-06-01 12:00", &[]), "2032-06-02 00:00:30");
        assert_eq!(next_by(3, "DAY", long_ago, "2032-06-01 00:00:30", &[]), "2032-06-01 00:00:30");
        assert_eq!(
            next_by(1, "MONTH", "2020-01-01 00:00", "2032-06-01 00:00", &[]),
            "2032-06-01 00:00:00"
        );
        // An outage of days is no reason to give up: the first candidate after it counts.
        assert_eq!(
            next_by(1, "HOUR", "2013-06-01 11:59", "2013-06-05 12:30", &[("12:00", "13:00")]),
            "2013-06-05 13:59:00"
        );
    }

    #[test]
    fn beyond_the_calendar_there_is_nothing() {
        for unit in ["MINUTE", "HOUR", "DAY", "MONTH"] {
            assert_eq!(next(i64::MAX, unit, "2013-06-01 12:00", &[]), "never", "{unit}");
        }
    }

    #[test]
    fn a_plan_repeats_its_basis() {
        assert_eq!(plan(None, 0, &TimeZone::UTC), json!({ "basis": null }));
        let basis = r#"[1,"DAY",7,0,null,[]]"#;
        let expected = json!({ "basis": basis, "at": DAY, "intended": null });
        assert_eq!(plan(Some(basis), 5, &TimeZone::UTC), expected);
    }
}
