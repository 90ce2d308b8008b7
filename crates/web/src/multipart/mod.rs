//! `multipart/form-data` (RFC 7578), read while it arrives: a part of gigabytes passes through in
//! pieces.
//!
//! Ours and not the `multer` crate: that one takes in whatever the connection has ready, and holds
//! a header without end, so its memory has no bound that we could promise.

mod headers;

use axum::body::Body;
use bytes::{Buf, Bytes, BytesMut};
use http::{HeaderMap, header};
use memchr::memmem::Finder;

use crate::body;
pub use headers::Part;

/// What a body may have at most.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes, all parts and what is between them.
    pub body: u64,
    /// Parts.
    pub parts: usize,
    /// Bytes of one part's headers.
    pub headers: usize,
}

/// Why a body was not taken. The area's error type decides on the text and the status.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The content type is another one, or names no boundary.
    #[error("the body is not multipart/form-data with a boundary")]
    NotMultipart,
    /// It breaks the rules; says how.
    #[error("the multipart body is malformed: {0}")]
    Malformed(&'static str),
    /// It has more parts than this.
    #[error("the multipart body has more than {0} parts")]
    TooManyParts(usize),
    /// The headers of a part are longer than this.
    #[error("the headers of a part are longer than {0} bytes")]
    HeadersTooLong(usize),
    /// A field or the whole is larger than this.
    #[error("the body or one of its fields is larger than {0} bytes")]
    TooLarge(u64),
    /// The connection broke before its end.
    #[error("the body ended early")]
    CutOff,
}

/// A body that is read part by part: [`Multipart::next_part`], then [`Multipart::data`] until
/// `None`.
pub struct Multipart {
    body: Body,
    /// `CRLF "--" boundary`: what stands before every part and at the end.
    delimiter: Finder<'static>,
    /// What has arrived and was not given out.
    buffer: BytesMut,
    state: State,
    limits: Limits,
    /// Bytes that the body may still have.
    left: u64,
    parts: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Within a part, or in the text before the first one.
    Content,
    /// Right behind a delimiter.
    Delimited,
    /// Behind the last part.
    Ended,
}

impl Multipart {
    /// Begins to read a body whose content type is in `headers`.
    pub fn new(headers: &HeaderMap, body: Body, limits: Limits) -> Result<Self, Refusal> {
        let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let boundary = content_type.and_then(headers::boundary).ok_or(Refusal::NotMultipart)?;
        let delimiter = format!("\r\n--{boundary}");
        Ok(Self {
            body,
            delimiter: Finder::new(&delimiter).into_owned(),
            // The first delimiter may be the first thing of all. Then nothing is before its line.
            buffer: BytesMut::from("\r\n"),
            state: State::Content,
            limits,
            left: limits.body,
            parts: 0,
        })
    }

    /// The next part, or `None` behind the last. What is left of the present part is skipped.
    pub async fn next_part(&mut self) -> Result<Option<Part>, Refusal> {
        while self.data().await?.is_some() {}
        if self.state == State::Ended || self.is_last_delimiter().await? {
            self.state = State::Ended;
            self.skip_the_rest().await?;
            return Ok(None);
        }
        if self.parts == self.limits.parts {
            return Err(Refusal::TooManyParts(self.limits.parts));
        }
        self.parts += 1;
        let part = self.headers().await?;
        self.state = State::Content;
        Ok(Some(part))
    }

    /// The next piece of the present part, or `None` at its end.
    pub async fn data(&mut self) -> Result<Option<Bytes>, Refusal> {
        while self.state == State::Content {
            let delimiter = self.delimiter.needle().len();
            match self.delimiter.find(&self.buffer) {
                Some(0) => {
                    self.buffer.advance(delimiter);
                    self.state = State::Delimited;
                }
                Some(before) => return Ok(Some(self.buffer.split_to(before).freeze())),
                // The last bytes may be the beginning of a delimiter.
                None if self.buffer.len() >= delimiter => {
                    let safe = self.buffer.len() - delimiter + 1;
                    return Ok(Some(self.buffer.split_to(safe).freeze()));
                }
                None => self.fill().await?,
            }
        }
        Ok(None)
    }

    /// All of the present part, at most `limit` bytes: for fields that are no files.
    pub async fn field(&mut self, limit: usize) -> Result<Bytes, Refusal> {
        let mut all = BytesMut::new();
        while let Some(piece) = self.data().await? {
            if all.len() + piece.len() > limit {
                return Err(Refusal::TooLarge(limit.try_into().unwrap_or(u64::MAX)));
            }
            all.extend_from_slice(&piece);
        }
        Ok(all.freeze())
    }

    async fn is_last_delimiter(&mut self) -> Result<bool, Refusal> {
        while self.buffer.len() < 2 {
            self.fill().await?;
        }
        Ok(self.buffer.starts_with(b"--"))
    }

    /// Reads the end of the delimiter's line and the headers up to the empty line.
    async fn headers(&mut self) -> Result<Part, Refusal> {
        if !self.line().await?.trim_ascii().is_empty() {
            return Err(Refusal::Malformed("a boundary is followed by something else"));
        }
        let mut part = Part::default();
        let mut length = 0;
        loop {
            let line = self.line().await?;
            length += line.len() + 2;
            if length > self.limits.headers {
                return Err(Refusal::HeadersTooLong(self.limits.headers));
            }
            if line.is_empty() {
                return Ok(part);
            }
            part.add_header(&line).map_err(Refusal::Malformed)?;
        }
    }

    /// The next line, without its end. Lines are part of headers, so their limit holds.
    async fn line(&mut self) -> Result<Bytes, Refusal> {
        let mut looked_at = 0;
        loop {
            let unseen = self.buffer.get(looked_at..).unwrap_or_default();
            if let Some(at) = memchr::memmem::find(unseen, b"\r\n") {
                let line = self.buffer.split_to(looked_at + at).freeze();
                self.buffer.advance(2);
                return Ok(line);
            }
            if self.buffer.len() > self.limits.headers {
                return Err(Refusal::HeadersTooLong(self.limits.headers));
            }
            looked_at = self.buffer.len().saturating_sub(1);
            self.fill().await?;
        }
    }

    /// Text behind the last delimiter means nothing, but a client that is cut off there has not
    /// sent all.
    async fn skip_the_rest(&mut self) -> Result<(), Refusal> {
        self.buffer.clear();
        while self.more().await?.is_some() {}
        Ok(())
    }

    async fn fill(&mut self) -> Result<(), Refusal> {
        let frame = self.more().await?.ok_or(Refusal::Malformed("its last boundary is missing"))?;
        self.buffer.extend_from_slice(&frame);
        Ok(())
    }

    async fn more(&mut self) -> Result<Option<Bytes>, Refusal> {
        let frame = body::next_frame(&mut self.body).await.map_err(|_| Refusal::CutOff)?;
        let length = frame.as_ref().map_or(0, Bytes::len);
        let left = u64::try_from(length).ok().and_then(|length| self.left.checked_sub(length));
        self.left = left.ok_or(Refusal::TooLarge(self.limits.body))?;
        Ok(frame)
    }
}

#[cfg(test)]
mod tests;
