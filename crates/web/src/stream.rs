//! Answers that are too large to hold: bodies of a known length, made piece by piece.

use std::fmt::Display;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use futures::Stream;
use http_body::{Frame, SizeHint};

/// Why a body ended before its length.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the answer broke off: {0}")]
pub struct BrokenOff(String);

/// A body of exactly `length` bytes. The length becomes the `content-length`; a stream that fails,
/// ends early or goes on too long breaks the connection, so the client never takes half a file for
/// a whole one. The cause goes to the log, since the status is out by then.
pub fn sized<S, E>(pieces: S, length: u64) -> Body
where
    S: Stream<Item = Result<Bytes, E>> + Send + 'static,
    E: Display,
{
    Body::new(OfLength { pieces: Box::pin(pieces), left: length })
}

struct OfLength<S> {
    pieces: Pin<Box<S>>,
    left: u64,
}

impl<S, E> http_body::Body for OfLength<S>
where
    S: Stream<Item = Result<Bytes, E>>,
    E: Display,
{
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        let next = std::task::ready!(self.pieces.as_mut().poll_next(context));
        let frame = match next {
            Some(piece) => self.take(piece).map(Some),
            None => self.at_the_end(),
        };
        if let Err(error) = &frame {
            eprintln!("{error}");
        }
        Poll::Ready(frame.map(|bytes| bytes.map(Frame::data)).transpose())
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

impl<S> OfLength<S> {
    fn take<E: Display>(&mut self, piece: Result<Bytes, E>) -> Result<Bytes, BrokenOff> {
        let piece = piece.map_err(|error| BrokenOff(error.to_string()))?;
        let left = u64::try_from(piece.len()).ok().and_then(|len| self.left.checked_sub(len));
        self.left = left.ok_or_else(|| BrokenOff("there is more than was announced".into()))?;
        Ok(piece)
    }

    fn at_the_end(&self) -> Result<Option<Bytes>, BrokenOff> {
        match self.left {
            0 => Ok(None),
            left => Err(BrokenOff(format!("{left} bytes are missing"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;
    use http_body_util::BodyExt;

    use super::*;

    fn read(pieces: Vec<Result<&'static str, &'static str>>, length: u64) -> Result<Bytes, String> {
        let pieces =
            pieces.into_iter().map(|piece| piece.map(|text| Bytes::from_static(text.as_bytes())));
        let body = sized(futures::stream::iter(pieces), length);
        assert_eq!(http_body::Body::size_hint(&body).exact(), Some(length));
        let collected = block_on(body.collect()).map_err(|error| error.to_string())?;
        Ok(collected.to_bytes())
    }

    #[test]
    fn a_body_of_the_announced_length_arrives() {
        assert_eq!(read(vec![Ok("ab"), Ok(""), Ok("c")], 3).unwrap(), "abc");
        assert_eq!(read(vec![], 0).unwrap(), "");
    }

    #[test]
    fn any_other_length_is_an_error_and_never_an_end() {
        let says = |pieces, length| read(pieces, length).unwrap_err();
        assert_eq!(says(vec![Ok("ab")], 3), "the answer broke off: 1 bytes are missing");
        assert!(says(vec![Ok("abcd")], 3).contains("more than was announced"));
        assert!(says(vec![Ok("ab"), Err("gone"), Ok("c")], 3).contains("gone"));
    }
}
