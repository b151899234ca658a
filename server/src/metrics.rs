//! Figures about the running server, for Prometheus. `docs/metrics.md` lists them.
//!
//! The values of every label are words of the program: never a name, an address, an id, or a path that somebody has sent. Most
//! figures are counters that their owners increment, the others are read when Prometheus asks ([`Moment`]).

use std::fmt;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use strum::{EnumIter, IntoEnumIterator, IntoStaticStr};

use crate::clock::UnixTime;
use checks::Checks;
use counted::Counted;
use latency::Latency;
use moment::Moment;
use status::class;

pub mod checks;
pub mod counted;
mod latency;
pub mod moment;
mod status;

/// What the name of every figure begins with.
const PREFIX: &str = "postern";
/// The media type of OpenMetrics, in which the figures are written. Prometheus has read it since 2.5.
pub const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The figures of this process.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    /// Answers to reverse proxies.
    pub checks: Checks,
    requests: Family<Request, Latency>,
    mails: Family<Mail, Counter>,
    tokens: Family<TokenRequest, Counter>,
}

/// A route, and the first digit of the status.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    route: String,
    status: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Mail {
    result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TokenRequest {
    grant: &'static str,
    result: &'static str,
}

/// What came of an attempt to send an e-mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum MailResult {
    /// The mail server has accepted it.
    Sent,
    /// There is no mail server; it was written to a file.
    Written,
    /// Nobody is to receive it any longer.
    Dropped,
    /// It was not sent, and is tried again.
    Postponed,
    /// The mail server has refused it for good.
    Refused,
    /// It was tried for three days.
    GivenUp,
    /// Its link had expired.
    Expired,
    /// It could not be read.
    Damaged,
}

/// What a client of OpenID Connect exchanges for tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Grant {
    /// A code.
    AuthorizationCode,
    /// A refresh token.
    RefreshToken,
    /// Something else, or nothing.
    Other,
}

/// What came of such a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum TokenResult {
    /// The client got tokens.
    Issued,
    /// It was refused.
    Refused,
    /// Something failed here.
    Failed,
}

impl Metrics {
    /// The figures of a process that starts now. What transactions count is in `counted`.
    #[must_use]
    pub fn new(now: UnixTime, counted: &Counted) -> Self {
        let mut registry = Registry::default();
        let started = "When the process started, in seconds since 1970";
        registry.register_with_unit("process_start_time", started, Unit::Seconds, ConstGauge::new(now));
        let own = registry.sub_registry_with_prefix(PREFIX);
        own.register("build", "The version of the program", Info::new([("version", env!("CARGO_PKG_VERSION"))]));
        counted.register(own);
        let requests = Family::default();
        let took = "How long requests took, from their last byte to the response";
        own.register("http_request_duration_seconds", took, requests.clone());
        let mails = Family::default();
        own.register("mails", "Attempts to send an e-mail", mails.clone());
        let tokens = Family::default();
        own.register("oidc_token_requests", "Requests for OpenID Connect tokens", tokens.clone());
        let checks = Checks::new(own, |route, status| latency(&requests, route, status));
        let metrics = Self { registry, checks, requests, mails, tokens };
        metrics.begin_at_zero();
        metrics
    }

    /// Counts a request to a route, by its template; `None` is one that no route has.
    pub fn request(&self, route: Option<&str>, status: u16, took: Duration) {
        latency(&self.requests, route.unwrap_or("none"), class(status)).observe(took);
    }

    /// Counts an attempt to send an e-mail.
    pub fn mail(&self, result: MailResult) {
        self.mails.get_or_create(&Mail { result: result.into() }).inc();
    }

    /// Counts a request for tokens.
    pub fn token_request(&self, grant: Grant, result: TokenResult) {
        self.tokens.get_or_create(&TokenRequest { grant: grant.into(), result: result.into() }).inc();
    }

    /// All figures, in OpenMetrics 1.0.
    ///
    /// # Errors
    /// Never: a string takes everything.
    pub fn text(&self, moment: &Moment) -> Result<String, fmt::Error> {
        let mut text = String::new();
        encode_registry(&mut text, &self.registry)?;
        let mut now = Registry::with_prefix(PREFIX);
        moment.register(&mut now);
        encode_registry(&mut text, &now)?;
        encode_eof(&mut text)?;
        Ok(text)
    }

    /// Lets every counter with a closed set of labels exist before its first event, so that Prometheus sees that one as an increase.
    fn begin_at_zero(&self) {
        for result in MailResult::iter() {
            drop(self.mails.get_or_create(&Mail { result: result.into() }));
        }
        for grant in Grant::iter() {
            for result in TokenResult::iter() {
                drop(self.tokens.get_or_create(&TokenRequest { grant: grant.into(), result: result.into() }));
            }
        }
    }
}

fn latency(requests: &Family<Request, Latency>, route: &str, status: &'static str) -> Latency {
    requests.get_or_create_owned(&Request { route: route.to_owned(), status })
}
