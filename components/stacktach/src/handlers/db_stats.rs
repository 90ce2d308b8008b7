//! Counts for billing and for monitoring.

use assay_web::json::JsonText;
use assay_web::query::Query;
use assay_web::time::{DAY, Micros};

use crate::domain::dates;
use crate::domain::listings::{Listing, Table};
use crate::domain::services::Service;
use crate::error::{Error, Result};
use crate::store::{self, event_totals, exists_totals};

/// Upstream's bound for counting by scanning; ours would not need one.
const LONGEST: Micros = 7 * DAY;

/// `GET /db/stats/nova/exists/`: audited instances by status and send_status.
pub async fn exists(query: Query) -> Result<JsonText> {
    count_exists(Service::Nova, Table::Exists, &query).await
}

/// `GET /db/stats/glance/exists/`: audited images by status and send_status.
pub async fn image_exists(query: Query) -> Result<JsonText> {
    count_exists(Service::Glance, Table::ImageExists, &query).await
}

async fn count_exists(service: Service, table: Table, query: &Query) -> Result<JsonText> {
    let listing = Listing::parse(table, query.pairs()).map_err(Error::Invalid)?;
    let db = store::open().await?;
    let stats = if listing.is_of_all() {
        exists_totals::all(db, service).await?
    } else {
        exists_totals::some(db, &listing).await?
    };
    Ok(JsonText(format!(r#"{{"stats":{stats}}}"#)))
}

/// `GET /db/stats/events/`: events by name.
pub async fn events(query: Query) -> Result<JsonText> {
    let service = match query.non_empty("service").unwrap_or("nova") {
        "nova" => Service::Nova,
        "glance" => Service::Glance,
        _ => return Err(Error::invalid("Invalid service")),
    };
    let event = query.non_empty("event");
    let period = period(&query)?;
    let db = store::open().await?;
    let stats = match period {
        None => event_totals::ever(db, service, event).await?,
        Some(period) => event_totals::of_period(db, service, event, period).await?,
    };
    Ok(JsonText(format!(r#"{{"stats":{stats}}}"#)))
}

fn period(query: &Query) -> Result<Option<(Micros, Micros)>> {
    let (from, until) = match (query.get("when_min"), query.get("when_max")) {
        (None, None) => return Ok(None),
        (Some(from), Some(until)) => (from, until),
        _ => {
            let both = "When providing date range filters, a min and max are required.";
            return Err(Error::invalid(both));
        }
    };
    let (Some(from), Some(until)) = (dates::parse(from), dates::parse(until)) else {
        let form = "Invalid format for date (Correct format should be %Y-%m-%d %H:%M:%S)";
        return Err(Error::invalid(form));
    };
    if until - from > LONGEST {
        return Err(Error::invalid("Date ranges may be no larger than 604800 seconds"));
    }
    Ok(Some((from, until)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_has_two_ends_and_a_week_at_most() {
        let refusal =
            |query: &str| period(&Query::parse(query.as_bytes())).unwrap_err().to_string();
        assert_eq!(period(&Query::parse(b"event=x")).unwrap(), None);
        let week = b"when_min=1970-01-01 00:00:00&when_max=1970-01-08T00:00:00Z";
        assert_eq!(period(&Query::parse(week)).unwrap(), Some((0, LONGEST)));
        let both = "When providing date range filters, a min and max are required.";
        assert_eq!(refusal("when_min=2026-03-01 00:00:00"), both);
        assert!(refusal("when_min=2026-03-01&when_max=x").starts_with("Invalid format for date"));
        let longer = "when_min=1970-01-01 00:00:00&when_max=1970-01-08 00:00:00.000001";
        assert_eq!(refusal(longer), "Date ranges may be no larger than 604800 seconds");
    }
}
