//! When a running statement has to stop, and how long it waits for a lock.
//!
//! SQLite calls back while a statement runs (progress handler) and when another connection holds the lock it needs (busy
//! handler). Both ask the [`Limit`] of the connection, which says whether the statement runs on an async thread, where
//! it must be short, or on a thread of its own, where it may take its time.

use std::sync::Arc;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rusqlite::Connection;

/// How long a statement waits for a lock, as in Spin.
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// What a statement may take on an async thread before it is stopped and run again elsewhere.
pub const SHORT: Duration = Duration::from_millis(1);
/// Virtual machine steps between two looks at the clock: about 10 microseconds.
const STEPS: i32 = 1000;
/// Waits between two tries for a lock, in milliseconds, the last one again and again (SQLite's own list).
const DELAYS: [u64; 9] = [1, 2, 5, 10, 15, 20, 25, 50, 100];
const NONE: u64 = u64::MAX;

static EPOCH: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Until when the connection's statement may run, shared with SQLite's callbacks.
#[derive(Debug, Clone)]
pub struct Limit(Arc<AtomicU64>);

impl Limit {
    /// Puts a limit on a connection; none at first.
    pub fn install(connection: &mut Connection) -> rusqlite::Result<Self> {
        let limit = Self(Arc::new(AtomicU64::new(NONE)));
        let (progress, busy, commit) = (limit.clone(), limit.clone(), limit.clone());
        connection.progress_handler(STEPS, Some(move || progress.is_over()))?;
        connection.busy_handler(Some(move |tries| !busy.is_set() && wait_for_lock(tries)))?;
        // SQLite looks at the clock once more when a write is committed already. Stopped there, it
        // could not be undone, and running it again would do it twice.
        connection.commit_hook(Some(move || {
            commit.clear();
            false
        }))?;
        Ok(limit)
    }

    /// From now on, [`SHORT`] is all that a statement gets, and no waiting for locks.
    pub fn set(&self) {
        self.0.store(now() + micros(SHORT), Ordering::Relaxed);
    }

    /// From now on a statement may take as long as it takes.
    pub fn clear(&self) {
        self.0.store(NONE, Ordering::Relaxed);
    }

    fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed) != NONE
    }

    fn is_over(&self) -> bool {
        self.is_set() && now() > self.0.load(Ordering::Relaxed)
    }
}

fn now() -> u64 {
    micros(EPOCH.elapsed())
}

fn micros(duration: Duration) -> u64 {
    duration.as_micros().try_into().unwrap_or(NONE - 1)
}

/// Sleeps a little and says whether to try again. `tries` is how often it was called for this lock.
fn wait_for_lock(tries: i32) -> bool {
    let tries = usize::try_from(tries).unwrap_or_default();
    let last = DELAYS.last().copied().unwrap_or(100);
    let delay = |nth: usize| Duration::from_millis(DELAYS.get(nth).copied().unwrap_or(last));
    let waited: Duration =
        DELAYS.iter().take(tries).map(|ms| Duration::from_millis(*ms)).sum::<Duration>()
            + Duration::from_millis(last)
                * u32::try_from(tries.saturating_sub(DELAYS.len())).unwrap_or(u32::MAX);
    let again = waited < BUSY_TIMEOUT;
    if again {
        std::thread::sleep(delay(tries));
    }
    again
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SQLite looks at the clock where a statement jumps back, and at its end. This one is long and
    /// never jumps.
    #[test]
    fn a_write_is_not_stopped_once_it_is_committed() {
        let mut connection = Connection::open_in_memory().unwrap();
        let limit = Limit::install(&mut connection).unwrap();
        LazyLock::force(&EPOCH);
        connection.execute("CREATE TABLE t (x)", []).unwrap();
        let sql = format!("INSERT INTO t VALUES ({})", vec!["random()"; 600].join(" + "));
        limit.0.store(0, Ordering::Relaxed);
        connection.execute(&sql, []).unwrap();
    }
}
