//! A database file, and what its connections know together.
//!
//! SQLite lets one connection write at a time and makes the others poll with growing pauses (p99 of an INSERT from 16
//! clients: 75 to 226 ms). Here they queue for their turn first, in order of arrival, without polling.
//!
//! An instance lives for 128 requests. Its connection, with the schema read and the statements prepared, is kept for the
//! component's next instance, unless the guest has made it different from a new one.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::{Mutex, OwnedMutexGuard};

use super::checkpoints::Checkpoints;
use super::database::Database;

/// Statements that are remembered; beyond it everything is learnt anew (SQL that is glued from values ends here).
const STATEMENTS: usize = 4096;
/// Connections kept for each component.
const IDLE: usize = 8;

/// A connection that the requests of an instance share.
pub type Shared = Arc<Mutex<Database>>;

/// A database file.
pub struct Source {
    /// Where it is.
    pub file: PathBuf,
    /// Whether statements that scan a table are refused.
    pub check_plans: bool,
    writers: Arc<Mutex<()>>,
    checkpoints: Checkpoints,
    /// Connections without a guest, by component.
    idle: std::sync::Mutex<HashMap<Arc<str>, Vec<Shared>>>,
    statements: RwLock<HashMap<Box<str>, Arc<Habits>>>,
}

/// What is known about a statement from its last runs.
#[derive(Debug)]
pub struct Habits {
    /// Whether it changes the database.
    pub writes: bool,
    /// How long it took lately, in microseconds.
    lately: AtomicU32,
}

impl Source {
    /// The database in this file.
    pub fn new(file: PathBuf, check_plans: bool) -> Self {
        Self {
            checkpoints: Checkpoints::new(file.clone()),
            file,
            check_plans,
            writers: Arc::default(),
            idle: Default::default(),
            statements: RwLock::default(),
        }
    }

    /// A connection for a component: one that an instance of it had before, or a new one.
    pub fn connect(&self, component: &Arc<str>) -> rusqlite::Result<Shared> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = idle.get_mut(component).and_then(Vec::pop);
        drop(idle);
        match kept {
            Some(database) => Ok(database),
            None => Ok(Arc::new(Mutex::new(Database::open(&self.file, &self.checkpoints)?))),
        }
    }

    /// Takes a connection back, when its guest is gone, for the next one.
    pub fn give_back(&self, component: &Arc<str>, database: &mut Shared) {
        if Arc::get_mut(database).is_some_and(|database| database.get_mut().renew()) {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            let idle = idle.entry(component.clone()).or_default();
            if idle.len() < IDLE {
                idle.push(database.clone());
            }
        }
    }

    /// Waits for one's turn to write.
    pub async fn turn(&self) -> OwnedMutexGuard<()> {
        self.writers.clone().lock_owned().await
    }

    /// What is known about a statement.
    pub fn habits(&self, sql: &str) -> Option<Arc<Habits>> {
        self.statements.read().unwrap_or_else(PoisonError::into_inner).get(sql).cloned()
    }

    /// Remembers a statement's first run.
    pub fn learn(&self, sql: &str, writes: bool, took: Duration) {
        let mut statements = self.statements.write().unwrap_or_else(PoisonError::into_inner);
        if statements.len() >= STATEMENTS {
            statements.clear();
        }
        let habits = Habits { writes, lately: AtomicU32::new(micros(took)) };
        statements.insert(sql.into(), Arc::new(habits));
    }
}

impl Habits {
    /// How long it took lately.
    pub fn lately(&self) -> Duration {
        Duration::from_micros(self.lately.load(Ordering::Relaxed).into())
    }

    /// A moving estimate: a quarter of the new, three quarters of the old.
    pub fn note(&self, took: Duration) {
        let old = self.lately.load(Ordering::Relaxed);
        let new = (u64::from(old) * 3 + u64::from(micros(took))) / 4;
        self.lately.store(new.try_into().unwrap_or(u32::MAX), Ordering::Relaxed);
    }
}

fn micros(duration: Duration) -> u32 {
    duration.as_micros().try_into().unwrap_or(u32::MAX)
}
