//! What is in a result: its tests, their attachments, and comparisons with other results.

use assay_db::{Db, FromRow, Result, Row, params};

use super::results::{Reader, openid, role, token};
use crate::domain::pages::Page;

/// Which tests of a result, and how they look.
#[derive(Clone, Debug, Default)]
pub struct TestFilter {
    /// A JSON array of statuses.
    pub statuses: Option<String>,
    /// Where they ran.
    pub worker: Option<String>,
    /// A tag that they have.
    pub tag: Option<String>,
    /// A part of their name.
    pub name: Option<String>,
    /// `index`, `duration` (longest first) or `name`.
    pub sort: &'static str,
    /// Whether the asker may know of attachments.
    pub attachments: bool,
}

/// A page of tests.
#[derive(Debug)]
pub struct Listing {
    /// A JSON array.
    pub tests: String,
    /// How many there are on all pages.
    pub count: i64,
}

impl FromRow for Listing {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self { tests: row.text("tests")?, count: row.int("count")? })
    }
}

/// A page of the tests of an upload. Indexes: primary keys.
pub async fn tests(
    db: Db,
    upload: i64,
    filter: &TestFilter,
    page: Page,
) -> Result<Option<Listing>> {
    const SQL: &str = include_str!("details_tests.sql");
    let params = params![
        upload,
        filter.statuses.as_deref(),
        filter.worker.as_deref(),
        filter.tag.as_deref(),
        filter.name.as_deref(),
        filter.sort,
        filter.attachments,
        page.size,
        page.skipped(),
    ];
    db.one(SQL, params).await
}

/// The next tests behind `after` as a JSON array, in their order: for answers that are streamed.
/// Index: primary key.
pub async fn next_tests(db: Db, upload: i64, after: i64, filter: &TestFilter) -> Result<String> {
    const SQL: &str = "
        -- scan: the thousand rows that were picked
        SELECT '[' || coalesce(group_concat(text, ','), '') || ']'
          FROM (SELECT t.text
                  FROM refstack_result_test AS t
                 WHERE t.upload = ?1
                   AND t.idx > ?2
                   AND (?3 IS NULL OR t.status IN (SELECT value FROM json_each(?3)))
                   AND (?4 IS NULL OR t.text ->> 'worker' = ?4)
                   AND (?5 IS NULL OR EXISTS (SELECT 1 FROM json_each(t.text, '$.tags')
                       WHERE value = ?5))
                   AND (?6 IS NULL OR instr(t.text ->> 'name', ?6) > 0)
                 ORDER BY t.idx
                 LIMIT 1000)";
    let params = params![
        upload,
        after,
        filter.statuses.as_deref(),
        filter.worker.as_deref(),
        filter.tag.as_deref(),
        filter.name.as_deref(),
    ];
    Ok(db.text(SQL, params).await?.unwrap_or_default())
}

/// An attachment: what it is, and where in the upload it is.
#[derive(Debug)]
pub struct Attachment {
    /// Its type.
    pub mime: String,
    /// Its bytes.
    pub size: u64,
    /// Offset, length, offset, length, ... as JSON.
    pieces: String,
}

impl Attachment {
    /// Where in the upload it is.
    pub fn pieces(&self) -> Vec<(u64, u64)> {
        let numbers: Vec<u64> = serde_json::from_str(&self.pieces).unwrap_or_default();
        let (pairs, _) = numbers.as_chunks::<2>();
        pairs.iter().map(|[offset, length]| (*offset, *length)).collect()
    }
}

impl FromRow for Attachment {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self { mime: row.text("mime")?, size: row.int("size")?, pieces: row.text("pieces")? })
    }
}

/// One attachment. Index: primary key.
pub async fn attachment(db: Db, upload: i64, index: i64, name: &str) -> Result<Option<Attachment>> {
    const SQL: &str = "
        SELECT mime, size, pieces
          FROM refstack_attachment
         WHERE upload = ?1 AND idx = ?2 AND name = ?3";
    db.one(SQL, params![upload, index, name]).await
}

/// What passed in an upload: names and uuids, JSON arrays.
#[derive(Debug)]
pub struct Passed {
    /// Names.
    pub names: String,
    /// Uuids.
    pub uuids: String,
}

impl FromRow for Passed {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self { names: row.text("names")?, uuids: row.text("uuids")? })
    }
}

/// What passed in an upload. Index: primary key.
pub async fn passed(db: Db, upload: i64) -> Result<Option<Passed>> {
    const SQL: &str = "SELECT names, uuids FROM refstack_passed WHERE upload = ?1";
    db.one(SQL, params![upload]).await
}

/// What changed from one upload to another, as JSON lists of names without the outer braces.
/// Indexes: primary keys.
pub async fn diff(db: Db, base: i64, other: i64) -> Result<String> {
    const SQL: &str = include_str!("details_diff.sql");
    Ok(db.text(SQL, params![base, other]).await?.unwrap_or_default())
}

/// One test over the runs of a cloud that the reader may see, newest first, as a JSON array.
/// Indexes:
/// `refstack_result_by_cpid`, `refstack_result_test_by_name`.
pub async fn history(
    db: Db,
    cpid: &str,
    name: &str,
    limit: i64,
    reader: &Reader,
) -> Result<String> {
    const SQL: &str = concat!(
        "-- scan: the few runs that were picked
        SELECT json_group_array(json_object(
                   'result_id', id,
                   'created_at', strftime('%Y-%m-%d %H:%M:%S', created_at / 1000000, 'unixepoch'),
                   'status', iif(passed, 'success', status),
                   'duration', duration) ORDER BY seq DESC)
          FROM (SELECT r.seq, r.id, r.created_at, max(t.status = 'success') AS passed,
                       max(t.idx) AS last, t.status, t.duration
                  FROM refstack_result AS r
                 CROSS JOIN refstack_result_test AS t
                    ON t.name_id = (SELECT id FROM refstack_name WHERE name = ?1)
                        AND t.upload = r.upload
                 WHERE r.cpid = ?5
                   AND ",
        role!(),
        " IS NOT NULL
                 GROUP BY r.seq
                 ORDER BY r.seq DESC
                 LIMIT ?6)"
    );
    let params = params![name, reader.asker.admin, openid(reader), token(reader), cpid, limit];
    Ok(db.text(SQL, params).await?.unwrap_or_default())
}

/// The id of the latest result of a test. Index: `refstack_result_by_test`.
pub async fn latest_of_test(db: Db, test_id: i64) -> Result<Option<String>> {
    const SQL: &str = "SELECT id FROM refstack_result WHERE test_id = ?1 ORDER BY seq DESC LIMIT 1";
    db.text(SQL, params![test_id]).await
}
