//! Pages of lists: which one is asked for, and what is said of it.

use serde_json::{Value, json};

const NOT_A_NUMBER: &str =
    "Invalid page number: The page number can not be converted to an integer";
const NOT_POSITIVE: &str = "Invalid page number: The page number less or equal zero.";
const TOO_GREAT: &str =
    "Invalid page number: The page number is greater than the total number of pages.";

/// A page of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// From 1.
    pub number: i64,
    /// How many entries a page has.
    pub size: i64,
}

impl Page {
    /// Reads `page` and `per_page`; the refusal is the title of an error.
    pub fn parse(
        number: Option<&str>,
        size: Option<&str>,
        default: i64,
        most: i64,
    ) -> Result<Self, String> {
        let number = match number {
            None => 1,
            Some(text) => whole(text)?,
        };
        if number <= 0 {
            return Err(NOT_POSITIVE.to_owned());
        }
        let size = match size.map(str::parse::<i64>) {
            None => default,
            Some(Ok(size)) if (1..=most).contains(&size) => size,
            Some(_) => return Err(format!("per_page must be a number from 1 to {most}")),
        };
        Ok(Self { number, size })
    }

    /// How many entries come before it.
    pub fn skipped(self) -> i64 {
        (self.number - 1).saturating_mul(self.size)
    }

    /// What is said of the page of a list of so many entries; a page behind the last one is
    /// refused.
    pub fn of(self, entries: i64) -> Result<Value, String> {
        let total = (entries.saturating_add(self.size - 1) / self.size).max(1);
        if self.number > total {
            return Err(TOO_GREAT.to_owned());
        }
        Ok(json!({ "current_page": self.number, "total_pages": total }))
    }
}

/// A number of any length: one that is too great for us is behind every list.
fn whole(text: &str) -> Result<i64, String> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(NOT_A_NUMBER.to_owned());
    }
    let limit = if text.starts_with('-') { i64::MIN } else { i64::MAX };
    Ok(text.parse().unwrap_or(limit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_a_positive_number() {
        let parse = |text| Page::parse(Some(text), None, 20, 100);
        assert_eq!(parse("2").unwrap().skipped(), 20);
        for text in ["x", "", "1.5", "-"] {
            assert_eq!(parse(text).unwrap_err(), NOT_A_NUMBER);
        }
        for text in ["0", "-1", "-99999999999999999999"] {
            assert_eq!(parse(text).unwrap_err(), NOT_POSITIVE);
        }
        let far = parse("1000000000000000000000000000000").unwrap();
        assert_eq!(far.of(1).unwrap_err(), TOO_GREAT);
        assert!(Page::parse(None, Some("101"), 20, 100).is_err());
    }

    #[test]
    fn an_empty_list_has_one_page() {
        let page = Page { number: 1, size: 20 };
        assert_eq!(page.of(0).unwrap()["total_pages"], 1);
        assert_eq!(page.of(20).unwrap()["total_pages"], 1);
        assert_eq!(page.of(21).unwrap()["total_pages"], 2);
    }
}
