//! Rows as types.

use spin_sdk::sqlite::{RowResult, Value};

use crate::{Error, Result};

/// A type that is read from the columns of one row, by their names.
pub trait FromRow: Sized {
    /// Reads the row; a missing column or another type is [`Error::Column`].
    fn from_row(row: &Row<'_>) -> Result<Self>;
}

/// One row of a result.
pub struct Row<'a> {
    columns: &'a [String],
    values: Vec<Value>,
}

impl Row<'_> {
    fn value(&self, name: &'static str) -> Result<&Value> {
        let index = self.columns.iter().position(|column| column == name);
        index.and_then(|index| self.values.get(index)).ok_or(Error::Column(name))
    }

    /// An integer column, into any integer type that it fits.
    pub fn int<T: TryFrom<i64>>(&self, name: &'static str) -> Result<T> {
        self.int_or_null(name)?.ok_or(Error::Column(name))
    }

    /// An integer column that may be NULL.
    pub fn int_or_null<T: TryFrom<i64>>(&self, name: &'static str) -> Result<Option<T>> {
        match self.value(name)? {
            Value::Integer(number) => {
                T::try_from(*number).map(Some).map_err(|_| Error::Column(name))
            }
            Value::Null => Ok(None),
            _ => Err(Error::Column(name)),
        }
    }

    /// A number column, integer or real.
    pub fn real(&self, name: &'static str) -> Result<f64> {
        match self.value(name)? {
            Value::Real(number) => Ok(*number),
            #[expect(clippy::cast_precision_loss, reason = "the caller asked for a float")]
            Value::Integer(number) => Ok(*number as f64),
            _ => Err(Error::Column(name)),
        }
    }

    /// An integer column that holds 0 or 1.
    pub fn flag(&self, name: &'static str) -> Result<bool> {
        Ok(self.int::<i64>(name)? != 0)
    }

    /// A text column.
    pub fn text(&self, name: &'static str) -> Result<String> {
        self.text_or_null(name)?.ok_or(Error::Column(name))
    }

    /// A text column that may be NULL.
    pub fn text_or_null(&self, name: &'static str) -> Result<Option<String>> {
        match self.value(name)? {
            Value::Text(text) => Ok(Some(text.clone())),
            Value::Null => Ok(None),
            _ => Err(Error::Column(name)),
        }
    }

    /// A blob column.
    pub fn bytes(&self, name: &'static str) -> Result<Vec<u8>> {
        match self.value(name)? {
            Value::Blob(bytes) => Ok(bytes.clone()),
            _ => Err(Error::Column(name)),
        }
    }
}

/// Rows of a result as `T`.
pub(crate) fn typed<T: FromRow>(columns: &[String], rows: Vec<RowResult>) -> Result<Vec<T>> {
    rows.into_iter().map(|row| T::from_row(&Row { columns, values: row.values })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_found_by_name_and_checked_by_type() {
        let columns = ["id".to_owned(), "name".to_owned()];
        let row = Row { columns: &columns, values: vec![Value::Integer(300), Value::Null] };
        assert_eq!(row.int::<i64>("id").unwrap(), 300);
        assert!(row.int::<u8>("id").is_err(), "300 does not fit");
        assert_eq!(row.text_or_null("name").unwrap(), None);
        assert!(row.text("name").is_err());
        assert!(row.text("nope").is_err());
    }
}
