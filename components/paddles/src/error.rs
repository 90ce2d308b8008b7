//! What can go wrong, and what each of it becomes: a status and `{"message": "<text>"}`.
//!
//! A client's fault says what was wrong with which field, in the words that clients look for (teuthology
//! looks for messages that end in `already exists`). Our own faults say nothing to the client and everything to the
//! log, once, here.

use assay_db as db;
use assay_web::body::Refusal;
use assay_web::json::JsonText;
use axum::extract::rejection::PathRejection;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::json;

/// Everything that keeps a request of this area from success.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request does not make sense as it is.
    #[error("{0}")]
    Invalid(String),
    /// The thing that the request is about is not there.
    #[error("{0}")]
    NotThere(&'static str),
    /// The same, in somebody else's words.
    #[error("{0}")]
    NotFound(String),
    /// It makes sense, but the present state forbids it: locked by somebody else, paused already.
    #[error("{0}")]
    Forbidden(String),
    /// Nothing to give right now; worth asking again.
    #[error("{0}")]
    Unavailable(String),
    /// A write without the operator's token.
    #[error("writes need 'Authorization: Bearer' with the write token of this server")]
    UnknownWriter,
    /// A body beyond the limit.
    #[error("the body is larger than {0} bytes")]
    TooLarge(usize),
    /// No such URL.
    #[error("resource was not found")]
    NoSuchPage,
    /// The URL is there, the method is not; axum adds `Allow`.
    #[error("this URI does not support the method that was attempted")]
    WrongMethod,
    /// The store failed.
    #[error("the store failed; the server's log says why")]
    Store(#[from] db::Error),
}

/// What handlers give.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// [`Error::Invalid`] from any text.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::Invalid(message.into())
    }

    /// The one text for every body that is no JSON.
    pub fn not_json() -> Self {
        Self::invalid("could not decode JSON body")
    }

    /// A required key is missing, null or empty.
    pub fn missing_key(key: &str) -> Self {
        Self::invalid(format!("could not find required key: '{key}'"))
    }

    /// A field is not what it must be: `field 'priority' must be an integer`.
    pub fn field(name: &str, must_be: &str) -> Self {
        Self::invalid(format!("field '{name}' must be {must_be}"))
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Invalid(_) => StatusCode::BAD_REQUEST,
            Self::NotThere(_) | Self::NotFound(_) | Self::NoSuchPage => StatusCode::NOT_FOUND,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::Unavailable(_) | Self::Store(db::Error::Busy(_)) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::UnknownWriter => StatusCode::UNAUTHORIZED,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::Store(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::TooLarge(limit) => Self::TooLarge(limit),
            Refusal::CutOff => Self::not_json(),
        }
    }
}

impl From<PathRejection> for Error {
    /// A path that is not UTF-8 names nothing of ours.
    fn from(_rejection: PathRejection) -> Self {
        Self::NoSuchPage
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        if let Self::Store(cause) = &self {
            eprintln!("paddles: {cause}");
        }
        let body = json!({ "message": self.to_string() }).to_string();
        assay_web::refusal(self.status(), JsonText(body))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::header;

    #[test]
    fn a_busy_store_is_worth_trying_again_and_a_broken_one_is_not() {
        let busy = Error::from(db::Error::Busy("database is locked".into())).into_response();
        assert_eq!(busy.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(busy.headers()[header::RETRY_AFTER], "1");
        let broken = Error::from(db::Error::Failed("no such table".into()));
        assert!(!broken.to_string().contains("table"), "clients learn nothing of our insides");
        assert_eq!(broken.into_response().status(), StatusCode::INTERNAL_SERVER_ERROR);
    }

    #[test]
    fn messages_name_the_field() {
        assert_eq!(
            Error::field("seed", "an integer").to_string(),
            "field 'seed' must be an integer"
        );
        assert_eq!(Error::missing_key("name").to_string(), "could not find required key: 'name'");
    }
}
