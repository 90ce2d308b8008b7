//! `stacktach_bodies`: one event, whole.

use assay_db::{Db, FromRow, Result, Row, params, wire_time};

use crate::domain::services::Service;

/// What is shown of one event.
pub struct Shown {
    /// The table of its fields, as JSON.
    pub table: String,
    /// Where it was published.
    pub routing_key: String,
    /// The notification.
    pub body: String,
    /// The instance or image.
    pub uuid: Option<String>,
}

impl FromRow for Shown {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            table: row.text("fields")?,
            routing_key: row.text("routing_key")?,
            body: row.text("body")?,
            uuid: row.text_or_null("uuid")?,
        })
    }
}

/// One event of a service. Index: the primary keys.
pub async fn show(db: Db, service: Service, id: i64) -> Result<Option<Shown>> {
    const SQL: &str = concat!(
        r##"
        SELECT json_array(
                   json_array('Key', 'Value'),
                   json_array('#', e.id),
                   json_array('When', "##,
        wire_time!("e.when_us"),
        r##"),
                   json_array('Deployment', d.name),
                   json_array('Category', e.routing_key),
                   json_array('Publisher', e.publisher),
                   json_array(iif(e.svc = 2, 'Status', 'State'), iif(e.svc = 2, e.status, e.state)),
                   json_array('Event', e.event),
                   json_array('Service', e.service),
                   json_array('Host', e.host),
                   json_array('UUID', e.uuid),
                   json_array('Req ID', e.request_id)) AS fields,
               e.routing_key, e.uuid, b.body
          FROM stacktach_events AS e
         CROSS JOIN stacktach_deployments AS d ON d.id = e.deployment_id
         CROSS JOIN stacktach_bodies AS b ON b.event_id = e.id
         WHERE e.id = ?1
           AND e.svc = ?2"##
    );
    db.one(SQL, params![id, service.number()]).await
}
