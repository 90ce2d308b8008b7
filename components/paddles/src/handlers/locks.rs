//! Locking nodes: `/nodes/{node}/lock`, `/nodes/lock_many`, `/nodes/unlock_many`, and looking after
//! locks: `/nodes/stale`, `/nodes/{node}/history`.

use assay_db::Db;
use assay_web::json::{JsonText, RawObject};
use assay_web::query::Query;
use assay_web::time;
use axum::response::Response;
use serde_json::Value;
use serde_json::value::RawValue;

use super::lists;
use super::nodes::{NO_NODE, name_page};
use crate::domain::cursors::Page;
use crate::domain::fields;
use crate::domain::locks::{LockState, LockWish};
use crate::domain::nodes::{NodeChange, parse_types};
use crate::error::{Error, Result};
use crate::extract::{JsonBody, Path};
use crate::site::Here;
use crate::store::locks::{Lock, ManyWanted};
use crate::store::{self, locks, nodes};

/// How often a change is tried that was refused in a state which was gone when we looked for the
/// reason.
const ATTEMPTS: usize = 5;

/// Changes all the named nodes, or none: `None` when one of them is not there. The statement
/// decides; what it refused is explained by the state found after it, and where that would grant
/// the wish, the wish is tried again.
pub async fn apply(db: Db, names: &[String], change: &NodeChange) -> Result<Option<Vec<Lock>>> {
    for _ in 0..ATTEMPTS {
        let now = time::now();
        let changed = locks::change(db, names, &change.lock, &change.fields, now).await?;
        if !changed.is_empty() {
            return Ok(Some(changed));
        }
        let states = locks::states(db, names, now).await?;
        if states.len() < names.len() {
            return Ok(None);
        }
        states.iter().try_for_each(|state| change.lock.judge(state))?;
        judge_host(db, names, change).await?;
    }
    Err(overtaken())
}

/// A host must be there, and must not be a guest of its guest, however far down.
async fn judge_host(db: Db, names: &[String], change: &NodeChange) -> Result<()> {
    let Some(host) = change.vm_host() else { return Ok(()) };
    let above = nodes::and_its_hosts(db, host).await?;
    if above.is_empty() {
        return Err(unknown_host());
    }
    if names.iter().any(|name| above.contains(name)) {
        return Err(Error::field("vm_host", "another node, and not one of this node's guests"));
    }
    Ok(())
}

/// The refusal of a host that is not there.
pub fn unknown_host() -> Error {
    Error::field("vm_host", "the name of a known node")
}

fn overtaken() -> Error {
    Error::Unavailable("others keep changing these nodes; try again".to_owned())
}

/// `PUT` and `POST /nodes/{node}/lock/`: locks, unlocks, or shows the lock when `locked` is null or
/// absent. Clients send no content type here, stop at 403 and repeat after everything else.
pub async fn change(Path(node): Path<String>, body: Result<JsonBody>) -> Result<JsonText> {
    let db = store::open().await?;
    let wish = match body.and_then(|body| LockWish::parse(&body.object()?)) {
        Ok(wish) => wish,
        Err(_) if nodes::find(db, &node).await?.is_none() => return Err(NO_NODE),
        Err(error) => return Err(error),
    };
    if wish.locked.is_none() {
        let lock = locks::shown(db, &node, time::now()).await?.ok_or(NO_NODE)?;
        return Ok(JsonText(lock.json));
    }
    let change = NodeChange { lock: wish, ..NodeChange::default() };
    let changed = apply(db, &[node], &change).await?.ok_or(NO_NODE)?;
    changed.into_iter().next().map(|lock| JsonText(lock.json)).ok_or(NO_NODE)
}

/// `GET /nodes/{node}/lock/`: refused in the words of the original.
pub async fn change_by_get(Path(node): Path<String>) -> Result<()> {
    nodes::find(store::open().await?, &node).await?.ok_or(NO_NODE)?;
    Err(Error::invalid("this URI only supports PUT and POST requests but GET was attempted"))
}

/// `GET` of `/nodes/lock_many/` and `/nodes/unlock_many/`: likewise.
pub async fn change_many_by_get() -> Result<()> {
    Err(Error::invalid("this URI only supports POST requests"))
}

/// `POST /nodes/lock_many/`: locks so many nodes that are up, free and fit, or none. Clients wait
/// and repeat after 503.
pub async fn lock_many(body: JsonBody) -> Result<JsonText> {
    let object = body.object()?;
    if ["count", "locked_by", "machine_type", "description"].iter().any(|k| object.get(k).is_none())
    {
        let keys = "count, locked_by, machine_type, description";
        return Err(Error::invalid(format!("must pass these fields: {keys}")));
    }
    let wish = LockWish { locked: Some(true), ..LockWish::parse(&object)? };
    wish.judge(&LockState::default())?;
    let text = |name: &str| object.get(name).map_or(Ok(None), |raw| read_text(name, raw));
    let (machine_type, os_type) = (text("machine_type")?.unwrap_or_default(), text("os_type")?);
    let (os_version, arch) = (version(&object)?, text("arch")?);
    let wanted = ManyWanted {
        count: read_count(&object)?,
        machine_types: parse_types(&machine_type),
        os_type: os_type.as_deref(),
        os_version: os_version.as_deref(),
        arch: arch.as_deref(),
    };
    if wanted.machine_types.is_empty() {
        return Err(Error::invalid("must specify machine_type"));
    }
    take(&wanted, &wish).await.map(JsonText)
}

async fn take(wanted: &ManyWanted<'_>, wish: &LockWish) -> Result<String> {
    let db = store::open().await?;
    for _ in 0..ATTEMPTS {
        let now = time::now();
        let taken = locks::take(db, wanted, wish, now).await?;
        if !taken.is_empty() {
            return Ok(nodes::shown_rows(db, &taken).await?);
        }
        let available = locks::available(db, wanted, now).await?;
        if available < wanted.count {
            return Err(Error::Unavailable(format!("only {available} nodes available")));
        }
    }
    Err(overtaken())
}

/// A whole number, also as `2.0`.
fn read_count(object: &RawObject<'_>) -> Result<i64> {
    let refused = || Error::field("count", "an integer");
    let value = object.get("count").map(|raw| fields::value("count", raw)).transpose()?;
    let Some(Value::Number(number)) = value else { return Err(refused()) };
    let whole = number.as_i64().or_else(|| number.to_string().strip_suffix(".0")?.parse().ok());
    match whole.ok_or_else(refused)? {
        count if count < 1 => Err(Error::invalid("cannot lock less than 1 node")),
        count => Ok(count),
    }
}

fn read_text(name: &str, raw: &RawValue) -> Result<Option<String>> {
    match fields::value(name, raw)? {
        Value::String(text) => Ok(Some(text)),
        Value::Null => Ok(None),
        _ => Err(Error::field(name, "text")),
    }
}

/// `22.04` is meant as text, as it is in the node.
fn version(object: &RawObject<'_>) -> Result<Option<String>> {
    let value = object.get("os_version").map(|raw| fields::text("os_version", raw)).transpose()?;
    Ok(value.and_then(|value| value.as_str().map(str::to_owned)))
}

/// `POST /nodes/unlock_many/`: unlocks all the named nodes, or none.
pub async fn unlock_many(body: JsonBody) -> Result<JsonText> {
    let object = body.object()?;
    let mut keys: Vec<&str> = object.pairs().map(|(key, _)| key).collect();
    keys.sort_unstable();
    keys.dedup();
    if keys != ["locked_by", "names"] {
        return Err(Error::invalid("must pass these fields: names, locked_by"));
    }
    let names = object.get("names").map_or(Ok(Vec::new()), read_names)?;
    let lock = LockWish { locked: Some(false), ..LockWish::parse(&object)? };
    if names.is_empty() {
        return Ok(JsonText("[]".to_owned()));
    }
    let change = NodeChange { lock, ..NodeChange::default() };
    let unlocked = apply(store::open().await?, &names, &change).await?.ok_or_else(not_all_there)?;
    let texts: Vec<&str> = names
        .iter()
        .filter_map(|name| unlocked.iter().find(|lock| lock.name == *name))
        .map(|lock| lock.json.as_str())
        .collect();
    Ok(JsonText(format!("[{}]", texts.join(","))))
}

/// Names without repetitions, in their order.
fn read_names(raw: &RawValue) -> Result<Vec<String>> {
    let kind = match fields::value("names", raw)? {
        Value::Array(elements) => {
            let mut seen = std::collections::HashSet::new();
            return elements
                .into_iter()
                .filter(|element| seen.insert(element.to_string()))
                .map(|element| match element {
                    Value::String(name) => Ok(name),
                    _ => Err(not_all_there()),
                })
                .collect();
        }
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Object(_) => "object",
    };
    Err(Error::invalid(format!("'names' must be a list; got: {kind}")))
}

fn not_all_there() -> Error {
    Error::invalid("Could not find all nodes!")
}

/// `GET /nodes/stale/`: nodes that are locked for a job which is finished or gone, each with `run`,
/// `job_id` and that job's `status` (null when it is gone); `owner=` and `machine_type=` cut them
/// down.
pub async fn stale(query: Query, here: Here) -> Result<Response> {
    let (owner, machine_type) = (query.non_empty("owner"), query.non_empty("machine_type"));
    let page = name_page(&query)?;
    let db = store::open().await?;
    let listing = locks::stale(db, owner, machine_type, page, time::now()).await?;
    Ok(lists::respond(listing, &here, &query))
}

/// `GET /nodes/{node}/history/`: what happened to a node's lock, latest first.
pub async fn history(Path(node): Path<String>, query: Query, here: Here) -> Result<Response> {
    let db = store::open().await?;
    let node = nodes::find(db, &node).await?.ok_or(NO_NODE)?;
    let page = Page::parse(&query, 100, 1000)?;
    let listing = locks::history(db, node, &page, time::now()).await?;
    Ok(lists::respond(listing, &here, &query))
}
