//! Connections of a test that decides by itself which bytes go when.

use std::io::{self, Read};
use std::net::TcpStream;
use std::time::Duration;

use postern_testkit::Answer;

/// Connects, with patience for slow answers.
pub(crate) fn connect(port: u16) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream.set_write_timeout(Some(Duration::from_secs(60))).unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

/// Reads one answer until the server closes.
pub(crate) fn read(stream: &mut TcpStream) -> io::Result<Answer> {
    let mut bytes = Vec::new();
    let end = stream.read_to_end(&mut bytes);
    if let Some(answer) = Answer::parse(&bytes) {
        return Ok(answer);
    }
    end?;
    Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the connection ended within the answer"))
}
