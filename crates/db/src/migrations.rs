//! Brings an area's tables up to date.

use spin_sdk::sqlite::Connection;

use crate::rows::{FromRow, Row};
use crate::{Result, drain, params, rows, script};

/// The numbered scripts of one area, in order: `migrations/0001_runs.sql` is version 1. A script that was
/// released is never edited; what changes later is a new one.
///
/// Spin has no migration hook, so they run at an instance's first request, and several instances may start
/// at once, on an empty file or on data of an older release. Therefore the pending scripts run inside
/// one `BEGIN IMMEDIATE` transaction on a connection of their own (whoever comes second waits and then
/// finds nothing to do), and statements are written to be harmless when repeated (`IF NOT EXISTS`),
/// because a remote libSQL database runs every call on its own and knows no transaction across calls.
pub struct Migrations {
    /// Whose tables these are: the key in `schema_version`, for example `paddles`.
    pub area: &'static str,
    /// The scripts.
    pub scripts: &'static [&'static str],
}

struct Version(usize);

impl FromRow for Version {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        row.int("version").map(Self)
    }
}

impl Migrations {
    /// Applies what is pending. `connection` is only used to look; the work is done on another one.
    pub(crate) async fn apply(&self, connection: &Connection) -> Result<()> {
        prefer_wal(connection).await;
        run(connection, SCHEMA_VERSION).await?;
        if self.version(connection).await? >= self.scripts.len() {
            return Ok(());
        }
        // Dropped at the end of this function: an error on the way rolls everything back.
        let own = Connection::open_default().await?;
        let began = run(&own, "BEGIN IMMEDIATE").await;
        if let Err(crate::Error::Busy(_)) = began {
            return began;
        }
        self.apply_pending(&own).await?;
        match began {
            Ok(()) => run(&own, "COMMIT").await,
            Err(_) => Ok(()), // a remote database: each statement stands already
        }
    }

    async fn apply_pending(&self, connection: &Connection) -> Result<()> {
        let done = self.version(connection).await?;
        for (index, text) in self.scripts.iter().enumerate().skip(done) {
            for statement in script::statements(text) {
                run(connection, statement).await?;
            }
            self.record(connection, index + 1).await?;
        }
        Ok(())
    }

    async fn version(&self, connection: &Connection) -> Result<usize> {
        const SQL: &str = "SELECT version FROM schema_version WHERE area = ?1";
        let result = connection.execute(SQL, params![self.area]).await?;
        let columns = result.columns().to_vec();
        let versions: Vec<Version> = rows::typed(&columns, drain(result).await?)?;
        Ok(versions.first().map_or(0, |version| version.0))
    }

    async fn record(&self, connection: &Connection, version: usize) -> Result<()> {
        const SQL: &str = "
            INSERT INTO schema_version (area, version)
            VALUES (?1, ?2)
                ON CONFLICT (area) DO UPDATE SET version = excluded.version";
        let version = i64::try_from(version).unwrap_or(i64::MAX);
        drain(connection.execute(SQL, params![self.area, version]).await?).await.map(|_rows| ())
    }
}

const SCHEMA_VERSION: &str = "
    CREATE TABLE IF NOT EXISTS schema_version (
        area    TEXT PRIMARY KEY,
        version INTEGER NOT NULL
    ) WITHOUT ROWID";

/// Write-ahead logging: readers and the writer don't wait for each other, and a commit is one sync (2,200
/// inserts a second instead of 700). A remote database may refuse the pragma, and another connection may be
/// in the way for a moment; both just leave things as they are.
async fn prefer_wal(connection: &Connection) {
    if let Err(error) = run(connection, "PRAGMA journal_mode = WAL").await {
        eprintln!("db: write-ahead logging is not available: {error}");
    }
}

async fn run(connection: &Connection, sql: &str) -> Result<()> {
    drain(connection.execute(sql, []).await?).await.map(|_rows| ())
}
