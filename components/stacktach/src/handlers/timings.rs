//! How long operations took.

use assay_web::query::Query;
use assay_web::time::Micros;
use axum::response::Response;

use crate::answers::Format;
use crate::error::{Error, Result};
use crate::extract::{self, Page};
use crate::store::{self, timings};

/// Percentiles that one summary may have.
const MOST_PERCENTILES: usize = 10;

/// `GET /stacky/timings/`: the complete timings of an operation, fastest first.
pub async fn of_name(query: Query, format: Format) -> Result<Response> {
    let name = extract::required(&query, "name")?;
    let from = extract::unix_time(&query, "end_when_min")?;
    let until = extract::unix_time(&query, "end_when_max")?;
    let page = Page::of(&query)?;
    let db = store::open().await?;
    let table = match (from, until) {
        (None, None) => timings::of_name(db, name, page).await?,
        _ => {
            let period = (from.unwrap_or(Micros::MIN), until.unwrap_or(Micros::MAX));
            timings::of_name_ended(db, name, period, page).await?
        }
    };
    Ok(format.table(table))
}

/// `GET /stacky/timings/uuid/`: all timings of an instance.
pub async fn of_uuid(query: Query, format: Format) -> Result<Response> {
    let uuid = extract::uuid_like(extract::required(&query, "uuid")?)?;
    Page::of(&query)?;
    Ok(format.table(timings::of_instance(store::open().await?, uuid).await?))
}

/// `GET /stacky/summary/`: number, shortest, longest and average of each operation.
pub async fn summary(query: Query, format: Format) -> Result<Response> {
    let percentiles = percentiles(query.non_empty("percentiles").unwrap_or_default())?;
    let page = Page::if_asked(&query)?;
    let db = store::open().await?;
    let rows = match page {
        Some(page) => timings::summary_of_window(db, page).await?,
        None => timings::summary(db, &percentiles.iter().map(|p| p.1).collect::<Vec<_>>()).await?,
    };
    let mut titles: Vec<String> = ["Event", "N", "Min", "Max", "Avg"].map(str::to_owned).into();
    if page.is_none() {
        titles.extend(percentiles.iter().map(|(text, _)| format!("P{text}")));
    }
    let titles = serde_json::Value::from(titles);
    let rows = rows.strip_prefix('[').unwrap_or("]");
    let comma = if rows == "]" { "" } else { "," };
    Ok(format.table(format!("[{titles}{comma}{rows}")))
}

/// `50,95,99.9`, each as it was written and as a number.
fn percentiles(list: &str) -> Result<Vec<(&str, f64)>> {
    let refusal = || Error::invalid("'percentiles' must be numbers above 0 and up to 100.");
    let parts = list.split(',').map(str::trim).filter(|part| !part.is_empty());
    let percentiles: Option<Vec<_>> = parts
        .map(|part| {
            let plain = part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
            let number: f64 = part.parse().ok().filter(|_| plain)?;
            (number > 0.0 && number <= 100.0).then_some((part, number))
        })
        .collect();
    percentiles.filter(|list| list.len() <= MOST_PERCENTILES).ok_or_else(refusal)
}

#[cfg(test)]
mod tests {
    use super::percentiles;

    #[test]
    fn percentiles_are_numbers_up_to_100() {
        assert_eq!(percentiles("50, 99.9").unwrap(), [("50", 50.0), ("99.9", 99.9)]);
        assert!(percentiles("").unwrap().is_empty());
        for list in ["0", "101", "x", "-1", "1e1", "inf", "1,2,3,4,5,6,7,8,9,10,11"] {
            assert!(percentiles(list).is_err(), "{list}");
        }
    }
}
