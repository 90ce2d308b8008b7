//! HTTP/1.1 by hand over one kept-alive connection: as little work as a client can do.

use std::sync::LazyLock;

use anyhow::{Context, Result, bail, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::areas::{self, Request};

/// What large bodies are made of: a megabyte without a pattern, which no search passes quickly.
static FILLING: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let bytes = (0..125_000_u64).flat_map(|n| areas::spread(n).to_le_bytes());
    bytes.collect()
});
/// Answers of up to this length are kept for whoever wants to read them.
const SHORT: u64 = 64 * 1024;

/// A connection that is used again and again.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    /// Connects to `host:port`.
    pub async fn open(address: &str) -> Result<Self> {
        let stream = TcpStream::connect(address)
            .await
            .with_context(|| format!("cannot connect to {address}"))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(64 * 1024) })
    }

    /// Sends a request and reads the whole answer to it. Gives the status; the body is in
    /// `Self::answer`.
    pub async fn exchange(&mut self, request: &[u8]) -> Result<u16> {
        self.stream.write_all(request).await?;
        let (head, headers, status) = self.read_head().await?;
        match header(&headers, "content-length") {
            Some(length) => self.read_until_length(head + length.parse::<usize>()?).await?,
            None if headers.contains("transfer-encoding: chunked") => {
                self.read_last_chunk().await?
            }
            None if status == 204 || status == 304 => {}
            None => bail!("an answer without a length"),
        }
        Ok(status)
    }

    /// Sends `head`, `filling` bytes of no meaning and `last`, and reads the answer. Its body is
    /// thrown away unless it is short.
    pub async fn transfer(&mut self, head: &[u8], filling: u64, last: &[u8]) -> Result<u16> {
        self.stream.write_all(head).await?;
        let mut left = filling;
        while left > 0 {
            let size = FILLING.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            self.stream.write_all(FILLING.get(..size).unwrap_or_default()).await?;
            left -= u64::try_from(size)?;
        }
        self.stream.write_all(last).await?;
        let (head, headers, status) = self.read_head().await?;
        let length = header(&headers, "content-length").map_or(Ok(0), str::parse::<u64>)?;
        let mut left = length.saturating_sub(u64::try_from(self.buffer.len() - head)?);
        while left > 0 {
            if length > SHORT {
                self.buffer.clear();
            }
            let read = self.stream.read_buf(&mut self.buffer).await?;
            ensure!(read > 0, "the server hung up");
            left = left.saturating_sub(u64::try_from(read)?);
        }
        Ok(status)
    }

    /// The body of the last answer.
    pub fn body(&self) -> String {
        let head = find(&self.buffer, b"\r\n\r\n").map_or(0, |end| end + 4);
        String::from_utf8_lossy(self.buffer.get(head..).unwrap_or_default()).into_owned()
    }

    /// The last answer as it came.
    pub fn answer(&self) -> String {
        String::from_utf8_lossy(&self.buffer).into_owned()
    }

    /// Reads up to the end of an answer's headers: how long they are, what they say, the status.
    async fn read_head(&mut self) -> Result<(usize, String, u16)> {
        self.buffer.clear();
        let head = loop {
            self.read_more().await?;
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                break end + 4;
            }
        };
        let headers = String::from_utf8_lossy(self.buffer.get(..head).unwrap_or_default())
            .to_ascii_lowercase();
        let status =
            headers.get(9..12).and_then(|code| code.parse().ok()).context("no status line")?;
        Ok((head, headers, status))
    }

    async fn read_until_length(&mut self, length: usize) -> Result<()> {
        while self.buffer.len() < length {
            self.read_more().await?;
        }
        Ok(())
    }

    async fn read_last_chunk(&mut self) -> Result<()> {
        while !self.buffer.ends_with(b"\r\n0\r\n\r\n") {
            self.read_more().await?;
        }
        Ok(())
    }

    async fn read_more(&mut self) -> Result<()> {
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => bail!("the server hung up"),
            _ => Ok(()),
        }
    }
}

/// The bytes of a request.
pub fn bytes(address: &str, request: &Request) -> Vec<u8> {
    let Request { method, path, body, authorization, .. } = request;
    let mut head = format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\n");
    if let Some(authorization) = authorization {
        head += &format!("authorization: {authorization}\r\n");
    }
    let Some(body) = body else { return (head + "\r\n").into_bytes() };
    head += &format!("content-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn header<'h>(headers: &'h str, name: &str) -> Option<&'h str> {
    let line = headers.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    Some(line.trim())
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_brings_its_length() {
        let put = Request::with_body("PUT", "/x".into(), &serde_json::json!({}));
        let wanted = "PUT /x HTTP/1.1\r\nhost: a:1\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
        assert_eq!(bytes("a:1", &put), wanted.as_bytes());
        assert_eq!(bytes("a:1", &Request::get("/".into())), b"GET / HTTP/1.1\r\nhost: a:1\r\n\r\n");
    }

    #[test]
    fn headers_are_found_by_their_whole_name() {
        let headers = "http/1.1 200 ok\r\nx-content-length: 7\r\ncontent-length:  9\r\n\r\n";
        assert_eq!(header(headers, "content-length"), Some("9"));
    }
}
