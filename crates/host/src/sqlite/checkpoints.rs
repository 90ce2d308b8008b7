//! Moves what was written from the write-ahead log into the database file, beside the writers.
//!
//! SQLite does that in the commit that brings the log to 1000 pages, and everybody waits for it: of the 1 MB values of an
//! upload, which are stored in 2.5 ms each, every fourth took 20 to 95 ms. Here another thread does it, on a connection of
//! its own, while the writers go on. What a commit promises is the same: it is in the log, and synced, when it returns.

use std::ffi::c_int;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::hooks::Wal;
use rusqlite::wal::CheckpointMode;
use rusqlite::{Connection, OpenFlags, Result};
use tokio::runtime::Handle;

/// So many new pages in the log are worth being moved (SQLite's own number).
const PAGES: c_int = 1000;
/// So many are too many: the log begins anew only when nobody wrote while it was moved, so now a writer has to wait.
const MANY_PAGES: c_int = 4 * PAGES;

/// The log of one database file.
#[derive(Clone)]
pub struct Checkpoints(Arc<Shared>);

struct Shared {
    file: PathBuf,
    under_way: AtomicBool,
    /// Pages that the log had when they were moved last.
    moved: AtomicI32,
    /// Opened when it is needed first, and kept.
    connection: Mutex<Option<Connection>>,
}

impl Checkpoints {
    /// Those of this database.
    pub fn new(file: PathBuf) -> Self {
        Self(Arc::new(Shared {
            file,
            under_way: AtomicBool::new(false),
            moved: AtomicI32::new(0),
            connection: Mutex::new(None),
        }))
    }

    /// Makes the commits of a connection tell us, instead of doing the work themselves.
    pub fn watch(&self, connection: &mut Connection) -> Result<()> {
        let checkpoints = self.clone();
        connection.wal_hook(Some(move |log: &mut Wal, pages| {
            checkpoints.committed(log, pages);
            // The commit is done, whatever became of its pages: they stay in the log.
            Ok(())
        }))
    }

    fn committed(&self, log: &mut Wal, pages: c_int) {
        match Handle::try_current() {
            Ok(runtime) if pages < MANY_PAGES => self.begin(pages, &runtime),
            // Busy when the other thread is at it: then it is being done.
            _ if pages >= PAGES => drop(log.checkpoint_v2(CheckpointMode::PASSIVE)),
            _ => {}
        }
    }

    fn begin(&self, pages: c_int, runtime: &Handle) {
        let moved = self.0.moved.load(Ordering::Relaxed);
        // A log that is shorter than it was has begun anew.
        let new = if pages < moved { pages } else { pages - moved };
        if new < PAGES || self.0.under_way.swap(true, Ordering::AcqRel) {
            return;
        }
        self.0.moved.store(pages, Ordering::Relaxed);
        let shared = self.0.clone();
        runtime.spawn_blocking(move || {
            // What it could not do, the next one does.
            drop(shared.run());
            shared.under_way.store(false, Ordering::Release);
        });
    }
}

impl Shared {
    /// Moves what is in the log. Gives the pages that it has, and how many of them have been moved.
    fn run(&self) -> Result<(c_int, c_int)> {
        let mut kept = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let connection = match kept.take() {
            Some(connection) => connection,
            None => self.open()?,
        };
        let moved = connection.wal_checkpoint_v2(None::<&str>, CheckpointMode::PASSIVE)?;
        *kept = Some(connection);
        Ok(moved)
    }

    fn open(&self) -> Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.file, flags)?;
        // A connection that has read nothing does not know that there is a log.
        connection.query_row("PRAGMA schema_version", [], |_| Ok(()))?;
        Ok(connection)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANY: &str = "
        WITH RECURSIVE n (x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM n WHERE x < 2000)
        INSERT INTO t (n) SELECT zeroblob(4000) FROM n";

    /// A database in WAL mode whose writer is watched.
    struct Fixture {
        file: PathBuf,
        checkpoints: Checkpoints,
        writer: Connection,
    }

    impl Fixture {
        fn new(name: &str) -> Self {
            let file = std::env::temp_dir().join(format!("assay-{name}-{}.db", std::process::id()));
            let checkpoints = Checkpoints::new(file.clone());
            let mut writer = Connection::open(&file).unwrap();
            checkpoints.watch(&mut writer).unwrap();
            writer.pragma_update(None, "journal_mode", "WAL").unwrap();
            writer.execute_batch("CREATE TABLE t (n)").unwrap();
            Self { file, checkpoints, writer }
        }

        fn size(&self) -> u64 {
            self.file.metadata().unwrap().len()
        }
    }

    impl Drop for Fixture {
        fn drop(&mut self) {
            for end in ["", "-wal", "-shm"] {
                drop(std::fs::remove_file(format!("{}{end}", self.file.display())));
            }
        }
    }

    #[test]
    fn a_commit_leaves_its_pages_to_the_other_thread() {
        let fixture = Fixture::new("log");
        let runtime = tokio::runtime::Builder::new_multi_thread().build().unwrap();
        {
            let _entered = runtime.enter();
            fixture.writer.execute_batch(MANY).unwrap();
        }
        // The end of the runtime is the end of its threads' work.
        drop(runtime);
        assert!(fixture.size() > 8_000_000, "the pages are in the file");
        let (pages, moved) = fixture.checkpoints.0.run().unwrap();
        assert!(pages > PAGES && pages == moved, "{moved} of {pages}");
    }

    #[test]
    fn without_another_thread_a_commit_moves_its_pages_itself() {
        let fixture = Fixture::new("alone");
        fixture.writer.execute_batch(MANY).unwrap();
        assert!(fixture.size() > 8_000_000, "the pages are in the file");
    }
}
