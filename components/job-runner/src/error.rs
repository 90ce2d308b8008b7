//! What can go wrong, and what each of it becomes: a status and `{"error": "<text>"}`, for a field
//! also its name.
//!
//! A client's fault says what was wrong, in tastypie's words where clients know them. Who is not
//! let in learns nothing of why: one body for all. Our own faults say nothing to the client and
//! everything to the log, once, here.

use assay_db as db;
use assay_web::body::Refusal;
use assay_web::json::JsonText;
use axum::extract::rejection::PathRejection;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

/// Everything that keeps a request of this area from success.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request does not make sense as it is.
    #[error("{0}")]
    Invalid(String),
    /// A field of the body does not.
    #[error("{message}")]
    Field {
        /// Its name.
        field: String,
        /// What it must be.
        message: String,
    },
    /// Nobody we know, or nobody who may do this.
    #[error("You are not authorized to do this.")]
    Unauthorized,
    /// A form without the token that proves where it comes from.
    #[error("The CSRF token is missing or wrong: load the login page again.")]
    Forged,
    /// The thing that the request is about is not there.
    #[error("There is no such object.")]
    NotThere,
    /// No such URL.
    #[error("There is no such page.")]
    NoSuchPage,
    /// The URL is there, the method is not; axum adds `Allow`.
    #[error("This URL does not support that method.")]
    WrongMethod,
    /// The present state forbids it.
    #[error("{0}")]
    Conflict(String),
    /// A body beyond the limit.
    #[error("The body is larger than {0} bytes.")]
    TooLarge(usize),
    /// A body of another type than JSON.
    #[error("The content type must be application/json.")]
    NotJson,
    /// Too many wrong passwords; worth trying again after so many seconds.
    #[error("Too many failed logins: try again in {0} seconds.")]
    TooMany(i64),
    /// The operator has set something that cannot be.
    #[error("The variable job_runner_time_zone is not the name of a time zone: '{0}'.")]
    NoSuchZone(String),
    /// The system gives no random numbers.
    #[error("There are no random numbers to be had.")]
    NoRandomness,
    /// The store failed.
    #[error("The store failed; the server's log says why.")]
    Store(#[from] db::Error),
}

/// What handlers give.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// [`Error::Invalid`] from any text.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::Invalid(message.into())
    }

    /// A field is not what it must be: `The 'pid' field must be an integer >= 0.`
    pub fn field(name: &str, must_be: &str) -> Self {
        Self::about(name, format!("The '{name}' field must be {must_be}."))
    }

    /// Something is wrong with a field.
    pub fn about(name: &str, message: String) -> Self {
        Self::Field { field: name.to_owned(), message }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Invalid(_) | Self::Field { .. } => StatusCode::BAD_REQUEST,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forged => StatusCode::FORBIDDEN,
            Self::NotThere | Self::NoSuchPage => StatusCode::NOT_FOUND,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NotJson => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Store(db::Error::Busy(_)) => StatusCode::SERVICE_UNAVAILABLE,
            Self::NoSuchZone(_) | Self::NoRandomness | Self::Store(_) => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        }
    }

    /// After how many seconds it is worth trying again.
    fn retry_after(&self) -> Option<i64> {
        match self {
            Self::TooMany(seconds) => Some(*seconds),
            Self::Store(db::Error::Busy(_)) => Some(1),
            _ => None,
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::TooLarge(limit) => Self::TooLarge(limit),
            Refusal::CutOff => Self::invalid("The body ended early."),
        }
    }
}

impl From<PathRejection> for Error {
    /// A path that is not UTF-8 names nothing of ours.
    fn from(_rejection: PathRejection) -> Self {
        Self::NotThere
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        if let Self::Store(cause) = &self {
            eprintln!("job-runner: {cause}");
        }
        let message = self.to_string();
        let body = match &self {
            Self::Field { field, .. } => json!({ "error": message, "field": field }),
            _ => json!({ "error": message }),
        };
        let mut response = (self.status(), JsonText(body.to_string())).into_response();
        if let Some(seconds) = self.retry_after() {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let error = Error::field("pid", "an integer >= 0");
        assert_eq!(error.to_string(), "The 'pid' field must be an integer >= 0.");
    }
}
