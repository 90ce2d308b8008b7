//! What can go wrong, and what each of it becomes: a status, and the text in the dialect of the
//! URL.
//!
//! Below `/db/` an error is `{"status": 404, "message": "..."}`, elsewhere a table: `[["Error",
//! "Message"], ["Not Found", "..."]]`. Handlers do not know which; [`in_dialect_of`] gives the
//! response its body at the very end. A client's fault says what was wrong; our own faults say
//! nothing to the client and everything to the log, once, here.

use assay_db as db;
use assay_web::body::Refusal;
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
    /// The thing that the request is about is not there.
    #[error("{0}")]
    NotFound(String),
    /// Billing confirms one record and there are several: upstream's status, which yagi knows.
    #[error("{0}")]
    Ambiguous(String),
    /// A write without the operator's token.
    #[error("writes need 'Authorization: Bearer' with the token of this server")]
    UnknownWriter,
    /// The 2012 worker speaks for a deployment that is not there.
    #[error("wrong id")]
    UnknownWorker,
    /// A body beyond a limit.
    #[error("the body is larger than {0}")]
    TooLarge(String),
    /// No such URL.
    #[error("no such page")]
    NoSuchPage,
    /// The URL is there, the method is not; axum adds `Allow`.
    #[error("this URL does not support the method that was attempted")]
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

    /// A parameter of the query that must be there is not.
    pub fn missing_parameter(name: &str) -> Self {
        Self::invalid(format!("Missing parameter '{name}'"))
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Invalid(_) => StatusCode::BAD_REQUEST,
            Self::NotFound(_) | Self::NoSuchPage => StatusCode::NOT_FOUND,
            Self::UnknownWriter | Self::UnknownWorker => StatusCode::UNAUTHORIZED,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::Store(db::Error::Busy(_)) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Ambiguous(_) | Self::Store(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::TooLarge(limit) => Self::TooLarge(format!("{limit} bytes")),
            Refusal::CutOff => Self::invalid("The body ended early."),
        }
    }
}

impl From<PathRejection> for Error {
    /// A path that is not UTF-8 names nothing of ours.
    fn from(_rejection: PathRejection) -> Self {
        Self::NoSuchPage
    }
}

/// The text of an error, on its way to [`in_dialect_of`].
#[derive(Clone)]
struct Message(String);

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        if let Self::Store(cause) = &self {
            eprintln!("stacktach: {cause}");
        }
        let mut response = assay_web::refusal(self.status(), ());
        response.extensions_mut().insert(Message(self.to_string()));
        response
    }
}

/// Gives an error its body, in the dialect of the URL's root. Other responses pass unchanged.
pub fn in_dialect_of(path: &str, response: Response) -> Response {
    let Some(Message(message)) = response.extensions().get().cloned() else { return response };
    let status = response.status();
    let reason = status.canonical_reason().unwrap_or("Error");
    let is_below =
        |root: &str| path.strip_prefix(root).is_some_and(|r| r.is_empty() || r.starts_with('/'));
    let body = if is_below("/db") {
        json!({ "status": status.as_u16(), "message": message })
    } else {
        json!([["Error", "Message"], [reason, message]])
    };
    let body = body.to_string();
    let (mut parts, _empty) = response.into_parts();
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    let stacky = is_below("/stacky");
    let content_type = if stacky { "text/json" } else { "application/json" };
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    if stacky {
        parts.headers.insert(header::VARY, HeaderValue::from_static("Accept"));
    }
    Response::from_parts(parts, body.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(path: &str, error: Error) -> (u16, String, String) {
        let response = in_dialect_of(path, error.into_response());
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = axum::body::to_bytes(response.into_body(), 1000);
        let mut body = std::pin::pin!(body);
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        let std::task::Poll::Ready(body) = body.as_mut().poll(&mut context) else { panic!() };
        let content_type = headers[header::CONTENT_TYPE].to_str().unwrap().to_owned();
        (status, content_type, String::from_utf8(body.unwrap().to_vec()).unwrap())
    }

    use std::future::Future as _;

    #[test]
    fn each_root_has_its_own_shape() {
        let (status, content_type, body) = answered("/stacky/uuid", Error::invalid("no"));
        assert_eq!((status, content_type.as_str()), (400, "text/json"));
        assert_eq!(body, r#"[["Error","Message"],["Bad Request","no"]]"#);
        let (_, content_type, body) = answered("/db/usage", Error::NoSuchPage);
        assert_eq!(content_type, "application/json");
        assert_eq!(body, r#"{"status":404,"message":"no such page"}"#);
    }

    #[test]
    fn a_busy_store_is_worth_trying_again_and_a_broken_one_is_not() {
        let busy = Error::from(db::Error::Busy("database is locked".into())).into_response();
        assert_eq!(busy.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(busy.headers()[header::RETRY_AFTER], "1");
        let broken = Error::from(db::Error::Failed("no such table".into()));
        assert!(!broken.to_string().contains("table"), "clients learn nothing of our insides");
        assert_eq!(broken.into_response().status(), StatusCode::INTERNAL_SERVER_ERROR);
    }
}
