//! A SQLite connection: how it is opened, what it may do, and how it runs a statement.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::{Connection, ErrorCode, OpenFlags, params_from_iter};

use super::checkpoints::Checkpoints;
use super::limits::Limit;
use super::values::{Error, QueryResult, RowResult, Value};

/// Prepared statements that a connection keeps.
const STATEMENTS: usize = 256;
/// What one result may hold, as in Spin.
const LARGEST_RESULT: usize = 128 * 1024 * 1024;

/// An open connection.
pub struct Database {
    /// SQLite's own.
    pub connection: Connection,
    limit: Limit,
    /// A guest has changed how the connection behaves, or left something in it that no other may see.
    altered: Arc<AtomicBool>,
    /// SQLite's count of changes when the present guest got the connection.
    changes_before: u64,
}

/// What came of one run of a statement.
pub struct Run {
    /// Its rows.
    pub result: Result<QueryResult, Failure>,
    /// How long it took.
    pub took: Duration,
    /// Whether it writes; unknown when SQLite does not understand it.
    pub writes: Option<bool>,
}

/// Why a statement has no result.
pub enum Failure {
    /// SQLite says so.
    Sqlite(rusqlite::Error),
    /// We say so.
    Other(Error),
}

impl Database {
    /// Opens a database file, creating it when missing.
    pub fn open(file: &Path, checkpoints: &Checkpoints) -> rusqlite::Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(file, flags)?;
        let limit = Limit::install(&mut connection)?;
        checkpoints.watch(&mut connection)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        connection.pragma_update(None, "foreign_keys", true)?;
        // Plans are made without a look at the parameters. SQLite would make them anew whenever one is bound that it
        // has looked at (`id = ?1` in most joins), and the cache of statements unbinds all of them after each use.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        let altered = Arc::new(AtomicBool::new(false));
        let noted = altered.clone();
        connection.authorizer(Some(move |context: AuthContext<'_>| {
            noted.fetch_or(alters(&context.action), Ordering::Relaxed);
            authorize(&context.action)
        }))?;
        Ok(Self { connection, limit, altered, changes_before: 0 })
    }

    /// Makes it look new for another guest. Says whether that is possible.
    pub fn renew(&mut self) -> bool {
        self.changes_before = self.connection.total_changes();
        self.connection.is_autocommit() && !self.altered.load(Ordering::Relaxed)
    }

    /// The row id of the guest's latest insertion.
    pub fn last_insert_rowid(&self) -> i64 {
        if self.has_changed() { self.connection.last_insert_rowid() } else { 0 }
    }

    /// The number of rows that the guest's latest statement changed.
    pub fn changes(&self) -> u64 {
        if self.has_changed() { self.connection.changes() } else { 0 }
    }

    fn has_changed(&self) -> bool {
        self.connection.total_changes() != self.changes_before
    }

    /// Runs a statement here and now, unless it takes too long.
    pub fn run_with_limit(&self, sql: &str, parameters: &[Value]) -> Run {
        self.limit.set();
        let run = self.run(sql, parameters);
        self.limit.clear();
        run
    }

    /// Runs a statement for as long as it takes.
    pub fn run(&self, sql: &str, parameters: &[Value]) -> Run {
        let start = Instant::now();
        let mut writes = None;
        let result = self.query(sql, parameters, &mut writes);
        Run { result, took: start.elapsed(), writes }
    }

    fn query(
        &self,
        sql: &str,
        parameters: &[Value],
        writes: &mut Option<bool>,
    ) -> Result<QueryResult, Failure> {
        let mut statement = self.connection.prepare_cached(sql)?;
        *writes = Some(!statement.readonly());
        let columns: Vec<_> = statement.column_names().map(str::to_owned).collect();
        let width = columns.len();
        let mut rows = statement.query(params_from_iter(parameters))?;
        let mut result = QueryResult { columns, rows: Vec::new() };
        let mut size = 0;
        while let Some(row) = rows.next()? {
            let mut values = Vec::with_capacity(width);
            for column in 0..width {
                let value = Value::read(row.get_ref(column)?)?;
                size += value.size();
                values.push(value);
            }
            if size > LARGEST_RESULT {
                let message = format!("query result exceeds limit of {LARGEST_RESULT} bytes");
                return Err(Error::Io(message).into());
            }
            result.rows.push(RowResult { values });
        }
        Ok(result)
    }
}

impl Run {
    /// Stopped by the limit, or another connection has the lock.
    pub fn needs_a_thread(&self) -> bool {
        let Err(Failure::Sqlite(error)) = &self.result else { return false };
        let code = error.sqlite_error_code();
        matches!(code, Some(ErrorCode::OperationInterrupted | ErrorCode::DatabaseBusy))
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Other(error)
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

/// The database file is all that a guest may touch, and how long it waits for locks is not its affair.
fn authorize(action: &AuthAction<'_>) -> Authorization {
    match action {
        // VACUUM works on an attached database without a name, which is no file that anybody sees.
        AuthAction::Attach { filename: "" } => Authorization::Allow,
        AuthAction::Attach { .. } => Authorization::Deny,
        AuthAction::Pragma { pragma_name, pragma_value: Some(_) }
            if pragma_name.eq_ignore_ascii_case("busy_timeout") =>
        {
            Authorization::Ignore
        }
        _ => Authorization::Allow,
    }
}

/// Whether the connection is another one afterwards. What changes the file only does not count.
fn alters(action: &AuthAction<'_>) -> bool {
    match action {
        AuthAction::Pragma { pragma_name, pragma_value: Some(_) } => {
            !["journal_mode", "page_size", "user_version"].contains(pragma_name)
        }
        AuthAction::CreateTempTable { .. }
        | AuthAction::CreateTempIndex { .. }
        | AuthAction::CreateTempTrigger { .. }
        | AuthAction::CreateTempView { .. }
        | AuthAction::Attach { .. } => true,
        _ => false,
    }
}
