//! All areas share one database, and a migration creates only what is not there: a name that is used
//! twice, in one area or in two, would leave out the second thing without a word.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use assay_tests::workspace;

/// What a line creates: `CREATE TRIGGER IF NOT EXISTS name ...`.
fn created(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("CREATE ")?;
    let rest = rest.strip_prefix("UNIQUE ").unwrap_or(rest);
    let (_kind, rest) = rest.split_once(' ')?;
    let rest = rest.strip_prefix("IF NOT EXISTS ").unwrap_or(rest);
    rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn every_name_in_the_database_is_created_once() {
    let mut created_by: HashMap<String, PathBuf> = HashMap::new();
    for area in entries(&workspace().join("components")) {
        for file in entries(&area.join("migrations")) {
            for name in fs::read_to_string(&file).unwrap().lines().filter_map(created) {
                let before = created_by.insert(name.to_owned(), file.clone());
                assert_eq!(before, None, "{name} of {} is there already", file.display());
            }
        }
    }
    assert!(created_by.len() > 100, "{} names", created_by.len());
}

#[test]
fn a_name_is_read_from_its_line() {
    assert_eq!(created("CREATE UNIQUE INDEX IF NOT EXISTS a_b ON t (c);"), Some("a_b"));
    assert_eq!(created("CREATE VIEW IF NOT EXISTS v(x) AS SELECT 1;"), Some("v"));
    assert_eq!(created("-- CREATE TABLE t"), None);
}
