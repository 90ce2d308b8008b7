//! `/runs/{filter}/{value}/...` and `/runs/queued`.

use assay_web::json::JsonText;
use assay_web::query::Query;
use assay_web::{links, time};
use axum::response::{IntoResponse, Response};
use http::Uri;

use super::lists::Listed;
use super::runs;
use crate::domain::cursors::Page;
use crate::domain::filters::{self, Facet, Filters};
use crate::error::{Error, Result};
use crate::site::{Here, Site};
use crate::store::{self, Picked};

/// How many runs or values one answer may have.
const MOST: u32 = 10_000;

/// `GET /runs/{filter}/{value}/.../`: the runs that match; a last filter without value lists its distinct values
/// within them.
pub async fn list(site: Site, query: Query, uri: Uri, here: Here) -> Result<Response> {
    let segments = links::segments(uri.path()).ok_or(Error::NoSuchPage)?;
    let (mut filters, facet) =
        filters::parse_chain(segments.get(1..).unwrap_or_default(), time::now())?;
    filters.take_since(&query)?;
    match facet {
        None => list_matching(&site, &filters, &query, &here).await,
        Some(facet) => list_values(&filters, facet, &query).await,
    }
}

/// The runs that match, latest scheduled first. A range of days is not cut at 25.
pub async fn list_matching(
    site: &Site,
    filters: &Filters,
    query: &Query,
    here: &Here,
) -> Result<Response> {
    let page = Page::parse(query, if filters.is_range() { MOST } else { 25 }, MOST)?;
    let db = store::open().await?;
    let places = store::filters::pick(db, filters, &page).await?;
    let listed = Listed::new(places, &page, here, query);
    let picked = Picked::of(&listed.places);
    Ok(listed.respond(runs::rendered_as_asked(db, &picked, query, site).await?))
}

async fn list_values(filters: &Filters, facet: Facet, query: &Query) -> Result<Response> {
    let limit = Page::parse(query, MOST, MOST)?.count;
    let prefix = query.get("prefix").unwrap_or_default();
    let db = store::open().await?;
    if *filters == Filters::default() {
        let values = store::filters::all_values(db, facet, prefix, limit).await?;
        return Ok(JsonText(values).into_response());
    }
    let all = Page { count: MOST, offset: 0, after: None };
    let picked = Picked::of(&store::filters::pick(db, filters, &all).await?);
    let values = store::filters::values_of(db, &picked, facet, prefix, limit).await?;
    Ok(JsonText(values).into_response())
}

/// `GET /runs/queued/`: runs that have queued jobs, earliest scheduled first.
pub async fn queued(site: Site, query: Query, here: Here) -> Result<Response> {
    let page = Page::parse(&query, MOST, MOST)?;
    let db = store::open().await?;
    let listed = Listed::new(store::filters::queued(db, &page).await?, &page, &here, &query);
    let picked = Picked::of(&listed.places);
    Ok(listed.respond(runs::rendered_as_asked(db, &picked, &query, &site).await?))
}
