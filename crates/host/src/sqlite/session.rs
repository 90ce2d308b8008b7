//! One connection of a guest, and on which thread its statements run.
//!
//! Handing a statement to another thread and back costs more than most statements take (1-row SELECT: 17 % of the
//! requests a second). So a statement that was short the last times is tried right here, on the async thread, with a
//! limit of a millisecond and without waiting for locks. One that exceeds the limit has changed nothing: SQLite undoes an
//! interrupted statement. It is run again, without limit, on a thread for blocking work, and goes there at once from then
//! on, until it is short again. Meanwhile the async thread serves other requests.
//!
//! The exception: an interrupted write inside an explicit transaction would undo the whole transaction. Such writes are
//! never tried with a limit.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::{Connection, ErrorCode, OpenFlags, params_from_iter};
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::task::spawn_blocking;

use super::limits::{Limit, SHORT};
use super::plans::Plans;
use super::values::{Error, QueryResult, RowResult, Value};

/// Prepared statements that a connection keeps.
const STATEMENTS: usize = 256;
/// What one result may hold, as in Spin.
const LARGEST_RESULT: usize = 128 * 1024 * 1024;

/// A connection, shared by the requests of its instance. One statement runs at a time, in the order of arrival.
#[derive(Clone)]
pub struct Session(Arc<Mutex<Database>>);

struct Database {
    connection: Connection,
    limit: Limit,
    plans: Option<Arc<Plans>>,
    /// How long each statement took lately.
    estimates: HashMap<String, Duration>,
}

impl Session {
    /// Opens a database file, creating it when missing. With `plans`, statements that scan a table are refused.
    pub fn open(file: &Path, plans: Option<Arc<Plans>>) -> rusqlite::Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(file, flags)?;
        let limit = Limit::install(&mut connection)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.authorizer(Some(authorize))?;
        let database = Database { connection, limit, plans, estimates: HashMap::new() };
        Ok(Self(Arc::new(Mutex::new(database))))
    }

    /// Runs one statement and gives its whole result.
    pub async fn execute(&self, sql: String, parameters: Vec<Value>) -> Result<QueryResult, Error> {
        let mut database = self.lock().await;
        if let Some(result) = database.try_here(&sql, &parameters) {
            return result;
        }
        let elsewhere = spawn_blocking(move || database.run(&sql, &parameters));
        elsewhere.await.unwrap_or_else(|why| Err(Error::Io(why.to_string())))
    }

    /// The row id of the latest insertion.
    pub async fn last_insert_rowid(&self) -> i64 {
        self.lock().await.connection.last_insert_rowid()
    }

    /// The number of rows that the latest statement changed.
    pub async fn changes(&self) -> u64 {
        self.lock().await.connection.changes()
    }

    async fn lock(&self) -> OwnedMutexGuard<Database> {
        match self.0.clone().try_lock_owned() {
            Ok(guard) => guard,
            Err(_) => self.0.clone().lock_owned().await,
        }
    }
}

impl Database {
    /// Runs the statement if it is likely short; `None` when it is not or turned out not to be.
    fn try_here(&mut self, sql: &str, parameters: &[Value]) -> Option<Result<QueryResult, Error>> {
        if !self.may_run_here(sql) {
            return None;
        }
        self.limit.set();
        let start = Instant::now();
        let result = query(&self.connection, sql, parameters);
        self.limit.clear();
        self.note(sql, start.elapsed());
        match result {
            Err(Failure::Sqlite(error)) if needs_a_thread(&error) => {
                self.note(sql, SHORT * 8);
                None
            }
            result => Some(result.map_err(Error::from)),
        }
    }

    fn may_run_here(&self, sql: &str) -> bool {
        let short = self.estimates.get(sql).map(|lately| *lately < SHORT);
        // In a transaction we would have to know whether the statement writes; transactions are rare.
        short.unwrap_or_else(|| self.plans.is_none() && is_query(sql))
            && self.connection.is_autocommit()
    }

    /// Runs the statement for as long as it takes.
    fn run(&mut self, sql: &str, parameters: &[Value]) -> Result<QueryResult, Error> {
        if let Some(plans) = &self.plans {
            plans.check(&self.connection, sql)?;
        }
        let start = Instant::now();
        let result = query(&self.connection, sql, parameters);
        self.note(sql, start.elapsed());
        Ok(result?)
    }

    /// A moving estimate: an eighth of the new, seven eighths of the old.
    fn note(&mut self, sql: &str, took: Duration) {
        match self.estimates.get_mut(sql) {
            Some(lately) => *lately = (*lately * 7 + took) / 8,
            None => {
                if self.estimates.len() >= STATEMENTS * 4 {
                    self.estimates.clear();
                }
                self.estimates.insert(sql.to_owned(), took);
            }
        }
    }
}

/// Why a statement gave no result.
enum Failure {
    Sqlite(rusqlite::Error),
    Other(Error),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Sqlite(error) => error.into(),
            Failure::Other(error) => error,
        }
    }
}

fn query(connection: &Connection, sql: &str, parameters: &[Value]) -> Result<QueryResult, Failure> {
    let mut statement = connection.prepare_cached(sql)?;
    let columns: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
    let width = columns.len();
    let mut rows = statement.query(params_from_iter(parameters))?;
    let mut result = QueryResult { columns, rows: Vec::new() };
    let mut size = 0;
    while let Some(row) = rows.next()? {
        let mut values = Vec::with_capacity(width);
        for column in 0..width {
            let value = Value::read(row.get_ref(column)?).map_err(Failure::Other)?;
            size += value.size();
            values.push(value);
        }
        if size > LARGEST_RESULT {
            let message = format!("query result exceeds limit of {LARGEST_RESULT} bytes");
            return Err(Failure::Other(Error::Io(message)));
        }
        result.rows.push(RowResult { values });
    }
    Ok(result)
}

/// Interrupted by the limit, or another connection has the lock.
fn needs_a_thread(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error_code();
    matches!(
        code,
        Some(ErrorCode::OperationInterrupted | ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
    )
}

/// Whether a statement that was never seen is worth a try on the async thread. A write waits for the disk.
fn is_query(sql: &str) -> bool {
    let word =
        sql.trim_start().split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    word.eq_ignore_ascii_case("select")
}

/// A database file is all that a guest may touch.
fn authorize(context: AuthContext<'_>) -> Authorization {
    match context.action {
        AuthAction::Attach { .. } => Authorization::Deny,
        _ => Authorization::Allow,
    }
}
