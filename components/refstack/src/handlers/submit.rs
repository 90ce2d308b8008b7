//! Uploads become results: `POST /v1/post-result` and `POST /v1/results`.

use assay_db::Db;
use assay_web::json::JsonText;
use axum::body::Body;
use axum::extract::FromRequestParts;
use http::StatusCode;
use md5::{Digest, Md5};
use serde_json::{Map, Value, json};

use super::runners::{must_have_token, test_id, test_token};
use crate::asker::Asker;
use crate::domain::meta::MetaKey;
use crate::domain::parsed::LONGEST_CPID;
use crate::domain::{clouds, secrets};
use crate::error::{Error, Result};
use crate::extract::{Path, Site};
use crate::settings;
use crate::store::results::{self, NewResult};
use crate::store::{self, tests, users};
use crate::uploads::bodies::{self, Received};
use crate::uploads::{self, Door, Run, Upload};

const NOTHING_PASSED: &str = "Uploaded results must contain at least one passing test.";
const UNKNOWN_KEY: &str =
    "User with specified key not found. Please log into the RefStack server to upload your key.";

/// `POST /v1/post-result`, `POST /v1/post-result/{test_id}`: a runner uploads what came of its
/// test, or anybody a result without one.
pub async fn post_result(request: http::Request<Body>) -> Result<(StatusCode, JsonText)> {
    submit(request, Door::PostResult).await
}

/// `POST /v1/results`: uploads a list of passed tests, or a stream.
pub async fn create(request: http::Request<Body>) -> Result<(StatusCode, JsonText)> {
    submit(request, Door::Results).await
}

/// `GET /v1/results/schema`: what an upload looks like (JSON schema, draft 4).
pub async fn schema() -> JsonText {
    let schema = json!({
        "$schema": "http://json-schema.org/draft-04/schema#",
        "type": "object",
        "properties": {
            "cpid": { "type": "string", "maxLength": LONGEST_CPID },
            "duration_seconds": { "type": "integer", "minimum": 0, "maximum": i32::MAX },
            "results": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "name": { "type": "string", "minLength": 1, "maxLength": 512 },
                        "uuid": { "type": ["string", "null"], "maxLength": 36 },
                    },
                    "required": ["name"],
                },
            },
        },
        "required": ["cpid", "duration_seconds", "results"],
        "additionalProperties": false,
    });
    JsonText(schema.to_string())
}

/// What an upload is to become.
struct Wanted {
    test_id: Option<i64>,
    cpid: Option<String>,
    owner: Option<String>,
    admin: bool,
    shared: Option<String>,
    guideline: Option<String>,
    target: Option<String>,
}

async fn submit(request: http::Request<Body>, door: Door) -> Result<(StatusCode, JsonText)> {
    let (mut parts, body) = request.into_parts();
    let from_path: Option<String> =
        Path::from_request_parts(&mut parts, &()).await.ok().map(|Path(test_id)| test_id);
    let Ok(site) = Site::from_request_parts(&mut parts, &()).await;
    let Ok(asker) = Asker::from_request_parts(&mut parts, &()).await;
    let token = test_token(&parts.headers);
    let received = bodies::receive(http::Request::from_parts(parts, body), door).await?;
    let wanted = match wanted(&received, asker, from_path.as_deref(), token, door).await {
        Ok(wanted) => wanted,
        Err(error) => {
            received.upload.abandon().await;
            return Err(error);
        }
    };
    store_result(received, &wanted, &site, door).await
}

/// Checks everything that is not about the content itself, in the order in which clients expect it.
async fn wanted(
    received: &Received,
    asker: Asker,
    from_path: Option<&str>,
    token: Option<String>,
    door: Door,
) -> Result<Wanted> {
    let (owner, admin) = owner(received, asker).await?;
    let run = &received.upload.run;
    if run.lists_passed_only && run.summary.passed == 0 {
        return Err(Error::invalid(NOTHING_PASSED));
    }
    let settings = settings::get().await;
    if owner.is_none() && !settings.anonymous_upload {
        let detail =
            "Anonymous result uploads are disabled. Please create a user account and an api key at";
        return Err(Error::Unauthorized(format!("{detail} {}", settings.ui_url)));
    }
    let named = match door {
        Door::PostResult => from_path.or_else(|| received.parameter("test_id")),
        Door::Results => None,
    };
    let mut wanted = Wanted {
        test_id: named.map(|id| test_id(Some(id))).transpose()?,
        cpid: cpid(received)?.or_else(|| run.cpid.clone()),
        shared: meta(received, MetaKey::Shared)?,
        guideline: meta(received, MetaKey::Guideline)?,
        target: meta(received, MetaKey::Target)?,
        owner,
        admin,
    };
    if wanted.shared.is_some() && wanted.owner.is_none() {
        return Err(Error::unauthorized());
    }
    if let Some(id) = wanted.test_id {
        let facts = tests::facts(store::open().await?, id).await?;
        let facts = facts.ok_or_else(|| Error::invalid("Invalid test ID"))?;
        must_have_token(&facts, token.as_deref().or(received.parameter("token")))?;
        let host = facts.endpoint.as_deref().and_then(clouds::host);
        let of_cloud = host.map(|host| hex::encode(Md5::digest(host)));
        wanted.cpid = wanted.cpid.or(of_cloud);
    }
    Ok(wanted)
}

/// Whose the upload is: the account of the key that signed it, or the asker's. If both are there
/// they must be the same.
async fn owner(received: &Received, asker: Asker) -> Result<(Option<String>, bool)> {
    let Some((signature, sha256)) = &received.signature else {
        return Ok((asker.openid, asker.admin));
    };
    let fingerprint = signature.signer(sha256)?;
    let db = store::open().await?;
    let signer = users::of_key(db, &fingerprint).await?;
    let signer = signer.ok_or_else(|| Error::Unauthorized(UNKNOWN_KEY.to_owned()))?;
    if asker.openid.as_ref().is_some_and(|openid| *openid != signer) {
        return Err(Error::invalid("The signature and the token are of different users"));
    }
    let admin = users::keys(db, &signer).await?.is_some_and(|signer| signer.admin);
    Ok((Some(signer), admin))
}

fn cpid(received: &Received) -> Result<Option<String>> {
    let Some(value) = received.parameter("cpid") else { return Ok(None) };
    if value.chars().count() > LONGEST_CPID {
        return Err(Error::schema("'cpid' is too long"));
    }
    Ok(Some(value.to_owned()))
}

fn meta(received: &Received, key: MetaKey) -> Result<Option<String>> {
    let Some(value) = received.parameter(key.name()) else { return Ok(None) };
    key.check(value).map_err(Error::schema)?;
    Ok(Some(value.to_owned()))
}

async fn store_result(
    received: Received,
    wanted: &Wanted,
    site: &Site,
    door: Door,
) -> Result<(StatusCode, JsonText)> {
    let upload = received.upload;
    let said = said(&upload.run, door);
    let (id, token) = create_result(upload, wanted).await?;
    uploads::sweep(store::open().await?).await?;
    let mut answer = match door {
        Door::PostResult => json!({
            "message": "thank you",
            "test_id": wanted.test_id,
            "result_id": id,
            "url": site.result(&id),
        }),
        Door::Results => json!({ "test_id": id, "url": site.result(&id) }),
    };
    if let Value::Object(answer) = &mut answer {
        answer.extend(said);
        answer.extend(token.map(|token| ("result_token".to_owned(), json!(token))));
    }
    Ok((StatusCode::CREATED, JsonText(answer.to_string())))
}

/// What the answer says of an upload: of a list that refstack-client sent, nothing.
fn said(run: &Run, door: Door) -> Map<String, Value> {
    let said = match (door, run.format) {
        (Door::Results, "json") => Value::Null,
        _ => json!({
            "format": run.format,
            "truncated": run.truncated,
            "summary": results::summary(&run.summary),
        }),
    };
    if let Value::Object(said) = said { said } else { Map::new() }
}

/// Makes an upload a result: its id, and the token of an anonymous one. What a runner sends once
/// more is the result that is there.
async fn create_result(upload: Upload, wanted: &Wanted) -> Result<(String, Option<String>)> {
    let (upload_id, keys) = (upload.id, upload.keys());
    let fingerprint = wanted.test_id.map(|_| upload.fingerprint());
    let id = secrets::uuid();
    let token = wanted.owner.is_none().then(|| secrets::fresh(secrets::RESULT_TOKEN));
    let token_hash = token.as_deref().map(secrets::hash);
    let new = NewResult {
        id: &id,
        cpid: wanted.cpid.as_deref(),
        test_id: wanted.test_id,
        fingerprint: fingerprint.as_deref(),
        owner: wanted.owner.as_deref(),
        admin: wanted.admin,
        shared: wanted.shared.as_deref(),
        guideline: wanted.guideline.as_deref(),
        target: wanted.target.as_deref(),
        token_hash: token_hash.as_deref(),
    };
    let db = store::open().await?;
    match store_new(db, &new, upload).await {
        Ok(None) => Ok((id, token)),
        known => {
            if let Some(upload_id) = upload_id {
                uploads::forget(upload_id, &keys).await;
            }
            Ok((known?.unwrap_or_default(), None))
        }
    }
}

/// How often an upload is stored whose twin is removed again and again meanwhile.
const TRIES: usize = 5;

/// Stores a new result, or gives the id of the one that its test has of the same bytes.
async fn store_new(db: Db, new: &NewResult<'_>, upload: Upload) -> Result<Option<String>> {
    let Some((test_id, fingerprint)) = new.test_id.zip(new.fingerprint) else {
        results::create(db, new, upload).await?;
        return Ok(None);
    };
    for _ in 0..TRIES {
        if results::create(db, new, upload.clone()).await? {
            return Ok(None);
        }
        let known = results::of_same_bytes(db, test_id, fingerprint).await?;
        if known.is_some() {
            return Ok(known);
        }
        if tests::facts(db, test_id).await?.is_none() {
            return Err(Error::invalid("Invalid test ID"));
        }
    }
    Err(Error::Conflict("The same upload is removed again and again: send it once more".to_owned()))
}
