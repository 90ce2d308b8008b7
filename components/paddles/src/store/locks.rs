//! Locks of nodes: columns of `paddles_nodes`, and `paddles_lock_log`.

use assay_db::{Db, FromRow, Result, Row, params};
use serde_json::{Map, Value, json};

use super::Listing;
use super::nodes::NamePage;
use crate::domain::cursors::{Cursor, Page};
use crate::domain::locks::{LockState, LockWish};

/// A node that was changed, or asked about.
pub struct Lock {
    /// The node's name.
    pub name: String,
    /// What locking answers: a short JSON object.
    pub json: String,
}

impl FromRow for Lock {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self { name: row.text("name")?, json: row.text("lock")? })
    }
}

impl FromRow for LockState {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            locked: row.flag("locked")?,
            locked_by: row.text_or_null("locked_by")?,
            description: row.text_or_null("description")?,
        })
    }
}

struct Id(i64);

impl FromRow for Id {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        row.int("id").map(Self)
    }
}

/// Changes all the named nodes, or none; gives nothing when the rules forbid it for one of them,
/// one is not there, or the host that is wanted cannot be. Names must not repeat. Index: the unique
/// name.
pub async fn change(
    db: Db,
    names: &[String],
    wish: &LockWish,
    fields: &Map<String, Value>,
    now: i64,
) -> Result<Vec<Lock>> {
    const SQL: &str = include_str!("node_change.sql");
    let params = params![
        json!(names).to_string(),
        wish.locked,
        wish.asker(),
        wish.reason(),
        wish.description.is_some(),
        wish.lease.map(|lease| now + lease),
        now,
        Value::from(fields.clone()).to_string(),
    ];
    db.all(SQL, params).await
}

/// A node's lock as it is. Index: the unique name.
pub async fn shown(db: Db, name: &str, now: i64) -> Result<Option<Lock>> {
    const SQL: &str = "
        SELECT name,
               json_object(
                   'name', name,
                   'locked', json(iif(free_from > ?2, 'true', 'false')),
                   'locked_by', iif(free_from > ?2, locked_by, NULL),
                   'machine_type', machine_type,
                   'is_vm', json(iif(is_vm, 'true', 'false'))) AS lock
          FROM paddles_nodes
         WHERE name = ?1";
    db.one(SQL, params![name, now]).await
}

/// The locks of those of the nodes that are there, in the order named. Index: the unique name.
pub async fn states(db: Db, names: &[String], now: i64) -> Result<Vec<LockState>> {
    const SQL: &str = "
        SELECT n.free_from > ?2 AS locked, n.locked_by, n.description
          FROM json_each(?1) AS named
         CROSS JOIN paddles_nodes AS n ON n.name = named.value
         ORDER BY named.key";
    db.all(SQL, params![json!(names).to_string(), now]).await
}

/// What `lock_many` wants.
#[derive(Debug)]
pub struct ManyWanted<'a> {
    /// How many nodes.
    pub count: i64,
    /// Of one of these types.
    pub machine_types: Vec<&'a str>,
    /// With this operating system, of this version, on this architecture.
    pub os_type: Option<&'a str>,
    /// See `os_type`.
    pub os_version: Option<&'a str>,
    /// See `os_type`.
    pub arch: Option<&'a str>,
}

/// Locks so many nodes that are up, free and fit, the first by name, or none; gives their rows.
/// Index: `paddles_nodes_by_type`.
pub async fn take(db: Db, wanted: &ManyWanted<'_>, wish: &LockWish, now: i64) -> Result<Vec<i64>> {
    const SQL: &str = include_str!("lock_many.sql");
    let params = params![
        json!(wanted.machine_types).to_string(),
        wanted.count,
        wanted.os_type,
        wanted.os_version,
        wanted.arch,
        now,
        wish.asker(),
        wish.reason(),
        wish.lease.map(|lease| now + lease),
    ];
    let taken: Vec<Id> = db.all(SQL, params).await?;
    Ok(taken.into_iter().map(|node| node.0).collect())
}

/// How many nodes [`take`] could choose from. Index: `paddles_nodes_by_type`.
pub async fn available(db: Db, wanted: &ManyWanted<'_>, now: i64) -> Result<i64> {
    const SQL: &str = "
        SELECT count(*) AS id
          FROM (SELECT DISTINCT value FROM json_each(?1)) AS wanted
         CROSS JOIN paddles_nodes AS n ON n.machine_type = wanted.value
         WHERE n.up
           AND n.free_from <= ?2
           AND (?3 IS NULL OR n.os_type = ?3)
           AND (?4 IS NULL OR n.os_version = ?4)
           AND (?5 IS NULL OR n.arch = ?5)";
    let types = json!(wanted.machine_types).to_string();
    let params = params![types, now, wanted.os_type, wanted.os_version, wanted.arch];
    Ok(db.one::<Id>(SQL, params).await?.map_or(0, |count| count.0))
}

/// A page of the nodes that are locked for a job which is finished or gone, by name. Index:
/// `paddles_nodes_by_locker`.
pub async fn stale(
    db: Db,
    owner: Option<&str>,
    machine_type: Option<&str>,
    page: NamePage<'_>,
    now: i64,
) -> Result<Listing> {
    const SQL: &str = include_str!("stale.sql");
    let params = params![page.count, page.after.unwrap_or_default(), owner, machine_type, now];
    Listing::of(db.one(SQL, params).await?)
}

/// A page of what happened to a node's lock, latest first. A lease that has ended is in it, though
/// no statement ended it. Index: `paddles_lock_log_by_node`.
pub async fn history(db: Db, node: i64, page: &Page, now: i64) -> Result<Listing> {
    const SQL: &str = include_str!("lock_history.sql");
    let last = Cursor { at: i64::MAX, id: i64::MAX };
    let after = page.after.unwrap_or(last);
    let params = params![node, now, after.id, page.count, page.limit(), page.sql_offset()];
    Listing::of(db.one(SQL, params).await?)
}
