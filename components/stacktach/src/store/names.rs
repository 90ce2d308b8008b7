//! `stacktach_names` and `stacktach_hosts`: what has been seen, counted as it comes.

use assay_db::{Db, Result, params};

use crate::domain::services::Service;

/// Numbers of services as JSON, for `IN (SELECT value FROM json_each(...))`.
fn numbers(services: &[Service]) -> String {
    let numbers: Vec<i64> = services.iter().map(|service| service.number()).collect();
    serde_json::Value::from(numbers).to_string()
}

/// The table of event names. Index: the primary key.
pub async fn events(db: Db, services: &[Service]) -> Result<String> {
    const SQL: &str = r#"
        SELECT '[["Event Name"]' || ifnull(group_concat(',' || json_array(event), ''), '') || ']'
          FROM (SELECT DISTINCT n.event
                  FROM json_each(?1) AS s
                 CROSS JOIN stacktach_names AS n ON n.svc = s.value
                 ORDER BY n.event)"#;
    Ok(db.text(SQL, params![numbers(services)]).await?.unwrap_or_default())
}

/// The table of hosts. Index: the primary key.
pub async fn hosts(db: Db, services: &[Service]) -> Result<String> {
    const SQL: &str = r#"
        SELECT '[["Host Name"]' || ifnull(group_concat(',' || json_array(host), ''), '') || ']'
          FROM (SELECT DISTINCT h.host
                  FROM json_each(?1) AS s
                 CROSS JOIN stacktach_hosts AS h ON h.svc = s.value
                 ORDER BY h.host)"#;
    Ok(db.text(SQL, params![numbers(services)]).await?.unwrap_or_default())
}
