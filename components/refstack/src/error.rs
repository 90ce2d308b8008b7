//! What can go wrong, and what each of it becomes: a status and `{"code", "title", "detail"}`.
//!
//! The title is what clients match on, word for word; the detail explains further. Our own faults
//! say nothing to the client and everything to the log, once, here.

use assay_blobs as blobs;
use assay_db as db;
use assay_web::body::Refusal;
use assay_web::json::JsonText;
use assay_web::multipart;
use axum::extract::rejection::PathRejection;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::json;

/// Everything that keeps a request of this area from success.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request does not make sense as it is.
    #[error("{title}")]
    Invalid {
        /// What clients match on.
        title: String,
        /// What exactly.
        detail: String,
    },
    /// An account is needed; says why.
    #[error("Unauthorized")]
    Unauthorized(String),
    /// A token that is unknown, revoked or expired.
    #[error("Token is not valid")]
    DeadToken,
    /// The asker may not do this; says why.
    #[error("Forbidden")]
    Forbidden(String),
    /// What the request is about is not there.
    #[error("{0}")]
    NotThere(String),
    /// It is there already, or in the way.
    #[error("{0}")]
    Conflict(String),
    /// The operator has switched it off.
    #[error("{0}")]
    Gone(&'static str),
    /// A body, or what it unpacks to, beyond the limit.
    #[error("The body is larger than {0} bytes")]
    TooLarge(u64),
    /// A server that we asked did not answer well.
    #[error("{0}")]
    Upstream(String),
    /// No such URL.
    #[error("Not Found")]
    NoSuchPage,
    /// The URL is there, the method is not; axum adds `Allow`.
    #[error("Method Not Allowed")]
    WrongMethod,
    /// The database failed.
    #[error("The store failed")]
    Store(#[from] db::Error),
    /// The key-value store failed.
    #[error("The store failed")]
    Blobs(#[from] blobs::Error),
}

/// What handlers give.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// [`Error::Invalid`] without detail.
    pub fn invalid(title: impl Into<String>) -> Self {
        Self::because(title, "")
    }

    /// [`Error::Invalid`] with detail.
    pub fn because(title: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::Invalid { title: title.into(), detail: detail.into() }
    }

    /// A body of the wrong shape; the misspelling is what clients know.
    pub fn schema(detail: impl Into<String>) -> Self {
        Self::because("Request doesnt correspond to schema", detail)
    }

    /// [`Error::Forbidden`] with detail.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::Forbidden(detail.into())
    }

    /// [`Error::Unauthorized`] without detail.
    pub fn unauthorized() -> Self {
        Self::Unauthorized(String::new())
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Invalid { .. } => StatusCode::BAD_REQUEST,
            Self::Unauthorized(_) | Self::DeadToken => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::NotThere(_) | Self::NoSuchPage => StatusCode::NOT_FOUND,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::Gone(_) => StatusCode::GONE,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Upstream(_) => StatusCode::BAD_GATEWAY,
            Self::Store(db::Error::Busy(_)) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Store(_) | Self::Blobs(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn detail(&self) -> &str {
        match self {
            Self::Invalid { detail, .. } | Self::Unauthorized(detail) | Self::Forbidden(detail) => {
                detail
            }
            _ => "",
        }
    }

    fn log(&self) {
        match self {
            Self::Store(cause) => eprintln!("refstack: {cause}"),
            Self::Blobs(cause) => eprintln!("refstack: {cause}"),
            _ => {}
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::TooLarge(limit) => Self::TooLarge(limit.try_into().unwrap_or(u64::MAX)),
            Refusal::CutOff => Self::because("Malformed request", "the body ended early"),
        }
    }
}

impl From<multipart::Refusal> for Error {
    fn from(refusal: multipart::Refusal) -> Self {
        match refusal {
            multipart::Refusal::TooLarge(limit) => Self::TooLarge(limit),
            other => Self::because("Malformed request", other.to_string()),
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
        self.log();
        let status = self.status();
        let code = status.as_u16();
        let body = json!({ "code": code, "title": self.to_string(), "detail": self.detail() });
        assay_web::refusal(status, JsonText(body.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::header;

    #[test]
    fn clients_learn_nothing_of_our_insides() {
        let broken = Error::from(db::Error::Failed("no such table".into()));
        assert_eq!(broken.to_string(), "The store failed");
        assert_eq!(broken.detail(), "");
        assert_eq!(broken.into_response().status(), StatusCode::INTERNAL_SERVER_ERROR);
        let busy = Error::from(db::Error::Busy("locked".into())).into_response();
        assert_eq!(busy.headers()[header::RETRY_AFTER], "1");
    }

    #[test]
    fn who_must_sign_in_is_told_how() {
        let refusal = Error::unauthorized().into_response();
        assert_eq!(refusal.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(refusal.headers()[header::WWW_AUTHENTICATE], "Bearer");
    }
}
