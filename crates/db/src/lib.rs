//! The only door to SQLite for Assay's components.
//!
//! [`Db`] is this instance's connection. Spin keeps one instance for up to 128 requests and lets up to
//! 16 of them interleave, so they share the connection, and every call here is **one whole statement,
//! read to its end**: nothing is ever left half-read while another request waits for the connection.
//! What must change together changes in that one statement (`docs/ARCHITECTURE.md`, "A write is one
//! statement").
//!
//! [`Migrations`] brings an area's tables up to date on its instance's first request, [`params!`] makes
//! parameters, [`FromRow`] reads typed rows, and [`Db::text`] hands on JSON that SQLite has built.
#![expect(
    clippy::disallowed_types,
    reason = "this crate is the replacement that clippy.toml names"
)]

mod migrations;
mod params;
mod rows;
mod script;

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use spin_sdk::sqlite::{Connection, QueryResult, RowResult};

pub use migrations::Migrations;
pub use params::IntoValue;
pub use rows::{FromRow, Row};
pub use spin_sdk::sqlite::Value;

/// What went wrong between us and the store. None of it is the client's fault.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Somebody else held the database for longer than the runtime waits (5 s). Worth trying again.
    #[error("the database is busy: {0}")]
    Busy(String),
    /// The statement failed; the text is SQLite's.
    #[error("the database refused a statement: {0}")]
    Failed(String),
    /// A column is missing or not of the type that the code expects: a defect of ours.
    #[error("column '{0}' is missing or of another type")]
    Column(&'static str),
}

/// The result of everything here.
pub type Result<T> = std::result::Result<T, Error>;

impl From<spin_sdk::sqlite::Error> for Error {
    fn from(error: spin_sdk::sqlite::Error) -> Self {
        let text = match error {
            spin_sdk::sqlite::Error::Io(text) => text,
            other => format!("{other:?}"),
        };
        // The interface has no code for "busy", only SQLite's text; and a busy store is the one failure
        // that deserves another answer (503) than all others (500).
        if text.contains("database is locked") || text.contains("database table is locked") {
            return Self::Busy(text);
        }
        Self::Failed(text)
    }
}

/// Microseconds in a column as `YYYY-MM-DD HH:MM:SS[.ffffff]`, for use in a statement's text with `concat!`: what
/// `assay_web::time::format` makes, made by SQLite. NULL stays NULL. `wire_time!("j.posted")`.
#[macro_export]
macro_rules! wire_time {
    ($column:literal) => {
        concat!(
            "(strftime('%Y-%m-%d %H:%M:%S', ",
            $column,
            " / 1000000, 'unixepoch') || CASE ",
            $column,
            " % 1000000 WHEN 0 THEN '' ELSE printf('.%06d', ",
            $column,
            " % 1000000) END)"
        )
    };
}

/// This instance's connection, shared by the requests that it serves.
#[derive(Clone, Copy)]
pub struct Db(&'static Connection);

static CONNECTION: OnceLock<Connection> = OnceLock::new();
static MIGRATED: AtomicBool = AtomicBool::new(false);

impl Db {
    /// The connection, opened at the instance's first request, with `migrations` applied by then.
    ///
    /// Requests that arrive together at a new instance may all come here before one is done: then each
    /// opens a connection, one is kept, and each applies the migrations, which is harmless.
    pub async fn open(migrations: &Migrations) -> Result<Self> {
        let connection = match CONNECTION.get() {
            Some(connection) => connection,
            None => {
                let opened = Connection::open_default().await?;
                CONNECTION.get_or_init(|| opened)
            }
        };
        if !MIGRATED.load(Ordering::Relaxed) {
            migrations.apply(connection).await?;
            MIGRATED.store(true, Ordering::Relaxed);
        }
        Ok(Self(connection))
    }

    /// Runs a statement to its end and hands over all of it. A busy store is asked twice: the statement that found
    /// it busy (for 5 s, locally) has done nothing.
    async fn execute(
        self,
        sql: &str,
        params: impl IntoIterator<Item = Value>,
    ) -> Result<(Vec<String>, Vec<RowResult>)> {
        let params: Vec<Value> = params.into_iter().collect();
        let spare = (weight(&params) <= MOST_TO_REPEAT).then(|| params.clone());
        match (self.attempt(sql, params).await, spare) {
            (Err(Error::Busy(_)), Some(params)) => self.attempt(sql, params).await,
            (done, _) => done,
        }
    }

    async fn attempt(self, sql: &str, params: Vec<Value>) -> Result<(Vec<String>, Vec<RowResult>)> {
        let result = self.0.execute(sql, params).await?;
        let columns = result.columns().to_vec();
        Ok((columns, drain(result).await?))
    }

    /// All rows of a statement. For lists that have a limit; what only passes through is better built as
    /// one text by SQLite, see [`Db::text`].
    pub async fn all<T: FromRow>(
        self,
        sql: &str,
        params: impl IntoIterator<Item = Value>,
    ) -> Result<Vec<T>> {
        let (columns, rows) = self.execute(sql, params).await?;
        rows::typed(&columns, rows)
    }

    /// The first row of a statement, or `None` when it gives none.
    pub async fn one<T: FromRow>(
        self,
        sql: &str,
        params: impl IntoIterator<Item = Value>,
    ) -> Result<Option<T>> {
        Ok(self.all(sql, params).await?.into_iter().next())
    }

    /// The first column of the first row as text: for answers that SQLite builds as one JSON text
    /// (`json_group_array(json_object(...))`), which is eight times as fast as handing over 100 rows.
    /// `None` when there is no row or the value is NULL.
    pub async fn text(
        self,
        sql: &str,
        params: impl IntoIterator<Item = Value>,
    ) -> Result<Option<String>> {
        match self.first_value(sql, params).await? {
            Some(Value::Text(text)) => Ok(Some(text)),
            Some(Value::Null) | None => Ok(None),
            Some(_) => Err(Error::Column("(the first)")),
        }
    }

    /// The first column of the first row as an integer; `None` when there is no row or the value is NULL.
    pub async fn int(
        self,
        sql: &str,
        params: impl IntoIterator<Item = Value>,
    ) -> Result<Option<i64>> {
        match self.first_value(sql, params).await? {
            Some(Value::Integer(number)) => Ok(Some(number)),
            Some(Value::Null) | None => Ok(None),
            Some(_) => Err(Error::Column("(the first)")),
        }
    }

    /// Whether a statement gives any row: what a write with `RETURNING` has done, or whether something is there.
    pub async fn any(self, sql: &str, params: impl IntoIterator<Item = Value>) -> Result<bool> {
        Ok(self.first_value(sql, params).await?.is_some())
    }

    /// How many rows a statement gives: how many a write with `RETURNING` has changed.
    pub async fn count(self, sql: &str, params: impl IntoIterator<Item = Value>) -> Result<usize> {
        Ok(self.execute(sql, params).await?.1.len())
    }

    async fn first_value(
        self,
        sql: &str,
        params: impl IntoIterator<Item = Value>,
    ) -> Result<Option<Value>> {
        let (_columns, rows) = self.execute(sql, params).await?;
        Ok(rows.into_iter().next().and_then(|row| row.values.into_iter().next()))
    }

    /// Runs a statement whose rows, if any, are of no interest.
    pub async fn run(self, sql: &str, params: impl IntoIterator<Item = Value>) -> Result<()> {
        self.execute(sql, params).await.map(|_rows| ())
    }
}

/// Parameters beyond this many bytes are not kept for a second try: an instance has little memory.
const MOST_TO_REPEAT: usize = 1 << 20;

/// The bytes of texts and blobs among some parameters.
fn weight(params: &[Value]) -> usize {
    let size = |value: &Value| match value {
        Value::Text(text) => text.len(),
        Value::Blob(bytes) => bytes.len(),
        _ => 0,
    };
    params.iter().map(size).sum()
}

/// Reads a result to its end. Errors of the statement show up here, not at `execute`.
async fn drain(result: QueryResult) -> Result<Vec<RowResult>> {
    Ok(result.collect().await?)
}
