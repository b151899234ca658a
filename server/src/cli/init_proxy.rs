//! The reverse proxy that `postern init` writes an example for: a file of `docs/proxies`, with the portal's own host and port.

use anyhow::{Context, ensure};
use clap::ValueEnum;
use url::{Host, Url};

use crate::config::PublicUrl;

/// The host of the portal in the examples.
const HOST: &str = "login.example.com";
/// The port of the portal in the examples.
const PORT: &str = "8080";

/// What stands between browsers and the portal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Proxy {
    Caddy,
    Nginx,
    Traefik,
    Envoy,
    None,
}

/// A file for a reverse proxy.
pub(super) struct Example {
    pub(super) name: &'static str,
    pub(super) text: String,
}

impl Proxy {
    /// What is usual for a portal at this address: TLS needs a proxy.
    pub(super) fn usual(public_url: &PublicUrl) -> Self {
        if Self::Caddy.check(public_url).is_ok() { Self::Caddy } else { Self::None }
    }

    /// Its name on the command line.
    pub(super) fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// Reads a name.
    pub(super) fn read(name: &str) -> anyhow::Result<Self> {
        let names: Vec<String> = Self::value_variants().iter().map(|proxy| proxy.name()).collect();
        Self::from_str(name, true).ok().with_context(|| format!("must be one of {}", names.join(", ")))
    }

    /// Refuses an address for which there is no example.
    pub(super) fn check(self, public_url: &PublicUrl) -> anyhow::Result<()> {
        let has_usual_port = Url::parse(public_url.origin()).is_ok_and(|url| url.port().is_none());
        let is_covered = public_url.is_https() && has_usual_port && matches!(public_url.host(), Host::Domain(_));
        ensure!(
            self == Self::None || is_covered,
            "the examples are for https on port 443 and a host name: answer none for {}, and see docs/proxies",
            public_url.origin()
        );
        Ok(())
    }

    /// The files for a portal at this address, which listens on this port.
    pub(super) fn examples(self, public_url: &PublicUrl, port: u16) -> Vec<Example> {
        let files: &[(&str, &str)] = match self {
            Self::Caddy => &[("Caddyfile", include_str!("../../../docs/proxies/Caddyfile"))],
            Self::Nginx => &[("nginx.conf", include_str!("../../../docs/proxies/nginx.conf"))],
            Self::Traefik => &[
                ("traefik.yml", include_str!("../../../docs/proxies/traefik.yml")),
                ("traefik-hosts.yml", include_str!("../../../docs/proxies/traefik-hosts.yml")),
            ],
            Self::Envoy => &[("envoy.yaml", include_str!("../../../docs/proxies/envoy.yaml"))],
            Self::None => &[],
        };
        let (host, port) = (public_url.host().to_string(), port.to_string());
        let own = |text: &str| text.replace(HOST, &host).replace(PORT, &port);
        files.iter().map(|(name, text)| Example { name, text: own(text) }).collect()
    }
}
