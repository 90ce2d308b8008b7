//! Which runs a list is cut down to: `/runs/{filter}/{value}/.../` and the same as query parameters.

use assay_web::query::Query;
use assay_web::time::{self, Micros};
use jiff::civil;

use crate::error::{Error, Result};

/// What runs must have; what is `None` does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filters {
    /// The branch, exactly.
    pub branch: Option<String>,
    /// The suite, exactly.
    pub suite: Option<String>,
    /// Who scheduled it, exactly.
    pub user: Option<String>,
    /// The kind of machine, exactly.
    pub machine_type: Option<String>,
    /// The status in lab words, exactly.
    pub status: Option<String>,
    /// How some job's sha1 starts, in lower case.
    pub sha1: Option<String>,
    /// What flavor some job has.
    pub flavor: Option<String>,
    /// The days on which it was scheduled.
    pub days: Option<Days>,
    /// A midnight that it was scheduled after.
    pub since: Option<Micros>,
}

/// Days from the first to the last, or an open end that matches nothing (the original's `date/from/{day}/` alone).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days {
    /// The first midnight.
    pub from: Micros,
    /// The midnight after the last day.
    pub until: Micros,
    /// Given as a range, whose answer is not cut at 25.
    pub range: bool,
}

/// A list of distinct values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Facet {
    /// Of branches.
    Branch,
    /// Of suites.
    Suite,
    /// Of users.
    User,
    /// Of kinds of machines.
    MachineType,
    /// Of lab words for the status.
    Status,
    /// Of days.
    Date,
    /// Of commits.
    Sha1,
    /// Of flavors.
    Flavor,
}

impl Facet {
    fn parse(name: &str) -> Result<Self> {
        Ok(match name {
            "branch" => Self::Branch,
            "suite" => Self::Suite,
            "user" => Self::User,
            "machine_type" => Self::MachineType,
            "status" => Self::Status,
            "date" => Self::Date,
            "sha1" => Self::Sha1,
            "flavor" | "flavors" => Self::Flavor,
            _ => return Err(Error::NoSuchPage),
        })
    }
}

/// Reads the decoded segments after `/runs`: filters, and the facet that a last name without value asks for.
/// `now` says what `today` is.
pub fn parse_chain(segments: &[String], now: Micros) -> Result<(Filters, Option<Facet>)> {
    let mut filters = Filters::default();
    let mut rest = segments.iter().map(String::as_str);
    while let Some(name) = rest.next() {
        let facet = Facet::parse(name)?;
        let Some(value) = rest.next() else { return Ok((filters, Some(facet))) };
        if facet == Facet::Date && value == "from" {
            filters.put_days(read_range(&mut rest, now)?)?;
        } else {
            filters.put(facet, value, now)?;
        }
    }
    Ok((filters, None))
}

/// `{day}/to/{day}`; without the second half nothing matches.
fn read_range<'a>(rest: &mut impl Iterator<Item = &'a str>, now: Micros) -> Result<Days> {
    let from = day(rest.next().unwrap_or_default(), now)?;
    match (rest.next(), rest.next()) {
        (Some("to"), Some(last)) => days(from, day(last, now)?, true),
        (None, _) => Ok(Days { from: 0, until: 0, range: true }),
        _ => Err(Error::NoSuchPage),
    }
}

impl Filters {
    /// Reads the query parameters of `/runs/`; `None` when none of them is a filter.
    pub fn parse_query(query: &Query, now: Micros) -> Result<Option<Self>> {
        let mut filters = Self::default();
        for name in ["branch", "suite", "user", "machine_type", "status", "date", "sha1", "flavor"]
        {
            if let Some(value) = query.non_empty(name) {
                filters.put(Facet::parse(name)?, value, now)?;
            }
        }
        if query.non_empty("from").is_some() || query.non_empty("to").is_some() {
            let end =
                |name, default| query.non_empty(name).map_or(Ok(default), |text| day(text, now));
            let (from, last) = (end("from", civil::Date::MIN)?, end("to", civil::Date::MAX)?);
            filters.put_days(days(from, last, true)?)?;
        }
        filters.take_since(query)?;
        Ok(if filters == Self::default() { None } else { Some(filters) })
    }

    /// Reads `since`, which goes with chains too.
    pub fn take_since(&mut self, query: &Query) -> Result<()> {
        let Some(text) = query.non_empty("since") else { return Ok(()) };
        let day = time::parse_day(text).ok_or_else(bad_date)?;
        self.since = Some(time::midnight(day).ok_or_else(bad_date)?);
        Ok(())
    }

    fn put(&mut self, facet: Facet, value: &str, now: Micros) -> Result<()> {
        let slot = match facet {
            Facet::Branch => &mut self.branch,
            Facet::Suite => &mut self.suite,
            Facet::User => &mut self.user,
            Facet::MachineType => &mut self.machine_type,
            Facet::Status => &mut self.status,
            Facet::Sha1 => &mut self.sha1,
            Facet::Flavor => &mut self.flavor,
            Facet::Date => {
                let day = day(value, now)?;
                return self.put_days(days(day, day, false)?);
            }
        };
        let value = if facet == Facet::Sha1 { value.to_lowercase() } else { value.to_owned() };
        if slot.replace(value).is_some() { Err(given_twice()) } else { Ok(()) }
    }

    fn put_days(&mut self, days: Days) -> Result<()> {
        if self.days.replace(days).is_some() { Err(given_twice()) } else { Ok(()) }
    }

    /// Whether the days were given as a range.
    pub fn is_range(&self) -> bool {
        self.days.is_some_and(|days| days.range)
    }
}

fn days(first: civil::Date, last: civil::Date, range: bool) -> Result<Days> {
    // The last day of the calendar has no next midnight; nothing is scheduled after it either.
    let until = last.tomorrow().ok().and_then(time::midnight).unwrap_or(Micros::MAX);
    let from = time::midnight(first).unwrap_or(Micros::MIN);
    Ok(Days { from, until, range })
}

fn day(text: &str, now: Micros) -> Result<civil::Date> {
    match text {
        "today" => Ok(time::day_of(now)),
        "yesterday" => Ok(time::day_of(now - time::DAY)),
        _ => time::parse_day(text).ok_or_else(bad_date),
    }
}

fn bad_date() -> Error {
    Error::invalid("date format must match %Y-%m-%d")
}

fn given_twice() -> Error {
    Error::invalid("a filter was given twice")
}

/// Reads a moment in `posted_after` and `posted_before`: a day, meaning its midnight, or a whole timestamp.
pub fn parse_moment(name: &str, text: &str, now: Micros) -> Result<Micros> {
    let moment = match day(text, now) {
        Ok(day) => time::midnight(day),
        Err(_) => time::parse(text),
    };
    moment.ok_or_else(|| Error::invalid(format!("{name} must be a day, YYYY-MM-DD, or a time")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Micros = 1_714_979_289_000_000; // 2024-05-06 07:08:09

    fn chain(path: &str) -> Result<(Filters, Option<Facet>)> {
        let segments: Vec<String> = path.split('/').map(str::to_owned).collect();
        parse_chain(&segments, NOW)
    }

    fn shown(days: Days) -> (String, String) {
        (time::format(days.from), time::format(days.until))
    }

    #[test]
    fn filters_come_in_any_order() {
        let (filters, facet) = chain("suite/rados/branch/wip/x").unwrap_or_default();
        assert_eq!((filters, facet), (Filters::default(), None), "x is no filter");
        let (filters, facet) = chain("suite/rados/sha1/0AbC/branch").unwrap();
        assert_eq!(filters.suite.as_deref(), Some("rados"));
        assert_eq!(filters.sha1.as_deref(), Some("0abc"));
        assert_eq!(facet, Some(Facet::Branch));
    }

    #[test]
    fn a_day_lasts_from_midnight_to_midnight() {
        let (filters, _) = chain("date/yesterday").unwrap();
        let expected = ("2024-05-05 00:00:00".to_owned(), "2024-05-06 00:00:00".to_owned());
        assert_eq!(shown(filters.days.unwrap()), expected);
        let (filters, _) = chain("branch/main/date/from/2024-05-05/to/today/suite/rados").unwrap();
        assert_eq!(shown(filters.days.unwrap()).1, "2024-05-07 00:00:00");
        assert!(filters.is_range() && filters.suite.is_some());
        assert_eq!(chain("date/from/2024-05-05").unwrap().0.days.unwrap().until, 0);
    }

    #[test]
    fn refusals_say_why() {
        for path in ["date/2024-13-01", "date/x", "date/from/x/to/2024-05-05", "date/to/2024-05-05"]
        {
            let message = chain(path).unwrap_err().to_string();
            assert!(message.starts_with("date format must match"), "{path}");
        }
        assert!(matches!(chain("branch/a/branch/b"), Err(Error::Invalid(_))));
        assert!(matches!(chain("flavor/a/flavors/b"), Err(Error::Invalid(_))));
        assert!(matches!(chain("colour/a"), Err(Error::NoSuchPage)));
        assert!(matches!(chain("date/from/2024-05-05/till/x"), Err(Error::NoSuchPage)));
    }

    #[test]
    fn the_same_goes_as_query_parameters() {
        let read = |text: &str| Filters::parse_query(&Query::parse(text.as_bytes()), NOW).unwrap();
        assert_eq!(read("count=3&page=2"), None);
        assert_eq!(read("branch=main").unwrap().branch.as_deref(), Some("main"));
        assert_eq!(shown(read("to=2024-05-05").unwrap().days.unwrap()).1, "2024-05-06 00:00:00");
        assert!(read("since=2024-05-05").unwrap().since.is_some());
    }
}
