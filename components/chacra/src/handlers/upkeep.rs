//! The operator's side, below `/chacra`: configuration, sweeps, retention, copies, counts, contents
//! by digest.

use assay_web::body;
use assay_web::json::{JsonText, RawObject};
use assay_web::query::Query;
use axum::body::Body;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, Method, header};
use serde_json::{Value, json};

use super::answers;
use super::reading::{self, Content};
use crate::domain::places::LATEST;
use crate::domain::prefixes::Prefix;
use crate::domain::rules;
use crate::error::{Error, Result};
use crate::extract::{self, DEPTH_LIMIT, JsonBody};
use crate::store::{self, blobs, config, copies, projects, purge, repos, stats, sweep};

/// Configurations may be this long.
const CONFIG_LIMIT: usize = 256 * 1024;

/// `GET /chacra`: what this is, and the names of the projects.
pub async fn about() -> Result<JsonText> {
    let names = projects::names(store::open().await?).await?;
    let names = names.unwrap_or_else(|| "[]".into());
    Ok(JsonText(format!("{{\"description\":\"a binary package store\",\"projects\":{names}}}")))
}

/// `GET /chacra/stats`: counts and bytes.
pub async fn stats() -> Result<JsonText> {
    let counts = stats::all(store::open().await?).await?;
    counts.map(JsonText).ok_or(Error::NoSuchPage)
}

/// `GET /chacra/config`: the rules, the callback's password hidden.
pub async fn config() -> Result<JsonText> {
    let stored = config::body(store::open().await?).await?;
    let mut rules = stored.unwrap_or_else(rules::defaults);
    if let Some(key) = rules.get_mut("callback_key").filter(|key| !key.is_null()) {
        *key = rules::HIDDEN.into();
    }
    Ok(JsonText(rules.to_string()))
}

/// `PUT /chacra/config`: replaces all rules.
pub async fn configure(body: Body) -> Result<JsonText> {
    let bytes = body::read(body, CONFIG_LIMIT).await?;
    let document =
        assay_web::json::Document::parse(&bytes, DEPTH_LIMIT).ok_or_else(Error::not_json)?;
    let given: serde_json::Map<String, Value> =
        document.read().map_err(|_| Error::invalid("the configuration must be an object"))?;
    let rules = rules::checked(&given).map_err(Error::Invalid)?;
    config::replace(store::open().await?, &rules.to_string()).await?;
    self::config().await
}

/// `POST /chacra/gc`: one sweep; `?grace_hours=0` takes what is fresh too.
pub async fn sweep(query: Query) -> Result<JsonText> {
    let db = store::open().await?;
    let hours = match query.get("grace_hours") {
        None => config::grace_hours(db).await?,
        Some(text) => {
            let hours: Option<u32> = text.parse().ok();
            i64::from(hours.ok_or_else(|| Error::invalid("grace_hours must be a number"))?)
        }
    };
    let swept = sweep::run(db, hours).await?;
    Ok(JsonText(json!(swept).to_string()))
}

/// `POST /chacra/purge`: removes repositories that the retention rules let go; `?dry_run=1` only
/// names them.
pub async fn purge(query: Query) -> Result<JsonText> {
    let db = store::open().await?;
    let (mut old, more) = purge::old(db).await?;
    if !query.get("dry_run").is_some_and(answers::says_yes) && !old.is_empty() {
        let gone = purge::delete(db, &old).await?;
        old.retain(|repo| gone.contains(&repo.id));
        sweep::a_little(db).await;
    }
    let bytes: i64 = old.iter().map(|repo| repo.size).sum();
    let paths: Vec<String> = old.into_iter().map(|repo| repo.path).collect();
    let mut answer = json!({ "purged": paths, "bytes": bytes });
    if more && let Some(answer) = answer.as_object_mut() {
        answer.insert("more".into(), true.into());
    }
    Ok(JsonText(answer.to_string()))
}

/// `POST /chacra/copy`: files of one level to another, without moving a byte.
pub async fn copy(body: JsonBody) -> Result<JsonText> {
    let object = body.object()?;
    let db = store::open().await?;
    let (mut from, to) = (side(&object, "from")?, side(&object, "to")?);
    if !from.is_as_deep_as(&to) {
        return Err(Error::invalid("'from' and 'to' must be levels of the same depth"));
    }
    if from.sha1 == LATEST {
        let newest = repos::newest_sha1(db, &from.path()).await?;
        from.sha1 = newest.ok_or(NO_SOURCE)?;
    }
    let force = object.get("force").is_some_and(|value| value.get() == "true");
    let sources = copies::sources(db, &from).await?;
    if sources.is_empty() {
        return Err(NO_SOURCE);
    }
    if i64::try_from(sources.len()).is_ok_and(|count| count > copies::MOST) {
        return Err(Error::invalid(format!("more than {} files are below 'from'", copies::MOST)));
    }
    let files: Vec<_> =
        sources.into_iter().map(|source| (source.id, to.place_of(source.place))).collect();
    if let Some(problem) = files.iter().find_map(|(_, place)| place.problem()) {
        return Err(Error::Invalid(problem));
    }
    match copies::copy(db, &files, force).await? {
        0 => Err(Error::invalid("a file is there already and \"force\" was not used")),
        copied => Ok(JsonText(json!({ "copied": copied }).to_string())),
    }
}

const NO_SOURCE: Error = Error::NotThere("no file is below 'from'");

/// One of the two levels that the body of a copy names.
fn side(object: &RawObject<'_>, name: &str) -> Result<Prefix> {
    let url: Option<String> = object.get(name).and_then(|url| serde_json::from_str(url.get()).ok());
    let level = url.as_deref().and_then(|url| {
        let (path, slice) = extract::named_url(url)?;
        Prefix::parse(&path, slice)
    });
    level.ok_or_else(|| {
        Error::invalid(format!("'{name}' must be the URL of a level from a sha1 down to a file"))
    })
}

/// `GET /chacra/blobs/{sha256}`: a content by its digest.
pub async fn content(
    method: Method,
    extract::Path(path): extract::Path,
    headers: HeaderMap,
) -> Result<Response> {
    const NO_SUCH_CONTENT: Error = Error::NotThere("no content with this SHA-256");
    let digest = path.get(1).and_then(|hex| assay_blobs::Hash::from_hex(hex));
    let digest = digest.ok_or(NO_SUCH_CONTENT)?;
    let db = store::open().await?;
    let blob = blobs::by_sha256(db, &digest).await?.ok_or(NO_SUCH_CONTENT)?;
    let binary = HeaderValue::from_static("application/octet-stream");
    let content = Content {
        blob: blob.id,
        sha256: digest.to_string(),
        size: blob.size,
        // A content never changes, so any date will do; this one is the same on every node.
        modified: 0,
        cache_control: "public, max-age=31536000, immutable",
        headers: [(header::CONTENT_TYPE, binary)].into_iter().collect(),
    };
    reading::answer(db, &method, &headers, &content).await
}
