//! `/v1/guidelines`: guideline files and their plain test lists.

use assay_web::body;
use assay_web::json::JsonText;
use assay_web::query::Query;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::asker::Asker;
use crate::domain::guidelines::{Guideline, ListQuery, file_name};
use crate::error::{Error, Result};
use crate::extract::Path;
use crate::settings;
use crate::store::{self, guidelines};

const LONGEST_FILE: usize = 4 << 20;

/// A guideline that is kept here, by its name with or without its end.
pub async fn find(name: &str) -> Result<Option<(String, Guideline)>> {
    let Some(file) = file_name(name) else { return Ok(None) };
    let Some(kept) = guidelines::by_file(store::open().await?, &file).await? else {
        return Ok(None);
    };
    // What was kept was read before; one that cannot be read any more is as good as gone.
    Ok(Guideline::read(&kept.json).ok().map(|guideline| (file, guideline)))
}

/// The names of the tests of a target, without their attributes.
pub async fn plain_names(name: &str, target: &str) -> Result<Vec<String>> {
    let Some((_, guideline)) = find(name).await? else {
        return Err(Error::NotThere(format!("Guideline {name} not found")));
    };
    let query = ListQuery { demands: None, aliases: true, flagged: true };
    let lines = guideline.list(target, &query);
    let lines = lines.ok_or_else(|| Error::invalid(format!("Invalid target: {target}")))?;
    Ok(lines.iter().map(|line| assay_subunit::name_of(line).into_owned()).collect())
}

/// `GET /v1/guidelines`: the files, by group.
pub async fn list() -> Result<JsonText> {
    let files: Vec<String> =
        serde_json::from_str(&guidelines::files(store::open().await?).await?).unwrap_or_default();
    let mut groups = Map::new();
    groups.insert("powered".to_owned(), json!([]));
    for file in files {
        let (group, name) = match file.split_once('.') {
            Some((group, name)) if !is_version(group) => (group, name),
            _ => ("powered", file.as_str()),
        };
        let entry = json!({ "name": name, "file": file });
        if let Value::Array(all) = groups.entry(group).or_insert_with(|| json!([])) {
            all.push(entry);
        }
    }
    Ok(JsonText(Value::Object(groups).to_string()))
}

/// Whether a file's name begins with its version.
fn is_version(word: &str) -> bool {
    word == "next" || word.starts_with(|c: char| c.is_ascii_digit())
}

/// `GET /v1/guidelines/{file}`: a file as it is.
pub async fn show(Path(name): Path<String>) -> Result<JsonText> {
    let not_there = || Error::NotThere(format!("Guideline {name} not found"));
    let file = file_name(&name).ok_or_else(not_there)?;
    let kept = guidelines::by_file(store::open().await?, &file).await?;
    Ok(JsonText(kept.ok_or_else(not_there)?.json))
}

/// `GET /v1/guidelines/{file}/tests`: the names of tests, one a line, for `refstack-client
/// --test-list`.
pub async fn tests(Path(name): Path<String>, query: Query) -> Result<Response> {
    let Some((_, guideline)) = find(&name).await? else {
        let text = format!("Error getting JSON content for version: {name}");
        return Ok(plain(StatusCode::NOT_FOUND, text));
    };
    let target = query.non_empty("target").unwrap_or("platform");
    let wanted = ListQuery::parse(query.non_empty("type"), query.get("alias"), query.get("flag"));
    let wanted = match wanted {
        Ok(wanted) => wanted,
        Err(text) => return Ok(plain(StatusCode::BAD_REQUEST, text)),
    };
    Ok(match guideline.list(target, &wanted) {
        Some(lines) => plain(StatusCode::OK, lines.join("\n")),
        None => plain(StatusCode::BAD_REQUEST, format!("Invalid target: {target}")),
    })
}

fn plain(status: StatusCode, text: String) -> Response {
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    (status, [(header::CONTENT_TYPE, plain)], text).into_response()
}

/// `PUT /v1/guidelines/{file}`: keeps a file. For admins.
pub async fn keep(
    asker: Asker,
    Path(name): Path<String>,
    body: Body,
) -> Result<(StatusCode, JsonText)> {
    asker.must_be_admin()?;
    let file = file_name(&name).ok_or_else(|| Error::invalid("Invalid guideline name"))?;
    let body = body::read(body, LONGEST_FILE).await?;
    let text = str::from_utf8(&body);
    let text = text.map_err(|_| Error::because("Malformed request", "the file is not UTF-8"))?;
    let text = text.trim_start_matches('\u{feff}');
    if assay_web::json::depth(text.as_bytes()) > crate::extract::DEPTH_LIMIT {
        return Err(Error::because("Malformed request", "the file nests too deep"));
    }
    Guideline::read(text).map_err(Error::schema)?;
    let sha256 = hex::encode(Sha256::digest(text));
    let new = guidelines::keep(store::open().await?, &file, text, &sha256, "upload").await?;
    let status = if new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, JsonText(json!({ "file": file, "sha256": sha256 }).to_string())))
}

/// `DELETE /v1/guidelines/{file}`: forgets a file. For admins.
pub async fn delete(asker: Asker, Path(name): Path<String>) -> Result<StatusCode> {
    asker.must_be_admin()?;
    let not_there = || Error::NotThere(format!("Guideline {name} not found"));
    let file = file_name(&name).ok_or_else(not_there)?;
    match guidelines::delete(store::open().await?, &file).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(not_there()),
    }
}

/// A file in the listing of a source.
#[derive(Debug, serde::Deserialize)]
struct Entry {
    name: String,
    #[serde(rename = "type", default)]
    kind: String,
    download_url: Option<String>,
}

/// `POST /v1/guidelines/refresh`: fetches the files of the operator's source. For admins. What
/// cannot be fetched stays as it is here.
pub async fn refresh(asker: Asker) -> Result<JsonText> {
    asker.must_be_admin()?;
    let source = &settings::get().await.guideline_source;
    if source.is_empty() {
        return Err(Error::Conflict("No guideline source is set".to_owned()));
    }
    let failed = || Error::Upstream("The guideline source does not answer well".to_owned());
    let listing = fetch(source).await.ok_or_else(failed)?;
    let entries: Vec<Entry> = serde_json::from_slice(&listing).map_err(|_| failed())?;
    let mut counts = [("added", 0), ("updated", 0), ("unchanged", 0), ("failed", 0)];
    for entry in entries {
        let Some(file) = file_name(&entry.name).filter(|file| *file == entry.name) else {
            continue;
        };
        if !matches!(entry.kind.as_str(), "file" | "") {
            continue;
        }
        let outcome = renew(&file, entry.download_url.as_deref()).await?;
        for (_, count) in counts.iter_mut().filter(|(name, _)| *name == outcome) {
            *count += 1;
        }
    }
    let counts = counts.map(|(name, count)| (name.to_owned(), json!(count)));
    Ok(JsonText(Value::Object(Map::from_iter(counts)).to_string()))
}

/// Fetches one file and keeps it if it is another one; says what came of it.
async fn renew(file: &str, url: Option<&str>) -> Result<&'static str> {
    let Some(url) = url else { return Ok("failed") };
    let Some(body) = fetch(url).await else { return Ok("failed") };
    let Ok(text) = str::from_utf8(&body) else { return Ok("failed") };
    let too_deep = assay_web::json::depth(&body) > crate::extract::DEPTH_LIMIT;
    if too_deep || Guideline::read(text).is_err() {
        return Ok("failed");
    }
    let sha256 = hex::encode(Sha256::digest(text));
    let db = store::open().await?;
    let known = guidelines::by_file(db, file).await?;
    if known.is_some_and(|known| known.sha256 == sha256) {
        return Ok("unchanged");
    }
    let new = guidelines::keep(db, file, text, &sha256, url).await?;
    Ok(if new { "added" } else { "updated" })
}

/// The body of a good answer of another server.
async fn fetch(url: &str) -> Option<bytes::Bytes> {
    let request = http::Request::get(url)
        .header(header::USER_AGENT, "assay-refstack")
        .body(spin_sdk::http::EmptyBody::new())
        .ok()?;
    let response = spin_sdk::http::send(request).await.ok()?;
    if !response.status().is_success() {
        return None;
    }
    body::read(Body::new(response.into_body()), LONGEST_FILE).await.ok()
}
