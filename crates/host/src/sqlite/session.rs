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

use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::task::spawn_blocking;

use super::database::{Database, Run};
use super::limits::SHORT;
use super::plans;
use super::source::{Habits, Source};
use super::values::{Error, QueryResult, Value};
use crate::log;

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

impl Session {
    /// Gives the component a connection.
    pub fn open(source: Arc<Source>, component: Arc<str>) -> rusqlite::Result<Self> {
        let database = source.connect(&component)?;
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
        self.lock().await.last_insert_rowid()
    }

    /// The number of rows that the latest statement changed.
    pub async fn changes(&self) -> u64 {
        self.lock().await.changes()
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

impl Drop for Shared {
    fn drop(&mut self) {
        self.source.give_back(&self.component, &mut self.database);
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const LONG: &str = "
        WITH RECURSIVE n (x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM n WHERE x < ?1)
        SELECT count(*) FROM n";

    /// A database of its own, in a file, because a second connection has to see it.
    struct Fixture {
        file: std::path::PathBuf,
        source: Arc<Source>,
    }

    impl Fixture {
        async fn new(name: &str, check_plans: bool) -> (Self, Session) {
            let file = std::env::temp_dir().join(format!("assay-{name}-{}.db", std::process::id()));
            let source = Arc::new(Source::new(file.clone(), check_plans));
            let this = Self { file, source };
            let session = this.session();
            for sql in ["PRAGMA journal_mode = WAL", "CREATE TABLE t (id INTEGER PRIMARY KEY, n)"] {
                run(&session, sql).await.unwrap();
            }
            (this, session)
        }

        fn session(&self) -> Session {
            Session::open(self.source.clone(), "test".into()).unwrap()
        }
    }

    impl Drop for Fixture {
        fn drop(&mut self) {
            for end in ["", "-wal", "-shm"] {
                drop(std::fs::remove_file(format!("{}{end}", self.file.display())));
            }
        }
    }

    async fn run(session: &Session, sql: &str) -> Result<Vec<Vec<Value>>, Error> {
        let result = session.execute(sql.to_owned(), Vec::new()).await?;
        Ok(result.rows.into_iter().map(|row| row.values).collect())
    }

    #[tokio::test]
    async fn a_long_statement_leaves_the_thread_to_others() {
        let (_fixture, session) = Fixture::new("long", false).await;
        let steps = 2_000_000;
        let long = session.execute(LONG.to_owned(), vec![Value::Integer(steps)]);
        let mut turns = 0;
        let others = async {
            loop {
                tokio::time::sleep(Duration::from_millis(1)).await;
                turns += 1;
            }
        };
        let result = tokio::select! {
            result = long => result.unwrap(),
            () = others => unreachable!(),
        };
        assert_eq!(result.rows[0].values, [Value::Integer(steps)]);
        assert!(turns > 5, "{turns} turns");
    }

    #[tokio::test]
    async fn a_write_waits_for_a_transaction_and_undoes_nothing_of_its_own() {
        let (fixture, one) = Fixture::new("transaction", false).await;
        let two = fixture.session();
        run(&one, "BEGIN IMMEDIATE").await.unwrap();
        run(&one, "INSERT INTO t (n) VALUES (1)").await.unwrap();
        let waiting = tokio::spawn(async move { run(&two, "INSERT INTO t (n) VALUES (2)").await });
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(!waiting.is_finished());
        let many = LONG.replace("SELECT count(*)", "INSERT INTO t (n) SELECT x");
        one.execute(many, vec![Value::Integer(100_000)]).await.unwrap();
        run(&one, "COMMIT").await.unwrap();
        waiting.await.unwrap().unwrap();
        assert_eq!(run(&one, "SELECT count(*) FROM t").await.unwrap(), [[Value::Integer(100_002)]]);
    }

    #[tokio::test]
    async fn all_writers_get_their_turn() {
        let (fixture, session) = Fixture::new("writers", false).await;
        let writer = |session: Session| async move {
            for _ in 0..50 {
                run(&session, "INSERT INTO t (n) VALUES (1)").await.unwrap();
            }
        };
        let writers: Vec<_> = (0..8).map(|_| tokio::spawn(writer(fixture.session()))).collect();
        for writer in writers {
            writer.await.unwrap();
        }
        assert_eq!(run(&session, "SELECT count(*) FROM t").await.unwrap(), [[Value::Integer(400)]]);
    }

    #[tokio::test]
    async fn a_guest_reaches_no_other_file() {
        let (_fixture, session) = Fixture::new("attach", false).await;
        for sql in ["ATTACH 'other.db' AS other", "VACUUM INTO 'other.db'"] {
            assert!(
                matches!(run(&session, sql).await, Err(Error::Io(why)) if why.contains("auth")),
                "{sql}"
            );
        }
        run(&session, "VACUUM").await.unwrap();
    }

    #[tokio::test]
    async fn errors_are_in_sqlites_words() {
        let (_fixture, session) = Fixture::new("errors", false).await;
        run(&session, "INSERT INTO t (id) VALUES (1)").await.unwrap();
        for (sql, words) in [
            ("INSERT INTO t (id) VALUES (1)", "UNIQUE constraint failed: t.id"),
            ("SELEC", "syntax error"),
            ("SELECT ?1", "Wrong number of parameters"),
            ("SELECT 1; SELECT 2", "Multiple statements"),
        ] {
            assert!(
                matches!(run(&session, sql).await, Err(Error::Io(why)) if why.contains(words)),
                "{sql}"
            );
        }
    }

    #[tokio::test]
    async fn a_scan_is_refused_each_time_when_plans_are_checked() {
        let (_fixture, session) = Fixture::new("scan", true).await;
        for _ in 0..2 {
            let refusal = run(&session, "SELECT * FROM t WHERE n = 1").await.unwrap_err();
            assert_eq!(refusal, Error::Io("full scan: SCAN t".into()));
        }
        assert_eq!(
            run(&session, "SELECT n FROM t WHERE id = 1").await.unwrap(),
            Vec::<Vec<Value>>::new()
        );
    }

    #[tokio::test]
    async fn a_connection_serves_the_next_guest_as_if_it_were_new() {
        let (fixture, first) = Fixture::new("reuse", false).await;
        run(&first, "INSERT INTO t (id) VALUES (7)").await.unwrap();
        run(&first, "PRAGMA user_version = 3").await.unwrap();
        let before = Arc::as_ptr(&first.0.database);
        drop(first);
        let second = fixture.session();
        assert_eq!(Arc::as_ptr(&second.0.database), before);
        assert_eq!((second.last_insert_rowid().await, second.changes().await), (0, 0));
        run(&second, "INSERT INTO t (id) VALUES (8)").await.unwrap();
        assert_eq!((second.last_insert_rowid().await, second.changes().await), (8, 1));
    }

    #[tokio::test]
    async fn an_altered_connection_serves_nobody_else() {
        let (fixture, first) = Fixture::new("altered", false).await;
        drop(first);
        for sql in ["PRAGMA foreign_keys = OFF", "CREATE TEMP TABLE x (y)", "BEGIN IMMEDIATE"] {
            let guest = fixture.session();
            run(&guest, sql).await.unwrap();
            drop(guest);
            assert!(fixture.source.connect(&"test".into()).unwrap().lock().await.renew());
        }
        assert_eq!(
            run(&fixture.session(), "PRAGMA foreign_keys").await.unwrap(),
            [[Value::Integer(1)]]
        );
    }
}
