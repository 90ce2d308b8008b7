//! What can go wrong, and what each of it becomes: a status and a text, which `site` puts into the
//! shape of the dialect.
//!
//! A client's fault says what was wrong, in the words that clients know. Our own faults say nothing
//! to the client and everything to the log, once, here.

use assay_db as db;
use assay_web::{body, multipart};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};

/// Everything that keeps a request of this area from success.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request does not make sense as it is.
    #[error("{0}")]
    Invalid(String),
    /// The thing that the request is about is not there.
    #[error("{0}")]
    NotThere(&'static str),
    /// Something else is in the way.
    #[error("{0}")]
    Conflict(&'static str),
    /// A write without the operator's key.
    #[error("Incorrect or missing credentials")]
    UnknownWriter,
    /// A body beyond the limit.
    #[error("the body is larger than {0} bytes")]
    TooLarge(u64),
    /// A field of a form beyond its limit.
    #[error("the field '{}' of the form is larger than {limit} bytes", name.escape_debug())]
    FieldTooLarge {
        /// What it is called.
        name: String,
        /// The limit.
        limit: usize,
    },
    /// A body of a type that this URL does not take.
    #[error("the content type must be {0}")]
    WrongType(&'static str),
    /// Bytes that differ from their announced checksum (tus).
    #[error("the checksum of the bytes is another one")]
    ChecksumMismatch,
    /// A tus request without the protocol's version.
    #[error("the header Tus-Resumable must be 1.0.0")]
    WrongProtocol,
    /// `If-Match` and its kin: the file is not as the client wants it.
    #[error("the file is another version than the request's condition wants")]
    AnotherVersion,
    /// A range that the content does not have.
    #[error("the range is behind the end of the file")]
    Unsatisfiable,
    /// No such URL.
    #[error("resource was not found")]
    NoSuchPage,
    /// The URL is there, the method is not; axum adds `Allow`.
    #[error("{0} requests to this url are not allowed")]
    WrongMethod(http::Method),
    /// A sweep took what an upload had stored, because the operator wanted no grace.
    #[error("the upload was swept away; send it again")]
    Swept,
    /// Others' packages are being read, one after the other, and that took too long.
    #[error("too many packages are being read; send it again")]
    TooManyPackages,
    /// The store failed.
    #[error("the store failed; the server's log says why")]
    Store(#[from] db::Error),
    /// The key-value store failed.
    #[error("the store failed; the server's log says why")]
    Contents(#[from] assay_blobs::Error),
}

/// What handlers give.
pub type Result<T> = std::result::Result<T, Error>;

/// The text of an error, for `site::leave`.
#[derive(Clone, Debug)]
pub struct Problem(pub String);

impl Error {
    /// [`Error::Invalid`] from any text.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::Invalid(message.into())
    }

    /// The one text for every body that is no JSON.
    pub fn not_json() -> Self {
        Self::invalid("could not decode JSON body")
    }

    /// The specification's word for what is there already.
    pub fn already_exists(name: &str) -> Self {
        Self::invalid(format!("{name} already exists"))
    }

    /// Whether the client is told that what it wants is not to be had, however often it asks.
    pub fn is_refusal(&self) -> bool {
        self.status().is_client_error()
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Invalid(_) => StatusCode::BAD_REQUEST,
            Self::NotThere(_) | Self::NoSuchPage => StatusCode::NOT_FOUND,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::UnknownWriter => StatusCode::UNAUTHORIZED,
            Self::TooLarge(_) | Self::FieldTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::WrongType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            // tus names this number, which HTTP does not know.
            Self::ChecksumMismatch => StatusCode::from_u16(460).unwrap_or(StatusCode::BAD_REQUEST),
            Self::WrongProtocol | Self::AnotherVersion => StatusCode::PRECONDITION_FAILED,
            Self::Unsatisfiable => StatusCode::RANGE_NOT_SATISFIABLE,
            Self::WrongMethod(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Swept | Self::TooManyPackages | Self::Store(db::Error::Busy(_)) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Store(_) | Self::Contents(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn log(&self) {
        match self {
            Self::Store(cause) => eprintln!("chacra: {cause}"),
            Self::Contents(cause) => eprintln!("chacra: {cause}"),
            _ => {}
        }
    }
}

impl From<body::Refusal> for Error {
    fn from(refusal: body::Refusal) -> Self {
        match refusal {
            body::Refusal::TooLarge(limit) => Self::TooLarge(limit.try_into().unwrap_or(u64::MAX)),
            body::Refusal::CutOff => Self::invalid(refusal.to_string()),
        }
    }
}

impl From<multipart::Refusal> for Error {
    fn from(refusal: multipart::Refusal) -> Self {
        match refusal {
            multipart::Refusal::TooLarge(limit) => Self::TooLarge(limit),
            _ => Self::invalid(refusal.to_string()),
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        self.log();
        let status = self.status();
        // The router must not say that nothing follows: `site::leave` puts the text into the body.
        let text = self.to_string();
        let mut response = (status, text.clone()).into_response();
        response.extensions_mut().insert(Problem(text));
        let headers = response.headers_mut();
        headers.remove(header::CONTENT_TYPE);
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        if status == StatusCode::UNAUTHORIZED {
            let realm = HeaderValue::from_static("Basic realm=\"Chacra :: Binary API\"");
            headers.insert(header::WWW_AUTHENTICATE, realm);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_faults_say_nothing_of_our_insides() {
        let broken = Error::from(db::Error::Failed("no such table".into()));
        assert!(!broken.to_string().contains("table"));
        assert_eq!(broken.into_response().status(), StatusCode::INTERNAL_SERVER_ERROR);
        let busy = Error::from(db::Error::Busy("database is locked".into())).into_response();
        assert_eq!(busy.status(), StatusCode::SERVICE_UNAVAILABLE);
    }
}
