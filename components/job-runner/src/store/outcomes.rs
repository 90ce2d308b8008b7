//! What came of a command: the number of the or why it was refused.

use assay_db::{FromRow, Row};

use crate::error::{Error, Result};

/// What a command's statement gives back.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The object's number.
    pub id: i64,
    /// Why nothing was done: a word and a text.
    refusal: Option<String>,
}

impl FromRow for Outcome {
    fn from_row(row: &Row<'_>) -> assay_db::Result<Self> {
        Ok(Self { id: row.int("id")?, refusal: row.text_or_null("refusal")? })
    }
}

impl Outcome {
    /// Whether the plan that came with the command was made from what is not so any more: look
    /// again.
    pub fn is_stale(&self) -> bool {
        self.refusal.as_deref() == Some("stale")
    }

    /// The number, or the refusal in this area's words. The statements begin a refusal with
    /// `hidden` (not for this caller), `taken` (the present state forbids it), `wrong FIELD` or
    /// `refused`.
    pub fn done(self) -> Result<i64> {
        let Some(refusal) = self.refusal else { return Ok(self.id) };
        let (word, text) = refusal.split_once(' ').unwrap_or((&refusal, ""));
        Err(match word {
            "taken" => Error::Conflict(text.to_owned()),
            "wrong" => {
                let (field, text) = text.split_once(' ').unwrap_or((text, ""));
                Error::about(field, text.to_owned())
            }
            "refused" => Error::invalid(text),
            _ => Error::Unauthorized,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(refusal: &str) -> String {
        let outcome = Outcome { id: 1, refusal: Some(refusal.to_owned()) };
        outcome.done().unwrap_err().to_string()
    }

    #[test]
    fn a_refusal_says_what_is_so() {
        assert_eq!(
            message("taken Run 1 is taken by another worker."),
            "Run 1 is taken by another worker."
        );
        assert!(matches!(
            Outcome { id: 1, refusal: Some("wrong pid It is.".into()) }.done(),
            Err(Error::Field { field, message }) if field == "pid" && message == "It is."
        ));
        assert_eq!(message("hidden"), Error::Unauthorized.to_string());
        assert_eq!(Outcome { id: 7, refusal: None }.done().unwrap(), 7);
    }
}
