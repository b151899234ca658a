//! `postern health`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, ensure};
use http_body_util::Empty;
use hyper::StatusCode;
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::json;
use tokio::time::timeout;

use super::tools::Answer;
use crate::config::Config;

/// How long the server may take to answer: longer than a write to a busy database.
const PATIENCE: Duration = Duration::from_secs(10);

/// Asks the server, without its database and without certificates, which a container may lack.
pub(super) async fn run(config: &Config) -> anyhow::Result<Answer> {
    let address = reachable(config.server.listen);
    let client: Client<_, Empty<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let asked = client.get(format!("http://{address}/health/ready").parse()?);
    let answered = timeout(PATIENCE, asked).await.context("no answer in time").and_then(|answer| Ok(answer?));
    let status = answered.with_context(|| format!("no server answers at {address}"))?.status();
    ensure!(status == StatusCode::OK, "the server at {address} is not ready: it answers {status}");
    Ok(Answer::new(format!("The server at {address} is ready."), json!({"ready": true})))
}

/// Where this machine reaches a server that listens on this address, which may stand for all of the machine's.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}
