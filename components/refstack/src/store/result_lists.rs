//! Lists of results: which ones, and how they look. What narrows a list most decides on the index
//! that serves it.

use assay_db::{Db, Result, params};
use assay_web::query::Query;
use assay_web::time::Micros;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::products;
use super::results::{Reader, meta, openid, role, token, version};
use crate::domain::pages::Page;
use crate::error::Error;

/// What narrows a list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of one cloud.
    pub cpid: Option<String>,
    /// From this moment
    pub start: Option<Micros>,
    /// up to that one.
    pub end: Option<Micros>,
    /// Verified or not.
    pub verification_status: Option<i64>,
    /// Of one test.
    pub test_id: Option<i64>,
    /// For one target.
    pub target: Option<String>,
    /// For one guideline.
    pub guideline: Option<String>,
}

impl Filter {
    fn is_none(&self) -> bool {
        let texts = [&self.cpid, &self.target, &self.guideline];
        texts.into_iter().all(Option::is_none)
            && [self.start, self.end, self.verification_status, self.test_id]
                .into_iter()
                .all(|number| number.is_none())
    }
}

/// Whose results a list has.
#[derive(Clone, Debug)]
enum Whose {
    /// Everybody's that are visible.
    Visible,
    /// One account's.
    Mine(String),
    /// All, for whoever manages the product.
    All,
}

/// A list.
#[derive(Clone, Debug)]
pub struct List {
    whose: Whose,
    product: Option<String>,
    filter: Filter,
}

impl List {
    /// The list that a query asks for, if the reader may have it.
    pub async fn of(
        filter: &Filter,
        reader: &Reader,
        query: &Query,
    ) -> std::result::Result<Self, Error> {
        let mut whose = Whose::Visible;
        if query.has("signed") {
            let mine = reader.asker.openid.clone();
            let refusal = || Error::invalid("To see signed test results you need to authenticate");
            whose = Whose::Mine(mine.ok_or_else(refusal)?);
        }
        let product = query.non_empty("product_id").map(str::to_owned);
        if let Some(id) = &product {
            let found = products::known(super::open().await?, id, &reader.asker).await?;
            let missing = || Error::NotThere(format!("Product with id \"{id}\" not found"));
            let product = found.ok_or_else(missing)?;
            if product.text.is_none() {
                return Err(Error::forbidden(""));
            }
            if product.manages && !query.has("signed") {
                whose = Whose::All;
            }
        }
        Ok(Self { whose, product, filter: filter.clone() })
    }

    fn mine(&self) -> Option<&str> {
        match &self.whose {
            Whose::Mine(openid) => Some(openid),
            _ => None,
        }
    }
}

/// The conditions that every list has: ?5 whose, ?6 whether all, ?7 cpid, ?8 start, ?9 end, ?10
/// status, ?11 test, ?12 target, ?13 guideline, ?14 product.
macro_rules! conditions {
    () => {
        "  AND (?6 OR iif(?5 IS NULL, r.visible = 1, r.owner = ?5))
           AND (?7 IS NULL OR r.cpid = ?7)
           AND (?8 IS NULL OR r.created_at >= ?8)
           AND (?9 IS NULL OR r.created_at <= ?9)
           AND (?10 IS NULL OR r.verification_status = ?10)
           AND (?11 IS NULL OR r.test_id = ?11)
           AND (?12 IS NULL OR r.target = ?12)
           AND (?13 IS NULL OR r.guideline = ?13)
           AND (?14 IS NULL OR r.product_version_id IN
                (SELECT id FROM refstack_product_version WHERE product_id = ?14))"
    };
}

/// The two statements of a list that is read through one index, in its order.
macro_rules! list_by {
    ($first:literal) => {
        list_by!($first, "r.seq DESC")
    };
    ($first:literal, $order:literal) => {
        (
            concat!("SELECT count(*) FROM refstack_result AS r WHERE ", $first, conditions!()),
            concat!(
                "SELECT json_group_array(json_object(
                           'id', r.id,
                           'created_at', strftime('%Y-%m-%d %H:%M:%S', r.created_at / 1000000,
                               'unixepoch'),
                           'duration_seconds', r.duration_seconds,
                           'verification_status', r.verification_status,
                           'meta', json(",
                meta!(),
                "),
                           'product_version', ",
                version!(),
                ",
                           'url', ?1 || r.id,
                           'summary', json(r.summary)) ORDER BY ",
                $order,
                ")
                   FROM (SELECT r.*, coalesce(",
                role!(),
                ", 'user') AS role
                           FROM refstack_result AS r
                          WHERE ",
                $first,
                conditions!(),
                "         ORDER BY ",
                $order,
                "
                          LIMIT ?15 + 0 OFFSET ?16 + 0) AS r"
            ),
        )
    };
}

/// The statements that count and show a list. Each begins with what its index is for.
fn statements(list: &List) -> (&'static str, &'static str) {
    const VISIBLE: (&str, &str) = list_by!("r.visible = 1");
    const MINE: (&str, &str) = list_by!("r.owner = ?5");
    const CPID: (&str, &str) = list_by!("r.cpid = ?7");
    const TEST: (&str, &str) = list_by!("r.test_id = ?11");
    const PRODUCT: (&str, &str) = list_by!(
        "r.product_version_id IN (SELECT id FROM refstack_product_version WHERE product_id = ?14)"
    );
    // Times go up with `seq` but for a clock that was set back, so this order is the same one.
    const DATE: (&str, &str) = list_by!(
        "r.created_at BETWEEN coalesce(?8, 0) AND coalesce(?9, 9223372036854775807)",
        "r.created_at DESC, r.seq DESC"
    );
    let dated = list.filter.start.or(list.filter.end).is_some();
    match &list.whose {
        _ if list.filter.test_id.is_some() => TEST,
        _ if list.product.is_some() => PRODUCT,
        _ if list.filter.cpid.is_some() => CPID,
        Whose::Mine(_) => MINE,
        _ if dated => DATE,
        Whose::Visible | Whose::All => VISIBLE,
    }
}

fn parameters(list: &List, reader: &Reader, page: Page, base: &str) -> [assay_db::Value; 16] {
    let filter = &list.filter;
    params![
        base,
        reader.asker.admin,
        openid(reader),
        token(reader),
        list.mine(),
        matches!(list.whose, Whose::All),
        filter.cpid.as_deref(),
        filter.start,
        filter.end,
        filter.verification_status,
        filter.test_id,
        filter.target.as_deref(),
        filter.guideline.as_deref(),
        list.product.as_deref(),
        page.size,
        page.skipped(),
    ]
}

/// How long a list is. Those that everybody asks for are kept counted; others are counted through
/// their index.
pub async fn count(db: Db, list: &List) -> Result<i64> {
    const TALLY: &str = "SELECT n FROM refstack_tally WHERE list = ?1";
    if let Some(name) = tally(list) {
        return Ok(db.int(TALLY, params![name]).await?.unwrap_or_default());
    }
    let (count, _) = statements(list);
    let page = Page { number: 1, size: 1 };
    let all = parameters(list, &Reader::default(), page, "");
    // The count has no use for what a page needs, and SQLite refuses parameters that a statement
    // does not have.
    Ok(db.int(count, all.into_iter().take(14)).await?.unwrap_or_default())
}

/// Under which name a list is kept counted, if it is.
fn tally(list: &List) -> Option<String> {
    let but_cpid = Filter { cpid: None, ..list.filter.clone() };
    if list.product.is_some() || !but_cpid.is_none() {
        return None;
    }
    match (&list.whose, &list.filter.cpid) {
        (Whose::Mine(openid), None) => Some(format!("owner {openid}")),
        (Whose::Visible, None) => Some("visible".to_owned()),
        (Whose::Visible, Some(cpid)) => Some(format!("cloud {cpid}")),
        _ => None,
    }
}

/// A page of a list as a JSON array. Links begin with `base`. Index: the one that `statements`
/// picks.
pub async fn page(db: Db, list: &List, reader: &Reader, page: Page, base: &str) -> Result<String> {
    let (_, sql) = statements(list);
    Ok(db.text(sql, parameters(list, reader, page, base)).await?.unwrap_or_default())
}

/// A line of a list.
#[derive(Debug, Deserialize)]
pub struct ResultRow {
    /// Its UUID.
    pub id: String,
    /// When it came.
    pub created_at: String,
    /// How long the run took.
    pub duration_seconds: i64,
    /// Whether it is verified.
    pub verification_status: i64,
    /// Its page for people.
    pub url: String,
    meta: Map<String, Value>,
    summary: Map<String, Value>,
}

impl ResultRow {
    /// A value of `meta`, or nothing.
    pub fn meta(&self, key: &str) -> &str {
        self.meta.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    /// A count of the summary.
    pub fn count(&self, key: &str) -> u64 {
        self.summary.get(key).and_then(Value::as_u64).unwrap_or_default()
    }
}

/// The same page as rows.
pub async fn rows(
    db: Db,
    list: &List,
    reader: &Reader,
    at: Page,
    base: &str,
) -> Result<Vec<ResultRow>> {
    let text = page(db, list, reader, at, base).await?;
    serde_json::from_str(&text).map_err(|error| assay_db::Error::Failed(error.to_string()))
}
