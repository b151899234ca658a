//! Answers to reverse proxies that ask about requests to applications. All counters are made at the start, because there is a check for
//! every request to every application: counting one is three atomic additions.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;
use strum::{EnumIter, IntoEnumIterator, IntoStaticStr};

use super::latency::Latency;
use super::status::{CLASSES, class_index};

/// The route of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter)]
pub enum CheckRoute {
    /// nginx, before it passes a request on.
    Nginx,
    /// nginx, about a request that was just refused.
    NginxAnswer,
    /// Caddy.
    Caddy,
    /// Traefik.
    Traefik,
    /// Envoy.
    Envoy,
}

impl CheckRoute {
    /// Its path.
    #[must_use]
    pub const fn template(self) -> &'static str {
        match self {
            Self::Nginx => "/api/forward-auth/nginx",
            Self::NginxAnswer => "/api/forward-auth/nginx-answer",
            Self::Caddy => "/api/forward-auth/caddy",
            Self::Traefik => "/api/forward-auth/traefik",
            Self::Envoy => "/api/forward-auth/envoy/{*path}",
        }
    }
}

/// The answer to a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum CheckAnswer {
    /// The request may pass.
    Allowed,
    /// The user must log in first, or show a factor.
    LogIn,
    /// The user may not do this.
    Refused,
    /// The description of the request is ambiguous, or no application has its origin.
    Unclear,
    /// Something failed here.
    Failed,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    answer: &'static str,
}

/// The counters of checks.
#[derive(Debug)]
pub struct Checks {
    /// By answer.
    answers: Vec<Counter>,
    /// By route, and by class of status.
    durations: Vec<[Latency; CLASSES.len()]>,
}

impl Checks {
    pub(super) fn new(registry: &mut Registry, latency: impl Fn(&str, &'static str) -> Latency) -> Self {
        let family = Family::<Labels, Counter>::default();
        let answers = "Answers to reverse proxies about requests to applications";
        registry.register("forward_auth_checks", answers, family.clone());
        Self {
            answers: CheckAnswer::iter()
                .map(|answer| family.get_or_create_owned(&Labels { answer: answer.into() }))
                .collect(),
            durations: CheckRoute::iter().map(|route| CLASSES.map(|class| latency(route.template(), class))).collect(),
        }
    }

    /// Counts a check and its answer. nginx asks a second time about a refused request, which has only a duration.
    pub fn count(&self, route: CheckRoute, answer: CheckAnswer, status: u16, took: Duration) {
        self.durations[route as usize][class_index(status)].observe(took);
        if route != CheckRoute::NginxAnswer {
            self.answers[answer as usize].inc();
        }
    }
}
