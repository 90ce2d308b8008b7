//! `stacktach_reports`: reports that somebody stored.

use assay_db::{Db, Result, params};
use assay_web::time::Micros;

use crate::domain::reports::Search;
use crate::domain::services::Service;
use crate::extract::Page;

/// Unix seconds as a JSON number that always has a decimal point: stacky reads it as a decimal.
macro_rules! unix {
    ($column:literal) => {
        concat!(
            "json(iif(",
            $column,
            " < 0, '-', '') || abs(",
            $column,
            " / 1000000) || '.'
                  || ifnull(nullif(rtrim(printf('%06d', abs(",
            $column,
            " % 1000000)), '0'), ''), '0'))"
        )
    };
}

/// Whole seconds as text.
macro_rules! seconds {
    ($column:literal) => {
        concat!("strftime('%Y-%m-%d %H:%M:%S', ", $column, " / 1000000, 'unixepoch')")
    };
}

/// Stores one; gives its id.
pub async fn insert(
    db: Db,
    (name, version): (&str, i64),
    (start, end): (Micros, Micros),
    created: Micros,
    json: &str,
) -> Result<i64> {
    const SQL: &str = "
        INSERT INTO stacktach_reports (name, version, period_start_us, period_end_us, created_us,
                                       json)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)
        RETURNING id";
    let params = params![name, version, start, end, created, json];
    Ok(db.int(SQL, params).await?.unwrap_or_default())
}

/// The document of one, as it was stored. Index: the primary key.
pub async fn json(db: Db, id: i64) -> Result<Option<String>> {
    db.text("SELECT json FROM stacktach_reports WHERE id = ?1", params![id]).await
}

/// A page of those made in a period, both ends included, by id. Index:
/// `stacktach_reports_by_created`.
pub async fn table(db: Db, (from, to): (Micros, Micros), page: Page) -> Result<String> {
    const SQL: &str = concat!(
        "SELECT json_group_array(json(cells))
           FROM (SELECT json_array('Id', 'Start', 'End', 'Created', 'Name', 'Version') AS cells
                  UNION ALL
                 SELECT json_array(r.id, ",
        unix!("r.period_start_us"),
        ", ",
        unix!("r.period_end_us"),
        ", ",
        unix!("r.created_us"),
        ", r.name, r.version)
                   FROM (SELECT id
                           FROM stacktach_reports INDEXED BY stacktach_reports_by_created
                          WHERE created_us BETWEEN ?1 AND ?2
                          ORDER BY id
                          LIMIT ?3 + 0 OFFSET ?4 + 0) AS picked
                  CROSS JOIN stacktach_reports AS r ON r.id = picked.id)"
    );
    Ok(db.text(SQL, params![from, to, page.limit, page.offset]).await?.unwrap_or_default())
}

/// ?1 and ?2 limit and offset, ?3 id, ?4 name, ?5 and ?6 from and until when made, ?7 start, ?8
/// end.
macro_rules! found {
    ($from:literal) => {
        concat!(
            "SELECT json_group_array(json(cells))
               FROM (SELECT json_array('Id', 'Start', 'End', 'Created', 'Name', 'Version') AS cells
                      UNION ALL
                     SELECT json_array(r.id, ",
            seconds!("r.period_start_us"), ", ", seconds!("r.period_end_us"), ", ",
            seconds!("r.created_us"),
            ", r.name, r.version)
                       FROM (SELECT id
                               FROM stacktach_reports ", $from, "
                                AND (?3 IS NULL OR id = ?3)
                                AND (?4 IS NULL OR name = ?4)
                                AND (?5 IS NULL OR (created_us >= ?5 AND created_us < ?6))
                                AND (?7 IS NULL OR period_start_us = ?7)
                                AND (?8 IS NULL OR period_end_us = ?8)
                              ORDER BY id DESC
                              LIMIT ?1 + 0 OFFSET ?2 + 0) AS picked
                      CROSS JOIN stacktach_reports AS r ON r.id = picked.id)"
        )
    };
}

/// A page of those that match, latest first. Index: that of the first field of this list that is
/// asked for: id, period_start, period_end, created, name; else the primary key.
pub async fn search(db: Db, search: &Search, page: Page) -> Result<String> {
    let sql = if search.id.is_some() {
        found!("WHERE id = ?3")
    } else if search.period_start.is_some() {
        found!("INDEXED BY stacktach_reports_by_start WHERE period_start_us = ?7")
    } else if search.period_end.is_some() {
        found!("INDEXED BY stacktach_reports_by_end WHERE period_end_us = ?8")
    } else if search.created.is_some() {
        found!("INDEXED BY stacktach_reports_by_created WHERE created_us >= ?5 AND created_us < ?6")
    } else if search.name.is_some() {
        found!("INDEXED BY stacktach_reports_by_name WHERE name = ?4")
    } else {
        found!("NOT INDEXED WHERE 1")
    };
    let (from, until) = search.created.unzip();
    let params = params![
        page.limit,
        page.offset,
        search.id,
        search.name.as_deref(),
        from,
        until,
        search.period_start,
        search.period_end,
    ];
    Ok(db.text(sql, params).await?.unwrap_or_default())
}

/// The rows of an audit of a period, at most a thousand of each kind: exists counted by status and
/// send_status, launches without exists, deletes without launch. Indexes: `..._by_ending`,
/// `..._by_launched` (`..._by_created`), `..._by_deleted`, and for each row `..._by_instance`
/// (`..._by_uuid`).
pub async fn audit(db: Db, service: Service, (start, end): (Micros, Micros)) -> Result<String> {
    const NOVA: &str = include_str!("audit_nova.sql");
    const GLANCE: &str = include_str!("audit_glance.sql");
    let sql = if service == Service::Glance { GLANCE } else { NOVA };
    Ok(db.text(sql, params![start, end]).await?.unwrap_or_default())
}
