//! Where a browser's requests go: to a router in this process, or to a server's port.

use std::io::{Error, ErrorKind, Result};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request};
use http_body_util::BodyExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tower::ServiceExt;

use crate::answer::Answer;
use crate::portal::Portal;
use crate::server::Server;

/// How long a response over a socket may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where a browser's requests go.
#[derive(Clone, Debug)]
pub enum Place {
    /// A portal in this process.
    Router(Router),
    /// A server that listens on this port of 127.0.0.1. Every request uses its own connection.
    Port(u16),
}

impl From<&Portal> for Place {
    fn from(portal: &Portal) -> Self {
        Self::Router(portal.router.clone())
    }
}

impl From<&Server> for Place {
    fn from(server: &Server) -> Self {
        Self::Port(server.port)
    }
}

impl Place {
    /// Sends a request from this address. Over a socket the address is sent in the header of a trusted proxy.
    ///
    /// # Errors
    /// If the connection ends before the response is complete.
    pub(crate) async fn exchange(&self, request: Request<Vec<u8>>, from: Option<IpAddr>) -> Result<Answer> {
        match self {
            Self::Router(router) => Ok(call(router.clone(), request, from).await),
            Self::Port(port) => {
                let bytes = wire_format(&request, *port, from);
                tokio::time::timeout(PATIENCE, exchange_bytes(*port, &bytes)).await?
            }
        }
    }
}

/// The peer if a test names none (RFC 5737).
const SOMEWHERE: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 7));

async fn call(router: Router, request: Request<Vec<u8>>, from: Option<IpAddr>) -> Answer {
    let mut request = request.map(Body::from);
    request.extensions_mut().insert(ConnectInfo(SocketAddr::new(from.unwrap_or(SOMEWHERE), 40_000)));
    let (parts, body) = router.oneshot(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes().to_vec();
    Answer { status: parts.status, headers: parts.headers, body }
}

async fn exchange_bytes(port: u16, request: &[u8]) -> Result<Answer> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
    stream.write_all(request).await?;
    let mut bytes = Vec::new();
    let end = stream.read_to_end(&mut bytes).await;
    // A server that refuses a body resets the connection after its response.
    if let Some(answer) = Answer::parse(&bytes) {
        return Ok(answer);
    }
    end?;
    Err(Error::new(ErrorKind::UnexpectedEof, "the connection ended within the response"))
}

/// A request as HTTP/1.1 (RFC 9112), with a `Host` header unless the request has one.
pub(crate) fn wire_format(request: &Request<Vec<u8>>, port: u16, from: Option<IpAddr>) -> Vec<u8> {
    let mut head = format!("{} {} HTTP/1.1\r\nConnection: close\r\n", request.method(), request.uri());
    if !request.headers().contains_key("host") {
        head += &format!("Host: localhost:{port}\r\n");
    }
    if let Some(address) = from {
        head += &format!("X-Forwarded-For: {address}\r\n");
    }
    if request.method() != Method::GET {
        head += &format!("Content-Length: {}\r\n", request.body().len());
    }
    let mut bytes = head.into_bytes();
    for (name, value) in request.headers() {
        bytes.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    bytes.extend(b"\r\n");
    bytes.extend(request.body());
    bytes
}
