//! The HTTP client of the back channel.

use std::time::Duration;

use anyhow::Context;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::{Request, Response};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::time::timeout;

/// How long the other server may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// The most that is read of an answer, in bytes.
const MOST: usize = 1_000_000;

/// Sends requests to other servers. It follows no redirects.
#[derive(Clone)]
pub struct Sender(Client<HttpsConnector<HttpConnector>, Full<Bytes>>);

impl Sender {
    /// A client that trusts the certificates of this machine.
    ///
    /// # Errors
    /// If there are none.
    pub fn new() -> anyhow::Result<Self> {
        let connector = HttpsConnectorBuilder::new().with_native_roots().context("no certificates")?;
        let connector = connector.https_or_http().enable_http1().build();
        Ok(Self(Client::builder(TokioExecutor::new()).build(connector)))
    }

    /// Sends a request, and reads the whole answer.
    ///
    /// # Errors
    /// If there is no answer within 10 seconds, or it is too long.
    pub async fn send(&self, request: Request<Full<Bytes>>) -> anyhow::Result<Response<Bytes>> {
        let answered = async {
            let (head, body) = self.0.request(request).await?.into_parts();
            let body = Limited::new(body, MOST).collect().await.map_err(anyhow::Error::from_boxed)?.to_bytes();
            Ok(Response::from_parts(head, body))
        };
        timeout(PATIENCE, answered).await.context("no answer in time")?
    }
}
