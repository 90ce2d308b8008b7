//! `paddles_nodes`, but for locks (see [`super::locks`]).

use assay_db::{Db, FromRow, Result, Row, params};
use serde_json::{Value, json};

use super::Listing;
use crate::domain::nodes::NodeChange;

/// What nodes must have; what is `None` does not matter.
#[derive(Debug, Default)]
pub struct NodeFilter<'a> {
    /// One of these types.
    pub machine_types: Option<Vec<&'a str>>,
    /// Who has it locked.
    pub locked_by: Option<&'a str>,
    /// Whether somebody has it locked.
    pub locked: Option<bool>,
    /// Whether it is up.
    pub up: Option<bool>,
    /// The operating system.
    pub os_type: Option<&'a str>,
    /// Its version.
    pub os_version: Option<&'a str>,
}

/// A page of a list by name.
#[derive(Clone, Copy, Debug)]
pub struct NamePage<'a> {
    /// How many.
    pub count: u32,
    /// The last name of the page before.
    pub after: Option<&'a str>,
}

struct NodeRow(i64);

impl FromRow for NodeRow {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        row.int("id").map(Self)
    }
}

/// A node's row by its name. Index: the unique name.
pub async fn find(db: Db, name: &str) -> Result<Option<i64>> {
    const SQL: &str = "SELECT id FROM paddles_nodes WHERE name = ?1";
    Ok(db.one::<NodeRow>(SQL, params![name]).await?.map(|node| node.0))
}

/// A node's JSON object. Index: the unique name.
pub async fn shown(db: Db, name: &str) -> Result<Option<String>> {
    const SQL: &str = "SELECT node FROM paddles_node_texts WHERE name = ?1";
    db.text(SQL, params![name]).await
}

/// Some nodes as a JSON array, by name. Index: primary key.
pub async fn shown_rows(db: Db, ids: &[i64]) -> Result<String> {
    const SQL: &str = "
        SELECT '[' || coalesce(group_concat(node, ','), '') || ']'
          FROM (SELECT n.node
                  FROM json_each(?1) AS picked
                 CROSS JOIN paddles_node_texts AS n ON n.id = picked.value
                 ORDER BY n.name)";
    Ok(db.text(SQL, params![json!(ids).to_string()]).await?.unwrap_or_default())
}

/// Stores a new node; false when the name is taken or there is no such host.
pub async fn insert(db: Db, name: &str, new: &NodeChange, now: i64) -> Result<bool> {
    const SQL: &str = "
        INSERT INTO paddles_nodes
               (name, up, machine_type, arch, os_type, os_version, mac_address, ssh_pub_key,
                is_vm, vm_host_id, description, locked, locked_by, locked_since, lease_until)
        SELECT ?1, ?2 ->> 'up', ?2 ->> 'machine_type', ?2 ->> 'arch', ?2 ->> 'os_type',
               ?2 ->> 'os_version', ?2 ->> 'mac_address', ?2 ->> 'ssh_pub_key',
               coalesce(?2 ->> 'is_vm', 0),
               (SELECT id FROM paddles_nodes WHERE name = ?2 ->> 'vm_host'),
               ?3, ?4, iif(?4, ?5, NULL), iif(?4, ?6, NULL), iif(?4, ?6 + ?7, NULL)
         WHERE ?2 ->> 'vm_host' IS NULL
            OR EXISTS (SELECT 1 FROM paddles_nodes WHERE name = ?2 ->> 'vm_host')
            ON CONFLICT (name) DO NOTHING
        RETURNING id";
    let params = params![
        name,
        Value::from(new.fields.clone()).to_string(),
        new.lock.reason(),
        new.lock.locked.unwrap_or_default(),
        new.lock.asker(),
        now,
        new.lock.lease,
    ];
    db.any(SQL, params).await
}

/// Deletes a node; false when there is none. Its jobs stay, its guests have no host then.
pub async fn delete(db: Db, name: &str) -> Result<bool> {
    const SQL: &str = "DELETE FROM paddles_nodes WHERE name = ?1 RETURNING id";
    db.any(SQL, params![name]).await
}

/// The names of a node and of the hosts above it, nearest first; empty when there is no such node.
/// Index: primary key.
pub async fn and_its_hosts(db: Db, name: &str) -> Result<Vec<String>> {
    const SQL: &str = "
        WITH RECURSIVE host (id, name, vm_host_id) AS (
            SELECT id, name, vm_host_id FROM paddles_nodes WHERE name = ?1
             UNION
            SELECT n.id, n.name, n.vm_host_id
              FROM host
             CROSS JOIN paddles_nodes AS n ON n.id = host.vm_host_id
        )
        SELECT json_group_array(name) FROM host";
    let names = db.text(SQL, params![name]).await?.unwrap_or_default();
    Ok(serde_json::from_str(&names).unwrap_or_default())
}

/// One list of conditions, one statement for each index.
macro_rules! listing {
    ($from:literal) => {
        concat!(
            "
SELECT '[' || coalesce(group_concat(node, ',') FILTER (WHERE k <= ?1), '') || ']' AS list,
       CASE WHEN count(*) > ?1 THEN max(name) FILTER (WHERE k <= ?1) END AS next
  FROM (SELECT t.node, page.name, row_number() OVER (ORDER BY page.name) AS k
          FROM (SELECT n.id, n.name ",
            $from,
            "
                   AND n.name > ?2
                   AND (?3 IS NULL OR n.machine_type IN (SELECT value FROM json_each(?3)))
                   AND (?4 IS NULL OR n.locked_by = ?4 AND n.free_from > ?9)
                   AND (?5 IS NULL OR (n.free_from > ?9) = ?5)
                   AND (?6 IS NULL OR n.up = ?6)
                   AND (?7 IS NULL OR n.os_type = ?7)
                   AND (?8 IS NULL OR n.os_version = ?8)
                 ORDER BY n.name
                 LIMIT ?1 + 1) AS page
         CROSS JOIN paddles_node_texts AS t ON t.id = page.id)"
        )
    };
}

/// A page of the nodes that match, by name. Walks `paddles_nodes_by_locker` or
/// `paddles_nodes_by_type` when that is asked for, else the unique name.
pub async fn list(
    db: Db,
    filter: &NodeFilter<'_>,
    page: NamePage<'_>,
    now: i64,
) -> Result<Listing> {
    const ALL: &str = listing!("FROM paddles_nodes AS n WHERE 1");
    const LOCKED_BY: &str = listing!("FROM paddles_nodes AS n WHERE n.locked_by = ?4");
    const OF_TYPES: &str = listing!(
        "FROM (SELECT DISTINCT value FROM json_each(?3)) AS wanted
         CROSS JOIN paddles_nodes AS n ON n.machine_type = wanted.value WHERE 1"
    );
    let sql = match filter {
        NodeFilter { locked_by: Some(_), .. } => LOCKED_BY,
        NodeFilter { machine_types: Some(_), .. } => OF_TYPES,
        _ => ALL,
    };
    let params = params![
        page.count,
        page.after.unwrap_or_default(),
        filter.machine_types.as_ref().map(|types| json!(types).to_string()),
        filter.locked_by,
        filter.locked,
        filter.up,
        filter.os_type,
        filter.os_version,
        now,
    ];
    Listing::of(db.one(sql, params).await?)
}

/// The types of all nodes, sorted, as a JSON array. Jumps through `paddles_nodes_by_type`.
pub async fn machine_types(db: Db) -> Result<String> {
    const SQL: &str = "
        WITH RECURSIVE found (machine_type) AS (
            SELECT min(machine_type) FROM paddles_nodes WHERE machine_type > ''
             UNION ALL
            SELECT (SELECT min(n.machine_type)
                      FROM paddles_nodes AS n
                     WHERE n.machine_type > found.machine_type)
              FROM found
             WHERE found.machine_type IS NOT NULL
        )
        SELECT json_group_array(machine_type) FILTER (WHERE machine_type IS NOT NULL) FROM found";
    Ok(db.text(SQL, params![]).await?.unwrap_or_default())
}
