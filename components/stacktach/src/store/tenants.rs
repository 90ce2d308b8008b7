//! `stacktach_tenants`: the names of tenants, which billing keeps here.

use assay_db::{Db, Result, params, wire_time};
use assay_web::time::Micros;

use crate::domain::tenants::Tenant;

/// Stores tenants, each instead of what was known of it; all or none. Index: the primary key.
pub async fn put(db: Db, tenants: &[Tenant], now: Micros) -> Result<()> {
    const SQL: &str = "
        INSERT INTO stacktach_tenants (tenant, name, types, last_updated_us)
        SELECT e.value ->> 'tenant', e.value ->> 'name', e.value -> 'types', ?2
          FROM json_each(?1) AS e
         WHERE 1
         ORDER BY e.key
            ON CONFLICT (tenant) DO UPDATE
           SET name            = excluded.name,
               types           = excluded.types,
               last_updated_us = excluded.last_updated_us";
    let tenants = serde_json::to_string(tenants).unwrap_or_default();
    db.run(SQL, params![tenants, now]).await
}

/// One as a JSON object. Index: the primary key.
pub async fn one(db: Db, tenant: &str) -> Result<Option<String>> {
    const SQL: &str = concat!(
        "SELECT json_object('tenant', tenant, 'name', name, 'types', json(types), 'last_updated', ",
        wire_time!("last_updated_us"),
        ")
           FROM stacktach_tenants
          WHERE tenant = ?1"
    );
    db.text(SQL, params![tenant]).await
}
