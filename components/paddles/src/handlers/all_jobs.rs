//! `/jobs`: jobs across runs.

use assay_web::query::Query;
use assay_web::time;
use axum::response::Response;

use super::jobs::rendered_as_asked;
use super::lists::Listed;
use crate::domain::cursors::Page;
use crate::domain::filters::parse_moment;
use crate::domain::statuses::Status;
use crate::error::Result;
use crate::site::{Here, Site};
use crate::store::all_jobs::{JobFilter, pick};
use crate::store::{self, Picked};

/// `GET /jobs/`: the latest jobs that match all the filters given.
pub async fn list(site: Site, query: Query, here: Here) -> Result<Response> {
    let page = Page::parse(&query, 10, 1000)?;
    let filter = read_filter(&query)?;
    let db = store::open().await?;
    let listed = Listed::new(pick(db, &filter, &page).await?, &page, &here, &query);
    let picked = Picked::of(&listed.places);
    let array = rendered_as_asked(db, &picked, query.get("fields"), &site).await?;
    Ok(listed.respond(array))
}

fn read_filter(query: &Query) -> Result<JobFilter<'_>> {
    let moment = |name: &'static str| {
        query.non_empty(name).map(|text| parse_moment(name, text, time::now())).transpose()
    };
    let status = query.non_empty("status").map(Status::parse).transpose()?;
    Ok(JobFilter {
        run: query.non_empty("run"),
        status: status.map(Status::word),
        sha1: query.non_empty("sha1"),
        branch: query.non_empty("branch"),
        user: query.non_empty("user"),
        suite: query.non_empty("suite"),
        machine_type: query.non_empty("machine_type"),
        description: query.non_empty("description"),
        failure_reason: query.non_empty("failure_reason"),
        posted_after: moment("posted_after")?,
        posted_before: moment("posted_before")?,
    })
}
