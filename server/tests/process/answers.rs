//! What came back over a socket.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

/// A complete answer. One that was cut off is an error of the connection instead.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

/// Connects, with patience for slow answers.
pub(crate) fn connect(port: u16) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    stream.set_write_timeout(Some(Duration::from_secs(60)))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Sends bytes and reads until the server closes.
pub(crate) fn exchange(port: u16, request: &[u8]) -> io::Result<Answer> {
    let mut stream = connect(port)?;
    stream.write_all(request)?;
    read(&mut stream)
}

/// Reads one answer until the server closes.
pub(crate) fn read(stream: &mut TcpStream) -> io::Result<Answer> {
    let mut bytes = Vec::new();
    let end = stream.read_to_end(&mut bytes);
    let answer = parse(&bytes);
    if answer.is_none() {
        end?;
    }
    answer.ok_or_else(|| io::Error::new(io::ErrorKind::UnexpectedEof, "the connection ended within the answer"))
}

fn parse(bytes: &[u8]) -> Option<Answer> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let body = bytes[end + 4..].to_vec();
    let answer = Answer { status, head, body };
    let whole = answer.header("content-length").is_none_or(|length| length.parse() == Ok(answer.body.len()));
    whole.then_some(answer)
}

impl Answer {
    /// The first header of this name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers(name).next()
    }

    pub(crate) fn headers(&self, name: &str) -> impl Iterator<Item = &str> {
        let lines = self.head.lines().skip(1).filter_map(|line| line.split_once(':'));
        lines.filter(move |(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {}\n\n{}", self.head, self.text()))
    }

    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    /// An error with this status and name.
    #[track_caller]
    pub(crate) fn expect_error(self, status: u16, name: &str) -> Self {
        let answer = self.expect(status);
        assert_eq!(answer.json()["error"], name);
        answer
    }

    /// The name of the step.
    #[track_caller]
    pub(crate) fn step(&self) -> String {
        self.json()["step"].as_str().unwrap_or_else(|| panic!("no step: {}", self.text())).to_owned()
    }
}
