//! Limits that end connections: clients that do not send, do not read, or open too many.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::{get, post};
use futures::stream;
use postern::http::bind::bind;
use postern::http::connections::Limits;
use postern::http::listen::serve_until;
use postern_testkit::{Answer, Portal};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::{Notify, oneshot};
use tokio::time::{interval, timeout};

const SHORT: Duration = Duration::from_millis(300);
const LONG: Duration = Duration::from_secs(600);
/// Above every limit of a test.
const PATIENCE: Duration = Duration::from_secs(20);
const HEAD: &str = "POST /api/sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";

/// Limits that no test meets. A test shortens the one that it is about.
const WIDE: Limits = Limits {
    head: LONG,
    head_of_proxy: LONG,
    body: LONG,
    write: LONG,
    write_at_stop: LONG,
    grace: LONG,
    per_network: 1_000,
    total: 1_000,
};

/// A server in this process.
struct Running {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    ended: tokio::task::JoinHandle<anyhow::Result<()>>,
}

impl Running {
    fn start(router: Router, limits: Limits, trusted_proxies: &[&str]) -> Self {
        let listener = bind(([127, 0, 0, 1], 0).into(), "--listen").unwrap();
        let address = listener.local_addr().unwrap();
        let trusted: Vec<_> = trusted_proxies.iter().map(|network| network.parse().unwrap()).collect();
        let (stop, stopped) = oneshot::channel();
        let stopped = async { stopped.await.unwrap_or_default() };
        let ended = tokio::spawn(async move { serve_until(stopped, router, listener, limits, &trusted).await });
        Self { address, stop, ended }
    }

    async fn connect(&self) -> TcpStream {
        connect_from([127, 0, 0, 1], self.address).await
    }
}

/// Every address of 127.0.0.0/8 is this machine's.
async fn connect_from(address: [u8; 4], to: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((Ipv4Addr::from(address), 0).into()).unwrap();
    let stream = socket.connect(to).await.unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

/// Everything that the server sends until it closes.
async fn rest(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    let end = timeout(PATIENCE, stream.read_to_end(&mut bytes)).await.expect("the connection does not end");
    // A connection that is closed while its client sends may be reset.
    drop(end);
    bytes
}

/// Sends these bytes again and again until the server closes; returns what it has sent.
async fn drip(mut stream: TcpStream, first: &str, each: &str) -> Vec<u8> {
    stream.write_all(first.as_bytes()).await.unwrap();
    let (mut reader, mut writer) = stream.split();
    let mut bytes = Vec::new();
    let dripping = async {
        let mut again = interval(Duration::from_millis(20));
        while writer.write_all(each.as_bytes()).await.is_ok() {
            again.tick().await;
        }
        std::future::pending::<()>().await;
    };
    let end = async {
        tokio::select! {
            read = reader.read_to_end(&mut bytes) => drop(read),
            () = dripping => {}
        }
    };
    timeout(PATIENCE, end).await.expect("the connection does not end");
    bytes
}

#[tokio::test]
async fn a_head_that_does_not_end_ends_the_connection() {
    let server = Running::start(Router::new(), Limits { head: SHORT, ..WIDE }, &[]);
    let sent = drip(server.connect().await, "GET / HTTP/1.1\r\nX-Slow: ", "x").await;
    assert!(sent.is_empty() || sent.starts_with(b"HTTP/1.1 4"), "{}", String::from_utf8_lossy(&sent));
    assert_eq!(rest(&mut server.connect().await).await, b"", "nothing was sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_does_not_end_is_answered_with_408_and_ends_the_connection() {
    let portal = Portal::on_sqlite().await;
    let server = Running::start(portal.router.clone(), Limits { body: SHORT, ..WIDE }, &[]);
    for (framing, each) in [("Content-Length: 16000", " "), ("Transfer-Encoding: chunked", "1\r\n \r\n")] {
        for path in ["/api/sign-in", "/api/nothing", "/console"] {
            for method in ["POST", "GET"] {
                let first =
                    format!("{HEAD}{framing}\r\n\r\n").replacen("POST /api/sign-in", &format!("{method} {path}"), 1);
                let sent = drip(server.connect().await, &first, each).await;
                let answer = Answer::parse(&sent).expect("a whole answer").expect_error(408, "request_timeout");
                assert_eq!(answer.header("connection"), "close", "{method} {path}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_refused_while_still_sending_gets_the_answer_and_the_connection_ends() {
    let portal = Portal::on_sqlite().await;
    let server = Running::start(portal.router.clone(), WIDE, &[]);
    let kib = "x".repeat(1024);
    let chunk = format!("400\r\n{kib}\r\n");
    for (framing, each) in [("Content-Length: 52428800", &kib), ("Transfer-Encoding: chunked", &chunk)] {
        let mut stream = server.connect().await;
        stream.write_all(format!("{HEAD}{framing}\r\n\r\n").as_bytes()).await.unwrap();
        // It reads only when it has sent all this.
        for _ in 0..512 {
            stream.write_all(each.as_bytes()).await.unwrap();
        }
        let answer = Answer::parse(&rest(&mut stream).await).expect("a whole answer").expect_error(413, "too_large");
        assert_eq!(answer.header("connection"), "close");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_does_not_read_is_dropped_with_what_was_prepared_for_it() {
    let dropped = Arc::new(Notify::new());
    let server = Running::start(endless(&dropped), Limits { write: SHORT, ..WIDE }, &[]);
    let mut stream = server.connect().await;
    stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    timeout(PATIENCE, dropped.notified()).await.expect("the response is kept for ever");
    let end = timeout(PATIENCE, stream.read_to_end(&mut Vec::new())).await.expect("the connection does not end");
    assert_eq!(end.unwrap_err().kind(), ErrorKind::ConnectionReset, "the kernel still kept what was not read");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_reads_may_take_longer_than_one_that_does_not() {
    let server = Running::start(endless(&Arc::default()), Limits { write: SHORT, ..WIDE }, &[]);
    let mut stream = server.connect().await;
    stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let begun = Instant::now();
    let mut bytes = vec![0; 1 << 20];
    while begun.elapsed() < 5 * SHORT {
        assert!(stream.read(&mut bytes).await.unwrap() > 0);
    }
}

/// A response without an end, which says when it is given up.
fn endless(dropped: &Arc<Notify>) -> Router {
    struct Watched(Arc<Notify>);
    impl Drop for Watched {
        fn drop(&mut self) {
            self.0.notify_one();
        }
    }
    let dropped = Arc::clone(dropped);
    let respond = async move || {
        let watched = Watched(dropped);
        Body::from_stream(stream::repeat_with(move || {
            let _ = &watched;
            Ok::<_, std::io::Error>(Bytes::from_static(&[b'x'; 4096]))
        }))
    };
    Router::new().route("/", get(respond))
}

#[tokio::test]
async fn a_connection_that_is_idle_after_a_response_is_closed() {
    let router = Router::new().route("/", get(async || "done"));
    let server = Running::start(router, Limits { head: SHORT, ..WIDE }, &[]);
    let mut stream = server.connect().await;
    stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    assert!(rest(&mut stream).await.ends_with(b"done"));
}

#[tokio::test]
async fn where_one_network_has_too_many_connections_the_one_that_waited_longest_is_closed() {
    let server = Running::start(Router::new(), Limits { per_network: 3, ..WIDE }, &[]);
    let mut other = connect_from([127, 0, 0, 9], server.address).await;
    let mut open = Vec::new();
    for _ in 0..5 {
        open.push(server.connect().await);
    }
    for stream in &mut open[..2] {
        assert_eq!(rest(stream).await, b"");
    }
    for stream in open[2..].iter_mut().chain([&mut other]) {
        assert!(is_served(stream).await);
    }
}

#[tokio::test]
async fn a_trusted_proxy_may_open_more_connections_than_a_client() {
    let server = Running::start(Router::new(), Limits { per_network: 3, ..WIDE }, &["127.0.0.0/8"]);
    let mut first = server.connect().await;
    let mut more = Vec::new();
    for _ in 0..10 {
        more.push(server.connect().await);
    }
    assert!(is_served(&mut more[9]).await && is_served(&mut first).await);
}

#[tokio::test]
async fn an_idle_connection_of_a_trusted_proxy_is_kept_longer_than_a_client_s() {
    let server = Running::start(Router::new(), Limits { head: SHORT, ..WIDE }, &["127.0.0.1/32"]);
    let mut proxy = server.connect().await;
    assert!(is_served(&mut proxy).await);
    assert_eq!(rest(&mut connect_from([127, 0, 0, 9], server.address).await).await, b"", "the client's is closed");
    assert!(is_served(&mut proxy).await);
}

#[tokio::test]
async fn a_header_with_nul_is_refused_with_400() {
    let server = Running::start(Router::new(), WIDE, &[]);
    let mut stream = server.connect().await;
    stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nCookie: a=\0\r\n\r\n").await.unwrap();
    assert!(rest(&mut stream).await.starts_with(b"HTTP/1.1 400 "));
}

#[tokio::test]
async fn whoever_sends_a_whole_request_is_served_however_many_others_do_not() {
    let router = Router::new().route("/api/sign-in", post(async |_: Bytes| ()));
    let server = Running::start(router, Limits { total: 20, ..WIDE }, &[]);
    let mut unfinished = Vec::new();
    for n in 0..100 {
        let mut stream = connect_from([127, 0, 1, n], server.address).await;
        stream.write_all(format!("{HEAD}Content-Length: 10\r\n\r\n").as_bytes()).await.unwrap();
        unfinished.push(stream);
        assert!(is_served(&mut connect_from([127, 0, 2, n], server.address).await).await);
    }
    assert_eq!(rest(&mut unfinished[0]).await, b"", "the one that waited longest is closed");
}

#[tokio::test]
async fn a_request_that_is_at_work_is_not_closed_for_a_new_connection() {
    let begun = Arc::new(Notify::new());
    let go_on = Arc::new(Notify::new());
    let slow = {
        let (begun, go_on) = (Arc::clone(&begun), Arc::clone(&go_on));
        async move || {
            begun.notify_one();
            go_on.notified().await;
            "done"
        }
    };
    let router = Router::new().route("/", get(slow));
    let router = router.layer(axum::middleware::from_fn(postern::http::guard::begin_when_complete));
    let server = Running::start(router, Limits { per_network: 1, ..WIDE }, &[]);
    let mut working = server.connect().await;
    working.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await.unwrap();
    begun.notified().await;
    assert_eq!(rest(&mut server.connect().await).await, b"", "there is no place for it");
    go_on.notify_one();
    assert!(rest(&mut working).await.ends_with(b"done"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_does_not_wait_for_a_client_that_does_not_read() {
    let Running { address, stop, ended } =
        Running::start(endless(&Arc::default()), Limits { write_at_stop: SHORT, ..WIDE }, &[]);
    let mut stream = connect_from([127, 0, 0, 1], address).await;
    stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    stream.readable().await.unwrap();
    stop.send(()).unwrap();
    timeout(PATIENCE, ended).await.expect("the server waits for ever").unwrap().unwrap();
}

/// Whether a request is answered, on this connection.
async fn is_served(stream: &mut TcpStream) -> bool {
    let mut byte = [0];
    let mut served = pin!(async {
        stream.write_all(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n").await.is_ok()
            && stream.read_exact(&mut byte).await.is_ok()
    });
    timeout(PATIENCE, &mut served).await.expect("no answer and no end")
}
