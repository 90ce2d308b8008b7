//! One connection of a guest, and on which thread its statements run.
//!
//! Handing a statement to another thread and back costs more than most statements take (1-row SELECT: 17 % of the
//! requests a second). So a statement that was short the last times is tried right here, on the async thread, with a
//! limit of a millisecond and without waiting for locks. One that exceeds the limit has changed nothing: SQLite undoes an
//! interrupted statement. It is run again, without limit, on a thread for blocking work, and goes there at once from then
//! on, until it is short again. Meanwhile the async thread serves other requests.
//!
//! The exception: an interrupted write inside an explicit transaction would undo the whole transaction. So nothing is
//! tried with a limit there.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::{Connection, ErrorCode, OpenFlags, params_from_iter};
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::task::spawn_blocking;

use super::limits::{Limit, SHORT};
use super::plans;
use super::source::{Habits, Source};
use super::values::{Error, QueryResult, RowResult, Value};
use crate::log;

/// Prepared statements that a connection keeps.
const STATEMENTS: usize = 256;
/// What one result may hold, as in Spin.
const LARGEST_RESULT: usize = 128 * 1024 * 1024;

/// A connection, shared by the requests of its instance. One statement runs at a time.
#[derive(Clone)]
pub struct Session(Arc<Shared>);

struct Shared {
    source: Arc<Source>,
    /// Whose connection it is.
    component: Arc<str>,
    database: Arc<Mutex<Database>>,
    /// Between `BEGIN` and `COMMIT`.
    in_transaction: AtomicBool,
}

struct Database {
    connection: Connection,
    limit: Limit,
}

/// What came of one run of a statement.
struct Run {
    result: Result<QueryResult, Failure>,
    took: Duration,
    /// Whether it writes; unknown when SQLite does not understand it.
    writes: Option<bool>,
}

enum Failure {
    Sqlite(rusqlite::Error),
    Other(Error),
}

impl Session {
    /// Opens a database file, creating it when missing.
    pub fn open(source: Arc<Source>, component: Arc<str>) -> rusqlite::Result<Self> {
        let database = Arc::new(Mutex::new(Database::open(&source)?));
        let in_transaction = AtomicBool::new(false);
        Ok(Self(Arc::new(Shared { source, component, database, in_transaction })))
    }

    /// Runs one statement and gives its whole result.
    pub async fn execute(&self, sql: String, parameters: Vec<Value>) -> Result<QueryResult, Error> {
        let Shared { source, in_transaction, .. } = &*self.0;
        let habits = source.habits(&sql);
        let in_transaction = in_transaction.load(Ordering::Relaxed);
        let writes = habits.as_ref().map_or_else(|| !is_query(&sql), |habits| habits.writes);
        // Inside a transaction SQLite's lock is ours already, and whoever has the turn may be waiting for that lock.
        let turn = if writes && !in_transaction { Some(source.turn().await) } else { None };
        let database = self.lock().await;
        if source.check_plans && habits.is_none() {
            self.check_plan(&database, &sql)?;
        }
        if !in_transaction && is_short(habits.as_deref(), writes) {
            let run = database.run_with_limit(&sql, &parameters);
            self.note(&database, &sql, habits.as_deref(), &run);
            if !run.needs_a_thread() {
                return Ok(run.result?);
            }
        }
        let session = self.clone();
        let elsewhere = spawn_blocking(move || {
            let run = database.run(&sql, &parameters);
            drop(turn);
            session.note(&database, &sql, habits.as_deref(), &run);
            run.result
        });
        Ok(elsewhere.await.map_err(|why| Error::Io(why.to_string()))??)
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
        match self.0.database.clone().try_lock_owned() {
            Ok(guard) => guard,
            Err(_) => self.0.database.clone().lock_owned().await,
        }
    }

    /// Refuses a statement that scans. One that SQLite does not understand gets its own words when it is run.
    fn check_plan(&self, database: &Database, sql: &str) -> Result<(), Error> {
        let Ok(Some(scan)) = plans::full_scan(&database.connection, sql) else { return Ok(()) };
        let one_line = sql.split_whitespace().collect::<Vec<_>>().join(" ");
        log::line(&format!("full scan in {}: {scan} in {one_line}", self.0.component));
        Err(Error::Io(format!("full scan: {scan}")))
    }

    fn note(&self, database: &Database, sql: &str, habits: Option<&Habits>, run: &Run) {
        let in_transaction = !database.connection.is_autocommit();
        self.0.in_transaction.store(in_transaction, Ordering::Relaxed);
        let took = if run.needs_a_thread() { SHORT * 8 } else { run.took };
        match (habits, run.writes) {
            (Some(habits), _) => habits.note(took),
            (None, Some(writes)) => self.0.source.learn(sql, writes, took),
            (None, None) => {}
        }
    }
}

impl Database {
    fn open(source: &Source) -> rusqlite::Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(&source.file, flags)?;
        let limit = Limit::install(&mut connection)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.authorizer(Some(authorize))?;
        Ok(Self { connection, limit })
    }

    /// Runs a statement here and now, unless it takes too long.
    fn run_with_limit(&self, sql: &str, parameters: &[Value]) -> Run {
        self.limit.set();
        let run = self.run(sql, parameters);
        self.limit.clear();
        run
    }

    fn run(&self, sql: &str, parameters: &[Value]) -> Run {
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
    fn needs_a_thread(&self) -> bool {
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

/// Whether a statement is worth a try on the async thread. A write that was never seen waits for the disk.
fn is_short(habits: Option<&Habits>, writes: bool) -> bool {
    habits.map_or(!writes, |habits| habits.lately() < SHORT)
}

fn is_query(sql: &str) -> bool {
    let word = sql.trim_start().split(|c: char| !c.is_ascii_alphabetic()).next();
    word.is_some_and(|word| word.eq_ignore_ascii_case("select"))
}

/// The database file is all that a guest may touch, and how long it waits for locks is not its affair.
fn authorize(context: AuthContext<'_>) -> Authorization {
    match context.action {
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
