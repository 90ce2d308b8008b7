//! HTTP/1.1 by hand over one kept-alive connection: as little work as a client can do.

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::areas::Request;

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

    /// The last answer as it came.
    pub fn answer(&self) -> String {
        String::from_utf8_lossy(&self.buffer).into_owned()
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
    let Request { method, path, body } = request;
    let head = format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\n");
    let text = match body {
        Some(body) => {
            format!(
                "{head}content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            )
        }
        None => head + "\r\n",
    };
    text.into_bytes()
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
