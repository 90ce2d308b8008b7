//! The feed in order of arrival, in which nothing that comes late is missed.

use assay_db::{Db, FromRow, Result, Row, params, wire_time};

/// An answer looks at no more events than this, however few of them match: it then ends early, and
/// its cursor goes on behind the last one looked at.
const MOST_LOOKED_AT: i64 = 20_000;

/// Which events are followed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Filter<'a> {
    /// Of this service.
    pub service: Option<i64>,
    /// Of the deployment of this name.
    pub deployment: Option<&'a str>,
    /// Of this name.
    pub event: Option<&'a str>,
    /// About this instance.
    pub instance: Option<&'a str>,
}

/// A piece of the feed.
pub struct Piece {
    /// Events as a JSON array.
    pub events: String,
    /// The cursor behind it.
    pub next: i64,
}

impl FromRow for Piece {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self { events: row.text("events")?, next: row.int("next")? })
    }
}

/// The shape of one event, and where a piece ends: behind its last event when it is full, else
/// behind all that was looked at. ?1 cursor, ?2 limit, ?3 how many are looked at.
macro_rules! piece {
    ($from:literal, $condition:literal) => {
        concat!(
            "WITH
             edge (id) AS MATERIALIZED (
                 SELECT ifnull(max(id), ?1)
                   FROM (SELECT id FROM ",
            $from,
            " AND id > ?1 ORDER BY id LIMIT ?3 + 0)
             ),
             picked AS MATERIALIZED (
                 SELECT id, svc, deployment_id, when_us, event, host, instance, request_id,
                        routing_key
                   FROM ",
            $from,
            " AND id > ?1 AND id <= (SELECT id FROM edge) AND ",
            $condition,
            "     ORDER BY id
                  LIMIT ?2 + 0
             )
             SELECT (SELECT json_group_array(json_object(
                                'id', p.id,
                                'service', CASE p.svc WHEN 1 THEN 'nova'
                                                      WHEN 2 THEN 'glance' ELSE 'generic' END,
                                'deployment', d.name, 'when', ",
            wire_time!("p.when_us"),
            ", 'event', p.event, 'host', p.host, 'instance', p.instance, 'request_id', p.request_id,
                                'routing_key', p.routing_key))
                       FROM picked AS p
                      CROSS JOIN stacktach_deployments AS d ON d.id = p.deployment_id) AS events,
                    iif((SELECT count(*) FROM picked) = ?2,
                        (SELECT ifnull(max(id), ?1) FROM picked),
                        (SELECT id FROM edge)) AS next"
        )
    };
}

/// What arrived after the cursor. Index: the primary key.
pub async fn events(db: Db, after: i64, limit: i64, filter: &Filter<'_>) -> Result<Option<Piece>> {
    const SQL: &str = piece!(
        "stacktach_events WHERE 1",
        "(?4 IS NULL OR svc = ?4)
         AND (?5 IS NULL OR deployment_id = (SELECT id FROM stacktach_deployments WHERE name = ?5))
         AND (?6 IS NULL OR event = ?6)
         AND (?7 IS NULL OR instance = ?7)"
    );
    read(db, SQL, after, limit, filter).await
}

/// The errors among them. Index: `stacktach_events_of_errors`.
pub async fn errors(db: Db, after: i64, limit: i64, filter: &Filter<'_>) -> Result<Option<Piece>> {
    const SQL: &str = piece!(
        "stacktach_events INDEXED BY stacktach_events_of_errors WHERE error IS NOT NULL",
        "(?4 IS NULL OR svc = ?4)
         AND (?5 IS NULL OR deployment_id = (SELECT id FROM stacktach_deployments WHERE name = ?5))
         AND (?6 IS NULL OR event = ?6)
         AND (?7 IS NULL OR instance = ?7)"
    );
    read(db, SQL, after, limit, filter).await
}

async fn read(
    db: Db,
    sql: &str,
    after: i64,
    limit: i64,
    filter: &Filter<'_>,
) -> Result<Option<Piece>> {
    let Filter { service, deployment, event, instance } = filter;
    // Without a filter each event that is looked at is one that is given.
    let looked_at = if *filter == Filter::default() { limit } else { MOST_LOOKED_AT };
    let params = params![after, limit, looked_at, *service, *deployment, *event, *instance];
    db.one(sql, params).await
}

/// The errors after the cursor, counted by what went wrong, most frequent first. Index:
/// `stacktach_events_by_error`.
pub async fn errors_by_text(db: Db, after: i64, limit: i64) -> Result<String> {
    const SQL: &str = "
        SELECT json_group_array(json_object('error', error, 'count', n,
                                            'first', first, 'last', last))
          FROM (SELECT error, count(*) AS n, min(id) AS first, max(id) AS last
                  FROM (SELECT id, error
                          FROM stacktach_events INDEXED BY stacktach_events_of_errors
                         WHERE error IS NOT NULL AND id > ?1
                         ORDER BY id DESC
                         LIMIT ?3 + 0)
                 GROUP BY error
                 ORDER BY n DESC, last DESC
                 LIMIT ?2 + 0)";
    Ok(db.text(SQL, params![after, limit, MOST_LOOKED_AT]).await?.unwrap_or_default())
}

/// The newest event's id, or zero.
pub async fn end(db: Db) -> Result<i64> {
    Ok(db.int("SELECT max(id) FROM stacktach_events", []).await?.unwrap_or_default())
}

/// What verification approved after the cursor: the notification that it would have published, from
/// the body of the audit. Index: the primary keys.
pub async fn verified(db: Db, after: i64, limit: i64) -> Result<Option<Piece>> {
    const SQL: &str = concat!(
        "WITH picked AS MATERIALIZED (
             SELECT v.id, v.svc, v.exists_id,
                    ifnull(x.message_id, i.message_id) AS message_id,
                    ifnull(x.raw, i.raw) AS raw,
                    ifnull(x.status, i.status) AS status,
                    ifnull(x.received_us, i.received_us) AS received_us
               FROM (SELECT id, svc, exists_id
                       FROM stacktach_verified
                      WHERE id > ?1
                      ORDER BY id
                      LIMIT ?2 + 0) AS v
               LEFT JOIN stacktach_exists AS x ON v.svc = 1 AND x.id = v.exists_id
               LEFT JOIN stacktach_image_exists AS i ON v.svc = 2 AND i.id = v.exists_id
         )
         SELECT (SELECT json_group_array(json_object(
                            'id', p.id,
                            'service', iif(p.svc = 1, 'nova', 'glance'),
                            'event_type', iif(p.svc = 1, 'compute.instance.exists', 'image.exists')
                                          || '.verified',
                            'message_id', p.message_id || '-verified-' || p.exists_id,
                            'original_message_id', p.message_id,
                            'status', p.status,
                            'exists_id', p.exists_id,
                            'timestamp', ",
        wire_time!("p.received_us"),
        ", 'notification', json(b.body)))
                   FROM picked AS p
                   LEFT JOIN stacktach_bodies AS b ON b.event_id = p.raw) AS events,
                (SELECT ifnull(max(id), ?1) FROM picked) AS next"
    );
    db.one(SQL, params![after, limit]).await
}

/// The newest approval's place, or zero.
pub async fn end_of_verified(db: Db) -> Result<i64> {
    Ok(db.int("SELECT max(id) FROM stacktach_verified", []).await?.unwrap_or_default())
}
