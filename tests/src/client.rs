//! Sends requests in the name of one area and gives back checked answers.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::checks::{self, Asked};
use crate::wire::{self, Connection, Reply};
use crate::{Answer, Area};

/// Speaks to the app; cheap to clone, usable from many threads.
#[derive(Clone, Debug)]
pub struct Client {
    address: String,
    area: Area,
    headers: Vec<(String, String)>,
    log: Option<PathBuf>,
}

impl Client {
    pub(crate) fn new(address: &str, area: Area, log: Option<&Path>) -> Self {
        let log = log.map(Path::to_owned);
        Self { address: address.to_owned(), area, headers: Vec::new(), log }
    }

    /// The same client, which sends this header with every request (`authorization`, `host`, ...).
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Where the requests go: `http://127.0.0.1:3000`, without a slash at the end.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A GET, sent by [`Request::expect`] or one of its siblings.
    pub fn get(&self, path: &str) -> Request<'_> {
        self.request("GET", path)
    }

    /// A HEAD.
    pub fn head(&self, path: &str) -> Request<'_> {
        self.request("HEAD", path)
    }

    /// An OPTIONS.
    pub fn options(&self, path: &str) -> Request<'_> {
        self.request("OPTIONS", path)
    }

    /// A DELETE without a body.
    pub fn delete(&self, path: &str) -> Request<'_> {
        self.request("DELETE", path)
    }

    /// A POST.
    pub fn post(&self, path: &str, body: impl Into<Body>) -> Request<'_> {
        self.request("POST", path).body(body)
    }

    /// A PUT.
    pub fn put(&self, path: &str, body: impl Into<Body>) -> Request<'_> {
        self.request("PUT", path).body(body)
    }

    /// A PATCH.
    pub fn patch(&self, path: &str, body: impl Into<Body>) -> Request<'_> {
        self.request("PATCH", path).body(body)
    }

    /// A request with any method, still without a body. The path is sent as it stands, so encode it
    /// where needed.
    pub fn request(&self, method: &str, path: &str) -> Request<'_> {
        Request {
            client: self,
            method: method.to_owned(),
            path: path.to_owned(),
            headers: self.headers.clone(),
            body: None,
        }
    }

    /// A connection of one's own, for requests in pieces.
    pub fn connect(&self) -> Connection {
        Connection::open(&self.address).expect("a connection")
    }

    /// Sends exactly these bytes on a connection of their own. The answer, if any comes, is not
    /// checked.
    pub fn raw(&self, bytes: impl AsRef<[u8]>) -> std::io::Result<Reply> {
        let mut connection = self.connect();
        connection.send(bytes)?;
        connection.finish()?;
        connection.read()
    }
}

/// A request's body. JSON values bring their content type along; text and bytes are sent bare.
pub enum Body {
    /// Sent as `application/json`.
    Json(Value),
    /// Sent without a content type.
    Bytes(Vec<u8>),
}

impl From<Value> for Body {
    fn from(value: Value) -> Self {
        Self::Json(value)
    }
}

impl From<&str> for Body {
    fn from(text: &str) -> Self {
        Self::Bytes(text.into())
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Self::Bytes(text.into())
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

impl From<&[u8]> for Body {
    fn from(bytes: &[u8]) -> Self {
        Self::Bytes(bytes.into())
    }
}

/// A request that is being put together.
#[must_use = "a request is sent by `send`, `expect`, `refused` or `attempt`"]
pub struct Request<'c> {
    client: &'c Client,
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

impl Request<'_> {
    /// Adds a header, or replaces the one of that name: also `host`, `content-type` and
    /// `content-length`.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets the body.
    pub fn body(mut self, body: impl Into<Body>) -> Self {
        match body.into() {
            Body::Bytes(bytes) => self.body = Some(bytes),
            Body::Json(value) => {
                self.body = Some(value.to_string().into_bytes());
                if !self.has("content-type") {
                    return self.header("content-type", "application/json");
                }
            }
        }
        self
    }

    /// Sends the request; any status but 5xx will do.
    #[track_caller]
    pub fn send(self) -> Answer {
        self.checked(Asked::NoFailure)
    }

    /// Sends the request and wants this status, which may be a 5xx.
    #[track_caller]
    pub fn expect(self, status: u16) -> Answer {
        self.checked(Asked::OneOf(&[status]))
    }

    /// Sends the request and wants one of these statuses.
    #[track_caller]
    pub fn expect_any(self, statuses: &[u16]) -> Answer {
        self.checked(Asked::OneOf(statuses))
    }

    /// Sends the request and wants it refused with this status and, word for word, this message.
    #[track_caller]
    pub fn refused(self, status: u16, message: &str) -> Answer {
        let answer = self.expect(status);
        assert_eq!(answer.message(), message);
        answer
    }

    /// Sends the request to an app that may die meanwhile: no answer is an error, not a failed
    /// test.
    #[track_caller]
    pub fn attempt(self) -> std::io::Result<Answer> {
        let reply = self.exchange()?;
        Ok(self.check(reply, Asked::NoFailure))
    }

    #[track_caller]
    fn checked(self, asked: Asked) -> Answer {
        match self.exchange() {
            Ok(reply) => self.check(reply, asked),
            Err(e) => panic!("{} {}: no answer: {e}", self.method, shortened(&self.path)),
        }
    }

    #[track_caller]
    fn check(self, reply: Reply, asked: Asked) -> Answer {
        let area = self.client.area;
        if let Err(fault) = checks::check(&area, &self.method, &self.path, &reply, asked) {
            let body = String::from_utf8_lossy(&reply.body);
            let log = self.client.log.as_deref().map(log_tail).unwrap_or_default();
            let (path, body) = (shortened(&self.path), shortened(&body));
            panic!(
                "{} {path}: {fault}\n{} {:?}\n{body}\n{log}",
                self.method, reply.status, reply.headers
            );
        }
        Answer::new(reply, area, self.path)
    }

    fn exchange(&self) -> std::io::Result<Reply> {
        let mut request = self.head().into_bytes();
        request.extend_from_slice(self.body.as_deref().unwrap_or_default());
        wire::exchange(&self.client.address, &request, self.method == "HEAD")
    }

    fn head(&self) -> String {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.path);
        let mut line = |name: &str, value: &str| head.push_str(&format!("{name}: {value}\r\n"));
        if !self.has("host") {
            line("host", &self.client.address);
        }
        let expects_body = matches!(self.method.as_str(), "POST" | "PUT" | "PATCH");
        if !self.has("content-length") && (expects_body || self.body.is_some()) {
            line("content-length", &self.body.as_ref().map_or(0, Vec::len).to_string());
        }
        for (name, value) in &self.headers {
            line(name, value);
        }
        head + "\r\n"
    }

    fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|(n, _)| n.eq_ignore_ascii_case(name))
    }
}

/// The first 2,000 characters: what a person still reads.
fn shortened(text: &str) -> String {
    text.chars().take(2000).collect()
}

/// The last lines that the app logged, where the cause of a 5xx stands.
fn log_tail(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}
