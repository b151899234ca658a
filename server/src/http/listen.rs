//! The socket: limits on time and size, and a graceful shutdown. TLS, and with it HTTP/2, is the reverse proxy's job:
//! browsers speak HTTP/2 over TLS only, so leaving it out means one parser less to attack.

use std::io::{ErrorKind, IsTerminal};
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use anyhow::{Context, anyhow};
use axum::Router;
use axum::http::StatusCode;
use axum_server::Handle;
use hyper_util::rt::TokioTimer;
use tokio::signal::unix::{SignalKind, signal};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

/// A request must be complete and answered within this time.
const REQUEST_TIME: Duration = Duration::from_secs(30);
/// The head of a request must arrive within this time, counted from the end of the previous one.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// Largest head of a request in bytes (431 above it).
const MAX_HEAD: usize = 16 * 1024;
/// At a shutdown, running requests have this time to finish.
const GRACE: Duration = Duration::from_secs(10);

/// Limits the time of every request, and turns a panic into a response.
pub fn limits<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    router
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, REQUEST_TIME))
        .layer(CatchPanicLayer::new())
}

/// Serves until SIGINT or SIGTERM.
///
/// # Errors
/// If the socket fails.
pub async fn serve(router: Router, listener: TcpListener, public_url: &str) -> anyhow::Result<()> {
    tracing::info!("listening on {}; open {public_url}", listener.local_addr()?);
    serve_until(stopped()?, router, listener).await
}

/// Opens the socket.
///
/// # Errors
/// If it cannot listen on the address, with what to do.
pub fn bind(listen: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(listen).map_err(|error| {
        let advice = match error.kind() {
            ErrorKind::AddrInUse => {
                "another program is using it: stop that program, or choose another port with --listen"
            }
            ErrorKind::PermissionDenied => "ports below 1024 need privileges: choose another one with --listen",
            ErrorKind::AddrNotAvailable => "this machine has no such address: choose another one with --listen",
            _ => return anyhow!(error).context(format!("cannot listen on {listen}")),
        };
        anyhow!("cannot listen on {listen}: {advice}")
    })
}

/// Serves until `stop`, then lets running requests finish.
async fn serve_until(
    stop: impl Future<Output = ()> + Send + 'static,
    router: Router,
    listener: TcpListener,
) -> anyhow::Result<()> {
    let handle = Handle::new();
    let mut server = axum_server::from_tcp(listener)?.http1_only().handle(handle.clone());
    server.http_builder().http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIME).max_buf_size(MAX_HEAD);
    tokio::spawn(async move {
        stop.await;
        tracing::info!("stopping: running requests have {} s to finish", GRACE.as_secs());
        handle.graceful_shutdown(Some(GRACE));
    });
    server.serve(router.into_make_service_with_connect_info::<SocketAddr>()).await.context("the server failed")
}

/// Completes at SIGINT or SIGTERM, which from now on do not end the process by themselves. SIGHUP is ignored, as a request to
/// read settings again, unless it says that the terminal is gone.
fn stopped() -> anyhow::Result<impl Future<Output = ()> + Send + 'static> {
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot wait for SIGINT")?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot wait for SIGTERM")?;
    let mut hang_up = signal(SignalKind::hangup()).context("cannot wait for SIGHUP")?;
    let has_terminal = std::io::stderr().is_terminal();
    Ok(async move {
        loop {
            tokio::select! {
                _ = interrupt.recv() => return,
                _ = terminate.recv() => return,
                _ = hang_up.recv() => {
                    if has_terminal {
                        return;
                    }
                    tracing::warn!("SIGHUP is ignored: settings are read only at the start");
                }
            }
        }
    })
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

    use super::*;

    /// A running server, and what stops it.
    struct Running {
        address: SocketAddr,
        stop: oneshot::Sender<()>,
        ended: JoinHandle<anyhow::Result<()>>,
    }

    fn start(router: Router) -> Running {
        let listener = bind(([127, 0, 0, 1], 0).into()).unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let ended = tokio::spawn(serve_until(async { stopped.await.unwrap_or_default() }, router, listener));
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
        let server = start(limits(Router::new().route("/", get(fails))));
        assert!(answer(server.address, &get_request("/")).await.starts_with("HTTP/1.1 500 "));
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

    #[test]
    fn an_address_in_use_is_named_with_what_to_do() {
        let first = bind(([127, 0, 0, 1], 0).into()).unwrap();
        let address = first.local_addr().unwrap();
        let error = bind(address).unwrap_err().to_string();
        assert!(error.contains(&address.to_string()) && error.contains("--listen"), "{error}");
    }
}
