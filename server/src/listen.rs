//! The socket: limits on time and size, and a stop that lets running requests end.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::http::StatusCode;
use axum_server::Handle;
use tokio::signal::unix::{SignalKind, signal};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

/// A request must be complete and answered within this time.
const REQUEST_TIME: Duration = Duration::from_secs(30);
/// The head of a request must arrive within this time.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// Largest head of a request in bytes (431 above it).
const MAX_HEAD: usize = 16 * 1024;
/// At a stop, running requests have this time to end.
const GRACE: Duration = Duration::from_secs(10);

/// Bounds the time of every request, and turns a panic into an answer.
pub fn limits<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    router
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, REQUEST_TIME))
        .layer(CatchPanicLayer::new())
}

/// Serves until SIGINT or SIGTERM.
///
/// # Errors
/// Where the address cannot be listened on.
pub async fn serve(router: Router, listen: SocketAddr, public_url: &str) -> anyhow::Result<()> {
    let listener = std::net::TcpListener::bind(listen).with_context(|| {
        format!("cannot listen on {listen}; stop what uses that address, or choose another with --listen")
    })?;
    listener.set_nonblocking(true)?;
    let handle = Handle::new();
    let mut server = axum_server::from_tcp(listener)?.handle(handle.clone());
    let builder = server.http_builder();
    builder.http1().timer(hyper_util::rt::TokioTimer::new()).header_read_timeout(HEAD_TIME).max_buf_size(MAX_HEAD);
    builder.http2().timer(hyper_util::rt::TokioTimer::new()).max_header_list_size(MAX_HEAD as u32);
    let stop = stopped();
    tokio::spawn(async move {
        stop.await;
        tracing::info!("stopping");
        handle.graceful_shutdown(Some(GRACE));
    });
    tracing::info!("listening on {listen}; open {public_url}");
    server.serve(router.into_make_service_with_connect_info::<SocketAddr>()).await.context("the server failed")
}

/// Ends at SIGINT or SIGTERM.
async fn stopped() {
    let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return std::future::pending().await;
    };
    tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
}
