//! Request bodies, with limits.

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;

/// Why a body was not taken. The area's error type decides on the text and the status.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is, or says it is, longer than the limit (in bytes).
    #[error("the body is larger than {0} bytes")]
    TooLarge(usize),
    /// The connection broke before its end.
    #[error("the body ended early")]
    CutOff,
}

/// Reads a whole body of at most `limit` bytes.
pub async fn read(body: Body, limit: usize) -> Result<Bytes, Refusal> {
    let mut body = body;
    let Some(first) = next_frame(&mut body).await? else { return Ok(Bytes::new()) };
    let mut all = BytesMut::from(within(first, 0, limit)?);
    while let Some(frame) = next_frame(&mut body).await? {
        all.extend_from_slice(&within(frame, all.len(), limit)?);
    }
    Ok(all.freeze())
}

/// The same into room that is made at once for the `announced` length, for bodies that are a good
/// part of what an instance has: room that grows by doubling needs thrice as much for a moment.
pub async fn read_announced(
    body: Body,
    limit: usize,
    announced: Option<usize>,
) -> Result<Bytes, Refusal> {
    let (mut body, announced) = (body, announced.unwrap_or_default());
    if announced > limit {
        return Err(Refusal::TooLarge(limit));
    }
    let mut all = BytesMut::with_capacity(announced);
    while let Some(frame) = next_frame(&mut body).await? {
        all.extend_from_slice(&within(frame, all.len(), limit)?);
    }
    Ok(all.freeze())
}

/// The next piece of a body's data, or `None` at its end; for uploads that are read piece by piece.
pub async fn next_frame(body: &mut Body) -> Result<Option<Bytes>, Refusal> {
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame.map_err(|_| Refusal::CutOff)?.into_data() {
            return Ok(Some(data));
        }
    }
    Ok(None)
}

fn within(frame: Bytes, read: usize, limit: usize) -> Result<Bytes, Refusal> {
    if read + frame.len() > limit { Err(Refusal::TooLarge(limit)) } else { Ok(frame) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_longer_than_the_limit_is_refused() {
        let frame = Bytes::from_static(b"abc");
        assert!(within(frame.clone(), 0, 3).is_ok());
        assert_eq!(within(frame, 1, 3), Err(Refusal::TooLarge(3)));
    }
}
