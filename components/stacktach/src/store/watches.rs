//! The live feed by event time: `/stacky/watch/`.

use assay_db::{Db, FromRow, Result, Row, params, wire_time};
use assay_web::time::Micros;

use crate::domain::services::Service;

/// Which events are watched.
#[derive(Debug)]
pub struct Watch<'a> {
    /// Of this service.
    pub service: Service,
    /// Of this deployment; `None` = all.
    pub deployment: Option<i64>,
    /// Of this name.
    pub event: Option<&'a str>,
    /// Later than this.
    pub since: Micros,
    /// And not later than this.
    pub until: Micros,
}

/// What is seen.
pub struct Seen {
    /// The length of the longest event name of the service.
    pub longest_name: i64,
    /// The events as JSON.
    pub rows: String,
    /// When the last one shown was, if there are more.
    pub cut_at: Option<Micros>,
}

impl FromRow for Seen {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            longest_name: row.int("longest_name")?,
            rows: row.text("rows")?,
            cut_at: row.int_or_null("cut_at")?,
        })
    }
}

/// ?1 service, ?2 and ?3 from when until when, ?4 deployment, ?5 event. At most 1000 events, and
/// with the last one all of that very moment, so that whoever goes on from there has seen each
/// once.
macro_rules! watching {
    ($filter:literal) => {
        concat!(
            "WITH
             cut (at) AS MATERIALIZED (
                 SELECT max(when_us)
                   FROM (SELECT when_us
                           FROM stacktach_events
                          WHERE svc = ?1 AND when_us > ?2 AND when_us <= ?3 AND ",
            $filter,
            "         ORDER BY when_us
                          LIMIT 1000)
                 HAVING count(*) = 1000
             ),
             seen AS MATERIALIZED (
                 SELECT id, deployment_id, when_us, event, uuid,
                        substr(routing_key, -5) = 'error' AS is_error
                   FROM stacktach_events
                  WHERE svc = ?1
                    AND when_us > ?2
                    AND when_us <= ifnull((SELECT at FROM cut), ?3)
                    AND ",
            $filter,
            "     ORDER BY when_us, id
             )
             SELECT (SELECT ifnull(max(length(event)), 0)
                       FROM stacktach_names
                      WHERE svc = ?1) AS longest_name,
                    (SELECT at FROM cut) AS cut_at,
                    (SELECT json_group_array(json(cells))
                       FROM (SELECT json_array(s.id, iif(s.is_error, 'E', ' '), substr(",
            wire_time!("s.when_us"),
            ", 1, 10), substr(",
            wire_time!("s.when_us"),
            ", 12), d.name, s.event, ifnull(nullif(s.uuid, ''), '-')) AS cells
                               FROM seen AS s
                              CROSS JOIN stacktach_deployments AS d ON d.id = s.deployment_id
                              ORDER BY s.when_us, s.id)) AS rows"
        )
    };
}

/// Looks once. Indexes: `stacktach_events_by_when`, `..._by_deployment`, `..._by_event`.
pub async fn look(db: Db, watch: &Watch<'_>) -> Result<Option<Seen>> {
    let sql = match (watch.event, watch.deployment) {
        (None, None) => watching!("?4 IS NULL AND ?5 IS NULL"),
        (None, Some(_)) => watching!("deployment_id = ?4 AND ?5 IS NULL"),
        (Some(_), None) => watching!("event = ?5 AND ?4 IS NULL"),
        (Some(_), Some(_)) => watching!("event = ?5 AND +deployment_id = ?4"),
    };
    let Watch { service, deployment, event, since, until } = watch;
    db.one(sql, params![service.number(), *since, *until, *deployment, *event]).await
}
