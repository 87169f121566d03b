//! The client of the load generator: requests made ready beforehand, and one keep-alive connection to send them on.
//!
//! Written on `TcpStream` so that it takes little of the two cores it shares with the server. It talks to loopback
//! only, and an answer that is not whole within `PATIENCE` is an error, so it always ends.
use std::{
    io::{self, Error, ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// Longest wait for one whole answer.
const PATIENCE: Duration = Duration::from_secs(120);

/// Makes a body from a number that no other request of the run has.
type FreshBody = Box<dyn Fn(u64) -> String + Send + Sync>;

/// A request made ready beforehand.
pub struct Call {
    /// Request line and headers, each with its line's end; `Content-Length` and the blank line follow.
    head: String,
    body: Body,
}
enum Body {
    None,
    Fixed(String),
    Fresh(FreshBody),
}

impl Call {
    pub fn get(path: &str) -> Self {
        Self { head: format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n"), body: Body::None }
    }
    /// A url-encoded form, sent as a browser sends one from a page of the same origin.
    pub fn post(path: &str, form: String) -> Self {
        Self::form(path, Body::Fixed(form))
    }
    /// A form that differs from request to request.
    pub fn post_fresh(path: &str, form: impl Fn(u64) -> String + Send + Sync + 'static) -> Self {
        Self::form(path, Body::Fresh(Box::new(form)))
    }
    fn form(path: &str, body: Body) -> Self {
        let head = format!("POST {path} HTTP/1.1\r\nHost: localhost\r\n");
        Self { head, body }
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header("Sec-Fetch-Site", "same-origin")
    }
    /// Takes the place of a header of the same name.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let other = |line: &&str| line.split_once(": ").is_none_or(|(known, _)| known != name);
        self.head = self.head.split_inclusive("\r\n").filter(other).collect();
        self.head.push_str(&format!("{name}: {value}\r\n"));
        self
    }

    pub(super) fn write_to(&self, request: &mut Vec<u8>, number: &AtomicU64) {
        request.clear();
        request.extend_from_slice(self.head.as_bytes());
        let fresh;
        let body = match &self.body {
            Body::None => return request.extend_from_slice(b"\r\n"),
            Body::Fixed(body) => body,
            Body::Fresh(make) => {
                fresh = make(number.fetch_add(1, Ordering::Relaxed));
                &fresh
            }
        };
        request.extend_from_slice(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
    }
}

pub struct Answer<'a> {
    pub status: u16,
    head: &'a str,
    pub body: &'a [u8],
}
impl<'a> Answer<'a> {
    pub fn header(&self, name: &str) -> Option<&'a str> {
        header(self.head, name)
    }
}
fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}
fn malformed(what: &'static str) -> Error {
    Error::new(ErrorKind::InvalidData, what)
}

/// One keep-alive connection; the buffer holds the answer being read and is used again for the next.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    filled: usize,
    /// The server said that it would close.
    pub(super) closing: bool,
}

impl Connection {
    pub fn open(address: SocketAddr) -> io::Result<Self> {
        if !address.ip().is_loopback() {
            return Err(Error::new(ErrorKind::InvalidInput, "load is put on loopback addresses only"));
        }
        let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self { stream, buffer: vec![0; 64 * 1024], filled: 0, closing: false })
    }

    /// One request outside a run: to sign in, to look at a page. After an error the connection is of no use.
    pub fn call(&mut self, call: &Call) -> io::Result<Answer<'_>> {
        let mut request = Vec::new();
        call.write_to(&mut request, &AtomicU64::new(0));
        self.exchange(&request)
    }

    pub(super) fn exchange(&mut self, request: &[u8]) -> io::Result<Answer<'_>> {
        let until = Instant::now() + PATIENCE;
        self.stream.write_all(request)?;
        self.filled = 0;
        let body = self.find(0, b"\r\n\r\n", until)? + 4;
        let head = str::from_utf8(&self.buffer[..body]).map_err(|_| malformed("a head that is not UTF-8"))?;
        let status = head.get(9..12).and_then(|status| status.parse().ok());
        let status = status.ok_or_else(|| malformed("no status"))?;
        let chunked = header(head, "transfer-encoding").is_some_and(|how| how.eq_ignore_ascii_case("chunked"));
        let length = header(head, "content-length").and_then(|length| length.parse::<usize>().ok());
        self.closing = header(head, "connection").is_some_and(|how| how.eq_ignore_ascii_case("close"));
        let end = match length {
            _ if matches!(status, 204 | 304) => body,
            _ if chunked => self.join_chunks(body, until)?,
            Some(length) => {
                self.fill_to(body + length, until)?;
                body + length
            }
            None => return Err(malformed("neither a length nor chunks")),
        };
        Ok(Answer {
            status,
            head: str::from_utf8(&self.buffer[..body]).unwrap_or_default(),
            body: &self.buffer[body..end],
        })
    }

    /// Reads all chunks, moves them together and returns where they end.
    fn join_chunks(&mut self, body: usize, until: Instant) -> io::Result<usize> {
        let (mut from, mut end) = (body, body);
        loop {
            let line_end = self.find(from, b"\r\n", until)?;
            let size = str::from_utf8(&self.buffer[from..line_end]).ok();
            let size = size.and_then(|size| usize::from_str_radix(size, 16).ok());
            let size = size.ok_or_else(|| malformed("a chunk without a size"))?;
            let chunk = line_end + 2;
            self.fill_to(chunk + size + 2, until)?;
            self.buffer.copy_within(chunk..chunk + size, end);
            (from, end) = (chunk + size + 2, end + size);
            if size == 0 {
                return Ok(end);
            }
        }
    }

    /// Where the mark begins, reading on until it is there.
    fn find(&mut self, from: usize, mark: &[u8], until: Instant) -> io::Result<usize> {
        loop {
            let read = self.buffer[..self.filled].get(from..).unwrap_or_default();
            if let Some(at) = read.windows(mark.len()).position(|bytes| bytes == mark) {
                return Ok(from + at);
            }
            self.fill_to(self.filled + 1, until)?;
        }
    }

    fn fill_to(&mut self, length: usize, until: Instant) -> io::Result<()> {
        if self.buffer.len() < length {
            self.buffer.resize(length.next_power_of_two(), 0);
        }
        while self.filled < length {
            if Instant::now() > until {
                return Err(ErrorKind::TimedOut.into());
            }
            match self.stream.read(&mut self.buffer[self.filled..])? {
                0 => return Err(ErrorKind::UnexpectedEof.into()),
                read => self.filled += read,
            }
        }
        Ok(())
    }
}
