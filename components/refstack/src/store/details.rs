//! What is in a result: its tests, their attachments, and comparisons with other results.

use assay_db::{Db, FromRow, Result, Row, params};

use super::Listing;
use super::results::{Reader, openid, role, token};
use crate::domain::pages::Page;
use crate::domain::rows::name_range;

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

impl TestFilter {
    /// Whether it picks all tests and leaves them in their order.
    pub fn is_none(&self) -> bool {
        let texts = [&self.statuses, &self.worker, &self.tag, &self.name];
        texts.into_iter().all(Option::is_none) && self.sort == "index"
    }
}

/// Those tests from index `from` to before `to` of an upload that a filter picks, in their order;
/// the count is of all its tests. Index: primary key.
pub async fn tests_between(
    db: Db,
    upload: i64,
    filter: &TestFilter,
    (from, to): (i64, i64),
) -> Result<Option<Listing>> {
    const SQL: &str = include_str!("details_between.sql");
    let params = params![
        upload,
        filter.statuses.as_deref(),
        filter.worker.as_deref(),
        filter.tag.as_deref(),
        filter.name.as_deref(),
        filter.attachments,
        from,
        to,
    ];
    db.one(SQL, params).await
}

/// A page of the tests of an upload that a filter picks. Index: primary key.
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
        -- scan: the attachments of the one test that was picked
        SELECT a.value ->> 'mime' AS mime, a.value ->> 'size' AS size,
               p.pieces -> (?2 - p.first) -> a.key AS pieces
          FROM (SELECT first, tests, pieces
                  FROM refstack_page
                 WHERE upload = ?1 AND first <= ?2 AND last >= ?2
                 ORDER BY first DESC
                 LIMIT 1) AS p,
               json_each(p.tests -> (?2 - p.first), '$.attachments') AS a
         WHERE a.value ->> 'name' = ?3";
    db.one(SQL, params![upload, index, name]).await
}

/// What passed in an upload: names and uuids, JSON arrays.
#[derive(Debug)]
pub struct Passed {
    /// Names, each once.
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
    const SQL: &str = "
        SELECT '[' || coalesce(group_concat(nullif(names, ''), ',' ORDER BY first), '') || ']'
                   AS names,
               '[' || coalesce(group_concat(nullif(uuids, ''), ',' ORDER BY first), '') || ']'
                   AS uuids
          FROM refstack_passed
         WHERE upload = ?1";
    db.one(SQL, params![upload]).await
}

/// What changed from one upload to another, as JSON lists of names without the outer braces.
/// Indexes: primary keys.
pub async fn diff(db: Db, base: i64, other: i64) -> Result<String> {
    const SQL: &str = include_str!("details_diff.sql");
    Ok(db.text(SQL, params![base, other]).await?.unwrap_or_default())
}

/// One test over the runs of a cloud that the reader may see, newest first, as a JSON array. What
/// counts is its last attempt, unless an earlier one passed. Indexes: `refstack_result_by_cpid`,
/// primary keys.
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
                   'status', iif(passed, 'success', text ->> 'status'),
                   'duration', text ->> 'duration') ORDER BY seq DESC)
          FROM (SELECT seq, id, created_at, sum(text ->> 'status' = 'success') > 0 AS passed,
                       max(idx) AS last, text
                  FROM (SELECT r.seq, r.id, r.created_at, n.at & 262143 AS idx,
                               p.tests -> ((n.at & 262143) - p.first) AS text
                          FROM refstack_result AS r
                         CROSS JOIN refstack_name AS n
                            ON n.upload = r.upload AND n.at BETWEEN ?7 AND ?8
                         CROSS JOIN refstack_page AS p
                            ON p.upload = r.upload
                               AND p.first = (SELECT max(first)
                                                FROM refstack_page
                                               WHERE upload = r.upload
                                                 AND first <= n.at & 262143)
                         WHERE r.cpid = ?5
                           AND ",
        role!(),
        " IS NOT NULL)
                 WHERE text ->> 'name' = ?1
                 GROUP BY seq
                 ORDER BY seq DESC
                 LIMIT ?6 + 0)"
    );
    let (lowest, highest) = name_range(name);
    let (admin, openid, token) = (reader.asker.admin, openid(reader), token(reader));
    let params = params![name, admin, openid, token, cpid, limit, lowest, highest];
    Ok(db.text(SQL, params).await?.unwrap_or_default())
}

/// The id of the latest result of a test. Index: `refstack_result_by_test`.
pub async fn latest_of_test(db: Db, test_id: i64) -> Result<Option<String>> {
    const SQL: &str = "SELECT id FROM refstack_result WHERE test_id = ?1 ORDER BY seq DESC LIMIT 1";
    db.text(SQL, params![test_id]).await
}
