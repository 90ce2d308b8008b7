//! Everything about one instance in one answer. Its lists are bounded: the newest of each.

use assay_db::{Db, Result, params, wire_time};

use super::durations::duration;
use crate::domain::uuids;

/// A key of the answer with a list under it: the shape of an item, and where items come from. `l` is
/// the lifecycle of the instance.
macro_rules! list {
    ($key:literal, $shape:expr, $from:literal) => {
        concat!(
            "'",
            $key,
            "', json((SELECT json_group_array(json_object(",
            $shape,
            ")) FROM (SELECT ",
            $from,
            ")))"
        )
    };
}

const SQL: &str = concat!(
    "SELECT json_object('instance', l.instance, 'state', l.last_state,
                        'task_state', l.last_task_state, 'deployment', d.name, ",
    list!(
        "timings",
        concat!(
            "'name', name, 'start', ",
            wire_time!("start_us"),
            ", 'end', ",
            wire_time!("end_us"),
            ", 'time', ",
            duration!("diff_us"),
            ", 'request_id', request_id"
        ),
        "name, start_us, end_us, diff_us, request_id
           FROM stacktach_timings INDEXED BY stacktach_timings_by_instance
          WHERE instance = l.instance ORDER BY id DESC LIMIT 1000"
    ),
    ", ",
    list!(
        "launches",
        concat!(
            "'id', id, 'launched_at', ",
            wire_time!("launched_us"),
            ", 'request_id', request_id, 'instance_type_id', instance_type_id,
             'instance_flavor_id', instance_flavor_id, 'tenant', tenant,
             'os_architecture', os_architecture, 'os_distro', os_distro,
             'os_version', os_version, 'rax_options', rax_options"
        ),
        "id, launched_us, request_id, instance_type_id, instance_flavor_id, tenant,
                os_architecture, os_distro, os_version, rax_options
           FROM stacktach_launches
          WHERE instance = l.instance ORDER BY launched_us LIMIT 1000"
    ),
    ", ",
    list!(
        "deletes",
        concat!(
            "'id', id, 'launched_at', ",
            wire_time!("launched_us"),
            ", 'deleted_at', ",
            wire_time!("deleted_us")
        ),
        "id, launched_us, deleted_us
           FROM stacktach_deletes
          WHERE instance = l.instance ORDER BY launched_us LIMIT 1000"
    ),
    ", ",
    list!(
        "exists",
        concat!(
            "'id', id, 'launched_at', ",
            wire_time!("launched_us"),
            ", 'deleted_at', ",
            wire_time!("deleted_us"),
            ", 'audit_period_beginning', ",
            wire_time!("audit_beginning_us"),
            ", 'audit_period_ending', ",
            wire_time!("audit_ending_us"),
            ", 'message_id', message_id, 'status', status, 'fail_reason', fail_reason,
             'send_status', send_status"
        ),
        "id, launched_us, deleted_us, audit_beginning_us, audit_ending_us, message_id, status,
                fail_reason, send_status
           FROM stacktach_exists
          WHERE instance = l.instance ORDER BY launched_us DESC, id DESC LIMIT 1000"
    ),
    ", ",
    list!(
        "requests",
        concat!(
            "'request_id', request_id, 'start', ",
            wire_time!("start_us"),
            ", 'event', event, 'time', ",
            duration!("duration_us")
        ),
        "request_id, start_us, event, duration_us
           FROM stacktach_trackers
          WHERE instance = l.instance ORDER BY start_us DESC LIMIT 1000"
    ),
    ", ",
    list!(
        "last_events",
        concat!(
            "'id', id, 'when', ",
            wire_time!("when_us"),
            ", 'event', event, 'host', host, 'state', state, 'old_state', old_state,
             'old_task', old_task, 'task', task, 'request_id', request_id,
             'routing_key', routing_key"
        ),
        "id, when_us, event, host, state, old_state, old_task, task, request_id, routing_key
           FROM stacktach_events
          WHERE svc = 1 AND uuid = l.instance ORDER BY when_us DESC, id DESC LIMIT 20"
    ),
    ")
      FROM stacktach_lifecycles AS l
     CROSS JOIN stacktach_deployments AS d ON d.id = l.deployment_id
     WHERE l.instance IN (?1, ?2)
     ORDER BY l.last_event DESC
     LIMIT 1"
);

/// What is known of an instance as a JSON object; `None` when nothing is. Indexes: the key of
/// `stacktach_lifecycles`, and of each other table the one by instance.
pub async fn show(db: Db, uuid: &str) -> Result<Option<String>> {
    let [dashed, plain] = uuids::both_forms(uuid);
    db.text(SQL, params![dashed, plain]).await
}
