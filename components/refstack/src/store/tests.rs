//! Triggered tests.

use assay_db::{Db, FromRow, Result, Row, params};

use super::Listing;
use crate::asker::Asker;
use crate::domain::pages::Page;

/// What a test is made of.
#[derive(Debug, Default)]
pub struct NewTest<'a> {
    /// The cloud it is for.
    pub cloud_id: Option<i64>,
    /// Whose it is.
    pub owner: Option<&'a str>,
    /// What its owner calls it.
    pub label: Option<&'a str>,
    /// Sections for its miniconf, a JSON object.
    pub extra_conf: &'a str,
    /// Which tests to run, a JSON array.
    pub testcases: Option<&'a str>,
    /// Or those of this guideline,
    pub guideline: Option<&'a str>,
    /// and this target.
    pub target: Option<&'a str>,
    /// After how much silence it has timed out.
    pub timeout_seconds: i64,
    /// The hash of its token, if it is protected.
    pub token_hash: Option<&'a str>,
    /// Whether the owner is an admin.
    pub admin: bool,
}

/// Stores a new test; `None` when the cloud is not there for this owner.
pub async fn create(db: Db, new: &NewTest<'_>) -> Result<Option<i64>> {
    const SQL: &str = "
        INSERT INTO refstack_test (cloud_id, owner, label, extra_conf, testcases, guideline,
            target, timeout_seconds,
                                   token_hash, created_at, updated_at)
        SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10
         WHERE ?1 IS NULL
            OR EXISTS (SELECT 1
                         FROM refstack_cloud
                        WHERE id = ?1 AND (?11 OR owner IS NULL OR owner = ?2))
        RETURNING id";
    let params = params![
        new.cloud_id,
        new.owner,
        new.label,
        new.extra_conf,
        new.testcases,
        new.guideline,
        new.target,
        new.timeout_seconds,
        new.token_hash,
        assay_web::time::now(),
        new.admin,
    ];
    db.int(SQL, params).await
}

/// A test as it is shown, and whose it is.
#[derive(Debug)]
pub struct Shown {
    /// Its owner.
    pub owner: Option<String>,
    /// Where it is in its life.
    pub state: String,
    /// Whether it is over for good.
    pub finished: bool,
    /// Its JSON, without id, state and links.
    pub text: String,
}

impl FromRow for Shown {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            owner: row.text_or_null("owner")?,
            state: row.text("state")?,
            finished: row.flag("finished")?,
            text: row.text("text")?,
        })
    }
}

/// One test. Index: primary key.
pub async fn show(db: Db, id: i64) -> Result<Option<Shown>> {
    const SQL: &str = "
        SELECT owner, text, finished,
               iif(state IN ('pending', 'running') AND silent_at < ?2, 'timed_out', state) AS state
          FROM refstack_test_text
         WHERE id = ?1";
    db.one(SQL, params![id, assay_web::time::now()]).await
}

/// What a runner needs to know of its test.
#[derive(Debug)]
pub struct Facts {
    /// The hash of its token, if it is protected.
    pub token_hash: Option<String>,
    /// The identity URL of its cloud.
    pub endpoint: Option<String>,
    /// Its cloud as JSON.
    pub cloud: Option<String>,
    /// Its own sections of the miniconf.
    pub extra_conf: String,
    /// Its list of tests, a JSON array.
    pub testcases: Option<String>,
    /// Or the guideline,
    pub guideline: Option<String>,
    /// and the target that say which.
    pub target: Option<String>,
}

impl FromRow for Facts {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            token_hash: row.text_or_null("token_hash")?,
            endpoint: row.text_or_null("endpoint")?,
            cloud: row.text_or_null("cloud")?,
            extra_conf: row.text("extra_conf")?,
            testcases: row.text_or_null("testcases")?,
            guideline: row.text_or_null("guideline")?,
            target: row.text_or_null("target")?,
        })
    }
}

/// Facts of one test. Indexes: primary keys.
pub async fn facts(db: Db, id: i64) -> Result<Option<Facts>> {
    const SQL: &str = "
        SELECT t.token_hash, t.extra_conf, t.testcases, t.guideline, t.target, c.endpoint,
               (SELECT text FROM refstack_cloud_text WHERE id = t.cloud_id) AS cloud
          FROM refstack_test AS t
          LEFT JOIN refstack_cloud AS c ON c.id = t.cloud_id
         WHERE t.id = ?1";
    db.one(SQL, params![id]).await
}

/// What belongs to the page of a test: the summary of its latest result and the ids of all, newest
/// first.
#[derive(Debug)]
pub struct Results {
    /// A JSON object or null.
    pub summary: Option<String>,
    /// A JSON array.
    pub ids: String,
}

impl FromRow for Results {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self { summary: row.text_or_null("summary")?, ids: row.text("ids")? })
    }
}

/// The results of a test. Index: `refstack_result_by_test`.
pub async fn results(db: Db, id: i64) -> Result<Option<Results>> {
    const SQL: &str = "
        SELECT (SELECT summary FROM refstack_result WHERE test_id = ?1 ORDER BY seq DESC LIMIT 1)
            AS summary,
               (SELECT json_group_array(id ORDER BY seq DESC)
                  FROM (SELECT id, seq FROM refstack_result WHERE test_id = ?1 ORDER BY seq DESC
                      LIMIT 1000)) AS ids";
    db.one(SQL, params![id]).await
}

/// Tests that the asker may see, newest first: `[id, state, text]` of each. Index: primary key; a
/// filter reads on until the page is full.
pub async fn list(
    db: Db,
    asker: &Asker,
    state: Option<&str>,
    cloud_id: Option<i64>,
    page: Page,
) -> Result<Option<Listing>> {
    const SQL: &str = "
        -- scan: lists of tests are for people; a page reads them newest first, the count reads them
        -- all
        WITH seen AS (
            SELECT id, text, iif(state IN ('pending', 'running') AND silent_at < ?1, 'timed_out',
                state) AS state
              FROM refstack_test_text
             WHERE (?2 OR owner IS NULL OR owner = ?3)
               AND (?4 IS NULL OR cloud_id = ?4)
        )
        SELECT (SELECT json_group_array(json_array(id, state, json(text)) ORDER BY id DESC)
                  FROM (SELECT id, state, text
                          FROM seen
                         WHERE (?5 IS NULL OR state = ?5)
                         ORDER BY id DESC
                         LIMIT ?6 + 0 OFFSET ?7 + 0)) AS entries,
               (SELECT count(*) FROM seen WHERE (?5 IS NULL OR state = ?5)) AS count";
    let params = params![
        assay_web::time::now(),
        asker.admin,
        asker.openid.as_deref(),
        cloud_id,
        state,
        page.size,
        page.skipped(),
    ];
    db.one(SQL, params).await
}

/// Removes a test with its statuses; its results stay. Index: primary key.
pub async fn delete(db: Db, id: i64) -> Result<bool> {
    const SQL: &str = "DELETE FROM refstack_test WHERE id = ?1 RETURNING id";
    db.any(SQL, params![id]).await
}
