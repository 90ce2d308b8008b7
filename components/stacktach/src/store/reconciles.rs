//! `stacktach_reconciles`: what somebody found out about an instance that its notifications do not
//! say.

use assay_db::{Db, Result, params, wire_time};
use assay_web::time::Micros;

use crate::domain::reconciles::NewReconcile;

/// Stores a correction, instead of an earlier one of the same launch; gives it as a JSON object.
/// Index: `stacktach_reconciles_once`.
pub async fn put(db: Db, reconcile: &NewReconcile, now: Micros) -> Result<String> {
    const SQL: &str = concat!(
        "INSERT INTO stacktach_reconciles (row_created_us, row_updated_us, instance, launched_us,
                                           deleted_us, instance_type_id, instance_flavor_id, tenant,
                                           os_architecture, os_distro, os_version, rax_options,
                                           source)
         VALUES (?2, ?2, ?1 ->> 'instance', ?1 ->> 'launched_us', ?1 ->> 'deleted_us',
                 ?1 ->> 'instance_type_id', ?1 ->> 'instance_flavor_id', ?1 ->> 'tenant',
                 ?1 ->> 'os_architecture', ?1 ->> 'os_distro', ?1 ->> 'os_version',
                 ?1 ->> 'rax_options', ?1 ->> 'source')
             ON CONFLICT (instance, launched_us) DO UPDATE
            SET row_updated_us     = excluded.row_updated_us,
                deleted_us         = excluded.deleted_us,
                instance_type_id   = excluded.instance_type_id,
                instance_flavor_id = excluded.instance_flavor_id,
                tenant             = excluded.tenant,
                os_architecture    = excluded.os_architecture,
                os_distro          = excluded.os_distro,
                os_version         = excluded.os_version,
                rax_options        = excluded.rax_options,
                source             = excluded.source
         RETURNING json_object('id', id, 'row_created', ",
        wire_time!("row_created_us"),
        ", 'row_updated', ",
        wire_time!("row_updated_us"),
        ", 'instance', instance, 'launched_at', ",
        wire_time!("launched_us"),
        ", 'deleted_at', ",
        wire_time!("deleted_us"),
        ", 'instance_type_id', instance_type_id, 'instance_flavor_id', instance_flavor_id,
           'tenant', tenant, 'os_architecture', os_architecture, 'os_distro', os_distro,
           'os_version', os_version, 'rax_options', rax_options, 'source', source)"
    );
    let reconcile = serde_json::to_string(reconcile).unwrap_or_default();
    Ok(db.text(SQL, params![reconcile, now]).await?.unwrap_or_default())
}
