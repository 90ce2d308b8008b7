//! HTTP/1.1 on a socket, by hand: a test must be able to send what no client library would send.
//!
//! Connections are kept alive, one per thread and address, as the real clients do.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// An answer as it came, unchecked.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body with its framing taken off.
    pub body: Vec<u8>,
}

impl Reply {
    /// The first header of that name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    fn says(&self, name: &str, word: &str) -> bool {
        self.header(name).is_some_and(|value| value.eq_ignore_ascii_case(word))
    }
}

thread_local! {
    static IDLE: RefCell<HashMap<String, BufReader<TcpStream>>> = RefCell::default();
}

/// Sends one whole request and reads the answer to it.
pub fn exchange(address: &str, request: &[u8], to_head: bool) -> io::Result<Reply> {
    let mut connection = take(address)?;
    // A server may refuse a body before it has read it; then its answer counts, not our failed
    // write.
    let sent = connection.get_mut().write_all(request);
    match (read_reply(&mut connection, to_head), sent) {
        (Ok(reply), Ok(())) => {
            if !reply.says("connection", "close") {
                IDLE.with_borrow_mut(|idle| idle.insert(address.to_owned(), connection));
            }
            Ok(reply)
        }
        (Ok(reply), Err(_)) => Ok(reply),
        (Err(_), Err(sending)) => Err(sending),
        (Err(reading), Ok(())) => Err(reading),
    }
}

/// A connection of one's own, on which a test sends what it likes, whole or in pieces.
pub struct Connection(BufReader<TcpStream>);

impl Connection {
    /// Connects to `host:port`.
    pub fn open(address: &str) -> io::Result<Self> {
        connect(address).map(Self)
    }

    /// Sends these bytes, which need not be a whole request.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        self.0.get_mut().write_all(bytes.as_ref())
    }

    /// Says that nothing more will be sent.
    pub fn finish(&mut self) -> io::Result<()> {
        self.0.get_mut().shutdown(std::net::Shutdown::Write)
    }

    /// Waits until the app asks for the body of a request that says `expect: 100-continue`. From
    /// then on it is under way.
    pub fn wait_for_continue(&mut self) -> io::Result<()> {
        let status_line = read_line(&mut self.0)?;
        read_headers(&mut self.0)?;
        match status_line.contains(" 100 ") {
            true => Ok(()),
            false => Err(broken(&format!("not asked to go on: {status_line:?}"))),
        }
    }

    /// Waits until the first bytes of an answer are there, and reads none of them.
    pub fn wait_for_answer(&mut self) -> io::Result<()> {
        self.0.fill_buf().map(drop)
    }

    /// Reads one answer, which is not checked. That of a HEAD would need to know that it has no
    /// body.
    pub fn read(&mut self) -> io::Result<Reply> {
        read_reply(&mut self.0, false)
    }

    /// Reads one answer whose body has a length and may be larger than memory: `take` gets it piece
    /// by piece, and the reply has none.
    pub fn read_to(&mut self, take: &mut impl FnMut(&[u8])) -> io::Result<Reply> {
        // To a HEAD, as it were: the body is left on the connection.
        let reply = read_reply(&mut self.0, true)?;
        let length = reply.header("content-length").and_then(|length| length.parse().ok());
        let mut left: u64 = length.ok_or_else(|| broken("no content-length"))?;
        while left > 0 {
            let piece = self.0.fill_buf()?;
            let size = piece.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            if size == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            take(&piece[..size]);
            self.0.consume(size);
            left -= size as u64;
        }
        Ok(reply)
    }
}

/// The connection that this thread left idle, if it still stands, or a new one.
fn take(address: &str) -> io::Result<BufReader<TcpStream>> {
    match IDLE.with_borrow_mut(|idle| idle.remove(address)) {
        Some(idle) if stands(&idle)? => Ok(idle),
        _ => connect(address),
    }
}

/// Whether the other side has not hung up; anything sent by it between two answers is a fault of
/// the server.
fn stands(connection: &BufReader<TcpStream>) -> io::Result<bool> {
    let stream = connection.get_ref();
    stream.set_nonblocking(true)?;
    let seen = stream.peek(&mut [0]);
    stream.set_nonblocking(false)?;
    match seen {
        Ok(0) => Ok(false),
        Ok(_) => Err(io::Error::other("the server sent more than its last answer")),
        Err(e) => Ok(e.kind() == ErrorKind::WouldBlock),
    }
}

fn connect(address: &str) -> io::Result<BufReader<TcpStream>> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(120)))?;
    Ok(BufReader::new(stream))
}

fn read_reply(connection: &mut impl BufRead, to_head: bool) -> io::Result<Reply> {
    let status_line = read_line(connection)?;
    let status = status_line
        .strip_prefix("HTTP/1.")
        .and_then(|rest| rest.get(2..5)?.parse().ok())
        .ok_or_else(|| broken(&format!("not a status line: {status_line:?}")))?;
    let mut reply = Reply { status, headers: read_headers(connection)?, body: Vec::new() };
    if (100..200).contains(&status) {
        return read_reply(connection, to_head);
    }
    if to_head || status == 204 || status == 304 {
        return Ok(reply);
    }
    if reply.says("transfer-encoding", "chunked") {
        reply.body = read_chunks(connection)?;
    } else if let Some(length) = reply.header("content-length") {
        let length: usize = length.parse().map_err(|_| broken("content-length is no number"))?;
        reply.body = vec![0; length];
        connection.read_exact(&mut reply.body)?;
    } else {
        connection.read_to_end(&mut reply.body)?;
    }
    Ok(reply)
}

fn read_headers(connection: &mut impl BufRead) -> io::Result<Vec<(String, String)>> {
    let mut headers = Vec::new();
    loop {
        let line = read_line(connection)?;
        if line.is_empty() {
            return Ok(headers);
        }
        let (name, value) =
            line.split_once(':').ok_or_else(|| broken("a header without a colon"))?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
}

fn read_chunks(connection: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = read_line(connection)?;
        let size = line.split(';').next().unwrap_or_default();
        let size = u64::from_str_radix(size, 16).map_err(|_| broken("a chunk without a size"))?;
        if size == 0 {
            read_headers(connection)?;
            return Ok(body);
        }
        let read = connection.take(size).read_to_end(&mut body)?;
        if (read as u64) < size || !read_line(connection)?.is_empty() {
            return Err(broken("a chunk of another size than it says"));
        }
    }
}

fn read_line(connection: &mut impl BufRead) -> io::Result<String> {
    let mut line = Vec::new();
    connection.read_until(b'\n', &mut line)?;
    let line = line.strip_suffix(b"\r\n").ok_or(ErrorKind::UnexpectedEof)?;
    Ok(line.iter().map(|&byte| char::from(byte)).collect())
}

fn broken(what: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_ends_where_its_length_says() {
        let mut bytes: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP";
        let reply = read_reply(&mut bytes, false).unwrap();
        assert_eq!((reply.status, reply.body.as_slice()), (200, b"ok".as_slice()));
        assert_eq!(bytes, b"HTTP");
    }

    #[test]
    fn chunks_are_put_together() {
        let mut bytes: &[u8] =
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n1;x\r\nd\r\n0\r\n\r\n";
        assert_eq!(read_reply(&mut bytes, false).unwrap().body, b"abcd");
    }

    #[test]
    fn an_answer_to_head_has_no_body_whatever_its_length() {
        let mut bytes: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n";
        assert_eq!(read_reply(&mut bytes, true).unwrap().body, b"");
    }

    #[test]
    fn an_answer_that_is_cut_off_is_an_error() {
        for cut in ["", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc"] {
            assert!(read_reply(&mut cut.as_bytes(), false).is_err(), "{cut:?}");
        }
    }

    /// A server that hangs up after each answer, and the bytes it was sent.
    fn serve_once(answer: &'static [u8]) -> (String, std::thread::JoinHandle<Vec<u8>>) {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut seen = vec![0; 64];
            let read = stream.read(&mut seen).unwrap();
            stream.write_all(answer).unwrap();
            seen.truncate(read);
            seen
        });
        (address, server)
    }

    #[test]
    fn a_request_goes_out_as_it_stands() {
        let (address, server) = serve_once(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
        let request = b"ODD /x HTTP/1.1\r\nhost: a\r\n\r\nbody";
        let reply = exchange(&address, request, false).unwrap();
        assert_eq!(reply.status, 200);
        assert_eq!(server.join().unwrap(), request);
    }

    #[test]
    fn a_connection_that_was_hung_up_is_not_used_again() {
        let (address, server) = serve_once(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
        exchange(&address, b"GET / HTTP/1.1\r\n\r\n", false).unwrap();
        server.join().unwrap();
        let idle = IDLE.with_borrow_mut(|idle| idle.remove(&address)).unwrap();
        assert!(!stands(&idle).unwrap());
    }
}
