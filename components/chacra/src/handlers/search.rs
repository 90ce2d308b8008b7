//! `/search`: files by what is known of them.

use assay_web::json::JsonText;
use assay_web::query::Query;
use assay_web::{links, time};
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, Uri, header};

use crate::domain::queries::with_literal_space;
use crate::error::{Error, Result};
use crate::store;
use crate::store::search::{self, Filter};

const TOTAL: HeaderName = HeaderName::from_static("x-total-count");
const LIMIT: i64 = 1000;
const LARGEST_LIMIT: i64 = 10_000;

/// `GET /search`: a page of the files that fit all filters; `{}` without any filter.
pub async fn list(uri: Uri, query: Query) -> Result<Response> {
    let limit = number(&query, "limit")?.unwrap_or(LIMIT).min(LARGEST_LIMIT);
    let offset = number(&query, "offset")?.unwrap_or(0);
    let Some(filter) = filter(&query)? else {
        return Ok(JsonText("{}".into()).into_response());
    };
    let found = search::run(store::open().await?, &filter, limit, offset).await?;
    let mut response = JsonText(found.json).into_response();
    let headers = response.headers_mut();
    headers.insert(TOTAL, found.total.into());
    let next = offset.saturating_add(limit);
    if limit > 0 && u64::try_from(next).is_ok_and(|next| next < found.total) {
        let query = with_literal_space(&query.with(&[("offset", Some(&next.to_string()))]));
        if let Ok(link) = HeaderValue::try_from(links::next_page(uri.path(), &query)) {
            headers.insert(header::LINK, link);
        }
    }
    Ok(response)
}

/// The filters of a query; `None` when there are none. When one is given twice the last counts.
fn filter(query: &Query) -> Result<Option<Filter>> {
    let mut filter = Filter::default();
    let mut any = false;
    for (key, value) in query.pairs() {
        any |= !matches!(key, "limit" | "offset");
        let text = Some(value.to_owned());
        match key {
            "project" => filter.project = text,
            "ref" => filter.reference = text,
            "sha1" => filter.sha1 = text,
            "distro" => filter.distro = text,
            "distro_version" => filter.distro_version = text,
            "arch" => filter.arch = text,
            "flavor" => filter.flavor = text,
            "name" => filter.name = text,
            "name-has" => filter.name_has = text,
            "built_by" => filter.built_by = text,
            "checksum" => filter.checksum = Some(value.to_ascii_lowercase()),
            "sha256" => filter.sha256 = Some(value.to_ascii_lowercase()),
            "package" => filter.package = text,
            "version" => filter.version = text,
            "file" => filter.file = text,
            "provides" => filter.provides = text,
            "requires" => filter.requires = text,
            "size" => filter.size = number(query, "size")?,
            "signed" => filter.signed = Some(flag(query.get("signed"))?),
            "modified-since" => filter.modified_since = Some(instant(query.get(key))?),
            "limit" | "offset" => {}
            _ => return Err(Error::invalid(format!("invalid query params: {key}"))),
        }
    }
    Ok(any.then_some(filter))
}

fn number(query: &Query, name: &str) -> Result<Option<i64>> {
    let Some(text) = query.get(name) else { return Ok(None) };
    let number: Option<i64> = text.parse().ok().filter(|number| *number >= 0);
    number.map(Some).ok_or_else(|| Error::invalid(format!("{name} must be a number")))
}

fn flag(value: Option<&str>) -> Result<bool> {
    match value {
        Some("true") => Ok(true),
        Some("false") => Ok(false),
        _ => Err(Error::invalid("signed must be true or false")),
    }
}

fn instant(value: Option<&str>) -> Result<time::Micros> {
    let text = value.unwrap_or_default();
    let zoned = || text.parse().ok().map(|at: jiff::Timestamp| at.as_microsecond());
    time::parse(text)
        .or_else(zoned)
        .ok_or_else(|| Error::invalid("modified-since must be a time such as 2031-02-03T04:05:06Z"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(query: &str) -> String {
        filter(&Query::parse(query.as_bytes())).unwrap_err().to_string()
    }

    #[test]
    fn an_unknown_parameter_is_named() {
        assert_eq!(refused("nam=f"), "invalid query params: nam");
        assert_eq!(refused("size=big"), "size must be a number");
        assert_eq!(refused("size=-1"), "size must be a number");
        assert!(refused("signed=yes").starts_with("signed"));
        assert!(refused("modified-since=soon").starts_with("modified-since"));
    }

    #[test]
    fn the_last_value_counts_and_paging_is_no_filter() {
        assert!(filter(&Query::parse(b"limit=5&offset=1")).unwrap().is_none());
        let filter = filter(&Query::parse(b"name=a&name=b&size=x&size=7")).unwrap().unwrap();
        assert_eq!((filter.name.as_deref(), filter.size), (Some("b"), Some(7)));
    }

    #[test]
    fn an_instant_may_have_a_zone() {
        let utc = instant(Some("2031-02-03 04:05:06")).unwrap();
        assert_eq!(instant(Some("2031-02-03T06:05:06+02:00")).unwrap(), utc);
    }
}
