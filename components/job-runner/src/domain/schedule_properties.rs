//! Properties of the schedule: what holds for any job, in zones that change their clocks in March,
//! in October, by half an hour, or not at all. The plain way to the next time, one interval after
//! another, is the measure.

use assay_web::time::{DAY, Micros, SECOND};
use jiff::ToSpan as _;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::json;

use super::schedule::{Basis, Next};
use super::times;

/// Zones, and the days of 2027 on which their clocks go forward and back.
const ZONES: [(&str, [&str; 2]); 5] = [
    ("UTC", ["2027-03-28", "2027-10-31"]),
    ("Europe/Amsterdam", ["2027-03-28", "2027-10-31"]),
    ("Australia/Sydney", ["2027-10-03", "2027-04-04"]),
    ("America/Santiago", ["2027-09-05", "2027-04-04"]),
    ("Australia/Lord_Howe", ["2027-10-03", "2027-04-04"]),
];
const UNITS: [(&str, i64); 4] = [("MINUTE", 600), ("HOUR", 50), ("DAY", 3), ("MONTH", 3)];
const MINUTE: Micros = 60 * SECOND;

/// Numbers that look random and are the same in each run (SplitMix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: i64) -> i64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        i64::try_from((x ^ (x >> 31)) % limit.unsigned_abs()).unwrap()
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[usize::try_from(self.below(i64::try_from(choices.len()).unwrap())).unwrap()]
    }
}

/// A job, when it was last planned, and what time it is.
#[derive(Debug)]
struct Case {
    zone: &'static str,
    unit: &'static str,
    interval: i64,
    from: Micros,
    now: Micros,
    excludes: Vec<(i64, i64)>,
}

impl Case {
    /// Planned up to three days before a night in which the clocks change; now is soon after, or a
    /// year later.
    fn any(numbers: &mut Numbers) -> Self {
        let (zone, nights) = numbers.of(&ZONES);
        let (unit, most) = numbers.of(&UNITS);
        let midnight = format!("{} 00:00", numbers.of(&nights));
        let from = times::parse(&midnight, &TimeZone::get(zone).unwrap()).unwrap()
            - numbers.below(4) * DAY
            + numbers.below(4 * 60) * MINUTE;
        let later = numbers.of(&[2 * DAY, 40 * DAY, 400 * DAY]);
        let now = from + numbers.below(later / MINUTE) * MINUTE + numbers.below(2);
        let hour = |numbers: &mut Numbers| numbers.below(24) * 3600;
        let excludes = (0..numbers.below(3)).map(|_| (hour(numbers), hour(numbers))).collect();
        Self { zone, unit, interval: 1 + numbers.below(most), from, now, excludes }
    }

    fn basis(&self) -> Basis {
        let basis = json!([self.interval, self.unit, 1, self.from, null, self.excludes]);
        Basis::parse(&basis.to_string()).unwrap()
    }

    fn zone(&self) -> TimeZone {
        TimeZone::get(self.zone).unwrap()
    }

    fn is_excluded(&self, at: Micros) -> bool {
        let local = times::format(at, &self.zone());
        let seconds = times::parse_time_of_day(&local[11..19]).unwrap();
        self.excludes.iter().any(|&(start, end)| {
            let (after, before) = (seconds >= start, seconds <= end);
            if start <= end { after && before } else { after || before }
        })
    }

    /// Every candidate in turn, from the first.
    fn plainly(&self) -> Next {
        let zone = self.zone();
        let mut wall: DateTime = times::format(self.from, &zone).parse().unwrap();
        let (mut at, mut first) = (self.from, None);
        loop {
            (at, wall) = match self.unit {
                "MINUTE" => (at + self.interval * MINUTE, wall),
                "HOUR" => (at + self.interval * 60 * MINUTE, wall),
                "DAY" => resolved(wall.checked_add(self.interval.days()).unwrap(), &zone),
                _ => {
                    let months = 0..self.interval;
                    let later = months.fold(wall, |day, _| {
                        day.checked_add(day.date().days_in_month().days()).unwrap()
                    });
                    resolved(later, &zone)
                }
            };
            if at < self.now {
                continue;
            }
            if at > *first.get_or_insert(at) + DAY {
                return Next::GivesUp;
            }
            if !self.is_excluded(at) {
                let shown: DateTime = times::format(at, &zone).parse().unwrap();
                let keeps_the_wall = matches!(self.unit, "DAY" | "MONTH");
                return Next::At(at, (keeps_the_wall && shown != wall).then_some(wall));
            }
        }
    }
}

fn resolved(wall: DateTime, zone: &TimeZone) -> (Micros, DateTime) {
    (times::resolve(wall, zone).unwrap(), wall)
}

#[test]
fn arithmetic_finds_what_plain_counting_finds() {
    let mut numbers = Numbers(5);
    let (mut moved, mut given_up) = (0, 0);
    for _ in 0..20_000 {
        let case = Case::any(&mut numbers);
        let found = case.basis().next(case.now, &case.zone());
        assert_eq!(found, Some(case.plainly()), "{case:?}");
        match found {
            Some(Next::At(_, Some(_))) => moved += 1,
            Some(Next::GivesUp) => given_up += 1,
            _ => {}
        }
    }
    assert!(moved > 20 && given_up > 20, "the cases reach little: {moved} {given_up}");
}

#[test]
fn the_next_time_is_after_the_last_one_not_past_and_not_excluded() {
    let mut numbers = Numbers(7);
    for _ in 0..5_000 {
        let case = Case::any(&mut numbers);
        if let Some(Next::At(at, _)) = case.basis().next(case.now, &case.zone()) {
            assert!(at > case.from && at >= case.now && !case.is_excluded(at), "{case:?}: {at}");
        }
    }
}

#[test]
fn a_daily_job_keeps_its_time_on_the_wall_for_years() {
    let mut numbers = Numbers(11);
    for _ in 0..40 {
        let case =
            Case { unit: "DAY", interval: 1, excludes: Vec::new(), ..Case::any(&mut numbers) };
        let zone = case.zone();
        let wall: DateTime = times::format(case.from, &zone).parse().unwrap();
        let (mut basis, mut at, mut meant) = (case.basis(), case.from, None);
        for day in 1..=800 {
            let Some(Next::At(next, intended)) = basis.next(at + 1, &zone) else {
                panic!("{case:?}")
            };
            let expected = wall.checked_add(day.days()).unwrap();
            assert_eq!(next, times::resolve(expected, &zone).unwrap(), "{case:?} on day {day}");
            basis = basis.following(next, intended);
            (at, meant) = (next, intended.or(meant));
        }
        if let Some(meant) = meant {
            assert_eq!(meant.time(), wall.time());
        }
    }
}
