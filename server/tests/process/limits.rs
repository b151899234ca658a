//! Clients that send too much or too slowly.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use postern_testkit::{ADA, Answer, Installation, credentials};
use postern_types::route;

use crate::socket::{connect, read};

const HEAD: &str = "POST /api/sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";

/// Says when the server closes a connection that says nothing, if it does so at all.
fn silence(port: u16) -> Option<Duration> {
    let mut stream = connect(port);
    stream.set_read_timeout(Some(Duration::from_secs(35))).unwrap();
    let begun = Instant::now();
    let mut bytes = [0; 100];
    while stream.read(&mut bytes).ok()? > 0 {}
    Some(begun.elapsed())
}

/// Says when the server closes a connection that was used once.
fn keep(port: u16) -> Duration {
    let mut stream = connect(port);
    stream.write_all(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let begun = Instant::now();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    assert!(bytes.starts_with(b"HTTP/1.1 200"));
    begun.elapsed()
}

/// Sends a byte every now and then until the server has had enough; says when that was, and with which answer.
fn drip(port: u16, first: &[u8], each: &[u8]) -> (Duration, io::Result<Answer>) {
    let begun = Instant::now();
    let mut stream = connect(port);
    stream.write_all(first).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    let mut bytes = [0; 1];
    loop {
        match stream.peek(&mut bytes) {
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {}
            _ => return (begun.elapsed(), read(&mut stream)),
        }
        assert!(begun.elapsed() < Duration::from_secs(50), "the server waits for ever");
        drop(stream.write_all(each));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_clients_are_cut_off() {
    let portal = Installation::on_sqlite().with_ada();
    let server = portal.start().await;
    let port = server.port;
    let head = thread::spawn(move || drip(port, b"GET /api/flow HTTP/1.1\r\nX-Slow: ", b"x"));
    let silent = thread::spawn(move || silence(port));
    let kept = thread::spawn(move || keep(port));
    let body = format!("{HEAD}Content-Length: 200\r\n\r\n{{");
    let body = thread::spawn(move || drip(port, body.as_bytes(), b" "));
    let chunks = format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n");
    let chunks = thread::spawn(move || drip(port, chunks.as_bytes(), b"1\r\n \r\n"));
    // Many slow clients do not keep others out.
    let many: Vec<TcpStream> = (0..100).map(|_| connect(port)).collect();
    assert_eq!(server.browser().sign_in(ADA).await.status, 200);
    drop(many);
    let after = [head.join().unwrap().0, kept.join().unwrap()];
    assert!(after.iter().all(|after| (8..15).contains(&after.as_secs())), "{after:?}");
    for slow in [body, chunks] {
        let (after, answer) = slow.join().unwrap();
        assert!((18..30).contains(&after.as_secs()), "{after:?}");
        answer.unwrap().expect_error(408, "request_timeout");
    }
    let silent = silent.join().unwrap();
    assert!(silent.is_some_and(|after| after.as_secs() < 40), "a connection that says nothing is kept for ever");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_of_64_kb_is_refused_with_431() {
    let portal = Installation::on_sqlite();
    let server = portal.start().await;
    let mut stream = connect(server.port);
    let sent = write!(stream, "GET /api/flow HTTP/1.1\r\nX-Long: {}\r\n\r\n", "x".repeat(64 * 1024));
    match read(&mut stream) {
        Ok(answer) => assert_eq!(answer.status, 431),
        Err(error) => panic!("no answer: {error}, sent: {sent:?}"),
    }
    for count in [50, 500] {
        let lines: String = (0..count).map(|n| format!("X-{n}: y\r\n")).collect();
        let mut stream = connect(server.port);
        write!(stream, "GET /api/flow HTTP/1.1\r\nConnection: close\r\n{lines}\r\n").unwrap();
        let expected = if count == 50 { 200 } else { 431 };
        assert_eq!(read(&mut stream).unwrap().status, expected, "{count} lines");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_of_50_mb_is_refused_without_taking_memory() {
    let portal = Installation::on_sqlite();
    let server = portal.start().await;
    let before = server.memory_kib();
    let chunk = vec![b'x'; 1 << 20];
    for framing in ["Content-Length: 52428800", "Transfer-Encoding: chunked"] {
        let mut stream = connect(server.port);
        write!(stream, "{HEAD}Connection: close\r\n{framing}\r\n\r\n").unwrap();
        for _ in 0..50 {
            let sent = match framing {
                "Transfer-Encoding: chunked" => write!(stream, "{:x}\r\n", chunk.len())
                    .and_then(|()| stream.write_all(&chunk))
                    .and_then(|()| stream.write_all(b"\r\n")),
                _ => stream.write_all(&chunk),
            };
            if sent.is_err() {
                break;
            }
        }
        // A connection that was closed while the client still wrote may have lost the answer.
        if let Ok(answer) = read(&mut stream) {
            answer.expect_error(413, "too_large");
        }
        let grown = server.memory_kib().saturating_sub(before);
        assert!(grown < 16 * 1024, "{framing}: {grown} KiB more");
    }
    for size in [16 * 1024 + 1, 1 << 20] {
        let body = credentials(ADA, &"x".repeat(size));
        server.browser().post(route::SIGN_IN, body).await.expect_error(413, "too_large");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_http_is_refused_and_the_server_goes_on() {
    let portal = Installation::on_sqlite();
    let server = portal.start().await;
    for noise in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"\0\0\0\0\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /api/sign-in HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /api/sign-in HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        b"POST /api/sign-in HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /api/flow HTTP/1.1\r\nCookie: \0\r\n\r\n",
    ] {
        let mut stream = connect(server.port);
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        stream.write_all(noise).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut bytes = Vec::new();
        drop(stream.read_to_end(&mut bytes));
        let text = String::from_utf8_lossy(&bytes);
        assert!(text.is_empty() || text.starts_with("HTTP/1.1 4"), "{}: {text}", String::from_utf8_lossy(noise));
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    server.browser().get("/health/ready").await.expect(200);
    assert!(!server.log().contains("panicked"), "{}", server.log());
}
