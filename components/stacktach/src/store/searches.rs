//! Picking events by any field.
//!
//! Fields that people search by have an index in the order of the answer. The others walk the
//! newest events until enough are found; `when_min` bounds that.

use assay_db::{Db, Result, Value, params};
use assay_web::time::Micros;

use super::events::Picked;
use crate::domain::lookups::{Comparison, Field, Lookup, Operand};
use crate::domain::services::Service;
use crate::extract::Page;

/// ?1 service, ?2 and ?3 from when until when, ?4 limit, ?5 offset, ?6 the operand.
macro_rules! picking {
    ($from:expr, $condition:expr) => {
        concat!(
            "SELECT json_group_array(id)
               FROM (SELECT id
                       FROM stacktach_events ",
            $from,
            " WHERE svc = ?1 AND when_us BETWEEN ?2 AND ?3 AND ",
            $condition,
            " ORDER BY when_us DESC, id DESC
                      LIMIT ?4 + 0 OFFSET ?5 + 0)"
        )
    };
}

/// All comparisons of one column; the first argument is how equal values are found.
macro_rules! comparing {
    ($index:literal, $column:literal, $comparison:expr) => {
        match $comparison {
            Comparison::Is => picking!($index, concat!($column, " = ?6")),
            Comparison::In => {
                picking!($index, concat!($column, " IN (SELECT value FROM json_each(?6))"))
            }
            Comparison::StartsWith => picking!(
                "INDEXED BY stacktach_events_by_when",
                concat!($column, " >= ?6 AND ", $column, " < ?6 || char(1114111)")
            ),
            Comparison::AtLeast => {
                picking!("INDEXED BY stacktach_events_by_when", concat!($column, " >= ?6"))
            }
            Comparison::AtMost => {
                picking!("INDEXED BY stacktach_events_by_when", concat!($column, " <= ?6"))
            }
            Comparison::IsNull => picking!(
                "INDEXED BY stacktach_events_by_when",
                concat!($column, " IS NULL AND ?6 IS NULL")
            ),
            Comparison::IsNotNull => picking!(
                "INDEXED BY stacktach_events_by_when",
                concat!($column, " IS NOT NULL AND ?6 IS NULL")
            ),
        }
    };
    ($column:literal, $comparison:expr) => {
        comparing!("INDEXED BY stacktach_events_by_when", $column, $comparison)
    };
}

/// The events that a lookup finds, newest first.
pub async fn pick(
    db: Db,
    service: Service,
    lookup: &Lookup,
    (from, until): (Micros, Micros),
    page: Page,
) -> Result<Picked> {
    let operand = match &lookup.operand {
        Operand::Text(text) => Value::Text(text.clone()),
        Operand::Number(number) => Value::Integer(*number),
        Operand::List(list) => Value::Text(list.to_string()),
        Operand::Nothing => Value::Null,
    };
    let params = params![service.number(), from, until, page.limit, page.offset, operand];
    let picked = db.text(statement(service, lookup), params).await?;
    Ok(Picked(picked.unwrap_or_default()))
}

fn statement(service: Service, lookup: &Lookup) -> &'static str {
    const IN_ERROR: &str =
        picking!("INDEXED BY stacktach_events_in_error", "state = 'error' AND ?6 IS NOT NULL");
    let comparison = lookup.comparison;
    match lookup.field {
        // Nova and the rest have the instance as their uuid, which has an index.
        Field::Instance if service == Service::Glance => comparing!("instance", comparison),
        Field::Uuid | Field::Instance => {
            comparing!("INDEXED BY stacktach_events_by_uuid", "uuid", comparison)
        }
        Field::RequestId => request_id(lookup),
        Field::Deployment => {
            comparing!("INDEXED BY stacktach_events_by_deployment", "deployment_id", comparison)
        }
        Field::DeploymentName => comparing!(
            "(SELECT name FROM stacktach_deployments WHERE id = deployment_id)",
            comparison
        ),
        Field::Event => comparing!("INDEXED BY stacktach_events_by_event", "event", comparison),
        Field::Host => comparing!("INDEXED BY stacktach_events_by_host", "host", comparison),
        Field::Tenant => comparing!("INDEXED BY stacktach_events_by_tenant", "tenant", comparison),
        Field::MessageId => comparing!("INDEXED BY stacktach_events_once", "dedupe", comparison),
        Field::Id => comparing!("NOT INDEXED", "id", comparison),
        Field::State
            if lookup.operand == Operand::Text("error".into()) && comparison == Comparison::Is =>
        {
            IN_ERROR
        }
        Field::State => comparing!("state", comparison),
        Field::When => comparing!("when_us", comparison),
        Field::Service => comparing!("service", comparison),
        Field::Publisher => comparing!("publisher", comparison),
        Field::RoutingKey => comparing!("routing_key", comparison),
        Field::OldState => comparing!("old_state", comparison),
        Field::OldTask => comparing!("old_task", comparison),
        Field::Task => comparing!("task", comparison),
        Field::Status => comparing!("status", comparison),
        Field::Owner => comparing!("owner", comparison),
        Field::ImageType => comparing!("image_type", comparison),
    }
}

/// Events without a request are not in the index.
fn request_id(lookup: &Lookup) -> &'static str {
    const INDEXED: &str =
        picking!("INDEXED BY stacktach_events_by_request", "request_id = ?6 AND request_id <> ''");
    match (&lookup.operand, lookup.comparison) {
        (Operand::Text(text), Comparison::Is) if !text.is_empty() => INDEXED,
        (_, comparison) => comparing!("request_id", comparison),
    }
}
