//! `stacktach_names` and `stacktach_hours`: how many events there have been, by name.
//!
//! A period's whole hours are summed up from their counters, and only its two ragged ends are
//! counted event by event.

use assay_db::{Db, Result, params};
use assay_web::time::{Micros, SECOND};

use crate::domain::services::Service;

const HOUR: Micros = 3600 * SECOND;

/// `[{"event", "event_count"}]` of all events ever, or of those of one name. Index: the primary
/// key.
pub async fn ever(db: Db, service: Service, event: Option<&str>) -> Result<String> {
    const ALL: &str = "
        SELECT json_group_array(json_object('event', event, 'event_count', n))
          FROM stacktach_names
         WHERE svc = ?1";
    const ONE: &str = "
        SELECT json_array(json_object('event', ?2, 'event_count',
                                      ifnull((SELECT n
                                                FROM stacktach_names
                                               WHERE svc = ?1 AND event = ?2), 0)))";
    let counts = match event {
        None => db.text(ALL, params![service.number()]).await?,
        Some(event) => db.text(ONE, params![service.number(), event]).await?,
    };
    Ok(counts.unwrap_or_default())
}

/// ?1 service, ?2 and ?3 the first hour and the one after the last, ?4 to ?7 the ragged ends.
macro_rules! of_period {
    ($name:literal) => {
        concat!(
            "(ifnull((SELECT sum(n)
                        FROM stacktach_hours
                       WHERE svc = ?1 AND event = ",
            $name,
            " AND hour >= ?2 AND hour < ?3), 0)
              + (SELECT count(*)
                   FROM stacktach_events INDEXED BY stacktach_events_by_event
                  WHERE svc = ?1 AND event = ",
            $name,
            " AND when_us BETWEEN ?4 AND ?5)
              + (SELECT count(*)
                   FROM stacktach_events INDEXED BY stacktach_events_by_event
                  WHERE svc = ?1 AND event = ",
            $name,
            " AND when_us BETWEEN ?6 AND ?7))"
        )
    };
}

/// The same of a period, both ends included. Indexes: the primary keys,
/// `stacktach_events_by_event`.
pub async fn of_period(
    db: Db,
    service: Service,
    event: Option<&str>,
    (from, until): (Micros, Micros),
) -> Result<String> {
    const ALL: &str = concat!(
        "SELECT json_group_array(json_object('event', event, 'event_count', n))
           FROM (SELECT s.event, ",
        of_period!("s.event"),
        " AS n
                   FROM stacktach_names AS s
                  WHERE s.svc = ?1)
          WHERE n > 0"
    );
    const ONE: &str = concat!(
        "SELECT json_array(json_object('event', ?8, 'event_count', ",
        of_period!("?8"),
        "))"
    );
    let Parts { hours, before, after } = Parts::of(from, until);
    let svc = service.number();
    let counts = match event {
        None => {
            let params = params![svc, hours.0, hours.1, before.0, before.1, after.0, after.1];
            db.text(ALL, params).await?
        }
        Some(event) => {
            let params =
                params![svc, hours.0, hours.1, before.0, before.1, after.0, after.1, event];
            db.text(ONE, params).await?
        }
    };
    Ok(counts.unwrap_or_default())
}

/// A period as whole hours and what is left before and after them; the second end of `hours` is not
/// meant, all others are.
#[derive(Debug, PartialEq, Eq)]
struct Parts {
    hours: (i64, i64),
    before: (Micros, Micros),
    after: (Micros, Micros),
}

impl Parts {
    fn of(from: Micros, until: Micros) -> Self {
        let first = from.saturating_add(HOUR - 1).div_euclid(HOUR);
        let end = until.saturating_add(1).div_euclid(HOUR);
        if first >= end {
            return Self { hours: (0, 0), before: (from, until), after: (1, 0) };
        }
        Self {
            hours: (first, end),
            before: (from, first.saturating_mul(HOUR) - 1),
            after: (end.saturating_mul(HOUR), until),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_moment_of_a_period_is_in_one_part() {
        for (from, until) in [
            (0, 3 * HOUR),
            (1, 3 * HOUR - 1),
            (5, 6),
            (HOUR - 1, HOUR),
            (HOUR, HOUR),
            (-HOUR - 1, HOUR),
            (9, 8),
        ] {
            let Parts { hours, before, after } = Parts::of(from, until);
            let moments = [-HOUR - 2, -HOUR - 1, -1, 0, 1, 5, 6, 8, 9, HOUR - 1, HOUR, HOUR + 1];
            for moment in moments.into_iter().chain([2 * HOUR, 3 * HOUR - 1, 3 * HOUR, 4 * HOUR]) {
                let hour = moment.div_euclid(HOUR);
                let parts = [
                    (hours.0..hours.1).contains(&hour),
                    (before.0..=before.1).contains(&moment),
                    (after.0..=after.1).contains(&moment),
                ];
                let counted = parts.into_iter().filter(|part| *part).count();
                assert_eq!(
                    counted == 1,
                    (from..=until).contains(&moment),
                    "{moment} in {from}..{until}"
                );
                assert!(counted <= 1);
            }
        }
    }
}
