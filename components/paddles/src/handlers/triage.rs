//! `/runs/{run}/summary`, `/runs/{run}/rerun` and `/runs/{run}/compare/{other}`: a night's failures
//! without opening eighty logs.

use assay_db::Db;
use assay_web::conditional::ETag;
use assay_web::json::JsonText;
use assay_web::query::Query;
use axum::Json;
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use serde_json::json;
use serde_json::value::RawValue;

use crate::domain::failures::{self, Durations};
use crate::domain::statuses::Status;
use crate::domain::{comparisons, numbers};
use crate::error::{Error, Result};
use crate::extract::Path;
use crate::store::runs::Head;
use crate::store::triage::Subject;
use crate::store::{self, runs, triage};

const NO_RUN: Error = Error::NotThere("requested run was not found");

/// A run by its name, or 404.
pub async fn subject(db: Db, run: &str) -> Result<Subject> {
    triage::subject(db, run).await?.ok_or(NO_RUN)
}

/// The tag of an answer that follows from these runs.
pub fn tag(what: &str, heads: &[&Head]) -> ETag {
    let versions = heads.iter().map(|head| format!("{}-{}-", head.id, head.version));
    ETag::new(&(versions.collect::<String>() + what))
}

/// `GET /runs/{run}/summary/`: how the run stands, and its failures by reason.
pub async fn summary(Path(run): Path<String>, given: HeaderMap) -> Result<Response> {
    let db = store::open().await?;
    let run = subject(db, &run).await?;
    let heads: Vec<&Head> = std::iter::once(&run.head).chain(&run.previous).collect();
    let tag = tag("summary", &heads);
    if tag.is_known(&given) {
        return Ok(tag.not_modified());
    }
    let outcomes = triage::outcomes(db, run.head.id).await?;
    let before = match &run.previous {
        Some(previous) => triage::reasons(db, previous.id).await?,
        None => Vec::new(),
    };
    let results: Option<&RawValue> = serde_json::from_str(&run.results).ok();
    let summary = Json(json!({
        "name": run.name,
        "status": run.status,
        "results": results,
        "duration": Durations::of(&outcomes),
        "failures": failures::group(outcomes, &before),
    }));
    Ok(tag.on(summary.into_response()))
}

/// `GET /runs/{run}/rerun/`: what it takes to schedule the failed jobs again, or those of
/// `statuses=`.
pub async fn rerun(Path(run): Path<String>, query: Query, given: HeaderMap) -> Result<Response> {
    let statuses = statuses(&query)?;
    let db = store::open().await?;
    let head = runs::head(db, &run).await?.ok_or(NO_RUN)?;
    let tag = tag("rerun", &[&head]);
    if tag.is_known(&given) {
        return Ok(tag.not_modified());
    }
    let rerun = triage::rerun(db, head.id, &statuses).await?.ok_or(NO_RUN)?;
    Ok(tag.on(JsonText(rerun).into_response()))
}

fn statuses(query: &Query) -> Result<Vec<Status>> {
    let words = query.non_empty("statuses").unwrap_or("fail,dead");
    Status::parse_list(words).map_err(|_| {
        let words = "pass, fail, queued, running, dead, unknown, waiting";
        Error::invalid(format!("statuses must be some of: {words}"))
    })
}

/// `GET /runs/{run}/compare/{other}/`: what changed from `run` to `other`; `all=1` also lists what
/// passes in both.
pub async fn compare(
    Path((base, other)): Path<(String, String)>,
    query: Query,
    given: HeaderMap,
) -> Result<Response> {
    let all = numbers::switch(&query, "all")?;
    let db = store::open().await?;
    let base_head = runs::head(db, &base).await?.ok_or(NO_RUN)?;
    let other_head = runs::head(db, &other).await?.ok_or(NO_RUN)?;
    let tag = tag("compare", &[&base_head, &other_head]);
    if tag.is_known(&given) {
        return Ok(tag.not_modified());
    }
    let tested_in_base = triage::tested(db, base_head.id).await?;
    let tested_in_other = triage::tested(db, other_head.id).await?;
    let (summary, tests) = comparisons::compare(tested_in_base, tested_in_other);
    let tests = if all { tests } else { comparisons::without_passing(tests) };
    let comparison = json!({ "base": base, "other": other, "summary": summary, "tests": tests });
    Ok(tag.on(Json(comparison).into_response()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_jobs_are_rerun_unless_others_are_named() {
        let read = |text: &[u8]| statuses(&Query::parse(text));
        assert_eq!(read(b"").unwrap(), [Status::Fail, Status::Dead]);
        assert_eq!(read(b"statuses=queued,%20pass").unwrap(), [Status::Queued, Status::Pass]);
        assert!(read(b"statuses=odd").unwrap_err().to_string().starts_with("statuses must be"));
    }

    #[test]
    fn a_tag_names_the_versions_it_follows_from() {
        let (one, two) = (Head { id: 7, version: 3 }, Head { id: 4, version: 9 });
        let mut given = HeaderMap::new();
        given.insert("if-none-match", "\"7-3-4-9-summary\"".parse().unwrap());
        assert!(tag("summary", &[&one, &two]).is_known(&given));
        assert!(!tag("summary", &[&one]).is_known(&given));
    }
}
