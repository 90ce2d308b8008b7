//! `/v1/tests`: triggers a test and watches it.

use assay_web::json::JsonText;
use assay_web::query::Query;
use http::StatusCode;
use serde_json::{Value, json};

use super::clouds::{must_own, must_see};
use super::{guidelines, page, page_listing, with_more};
use crate::asker::Asker;
use crate::domain::pages::Page;
use crate::domain::{self, secrets};
use crate::error::{Error, Result};
use crate::extract::{Json, Path, Site};
use crate::settings;
use crate::store::tests::NewTest;
use crate::store::{self, Listing, statuses, tests};

const STATES: [&str; 5] = ["pending", "running", "timed_out", "failed", "finished"];

/// The statuses that are shown with their test.
const LATEST: Page = Page { number: 1, size: 100 };

fn not_there(id: &str) -> Error {
    Error::NotThere(format!("Test {id} not found"))
}

/// `POST /v1/tests`: triggers a test; its runner reports to the links in the answer.
pub async fn create(asker: Asker, site: Site, body: Json) -> Result<(StatusCode, JsonText)> {
    let settings = settings::get().await;
    if !settings.anonymous_upload {
        asker.account()?;
    }
    let plan = domain::clouds::test(&body.object()?).map_err(Error::schema)?;
    if let Some((file, target)) = &plan.guideline {
        let listed = guidelines::plain_names(file, target).await;
        listed.map_err(|refusal| Error::schema(refusal.to_string()))?;
    }
    let token = plan.protected.then(|| secrets::fresh(secrets::TEST_TOKEN));
    let hash = token.as_deref().map(secrets::hash);
    let testcases = plan.testcases.as_ref().map(|names| json!(names).to_string());
    let extra_conf = Value::Object(plan.extra_conf).to_string();
    let new = NewTest {
        cloud_id: plan.cloud_id,
        owner: asker.openid.as_deref(),
        label: plan.label.as_deref(),
        extra_conf: &extra_conf,
        testcases: testcases.as_deref(),
        guideline: plan.guideline.as_ref().map(|(guideline, _)| guideline.as_str()),
        target: plan.guideline.as_ref().map(|(_, target)| target.as_str()),
        timeout_seconds: plan.timeout_seconds.unwrap_or(settings.test_timeout),
        token_hash: hash.as_deref(),
        admin: asker.admin,
    };
    let db = store::open().await?;
    let id =
        tests::create(db, &new).await?.ok_or_else(|| Error::schema("there is no such cloud"))?;
    let shown = tests::show(db, id).await?.ok_or_else(|| not_there(""))?;
    let more = token.map(|token| format!("\"test_token\":\"{token}\"")).unwrap_or_default();
    Ok((
        StatusCode::CREATED,
        JsonText(with_more(&object(id, &shown.state, &shown.text, &site), &more)),
    ))
}

/// `GET /v1/tests`: the tests that the asker may see, newest first.
pub async fn list(asker: Asker, site: Site, query: Query) -> Result<JsonText> {
    let page = page(&query).await?;
    let state = query.non_empty("state");
    if state.is_some_and(|state| !STATES.contains(&state)) {
        return Err(Error::invalid("Invalid state"));
    }
    let cloud_id = match query.non_empty("cloud_id").map(str::parse::<i64>) {
        None => None,
        Some(Ok(id)) => Some(id),
        Some(Err(_)) => return Err(Error::invalid("Invalid cloud_id")),
    };
    let found = tests::list(store::open().await?, &asker, state, cloud_id, page).await?;
    let Listing { entries, count } = found.unwrap_or_default();
    let rows: Vec<(i64, String, Box<serde_json::value::RawValue>)> =
        serde_json::from_str(&entries).unwrap_or_default();
    let objects: Vec<String> =
        rows.iter().map(|(id, state, text)| object(*id, state, text.get(), &site)).collect();
    let entries = format!("[{}]", objects.join(","));
    page_listing("tests", Some(Listing { entries, count }), page)
}

/// `GET /v1/tests/{id}`: one test with its last statuses and its results.
pub async fn show(asker: Asker, site: Site, Path(id): Path<String>) -> Result<JsonText> {
    let (number, shown) = readable(&asker, &id).await?;
    let db = store::open().await?;
    let statuses = statuses::latest(db, number, LATEST).await?.unwrap_or_default().entries;
    let results = tests::results(db, number).await?;
    let (summary, ids) =
        results.map_or((None, "[]".to_owned()), |results| (results.summary, results.ids));
    let summary = summary.as_deref().unwrap_or("null");
    let more = format!("\"statuses\":{statuses},\"summary\":{summary},\"result_ids\":{ids}");
    Ok(JsonText(with_more(&object(number, &shown.state, &shown.text, &site), &more)))
}

/// `GET /v1/tests/{id}/statuses`: what its runner reported, oldest first; the first page has what
/// came last.
pub async fn statuses(asker: Asker, Path(id): Path<String>, query: Query) -> Result<JsonText> {
    let (number, _) = readable(&asker, &id).await?;
    let (page, size) = (query.get("page"), query.get("per_page"));
    let page = Page::parse(page, size, LATEST.size, LATEST.size).map_err(Error::invalid)?;
    let found = statuses::latest(store::open().await?, number, page).await?;
    page_listing("statuses", found, page)
}

/// `DELETE /v1/tests/{id}`: forgets a test; its results stay.
pub async fn delete(asker: Asker, Path(id): Path<String>) -> Result<StatusCode> {
    let (number, shown) = readable(&asker, &id).await?;
    must_own(&asker, shown.owner.as_deref())?;
    tests::delete(store::open().await?, number).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn readable(asker: &Asker, id: &str) -> Result<(i64, tests::Shown)> {
    let number: i64 = id.parse().map_err(|_| not_there(id))?;
    let found = tests::show(store::open().await?, number).await?;
    let shown = found.ok_or_else(|| not_there(id))?;
    must_see(asker, shown.owner.as_deref())?;
    Ok((number, shown))
}

/// A test as it is shown: what the store gives, its state at present, and where its runner reports.
fn object(id: i64, state: &str, text: &str, site: &Site) -> String {
    let base = format!("{}/v1", site.origin);
    let urls = json!({
        "status": format!("{base}/update-test-status/{id}"),
        "miniconf": format!("{base}/get-miniconf?test_id={id}"),
        "post_result": format!("{base}/post-result?test_id={id}"),
    });
    let head = format!("{{\"id\":{id},\"test_id\":{id},\"state\":\"{state}\"}}");
    let body = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or_default();
    with_more(&with_more(&head, body), &format!("\"urls\":{urls}"))
}
