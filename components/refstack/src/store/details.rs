//! What is in a result: its tests, their attachments, and comparisons with other results.

use assay_db::{Db, FromRow, Result, Row, params};
use serde::Deserialize;

use super::Listing;
use super::results::{Reader, openid, role, token};
use crate::domain::pages::Page;
use crate::domain::rows::names;

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

/// The most text of tests, or of their names, that one answer holds: an instance has little memory.
const MOST_TEXT: i64 = 12 << 20;
/// Text of tests that is read at once for an answer that is streamed.
const STEP: i64 = 1 << 20;

/// The tests of an upload from index `from` to before `to`; the count is of all its tests. `None`
/// when they are too long for one answer. Index: primary key.
pub async fn tests_between(
    db: Db,
    upload: i64,
    attachments: bool,
    (from, to): (i64, i64),
) -> Result<Option<Listing>> {
    const SQL: &str = include_str!("details_between.sql");
    db.one(SQL, params![upload, attachments, from, to, MOST_TEXT]).await
}

/// A page of the tests of an upload that a filter picks. `None` when they are too long for one
/// answer. Index: primary key.
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
        MOST_TEXT,
    ];
    db.one(SQL, params).await
}

/// Some of the tests of an upload, in the order of the run.
#[derive(Debug)]
pub struct Step {
    /// A JSON array.
    pub tests: String,
    /// Where to go on, if there are more.
    pub next: Option<i64>,
}

impl FromRow for Step {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self { tests: row.text("entries")?, next: row.int_or_null("next")? })
    }
}

/// The next tests of an upload that a filter picks: from index 0, or from where a step before it
/// says. Index: primary key.
pub async fn step(db: Db, upload: i64, filter: &TestFilter, from: i64) -> Result<Step> {
    const SQL: &str = include_str!("details_step.sql");
    let params = params![
        upload,
        filter.statuses.as_deref(),
        filter.worker.as_deref(),
        filter.tag.as_deref(),
        filter.name.as_deref(),
        from,
        STEP,
    ];
    let found = db.one(SQL, params).await?;
    Ok(found.unwrap_or_else(|| Step { tests: "[]".to_owned(), next: None }))
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

/// Some of what passed in an upload: names and uuids, JSON arrays without their brackets.
#[derive(Debug)]
pub struct Passed {
    /// Where these are, for [`passed_after`].
    pub first: i64,
    /// Names, each once.
    pub names: String,
    /// Uuids.
    pub uuids: String,
}

impl FromRow for Passed {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self { first: row.int("first")?, names: row.text("names")?, uuids: row.text("uuids")? })
    }
}

/// The next of what passed in an upload: about 2 MiB, which of most uploads is all. Index: primary
/// key.
pub async fn passed_after(db: Db, upload: i64, first: i64) -> Result<Option<Passed>> {
    const SQL: &str = "
        SELECT first, names, uuids
          FROM refstack_passed
         WHERE upload = ?1
           AND first > ?2
         ORDER BY first
         LIMIT 1";
    db.one(SQL, params![upload, first]).await
}

/// What changed from one upload to another, as a JSON object of lists of names. `None` when it is
/// too long for one answer. Indexes: primary keys.
pub async fn diff(db: Db, base: i64, other: i64) -> Result<Option<String>> {
    const SQL: &str = include_str!("details_diff.sql");
    db.text(SQL, params![base, other, MOST_TEXT]).await
}

/// How a name ended in a run of a cloud.
#[derive(Debug, Deserialize)]
pub struct Ending {
    /// The result.
    pub id: String,
    /// When it was uploaded.
    pub created_at: String,
    /// What [`names::read`] reads.
    pub entry: String,
}

/// How one name ended in the runs of a cloud that the reader may see, newest first. Indexes:
/// `refstack_result_by_cpid`, primary key.
pub async fn history(
    db: Db,
    cpid: &str,
    name: &str,
    limit: i64,
    reader: &Reader,
) -> Result<Vec<Ending>> {
    const SQL: &str = concat!(
        "-- scan: the few runs that were picked
        SELECT json_group_array(json_object(
                   'id', id,
                   'created_at', strftime('%Y-%m-%d %H:%M:%S', created_at / 1000000, 'unixepoch'),
                   'entry', hex(entry)) ORDER BY seq DESC)
          FROM (SELECT r.seq, r.id, r.created_at,
                       substr(n.entries, instr(n.entries, ?1), ?7) AS entry
                  FROM refstack_result AS r
                 CROSS JOIN refstack_name AS n
                    ON n.upload = r.upload
                       AND n.lowest = (SELECT max(lowest)
                                         FROM refstack_name
                                        WHERE upload = r.upload
                                          AND lowest <= ?8)
                 WHERE r.cpid = ?5
                   AND instr(n.entries, ?1) % ?7 = 1
                   AND ",
        role!(),
        " IS NOT NULL
                 ORDER BY r.seq DESC
                 LIMIT ?6 + 0)"
    );
    let (admin, openid, token) = (reader.asker.admin, openid(reader), token(reader));
    let (hash, entry) = (names::hash(name), i64::try_from(names::ENTRY).unwrap_or(i64::MAX));
    let key = i64::try_from(hash).unwrap_or(i64::MAX);
    let hash = hash.to_be_bytes().to_vec();
    let params = params![hash, admin, openid, token, cpid, limit, entry, key];
    let text = db.text(SQL, params).await?.unwrap_or_default();
    serde_json::from_str(&text).map_err(|error| assay_db::Error::Failed(error.to_string()))
}

/// The id of the latest result of a test. Index: `refstack_result_by_test`.
pub async fn latest_of_test(db: Db, test_id: i64) -> Result<Option<String>> {
    const SQL: &str = "SELECT id FROM refstack_result WHERE test_id = ?1 ORDER BY seq DESC LIMIT 1";
    db.text(SQL, params![test_id]).await
}
