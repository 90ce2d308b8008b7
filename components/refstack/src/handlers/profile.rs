//! `/v1/profile`: who I am, my keys, my tokens.

use assay_web::json::JsonText;
use assay_web::query::Query;
use assay_web::time;
use axum::response::Response;
use http::StatusCode;
use serde_json::{Map, Value, json};

use super::{bare_listing, fields, long_page};
use crate::asker::{Asker, OPERATOR};
use crate::domain::keys::{PublicKey, Wrong};
use crate::domain::secrets;
use crate::error::{Error, Result};
use crate::extract::{Json, Path};
use crate::store;
use crate::store::accounts::{self, NewKey, NewToken};

/// Names of people, addresses, comments.
pub const LONGEST_NAME: usize = 128;
const LONGEST_KEY: usize = 8192;
const LONGEST_SIGNATURE: usize = 4096;
const MOST_DAYS: i64 = 366;
/// What `refstack-client sign` signs.
const STATIC_PROOF: &str = "signature";

/// `GET /v1/profile`: the asker's account.
pub async fn show(asker: Asker) -> Result<JsonText> {
    let openid = asker.account()?;
    let known = accounts::profile(store::open().await?, openid).await?;
    let (email, fullname) = known.map_or((None, None), |known| (known.email, known.fullname));
    let profile = json!({
        "openid": openid, "email": email, "fullname": fullname, "is_admin": asker.admin,
    });
    Ok(JsonText(profile.to_string()))
}

/// `PUT /v1/profile`: changes address and name.
pub async fn update(asker: Asker, body: Json) -> Result<JsonText> {
    let openid = own_account(&asker)?;
    let body = body.object()?;
    fields::only(&body, &["email", "fullname"])?;
    let db = store::open().await?;
    let known = accounts::profile(db, openid).await?.ok_or_else(Error::unauthorized)?;
    let email = fields::clearable(&body, "email", LONGEST_NAME)?.unwrap_or(known.email);
    let fullname = fields::clearable(&body, "fullname", LONGEST_NAME)?.unwrap_or(known.fullname);
    accounts::update(db, openid, email.as_deref(), fullname.as_deref()).await?;
    show(asker).await
}

/// The operator is an admin without account: what belongs to one he cannot have.
fn own_account(asker: &Asker) -> Result<&str> {
    match asker.account()? {
        OPERATOR => Err(Error::forbidden("The operator has no account")),
        openid => Ok(openid),
    }
}

/// A key and the proof that it is the sender's.
pub struct Proven {
    key: PublicKey,
    id: String,
    pubkey: String,
    comment: String,
}

impl Proven {
    /// Reads `raw_key` and `self_signature` (over `signature`, or over the text of `challenge`).
    pub async fn read(body: &Map<String, Value>) -> Result<Self> {
        let raw_key = fields::needed(body, "raw_key", LONGEST_KEY)?;
        let signature = fields::needed(body, "self_signature", LONGEST_SIGNATURE)?;
        let challenge = fields::text(body, "challenge", LONGEST_NAME)?;
        let (key, pubkey, comment) = read_key(&raw_key)?;
        let text = challenge.as_deref().unwrap_or(STATIC_PROOF);
        must_verify(&key, text, &signature)?;
        if let Some(nonce) = &challenge
            && !accounts::use_challenge(store::open().await?, nonce).await?
        {
            return Err(Error::Unauthorized("The challenge is used or too old".to_owned()));
        }
        if comment.chars().count() > LONGEST_NAME {
            return Err(Error::schema("the comment of the key is too long"));
        }
        Ok(Self { key, id: secrets::uuid(), pubkey, comment })
    }

    /// As the store wants it.
    pub fn new_key<'a>(&'a self, fingerprint: &'a str) -> NewKey<'a> {
        NewKey { id: &self.id, pubkey: &self.pubkey, comment: &self.comment, fingerprint }
    }

    /// Its hash in hex.
    pub fn fingerprint(&self) -> String {
        self.key.fingerprint()
    }

    /// Its hash as OpenSSH shows it.
    pub fn ssh_fingerprint(&self) -> String {
        self.key.ssh_fingerprint()
    }

    /// Its number here.
    pub fn id(&self) -> &str {
        &self.id
    }
}

/// Reads a key, with its base64 and its comment.
pub fn read_key(line: &str) -> Result<(PublicKey, String, String)> {
    match PublicKey::from_line(line) {
        Ok((key, pubkey, comment)) => Ok((key, pubkey.to_owned(), comment.to_owned())),
        Err(Wrong::Format) => Err(Error::invalid("Public key has unsupported format")),
        Err(Wrong::Malformed) => Err(Error::invalid("Malformed public key")),
    }
}

/// Refuses what this key has not signed.
pub fn must_verify(key: &PublicKey, text: &str, signature: &str) -> Result<()> {
    let signature = hex::decode(signature.trim()).ok().filter(|bytes| !bytes.is_empty());
    let signature = signature.ok_or_else(|| Error::invalid("Malformed signature"))?;
    let digest = <sha2::Sha256 as sha2::Digest>::digest(text).into();
    match key.verifies(&digest, &signature) {
        true => Ok(()),
        false => Err(Error::invalid("Signature verification failed")),
    }
}

/// `GET /v1/profile/pubkeys`: my keys.
pub async fn pubkeys(asker: Asker, query: Query) -> Result<Response> {
    let (openid, page) = (asker.account()?, long_page(&query)?);
    bare_listing(accounts::pubkeys(store::open().await?, openid, page).await?, page)
}

/// `POST /v1/profile/pubkeys`: adds a key, which must have signed something.
pub async fn add_key(asker: Asker, body: Json) -> Result<(StatusCode, JsonText)> {
    let openid = own_account(&asker)?;
    let body = body.object()?;
    fields::only(&body, &["raw_key", "self_signature", "challenge"])?;
    let proven = Proven::read(&body).await?;
    let fingerprint = proven.fingerprint();
    let key = proven.new_key(&fingerprint);
    match accounts::add_key(store::open().await?, openid, &key).await? {
        true => Ok((StatusCode::CREATED, JsonText(json!(key.id).to_string()))),
        false => Err(Error::Conflict("Public key already exists.".to_owned())),
    }
}

/// `DELETE /v1/profile/pubkeys/{id}`: removes one of my keys.
pub async fn remove_key(asker: Asker, Path(id): Path<String>) -> Result<StatusCode> {
    let openid = asker.account()?;
    match accounts::remove_key(store::open().await?, openid, &id).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Error::NotThere(format!("Public key {id} not found"))),
    }
}

/// `GET /v1/profile/pubkeys/schema`: what a new key looks like (JSON schema, draft 4).
pub async fn key_schema() -> JsonText {
    let text = |description: &str| json!({ "type": "string", "description": description });
    let schema = json!({
        "$schema": "http://json-schema.org/draft-04/schema#",
        "type": "object",
        "properties": {
            "raw_key": text("ssh-rsa <base64>[ comment]"),
            "self_signature": text("hex, PKCS#1 v1.5, SHA-256, over 'signature' or the challenge"),
            "challenge": text("a text of POST /v1/auth/challenge"),
        },
        "required": ["raw_key", "self_signature"],
        "additionalProperties": false,
    });
    JsonText(schema.to_string())
}

/// `GET /v1/profile/tokens`: my API tokens, without their secrets.
pub async fn tokens(asker: Asker, query: Query) -> Result<Response> {
    let (openid, page) = (asker.account()?, long_page(&query)?);
    bare_listing(accounts::tokens(store::open().await?, openid, page).await?, page)
}

/// `POST /v1/profile/tokens`: makes an API token, whose secret is shown this once.
pub async fn add_token(asker: Asker, body: Json) -> Result<(StatusCode, JsonText)> {
    let openid = own_account(&asker)?;
    let body = body.object()?;
    fields::only(&body, &["name", "expires_in_days"])?;
    let name = fields::needed(&body, "name", LONGEST_NAME)?;
    if name.trim().is_empty() {
        return Err(Error::schema("'name' must not be empty"));
    }
    let days = match body.get("expires_in_days") {
        None | Some(Value::Null) => None,
        Some(days) => {
            let days = days.as_i64().filter(|days| (1..=MOST_DAYS).contains(days));
            Some(days.ok_or_else(|| Error::schema("'expires_in_days' must be from 1 to 366"))?)
        }
    };
    let (id, token) = (secrets::uuid(), secrets::fresh(secrets::TOKEN));
    let expires_at = days.map(|days| time::now() + days * time::DAY);
    let hash = secrets::hash(&token);
    let new = NewToken { id: &id, kind: "api", name: &name, hash: &hash, expires_at };
    accounts::add_token(store::open().await?, openid, &new).await?;
    let expires_at = expires_at.map(shown);
    let answer = json!({ "id": id, "name": name, "token": token, "expires_at": expires_at });
    Ok((StatusCode::CREATED, JsonText(answer.to_string())))
}

/// A moment to the second.
pub fn shown(micros: time::Micros) -> String {
    time::format(micros - micros.rem_euclid(time::SECOND))
}

/// `DELETE /v1/profile/tokens/{id}`: revokes one of my API tokens.
pub async fn remove_token(asker: Asker, Path(id): Path<String>) -> Result<StatusCode> {
    let openid = asker.account()?;
    match accounts::remove_token(store::open().await?, openid, &id).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Error::NotThere(format!("Token {id} not found"))),
    }
}
