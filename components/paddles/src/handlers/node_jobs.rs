//! Which jobs ran on which nodes: `/nodes/{node}/jobs`, `/nodes/{node}/job_stats`,
//! `/nodes/job_stats`.

use assay_web::json::JsonText;
use assay_web::query::Query;
use assay_web::time;
use axum::response::Response;

use super::jobs::rendered_as_asked;
use super::lists::Listed;
use super::nodes::NO_NODE;
use crate::domain::cursors::Page;
use crate::domain::statuses::Status;
use crate::error::{Error, Result};
use crate::extract::Path;
use crate::site::{Here, Site};
use crate::store::{self, Picked, node_jobs, nodes};

/// `GET /nodes/{node}/jobs/`: the node's jobs, newest first; `name=` and `status=` cut them down.
pub async fn list(
    site: Site,
    Path(node): Path<String>,
    query: Query,
    here: Here,
) -> Result<Response> {
    let db = store::open().await?;
    let node = nodes::find(db, &node).await?.ok_or(NO_NODE)?;
    let page = Page::parse(&query, 1000, 1000)?;
    let status = query.non_empty("status").map(Status::parse).transpose()?.map(Status::word);
    let places = node_jobs::pick(db, node, status, query.non_empty("name"), &page).await?;
    let listed = Listed::new(places, &page, &here, &query);
    let picked = Picked::of(&listed.places);
    let array = rendered_as_asked(db, &picked, query.get("fields"), &site).await?;
    Ok(listed.respond(array))
}

/// `GET /nodes/{node}/job_stats/`: how many jobs of each status the node has had.
pub async fn counts(Path(node): Path<String>) -> Result<JsonText> {
    let db = store::open().await?;
    let node = nodes::find(db, &node).await?.ok_or(NO_NODE)?;
    Ok(JsonText(node_jobs::counts(db, node).await?))
}

/// `GET /nodes/job_stats/`: how the jobs of the last days ended on each node; nodes with the fewest
/// jobs first.
pub async fn recent_counts(query: Query) -> Result<JsonText> {
    let since = time::now() - days(&query)? * time::DAY;
    let db = store::open().await?;
    let counts = node_jobs::recent_counts(db, query.non_empty("machine_type"), since).await?;
    Ok(JsonText(counts))
}

/// `since_days=`, 14 when absent.
fn days(query: &Query) -> Result<i64> {
    let Some(text) = query.non_empty("since_days") else { return Ok(14) };
    let digits = text.len() <= 6 && text.bytes().all(|byte| byte.is_ascii_digit());
    let days = if digits { text.parse().unwrap_or_default() } else { 0 };
    if days > 0 { Ok(days) } else { Err(Error::invalid("since_days must be a positive integer")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_a_positive_integer() {
        assert_eq!(days(&Query::default()).unwrap(), 14);
        assert_eq!(days(&Query::parse(b"since_days=3")).unwrap(), 3);
        for text in ["x", "0", "-1", "1.5", "9999999"] {
            let query = Query::parse(format!("since_days={text}").as_bytes());
            assert!(days(&query).is_err(), "{text}");
        }
    }
}
