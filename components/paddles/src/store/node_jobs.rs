//! `paddles_job_nodes` and `paddles_node_counts`: which jobs ran on which nodes, and how they
//! ended.

use assay_db::{Db, Result, params};

use super::Place;
use crate::domain::cursors::{Cursor, Page};

/// A page of the jobs of a node, newest first, of one status and one name or any. Index:
/// `paddles_job_nodes_by_node`.
pub async fn pick(
    db: Db,
    node: i64,
    status: Option<&str>,
    name: Option<&str>,
    page: &Page,
) -> Result<Vec<Place>> {
    const SQL: &str = "
        SELECT l.posted AS at, l.job_id AS id
          FROM paddles_job_nodes AS l
         WHERE l.node_id = ?1
           AND (l.posted, l.job_id) < (?2, ?3)
           AND (?4 IS NULL OR ?4 = (SELECT status FROM paddles_jobs WHERE id = l.job_id))
           AND (?5 IS NULL OR ?5 = (SELECT d.fields ->> 'name'
                                      FROM paddles_job_details AS d
                                     WHERE d.job_id = l.job_id))
         ORDER BY l.posted DESC, l.job_id DESC
         LIMIT ?6 + 0 OFFSET ?7 + 0";
    let after = page.after.unwrap_or(Cursor { at: i64::MAX, id: i64::MAX });
    let params = params![node, after.at, after.id, status, name, page.limit(), page.sql_offset()];
    db.all(SQL, params).await
}

/// How many jobs of each status a node has had, zeros included, as a JSON object. Index: primary
/// key.
pub async fn counts(db: Db, node: i64) -> Result<String> {
    const SQL: &str = "
        SELECT json_group_object(word.value, coalesce(c.n, 0))
          FROM json_each(?2) AS word
          LEFT JOIN paddles_node_counts AS c ON c.node_id = ?1 AND c.status = word.value";
    const WORDS: &str = r#"["pass","fail","dead","running","waiting","queued","unknown"]"#;
    Ok(db.text(SQL, params![node, WORDS]).await?.unwrap_or_default())
}

/// How the jobs ended that were posted since then, per node, fewest jobs first, as a JSON object.
/// With a type, node and job must be of that type; a job may also be `multi`. Index:
/// `paddles_job_nodes_by_node`.
pub async fn recent_counts(db: Db, machine_type: Option<&str>, since: i64) -> Result<String> {
    const SQL: &str = "
        -- scan: every node is in the answer unless a type is asked for
        SELECT json_group_object(name, json(counts))
          FROM (SELECT name, json_group_object(status, n) AS counts
                  FROM (SELECT n.name, j.status, count(*) AS n
                          FROM paddles_nodes AS n
                         CROSS JOIN paddles_job_nodes AS l ON l.node_id = n.id AND l.posted >= ?2
                         CROSS JOIN paddles_jobs AS j ON j.id = l.job_id
                         WHERE (?1 IS NULL
                                OR n.machine_type = ?1 AND j.machine_type IN (?1, 'multi'))
                         GROUP BY n.id, j.status)
                 GROUP BY name
                 ORDER BY sum(n), name)";
    Ok(db.text(SQL, params![machine_type, since]).await?.unwrap_or_default())
}
