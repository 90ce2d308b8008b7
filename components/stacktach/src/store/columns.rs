//! The columns of the tables of usage by the names that the wire gives them: the value of the one
//! whose name an expression of the statement holds, in the row `u`.

macro_rules! launch_key {
    ($name:literal) => {
        concat!(
            "CASE ",
            $name,
            " WHEN 'id' THEN u.id WHEN 'instance' THEN u.instance
              WHEN 'launched_at' THEN u.launched_us WHEN 'request_id' THEN u.request_id
              WHEN 'instance_type_id' THEN u.instance_type_id
              WHEN 'instance_flavor_id' THEN u.instance_flavor_id
              WHEN 'tenant' THEN u.tenant WHEN 'os_architecture' THEN u.os_architecture
              WHEN 'os_distro' THEN u.os_distro WHEN 'os_version' THEN u.os_version
              WHEN 'rax_options' THEN u.rax_options END"
        )
    };
}

macro_rules! delete_key {
    ($name:literal) => {
        concat!(
            "CASE ",
            $name,
            " WHEN 'id' THEN u.id WHEN 'instance' THEN u.instance
              WHEN 'launched_at' THEN u.launched_us WHEN 'deleted_at' THEN u.deleted_us
              WHEN 'raw' THEN u.raw END"
        )
    };
}

macro_rules! exists_key {
    ($name:literal) => {
        concat!(
            "CASE ",
            $name,
            " WHEN 'id' THEN u.id WHEN 'instance' THEN u.instance
              WHEN 'launched_at' THEN u.launched_us WHEN 'deleted_at' THEN u.deleted_us
              WHEN 'audit_period_beginning' THEN u.audit_beginning_us
              WHEN 'audit_period_ending' THEN u.audit_ending_us
              WHEN 'message_id' THEN u.message_id
              WHEN 'instance_type_id' THEN u.instance_type_id
              WHEN 'instance_flavor_id' THEN u.instance_flavor_id
              WHEN 'status' THEN u.status WHEN 'fail_reason' THEN u.fail_reason
              WHEN 'raw' THEN u.raw WHEN 'usage' THEN u.usage_id WHEN 'delete' THEN u.delete_id
              WHEN 'send_status' THEN u.send_status WHEN 'tenant' THEN u.tenant
              WHEN 'os_architecture' THEN u.os_architecture WHEN 'os_distro' THEN u.os_distro
              WHEN 'os_version' THEN u.os_version WHEN 'rax_options' THEN u.rax_options
              WHEN 'bandwidth_public_out' THEN u.bandwidth_public_out
              WHEN 'event_id' THEN u.event_id WHEN 'received' THEN u.received_us END"
        )
    };
}

macro_rules! image_key {
    ($name:literal) => {
        concat!(
            "CASE ",
            $name,
            " WHEN 'id' THEN u.id WHEN 'uuid' THEN u.uuid WHEN 'created_at' THEN u.created_us
              WHEN 'owner' THEN u.owner WHEN 'size' THEN u.size
              WHEN 'last_raw' THEN u.last_raw END"
        )
    };
}

macro_rules! image_delete_key {
    ($name:literal) => {
        concat!(
            "CASE ",
            $name,
            " WHEN 'id' THEN u.id WHEN 'uuid' THEN u.uuid WHEN 'deleted_at' THEN u.deleted_us
              WHEN 'raw' THEN u.raw END"
        )
    };
}

macro_rules! image_exists_key {
    ($name:literal) => {
        concat!(
            "CASE ",
            $name,
            " WHEN 'id' THEN u.id WHEN 'uuid' THEN u.uuid WHEN 'created_at' THEN u.created_us
              WHEN 'deleted_at' THEN u.deleted_us
              WHEN 'audit_period_beginning' THEN u.audit_beginning_us
              WHEN 'audit_period_ending' THEN u.audit_ending_us
              WHEN 'status' THEN u.status WHEN 'fail_reason' THEN u.fail_reason
              WHEN 'raw' THEN u.raw WHEN 'usage' THEN u.usage_id WHEN 'delete' THEN u.delete_id
              WHEN 'send_status' THEN u.send_status WHEN 'owner' THEN u.owner
              WHEN 'size' THEN u.size WHEN 'message_id' THEN u.message_id
              WHEN 'event_id' THEN u.event_id WHEN 'received' THEN u.received_us END"
        )
    };
}

pub(super) use {
    delete_key, exists_key, image_delete_key, image_exists_key, image_key, launch_key,
};
