//! Sends spans to an OTLP receiver, in batches, in the background.

use std::fmt;
use std::time::Duration;

use anyhow::Context;
use async_trait::async_trait;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::{Request, Response};
use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider;
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tokio::runtime::Handle;
use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::registry::LookupSpan;
use url::Url;

use super::TARGET;
use crate::provider::sender::Sender;

/// How long the receiver may take at a shutdown.
const PATIENCE: Duration = Duration::from_secs(5);

/// Sends spans to a receiver.
#[derive(Debug)]
pub struct Traces(SdkTracerProvider);

impl Traces {
    /// Begins to send spans in batches, in the background.
    ///
    /// # Errors
    /// If this machine has no certificates.
    pub fn start(endpoint: &Url) -> anyhow::Result<Self> {
        let client = Courier { sender: Sender::new()?, runtime: Handle::current() };
        let exporter = SpanExporter::builder().with_http().with_http_client(client).with_protocol(Protocol::HttpBinary);
        let exporter = exporter.with_endpoint(endpoint.as_str()).build().context("traces.endpoint cannot be used")?;
        let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
        let resource = Resource::builder().with_service_name("postern").with_attribute(version).build();
        Ok(Self(SdkTracerProvider::builder().with_resource(resource).with_batch_exporter(exporter).build()))
    }

    /// The layer that receives spans, and nothing else.
    #[must_use]
    pub fn layer<S: Subscriber + for<'a> LookupSpan<'a>>(&self) -> impl Layer<S> + use<S> {
        let layer = tracing_opentelemetry::layer().with_tracer(self.0.tracer("postern"));
        let layer = layer.with_location(false).with_threads(false).with_target(false);
        layer.with_filter(Targets::new().with_target(TARGET, LevelFilter::INFO))
    }

    /// Sends what is left. Blocks for five seconds at most.
    pub fn finish(self) {
        if let Err(error) = self.0.shutdown_with_timeout(PATIENCE) {
            tracing::warn!("the last traces were not sent: {error}");
        }
    }
}

/// Takes batches to the receiver. Batches come from a thread of their own, and requests belong to the runtime.
struct Courier {
    sender: Sender,
    runtime: Handle,
}

impl fmt::Debug for Courier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Courier")
    }
}

#[async_trait]
impl HttpClient for Courier {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let sender = self.sender.clone();
        let sent = self.runtime.spawn(async move { sender.send(request.map(Full::new)).await });
        Ok(sent.await??)
    }
}
