//! `--check-plans`: finds statements that read a whole table, so that the tests refuse them.
//!
//! `EXPLAIN QUERY PLAN` alone cannot tell a table from a CTE or a JSON array, because it speaks of aliases. So the
//! bytecode says which tables and indexes are walked from end to end (a cursor that is opened on one of their root pages,
//! rewound and stepped), and the plan says whether that is a scan and in which words.
//!
//! Fine are: a scan that the SQL explains (`-- scan: why`); an ordered walk of an index or of the row ids with a `LIMIT`,
//! where no sorting follows that needs all of it; and the small table of the migrations.

use std::collections::{BTreeSet, HashMap, HashSet};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, Result};

use super::sql::Words;

/// Each migration has a row in it, and each table with numbers of its own; so they are never large.
const SMALL_TABLES: [&str; 2] = ["schema_version", "sqlite_sequence"];
const CHECKED: [&str; 7] = ["select", "insert", "update", "delete", "replace", "with", "values"];

/// A table, or an index of it, that a statement walks from end to end.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Walk {
    table: String,
    index: Option<String>,
    /// `count(*)`: a walk that is over within one step of the program.
    counts: bool,
}

/// A line of `EXPLAIN QUERY PLAN`.
#[derive(Debug)]
struct Line {
    parent: i64,
    detail: String,
}

/// The first full scan of a statement, in the words of its plan.
pub fn full_scan(connection: &Connection, sql: &str) -> Result<Option<String>> {
    let words = Words::of(sql);
    let explained =
        words.comments.iter().any(|c| c.strip_prefix("scan:").is_some_and(|why| !why.is_empty()));
    let first = words.words.first().map(String::as_str).unwrap_or_default();
    if explained || !CHECKED.contains(&first) {
        return Ok(None);
    }
    let walks = walks(connection, sql)?;
    if walks.is_empty() {
        return Ok(None);
    }
    let plan = plan(connection, sql)?;
    Ok(walks.iter().find_map(|walk| scan(walk, &plan, &words)).map(str::to_owned))
}

/// What the statement and its triggers walk.
fn walks(connection: &Connection, sql: &str) -> Result<BTreeSet<Walk>> {
    let roots = roots(connection)?;
    let mut found = BTreeSet::new();
    let mut cursors: HashMap<i64, &(String, Option<String>)> = HashMap::new();
    let (mut rewound, mut stepped) = (HashSet::new(), HashSet::new());
    let mut statement = connection.prepare(&format!("EXPLAIN {sql}"))?;
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        let (address, operation): (i64, String) = (row.get(0)?, row.get(1)?);
        let (cursor, root, database): (i64, i64, i64) = (row.get(2)?, row.get(3)?, row.get(4)?);
        if address == 0 {
            // The main program, and then each trigger's: cursors are counted anew.
            cursors.clear();
            rewound.clear();
            stepped.clear();
        }
        match operation.as_str() {
            "OpenRead" | "OpenWrite" | "ReopenIdx" if database == 0 => {
                cursors.extend(roots.get(&root).map(|opened| (cursor, opened)));
            }
            "Rewind" | "Last" => _ = rewound.insert(cursor),
            "Next" | "Prev" => _ = stepped.insert(cursor),
            "Count" => {}
            _ => continue,
        }
        let counts = operation == "Count";
        if (counts || rewound.contains(&cursor) && stepped.contains(&cursor))
            && let Some((table, index)) = cursors.get(&cursor)
        {
            found.insert(Walk { table: table.clone(), index: index.clone(), counts });
        }
    }
    found.retain(|walk| !SMALL_TABLES.contains(&walk.table.as_str()));
    Ok(found)
}

/// The tables and indexes by their root pages.
fn roots(connection: &Connection) -> Result<HashMap<i64, (String, Option<String>)>> {
    const SQL: &str = "
        SELECT rootpage, lower(tbl_name), CASE type WHEN 'index' THEN name END
          FROM main.sqlite_schema
         WHERE rootpage > 0";
    let mut statement = connection.prepare(SQL)?;
    statement.query_map([], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?.collect()
}

/// The query plan of the statement and its triggers.
fn plan(connection: &Connection, sql: &str) -> Result<Vec<Line>> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRIGGER_EQP, true)?;
    let lines = (|| {
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
        let mut rows = statement.raw_query();
        let mut lines = Vec::new();
        while let Some(row) = rows.next()? {
            lines.push(Line { parent: row.get(1)?, detail: row.get(3)? });
        }
        Ok(lines)
    })();
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRIGGER_EQP, false)?;
    lines
}

/// The line that shows this walk to be a scan that is not fine.
fn scan<'a>(walk: &Walk, plan: &'a [Line], words: &Words) -> Option<&'a str> {
    let of_this: Vec<_> = plan.iter().filter(|line| line.shows(walk, words)).collect();
    let lines = if of_this.is_empty() && walk.index.is_none() {
        // An alias inside a view or a trigger.
        plan.iter().filter(|line| line.is_plain_scan()).collect()
    } else {
        of_this
    };
    let is_fine = |line: &Line| {
        let sorted = plan.iter().any(|other| other.parent == line.parent && other.sorts());
        let ordered = walk.index.is_some() || words.has(&["order", "by"]);
        words.has(&["limit"]) && ordered && !sorted && !walk.counts && !line.is_automatic()
    };
    lines.into_iter().find(|line| !is_fine(line)).map(|line| line.detail.as_str())
}

impl Line {
    fn shows(&self, walk: &Walk, words: &Words) -> bool {
        if let Some(index) = &walk.index {
            let (scanned, used) = self.detail.split_once(" INDEX ").unwrap_or_default();
            return scanned.starts_with("SCAN ") && used.split(' ').next() == Some(index);
        }
        let table = walk.table.as_str();
        let alias = self.detail.split(' ').nth(1).unwrap_or_default().to_lowercase();
        let is_it =
            alias == table || words.has(&[table, &alias]) || words.has(&[table, "as", &alias]);
        is_it && (self.is_plain_scan() || self.is_automatic())
    }

    fn is_plain_scan(&self) -> bool {
        let detail = &self.detail;
        let other = [" INDEX ", "VIRTUAL TABLE", "CONSTANT ROW", "VALUES CLAUSE"];
        detail.starts_with("SCAN ") && !other.iter().any(|words| detail.contains(words))
    }

    /// An index that SQLite builds for this one statement, from the whole table.
    fn is_automatic(&self) -> bool {
        self.detail.contains(" AUTOMATIC ")
    }

    fn sorts(&self) -> bool {
        self.detail.starts_with("USE TEMP B-TREE FOR") && !self.detail.contains("LAST")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: &str = "
        CREATE TABLE schema_version (component TEXT PRIMARY KEY, version INTEGER);
        CREATE TABLE runs (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, status TEXT, posted TEXT);
        CREATE TABLE jobs (id INTEGER PRIMARY KEY, run INTEGER REFERENCES runs (id), status TEXT, note TEXT);
        CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT);
        CREATE INDEX runs_posted ON runs (posted);
        CREATE INDEX jobs_run ON jobs (run, status);
        CREATE VIEW open_runs AS SELECT r.id, r.name FROM runs r WHERE r.status = 'open';
        CREATE TRIGGER job_added AFTER INSERT ON jobs BEGIN
            UPDATE runs SET status = 'open' WHERE id = new.run;
        END;
        CREATE TRIGGER note_added AFTER INSERT ON notes BEGIN
            UPDATE jobs SET note = new.text WHERE status = 'x';
        END;";

    fn scan_of(sql: &str) -> Option<String> {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(SCHEMA).unwrap();
        full_scan(&connection, sql).unwrap()
    }

    #[test]
    fn lookups_and_ordered_walks_are_fine() {
        for sql in [
            "SELECT name FROM runs WHERE id = ?1",
            "SELECT id FROM runs WHERE name = ?1",
            "SELECT name FROM runs ORDER BY posted DESC LIMIT 10",
            "SELECT name FROM runs r ORDER BY r.id LIMIT 10",
            "SELECT json_group_array(name) FROM (SELECT name FROM runs ORDER BY posted DESC LIMIT ?1)",
            "SELECT max(id), 1 FROM runs",
            "SELECT max(posted) FROM runs",
            "SELECT r.name, j.id FROM json_each(?1) e JOIN runs r ON r.id = e.value JOIN jobs j ON j.run = r.id",
            "WITH wanted (id) AS (SELECT value FROM json_each(?1)) SELECT runs.name FROM wanted JOIN runs USING (id)",
            "INSERT INTO runs (name) VALUES (?1) ON CONFLICT (name) DO NOTHING RETURNING id",
            "INSERT INTO jobs (run) SELECT value FROM json_each(?1)",
            "UPDATE runs SET status = ?2 WHERE id = ?1",
            "DELETE FROM jobs WHERE run = ?1",
            "SELECT count(*) FROM jobs WHERE run = ?1",
            "WITH RECURSIVE n (x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM n WHERE x < 9) SELECT sum(x) FROM n",
            "SELECT 1",
        ] {
            assert_eq!(scan_of(sql), None, "{sql}");
        }
    }

    #[test]
    fn whole_tables_are_found() {
        for (sql, detail) in [
            ("SELECT * FROM runs", "SCAN runs"),
            ("SELECT * FROM runs AS r WHERE r.status = ?1", "SCAN r"),
            ("SELECT * FROM runs WHERE status = ?1 LIMIT 5", "SCAN runs"),
            ("SELECT name FROM runs ORDER BY status LIMIT 5", "SCAN runs"),
            ("SELECT count(*) FROM runs LIMIT 1", "SCAN runs USING COVERING INDEX"),
            (
                "SELECT posted FROM runs ORDER BY posted",
                "SCAN runs USING COVERING INDEX runs_posted",
            ),
            ("SELECT status, count(*) FROM jobs GROUP BY status LIMIT 1", "SCAN jobs"),
            ("SELECT id FROM open_runs", "SCAN r"),
            ("UPDATE runs SET status = ?1 WHERE status = ?2", "SCAN runs"),
            ("DELETE FROM runs WHERE status = ?1", "SCAN runs"),
            (
                "SELECT r.id FROM runs r WHERE EXISTS (SELECT 1 FROM jobs WHERE note = r.name) AND r.id = 1",
                "SCAN jobs",
            ),
            (
                "WITH r AS (SELECT * FROM runs WHERE status = 'a') SELECT count(*) FROM r",
                "SCAN runs",
            ),
            ("INSERT INTO notes (text) VALUES (?1)", "SCAN jobs"),
            ("SELECT r.id FROM json_each(?1) e JOIN runs r ON r.status = e.value", "r"),
        ] {
            let found = scan_of(sql).unwrap_or_else(|| panic!("not found: {sql}"));
            assert!(found.contains(detail), "{sql}: {found}");
        }
    }

    #[test]
    fn an_explained_scan_is_fine() {
        assert_eq!(scan_of("SELECT * FROM runs -- scan: there are ten"), None);
        assert!(scan_of("SELECT * FROM runs -- scan:").is_some());
        assert!(scan_of("SELECT * FROM runs WHERE name <> '-- scan: no comment'").is_some());
    }

    #[test]
    fn migrations_and_the_schema_are_not_looked_at() {
        for sql in [
            "SELECT * FROM schema_version",
            "SELECT name FROM sqlite_schema",
            "CREATE INDEX runs_status ON runs (status)",
            "PRAGMA journal_mode = WAL",
        ] {
            assert_eq!(scan_of(sql), None, "{sql}");
        }
    }
}
