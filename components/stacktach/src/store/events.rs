//! `stacktach_events`: picking rows by what is asked most, and showing picked rows as a table.

use assay_db::{Db, Result, params, wire_time};
use assay_web::time::Micros;

use crate::domain::services::Service;
use crate::domain::uuids;
use crate::extract::Page;

/// Ids of events, a JSON array.
pub struct Picked(pub(super) String);

impl Picked {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0 == "[]" || self.0.is_empty()
    }
}

/// What distinguishes the two tables of nova's events, which is all in the last title.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Titles {
    /// Of an instance: `Task`.
    Instance,
    /// Of a request or a search: `Task'`.
    Other,
}

/// The events of an instance or image, oldest first, its id written with dashes or without. Index:
/// `..._by_uuid`.
pub async fn of_uuid(
    db: Db,
    service: Service,
    uuid: &str,
    (from, until): (Micros, Micros),
    page: Page,
) -> Result<Picked> {
    const SQL: &str = "
        SELECT json_group_array(id)
          FROM (SELECT id
                  FROM stacktach_events INDEXED BY stacktach_events_by_uuid
                 WHERE svc = ?1
                   AND uuid IN (?2, ?3)
                   AND when_us BETWEEN ?4 AND ?5
                 ORDER BY when_us, id
                 LIMIT ?6 + 0 OFFSET ?7 + 0)";
    let [dashed, plain] = uuids::both_forms(uuid);
    let params = params![service.number(), dashed, plain, from, until, page.limit, page.offset];
    Ok(Picked(db.text(SQL, params).await?.unwrap_or_default()))
}

/// Nova's events of a request, oldest first. Index: `..._by_request`.
pub async fn of_request(
    db: Db,
    request_id: &str,
    (from, until): (Micros, Micros),
    page: Page,
) -> Result<Picked> {
    const SQL: &str = "
        SELECT json_group_array(id)
          FROM (SELECT id
                  FROM stacktach_events INDEXED BY stacktach_events_by_request
                 WHERE svc = ?1
                   AND request_id = ?2
                   AND request_id <> ''
                   AND when_us BETWEEN ?3 AND ?4
                 ORDER BY when_us, id
                 LIMIT ?5 + 0 OFFSET ?6 + 0)";
    let params = params![Service::Nova.number(), request_id, from, until, page.limit, page.offset];
    Ok(Picked(db.text(SQL, params).await?.unwrap_or_default()))
}

/// The cells of picked events, in their order. The first five are the same for every service.
macro_rules! rows {
    ($cells:literal) => {
        concat!(
            "SELECT group_concat(cells, ',')
               FROM (SELECT json_array(e.id, iif(substr(e.routing_key, -5) = 'error', 'E', ' '), ",
            wire_time!("e.when_us"),
            ", d.name, e.event, ",
            $cells,
            ") AS cells
                       FROM json_each(?1) AS picked
                      CROSS JOIN stacktach_events AS e ON e.id = picked.value
                      CROSS JOIN stacktach_deployments AS d ON d.id = e.deployment_id
                      ORDER BY picked.key)"
        )
    };
}

/// Picked events as a table.
pub async fn table(
    db: Db,
    service: Service,
    titles: Titles,
    Picked(picked): &Picked,
) -> Result<String> {
    let (sql, titles) = match (service, titles) {
        (Service::Nova, Titles::Instance) => {
            (rows!("e.host, e.state, e.old_state, e.old_task"), r#""Host","State","State'","Task""#)
        }
        (Service::Nova, Titles::Other) => (
            rows!("e.host, e.state, e.old_state, e.old_task"),
            r#""Host","State","State'","Task'""#,
        ),
        (Service::Glance, _) => (rows!("e.host, e.status"), r#""Host","Status""#),
        (Service::Generic, _) => {
            (rows!("e.host, e.instance, e.request_id"), r#""Host","Instance","Request id""#)
        }
    };
    let rows = db.text(sql, params![picked]).await?;
    let rows = rows.map(|rows| format!(",{rows}")).unwrap_or_default();
    Ok(format!(r##"[["#","?","When","Deployment","Event",{titles}]{rows}]"##))
}
