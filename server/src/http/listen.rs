//! The socket: accepting connections, and a graceful shutdown. TLS, and with it HTTP/2, is the reverse proxy's job: browsers
//! speak HTTP/2 over TLS only, so leaving it out means one parser fewer to attack.

use std::any::Any;
use std::net::{SocketAddr, TcpListener};
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::time::Duration;

use anyhow::Context;
use axum::extract::ConnectInfo;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Router};
use futures_util::FutureExt;
use hyper::server::conn::http1::Builder;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use ipnet::IpNet;
use postern_types::ApiError;
use rustix::net::sockopt::{set_socket_send_buffer_size, set_tcp_nodelay};
use rustix::process::{Resource, getrlimit};
use tokio::net::TcpStream;
use tokio::time::{interval, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tower::Layer;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

use super::client_address::is_trusted;
use super::connections::{Connection, Connections, Limits};
use super::error::AppError;
use super::stream::Stream;
use crate::auth::token::retry_after_s;
use crate::signals;

/// A request that has arrived must be answered within this time.
const ANSWER_TIME: Duration = Duration::from_secs(30);
/// Largest head of a request in bytes (431 above it).
const MAX_HEAD: usize = 16 * 1024;
/// The limits of connections. `total` is lower where the process may open fewer files.
pub(crate) const LIMITS: Limits = Limits {
    head: Duration::from_secs(10),
    head_of_proxy: Duration::from_secs(150),
    body: Duration::from_secs(20),
    write: Duration::from_secs(30),
    write_at_stop: Duration::from_secs(2),
    grace: Duration::from_secs(10),
    per_network: 128,
    total: 4096,
};
/// Bytes that the kernel keeps for a client that has not read them. Left to itself, it keeps megabytes.
const SEND_BUFFER: usize = 128 * 1024;
/// Open files that are not connections of clients: the database, mails, pages.
const OTHER_FILES: usize = 128;
/// How often connections are looked at.
const LOOK: Duration = Duration::from_millis(200);
/// The wait after a connection that could not be accepted, for example because too many files are open.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// The default response logs the text of the panic, which may hold a secret.
type ResponseToPanic = fn(Box<dyn Any + Send>) -> Response;

/// Turns a panic into a response, and limits the time of every answer.
pub(crate) fn limits() -> (CatchPanicLayer<ResponseToPanic>, TimeoutLayer) {
    (
        CatchPanicLayer::custom(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response()),
        TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, ANSWER_TIME),
    )
}

/// The same limits for a single answer.
pub(crate) async fn limited<T>(answer: impl Future<Output = Result<T, AppError>>) -> Result<T, AppError> {
    match timeout(ANSWER_TIME, AssertUnwindSafe(answer).catch_unwind()).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(_)) => Err(anyhow::anyhow!("a panic, which the log has with its place").into()),
        Err(_) => Err(ApiError::Unavailable { retry_after_s: retry_after_s() }.into()),
    }
}

/// Serves until SIGINT or SIGTERM.
///
/// # Errors
/// If the socket fails.
pub async fn serve(
    router: Router,
    listener: TcpListener,
    public_url: &str,
    trusted_proxies: &[IpNet],
) -> anyhow::Result<()> {
    tracing::info!("listening on {}; open {public_url}", listener.local_addr()?);
    let stop = signals::stopped()?.inspect(|()| tracing::info!("stopping: requests have {:?} to finish", LIMITS.grace));
    serve_until(stop, router, listener, limits_here(), trusted_proxies).await
}

/// The limits, with as many connections as this process may have open files.
fn limits_here() -> Limits {
    let files = getrlimit(Resource::Nofile).current.map_or(usize::MAX, |files| files as usize);
    let total = LIMITS.total.min(files - OTHER_FILES.min(files / 2));
    if total < LIMITS.total {
        tracing::info!("{files} files may be open, so there may be {total} connections at the same time");
    }
    Limits { total, ..LIMITS }
}

/// Serves until `stop`, then lets running requests finish.
///
/// # Errors
/// If the socket fails.
pub async fn serve_until(
    stop: impl Future<Output = ()>,
    router: Router,
    listener: TcpListener,
    limits: Limits,
    trusted_proxies: &[IpNet],
) -> anyhow::Result<()> {
    listener.set_nonblocking(true)?;
    // Each connection takes these over.
    set_socket_send_buffer_size(&listener, SEND_BUFFER)?;
    // The end of a response does not wait for the client to acknowledge what came before it.
    set_tcp_nodelay(&listener, true)?;
    let listener = tokio::net::TcpListener::from_std(listener).context("the server failed")?;
    let mut connections = Connections::new(limits, trusted_proxies.to_vec());
    let stopping = CancellationToken::new();
    let mut look = interval(LOOK);
    let mut stop = pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            _ = look.tick() => connections.end_unread(),
            accepted = listener.accept() => match accepted {
                Ok((tcp, peer)) => {
                    let is_proxy = is_trusted(peer.ip().to_canonical(), trusted_proxies);
                    let head = if is_proxy { limits.head_of_proxy } else { limits.head };
                    connections.add(peer, |it| exchange(tcp, peer, it, head, router.clone(), stopping.clone()));
                }
                Err(error) => {
                    tracing::warn!("cannot accept a connection: {error}");
                    connections.free_one();
                    sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
    drop(listener);
    stopping.cancel();
    let _ = timeout(limits.grace, finish(connections)).await;
    Ok(())
}

/// Exchanges requests and responses over one connection until it ends.
async fn exchange(
    tcp: TcpStream,
    peer: SocketAddr,
    connection: Connection,
    head_time: Duration,
    router: Router,
    stopping: CancellationToken,
) {
    let stream = TokioIo::new(Stream::new(tcp, connection.clone()));
    let router = Extension(connection).layer(Extension(ConnectInfo(peer)).layer(router));
    let mut http = Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(head_time).max_buf_size(MAX_HEAD);
    let mut http = pin!(http.serve_connection(stream, TowerToHyperService::new(router)));
    tokio::select! {
        _ = http.as_mut() => return,
        () = stopping.cancelled() => http.as_mut().graceful_shutdown(),
    }
    let _ = http.await;
}

/// Waits for running requests, but not for clients that neither send nor read.
async fn finish(mut connections: Connections) {
    let mut look = interval(LOOK);
    loop {
        tokio::select! {
            one_ended = connections.one_ends() => if !one_ended { return },
            _ = look.tick() => connections.end_waiting(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::extract::ConnectInfo;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;
    use tokio::sync::{Notify, oneshot};
    use tokio::task::JoinHandle;

    use super::super::bind::bind;
    use super::super::guard::finish_what_was_begun;
    use super::*;

    /// A running server, and what stops it.
    struct Running {
        address: SocketAddr,
        stop: oneshot::Sender<()>,
        ended: JoinHandle<anyhow::Result<()>>,
    }

    fn start(router: Router) -> Running {
        let listener = bind(([127, 0, 0, 1], 0).into(), "--listen").unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let ended = tokio::spawn(async move {
            serve_until(async { stopped.await.unwrap_or_default() }, router, listener, LIMITS, &[]).await
        });
        Running { address, stop, ended }
    }

    /// Everything that the server sends in response to these bytes until it closes the connection.
    async fn answer(address: SocketAddr, request: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        // A server that refuses before it has read everything may reset the connection after its response.
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8(answer).unwrap()
    }

    fn get_request(path: &str) -> String {
        format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    }

    #[tokio::test]
    async fn a_handler_sees_the_address_of_the_peer() {
        let whoami = async |ConnectInfo(peer): ConnectInfo<SocketAddr>| peer.ip().to_string();
        let server = start(Router::new().route("/", get(whoami)));
        assert!(answer(server.address, &get_request("/")).await.ends_with("\r\n\r\n127.0.0.1"));
    }

    #[tokio::test]
    async fn a_head_that_is_too_large_is_answered_with_431() {
        let server = start(Router::new());
        let request = get_request(&format!("/{}", "a".repeat(MAX_HEAD)));
        assert!(answer(server.address, &request).await.starts_with("HTTP/1.1 431 "));
    }

    #[tokio::test]
    async fn a_panic_is_answered_with_500() {
        let fails = async || -> &'static str { panic!("on purpose") };
        let server = start(Router::new().route("/", get(fails)).layer(limits()));
        assert!(answer(server.address, &get_request("/")).await.starts_with("HTTP/1.1 500 "));
    }

    #[tokio::test]
    async fn a_panic_is_logged_with_its_place_and_without_its_text() {
        // With a single subscriber, the first thread that meets an event decides for all threads whether it is logged, and another
        // test's thread has none.
        let _second = tracing::Dispatch::new(tracing_subscriber::registry());
        let log = tempfile::NamedTempFile::new().unwrap();
        let subscriber = tracing_subscriber::fmt().with_writer(Arc::new(log.reopen().unwrap())).finish();
        let logging = tracing::subscriber::set_default(subscriber);
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(crate::logging::log_panic));
        let fails = async || -> &'static str { panic!("my {}", "secret") };
        let in_own_task = Router::new().route("/", get(fails).post(fails));
        let router = in_own_task.layer(axum::middleware::from_fn(finish_what_was_begun)).layer(limits());
        let router = router.layer(axum::middleware::from_fn(super::super::error::report));
        let server = start(router);
        for method in ["GET", "POST"] {
            let answer = answer(server.address, &get_request("/").replace("GET", method)).await;
            assert!(answer.starts_with("HTTP/1.1 500 ") && !answer.contains("secret"), "{answer}");
        }
        std::panic::set_hook(usual);
        drop(logging);
        let logged = std::fs::read_to_string(log.path()).unwrap();
        assert_eq!(logged.matches("listen.rs:").count(), 2, "{logged}");
        assert!(!logged.contains("secret"), "{logged}");
    }

    #[tokio::test]
    async fn a_stop_lets_a_running_request_end_and_takes_no_new_one() {
        let begun = Arc::new(Notify::new());
        let go_on = Arc::new(Notify::new());
        let slow = {
            let begun = Arc::clone(&begun);
            let go_on = Arc::clone(&go_on);
            async move || {
                begun.notify_one();
                go_on.notified().await;
                "done"
            }
        };
        let Running { address, stop, ended } = start(Router::new().route("/", get(slow)));
        let running = tokio::spawn(async move { answer(address, &get_request("/")).await });
        begun.notified().await;
        stop.send(()).unwrap();
        while TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
        go_on.notify_one();
        assert!(running.await.unwrap().ends_with("done"));
        ended.await.unwrap().unwrap();
    }
}
