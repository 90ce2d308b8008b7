//! The types of `spin:sqlite@3.1.0` and how they become SQLite's values and back.

use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, ValueRef};
use wasmtime::component::{ComponentType, Lift, Lower};

/// A value of a parameter or of a column.
#[derive(Debug, Clone, PartialEq, ComponentType, Lift, Lower)]
#[component(variant)]
pub enum Value {
    /// A 64-bit integer.
    #[component(name = "integer")]
    Integer(i64),
    /// A floating-point number.
    #[component(name = "real")]
    Real(f64),
    /// Text.
    #[component(name = "text")]
    Text(String),
    /// Bytes.
    #[component(name = "blob")]
    Blob(Vec<u8>),
    /// `NULL`.
    #[component(name = "null")]
    Null,
}

/// One row.
#[derive(Debug, Clone, PartialEq, ComponentType, Lift, Lower)]
#[component(record)]
pub struct RowResult {
    /// The values in the order of the columns.
    pub values: Vec<Value>,
}

/// A whole result, as the plain `execute` gives it.
#[derive(Debug, Clone, PartialEq, ComponentType, Lift, Lower)]
#[component(record)]
pub struct QueryResult {
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<RowResult>,
}

/// What may go wrong, as the interface tells it.
#[derive(Debug, Clone, PartialEq, ComponentType, Lift, Lower)]
#[component(variant)]
pub enum Error {
    /// The host has no such database.
    #[component(name = "no-such-database")]
    NoSuchDatabase,
    /// The manifest does not give the database to this component.
    #[component(name = "access-denied")]
    AccessDenied,
    /// Never given here.
    #[component(name = "invalid-connection")]
    InvalidConnection,
    /// Never given here.
    #[component(name = "database-full")]
    DatabaseFull,
    /// Everything else, with SQLite's own words.
    #[component(name = "io")]
    Io(String),
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        Self::Io(error.to_string())
    }
}

impl Value {
    /// Copies a column out of SQLite.
    pub fn read(value: ValueRef<'_>) -> Result<Self, Error> {
        Ok(match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(number) => Self::Integer(number),
            ValueRef::Real(number) => Self::Real(number),
            ValueRef::Text(text) => Self::Text(
                std::str::from_utf8(text)
                    .map_err(|_| Error::Io("a text in the result is not UTF-8".into()))?
                    .to_owned(),
            ),
            ValueRef::Blob(bytes) => Self::Blob(bytes.to_vec()),
        })
    }

    /// The memory that it takes here, roughly.
    pub fn size(&self) -> usize {
        size_of::<Self>()
            + match self {
                Self::Text(text) => text.len(),
                Self::Blob(bytes) => bytes.len(),
                Self::Integer(_) | Self::Real(_) | Self::Null => 0,
            }
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Real(number) => ValueRef::Real(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
            Self::Null => ValueRef::Null,
        }))
    }
}
