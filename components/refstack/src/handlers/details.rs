//! What is in a result: its tests, attachments and file, and how it differs from others.

use std::borrow::Cow;

use assay_blobs::Blobs;
use assay_db::Db;
use assay_subunit::Status;
use assay_web::json::JsonText;
use assay_web::query::Query;
use assay_web::stream::sized;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::future::ready;
use futures::{TryStreamExt, stream};
use http::{HeaderName, HeaderValue, header};
use serde_json::{Value, json};

use super::results::{readable, still_there};
use super::{csv, junit};
use crate::domain::pages::Page;
use crate::domain::rows::{Test, names};
use crate::error::{Error, Result};
use crate::extract::Path;
use crate::settings;
use crate::store::details::{self, TestFilter};
use crate::store::results::{self, Known, Reader};
use crate::store::{self, Listing, uploads};
use crate::uploads::excerpts;
use crate::uploads::unfold::unfold;

const DEFAULT_PAGE: i64 = 100;
const LARGEST_PAGE: i64 = 1000;
const MOST_RUNS: i64 = 1000;
/// The status of a test that has none.
const UNKNOWN: &str = "unknown";
const NOT_YOURS: &str = "Attachments and files are for the owner of the result.";
/// Types that a browser would run or render.
const ACTIVE: [&str; 5] = ["html", "svg", "xml", "script", "xhtml"];

/// Whether the asker may see what a cloud's owner may not want everybody to see.
async fn may_see_details(known: &Known) -> bool {
    known.role.owns() || settings::get().await.public_details
}

/// `GET /v1/results/{id}/tests`: every test of the run, as JSON, CSV or JUnit.
pub async fn tests(reader: Reader, Path(id): Path<String>, query: Query) -> Result<Response> {
    let known = readable(&reader, &id).await?;
    let filter = filter(&query, may_see_details(&known).await)?;
    let db = store::open().await?;
    unfold(db, &known).await?;
    let download = query.get("download") == Some("1");
    let format = query.non_empty("format").unwrap_or("json");
    if format != "json" {
        if filter.sort != "index" {
            return Err(Error::invalid("CSV and JUnit are in the order of the run"));
        }
        // Once they are under way it is too late for a 404.
        still_there(db, &known, &id).await?;
    }
    match format {
        "json" => {
            let page = page_of(db, &known, &filter, &query, download.then_some(&*id)).await?;
            still_there(db, &known, &id).await?;
            Ok(page)
        }
        "csv" => {
            let body = rows(db, known.upload, filter, csv_header(), csv_row, String::new());
            Ok(csv::answer(body, &format!("{id}.csv"), download))
        }
        "junit" => {
            let head = junit::head(&id, &known.summary);
            let body = rows(db, known.upload, filter, head, junit::case, junit::foot());
            Ok(junit::answer(body, &id, download))
        }
        _ => Err(Error::invalid("Invalid format")),
    }
}

/// A page of tests as JSON; with the name of a file, to be saved.
async fn page_of(
    db: Db,
    known: &Known,
    filter: &TestFilter,
    query: &Query,
    file: Option<&str>,
) -> Result<Response> {
    let (number, size) = (query.get("page"), query.get("per_page"));
    let page = Page::parse(number, size, DEFAULT_PAGE, LARGEST_PAGE).map_err(Error::invalid)?;
    let found = match filter.is_none() {
        true => {
            let from = page.skipped();
            let range = (from, from.saturating_add(page.size));
            details::tests_between(db, known.upload, filter.attachments, range).await?
        }
        false => details::tests(db, known.upload, filter, page).await?,
    };
    let Listing { entries, count } =
        found.ok_or_else(|| Error::because("The page is too long", "ask for less per_page"))?;
    let pagination = page.of(count).map_err(Error::invalid)?;
    let text = format!(
        "{{\"tests\":{entries},\"pagination\":{pagination},\"summary\":{}}}",
        known.summary
    );
    let mut response = JsonText(text).into_response();
    if let Some(name) = file {
        csv::attach(&mut response, &format!("{name}.json"));
    }
    Ok(response)
}

fn filter(query: &Query, attachments: bool) -> Result<TestFilter> {
    let text = |name| query.non_empty(name).map(str::to_owned);
    let statuses = query.non_empty("status").map(statuses).transpose()?;
    let sort = match query.non_empty("sort") {
        None | Some("index") => "index",
        Some("duration") => "duration",
        Some("name") => "name",
        Some(_) => return Err(Error::invalid("Invalid sort")),
    };
    let (worker, tag, name) = (text("worker"), text("tag"), text("name"));
    Ok(TestFilter { statuses, worker, tag, name, sort, attachments })
}

/// A list of statuses as a JSON array.
fn statuses(words: &str) -> Result<String> {
    let words: Vec<&str> = words.split(',').map(str::trim).collect();
    let known = |word: &&str| *word == UNKNOWN || Status::parse(word).is_some();
    if !words.iter().all(known) {
        return Err(Error::invalid("Invalid status"));
    }
    Ok(Value::from(words).to_string())
}

/// The tests that a filter picks, as a text that is made while it is sent.
fn rows(
    db: Db,
    upload: i64,
    filter: TestFilter,
    head: String,
    row: fn(&Test<'_>) -> String,
    foot: String,
) -> Body {
    let start = (0, Some(head), Some(foot));
    let pieces = stream::try_unfold(start, move |(from, head, foot)| {
        let filter = filter.clone();
        async move {
            let Some(foot) = foot else { return Ok::<_, assay_db::Error>(None) };
            let step = details::step(db, upload, &filter, from).await?;
            let tests: Vec<Test<'_>> = serde_json::from_str(&step.tests)
                .map_err(|error| assay_db::Error::Failed(error.to_string()))?;
            let mut piece = head.unwrap_or_default();
            piece.extend(tests.iter().map(row));
            match step.next {
                Some(next) => Ok(Some((Bytes::from(piece), (next, None, Some(foot))))),
                // What has gone meanwhile must not look as if it ended here.
                None if !results::is_there(db, upload).await? => {
                    Err(assay_db::Error::Failed("the result was removed".to_owned()))
                }
                None => {
                    piece.push_str(&foot);
                    Ok(Some((Bytes::from(piece), (from, None, None))))
                }
            }
        }
    });
    Body::from_stream(pieces.try_filter(|piece| ready(!piece.is_empty())))
}

const COLUMNS: [&str; 11] = [
    "index",
    "id",
    "name",
    "uuid",
    "status",
    "attempt",
    "worker",
    "tags",
    "started_at",
    "stopped_at",
    "duration",
];

fn csv_header() -> String {
    csv::line(COLUMNS.map(Cow::Borrowed))
}

fn csv_row(test: &Test<'_>) -> String {
    let text =
        |text: &Option<Cow<'_, str>>| Cow::Owned(text.as_deref().unwrap_or_default().to_owned());
    let duration = test.duration.map(|seconds| seconds.to_string()).unwrap_or_default();
    csv::line([
        Cow::Owned(test.index.to_string()),
        Cow::Borrowed(&*test.id),
        Cow::Borrowed(&*test.name),
        text(&test.uuid),
        Cow::Borrowed(&*test.status),
        Cow::Owned(test.attempt.to_string()),
        text(&test.worker),
        Cow::Owned(test.tags.join(" ")),
        text(&test.started_at),
        text(&test.stopped_at),
        Cow::Owned(duration),
    ])
}

/// `GET /v1/results/{id}/tests/{index}/attachments/{name}`: one attachment.
pub async fn attachment(
    reader: Reader,
    Path((id, index, name)): Path<(String, String, String)>,
) -> Result<Response> {
    let known = readable(&reader, &id).await?;
    if !may_see_details(&known).await {
        return Err(Error::forbidden(NOT_YOURS));
    }
    let not_there = || Error::NotThere(format!("Attachment {name} not found"));
    let index: i64 = index.parse().map_err(|_| not_there())?;
    let db = store::open().await?;
    unfold(db, &known).await?;
    let found = details::attachment(db, known.upload, index, &name).await?;
    let found = found.ok_or_else(not_there)?;
    let stored = uploads::by_id(db, known.upload).await?.ok_or_else(not_there)?;
    let body = match &stored.content {
        Some(content) => Body::from(excerpts::of(content, &found.pieces())),
        None => {
            let blobs = Blobs::open().await?;
            sized(excerpts::read(blobs, stored.chunks(), found.pieces()), found.size)
        }
    };
    let mut response = body.into_response();
    headers(&mut response, &found.mime, &name);
    Ok(response)
}

/// `GET /v1/results/{id}/file`: the upload, byte for byte.
pub async fn file(reader: Reader, Path(id): Path<String>) -> Result<Response> {
    let known = readable(&reader, &id).await?;
    whole_file(&known, &id).await
}

/// `GET /v1/download-result/{test_id}`: the file of the latest result of a test.
pub async fn of_test(reader: Reader, Path(test_id): Path<String>) -> Result<Response> {
    let number = super::runners::test_id(Some(&test_id))?;
    let id = details::latest_of_test(store::open().await?, number).await?;
    let id = id.ok_or_else(|| Error::NotThere(format!("Test {test_id} has no result")))?;
    let known = readable(&reader, &id).await?;
    whole_file(&known, &id).await
}

async fn whole_file(known: &Known, id: &str) -> Result<Response> {
    if !may_see_details(known).await {
        return Err(Error::forbidden(NOT_YOURS));
    }
    let not_there = || Error::NotThere(format!("Test result {id} not found"));
    let stored = uploads::by_id(store::open().await?, known.upload).await?.ok_or_else(not_there)?;
    let chunks = stored.chunks();
    let body = match stored.content {
        Some(content) => Body::from(content),
        None => {
            let size = u64::try_from(known.size).unwrap_or_default();
            sized(Blobs::open().await?.read(chunks, 0..size), size)
        }
    };
    let (mime, end) = match known.format.as_str() {
        "json" => ("application/json", "json"),
        _ => ("application/octet-stream", "subunit"),
    };
    let mut response = body.into_response();
    headers(&mut response, mime, &format!("{id}.{end}"));
    Ok(response)
}

/// What is somebody's file never runs in a browser.
fn headers(response: &mut Response, mime: &str, name: &str) {
    let kind = mime.to_lowercase();
    let active = ACTIVE.iter().any(|word| kind.contains(word));
    let mime = if active { None } else { HeaderValue::try_from(mime).ok() };
    let mime = mime.unwrap_or(HeaderValue::from_static("application/octet-stream"));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, mime);
    let nosniff = HeaderName::from_static("x-content-type-options");
    headers.insert(nosniff, HeaderValue::from_static("nosniff"));
    csv::attach(response, name);
}

/// `GET /v1/results/{id}/diff/{other}`: what changed between two runs.
pub async fn diff(reader: Reader, Path((base, other)): Path<(String, String)>) -> Result<JsonText> {
    let (one, two) = (readable(&reader, &base).await?, readable(&reader, &other).await?);
    let db = store::open().await?;
    for known in [&one, &two] {
        unfold(db, known).await?;
    }
    let changes = details::diff(db, one.upload, two.upload).await?;
    still_there(db, &one, &base).await?;
    still_there(db, &two, &other).await?;
    let changes = changes.ok_or_else(|| Error::invalid("The difference is too long"))?;
    let ids = json!({ "base": base, "other": other }).to_string();
    let inner = changes.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
    Ok(JsonText(super::with_more(&ids, inner.unwrap_or_default())))
}

/// `GET /v1/history?cpid=&name=`: one test over the runs of one cloud, newest first.
pub async fn history(reader: Reader, query: Query) -> Result<JsonText> {
    let needed = |name: &str| {
        query.non_empty(name).ok_or_else(|| Error::invalid(format!("'{name}' is missing")))
    };
    let (cpid, name) = (needed("cpid")?, needed("name")?);
    let limit = match query.non_empty("limit").map(str::parse::<i64>) {
        None => 50,
        Some(Ok(limit)) if (1..=MOST_RUNS).contains(&limit) => limit,
        Some(_) => return Err(Error::invalid("limit must be a number from 1 to 1000")),
    };
    let runs = details::history(store::open().await?, cpid, name, limit, &reader).await?;
    let runs = runs.iter().filter_map(|run| {
        let (status, duration) = names::read(&run.entry)?;
        let (id, at) = (&run.id, &run.created_at);
        Some(json!({ "result_id": id, "created_at": at, "status": status, "duration": duration }))
    });
    let runs: Vec<Value> = runs.collect();
    Ok(JsonText(json!({ "name": name, "cpid": cpid, "runs": runs }).to_string()))
}
