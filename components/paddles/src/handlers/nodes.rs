//! `/nodes` and `/nodes/{node}`.

use assay_web::json::JsonText;
use assay_web::query::Query;
use assay_web::time;
use axum::Json;
use axum::response::Response;
use serde_json::{Value, json};

use super::{lists, locks};
use crate::domain::locks::LockState;
use crate::domain::nodes::{NodeChange, parse_flag, parse_name, parse_types};
use crate::domain::numbers;
use crate::error::{Error, Result};
use crate::extract::{JsonBody, Path};
use crate::site::Here;
use crate::store::nodes::{NamePage, NodeFilter};
use crate::store::{self, nodes};

/// So many nodes are listed at the most, and when nobody says how many.
const MOST_LISTED: u32 = 10_000;

/// The refusal of every read and deletion of a node that is not there.
pub const NO_NODE: Error = Error::NotThere("node not found");
const NO_NODE_TO_UPDATE: Error = Error::NotThere("attempted to update a non-existent node");

/// `GET /nodes/`: nodes by name; `machine_type=a|b`, `locked`, `up`, `os_type`, `os_version`,
/// `locked_by` cut them down.
pub async fn list(query: Query, here: Here) -> Result<Response> {
    let flag = |name: &str| query.non_empty(name).map(|text| parse_flag(name, text)).transpose();
    let filter = NodeFilter {
        machine_types: query.non_empty("machine_type").map(parse_types),
        locked_by: query.non_empty("locked_by"),
        locked: flag("locked")?,
        up: flag("up")?,
        os_type: query.non_empty("os_type"),
        os_version: query.non_empty("os_version"),
    };
    let page = name_page(&query)?;
    let listing = nodes::list(store::open().await?, &filter, page, time::now()).await?;
    Ok(lists::respond(listing, &here, &query))
}

/// The page of a list by name that is asked for.
pub fn name_page(query: &Query) -> Result<NamePage<'_>> {
    let count = numbers::count(query, MOST_LISTED, MOST_LISTED)?;
    Ok(NamePage { count, after: query.non_empty("cursor") })
}

/// `POST /nodes/`: stores a node that must not exist yet.
pub async fn create(body: JsonBody) -> Result<Json<Value>> {
    let object = body.object()?;
    let name = parse_name(&object)?;
    let new = NodeChange::parse(&object)?;
    if new.lock.locked == Some(true) {
        new.lock.judge(&LockState::default())?;
    }
    let db = store::open().await?;
    if nodes::insert(db, &name, &new, time::now()).await? {
        return Ok(Json(json!({})));
    }
    if nodes::find(db, &name).await?.is_some() {
        return Err(Error::invalid(format!("Node with name {name} already exists")));
    }
    Err(locks::unknown_host())
}

/// `GET /nodes/{node}/`: one node, its host in it.
pub async fn show(Path(node): Path<String>) -> Result<JsonText> {
    nodes::shown(store::open().await?, &node).await?.map(JsonText).ok_or(NO_NODE)
}

/// `PUT /nodes/{node}/`: changes what the body names; its lock by the rules of locks.
pub async fn update(Path(node): Path<String>, body: Result<JsonBody>) -> Result<Json<Value>> {
    let db = store::open().await?;
    let change = match body.and_then(|body| NodeChange::parse(&body.object()?)) {
        Ok(change) => change,
        Err(_) if nodes::find(db, &node).await?.is_none() => return Err(NO_NODE_TO_UPDATE),
        Err(error) => return Err(error),
    };
    match locks::apply(db, &[node], &change).await? {
        Some(_) => Ok(Json(json!({}))),
        None => Err(NO_NODE_TO_UPDATE),
    }
}

/// `DELETE /nodes/{node}/`: forgets a node; its jobs stay.
pub async fn delete(Path(node): Path<String>) -> Result<Json<Value>> {
    let deleted = nodes::delete(store::open().await?, &node).await?;
    if deleted { Ok(Json(json!({}))) } else { Err(NO_NODE) }
}

/// `GET /nodes/machine_types/`: the types there are, sorted.
pub async fn machine_types() -> Result<JsonText> {
    Ok(JsonText(nodes::machine_types(store::open().await?).await?))
}
