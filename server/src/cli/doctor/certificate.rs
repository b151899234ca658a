//! What the doctor finds about TLS at the public address: the certificate, as a browser gets it, and the version that is spoken.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow};
use hyper_rustls::ConfigBuilderExt;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ProtocolVersion};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use url::Url;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

use crate::cli::checks::{Check, Finding};
use crate::clock::{DAY_S, UnixTime, rfc3339};

const PATIENCE: Duration = Duration::from_secs(10);
/// A certificate that expires in fewer days than this should have been renewed. Those of Let's Encrypt are renewed 30 days before.
const SOON_DAYS: i64 = 21;
/// If it expires in fewer days than this, somebody has to act.
const NOW_DAYS: i64 = 7;
const CERTIFICATE: &str = "ASVS 5.0, 12.2.2; NIST SP 800-63B-4, 3.1.1.2";
const VERSIONS: &str = "ASVS 5.0, 12.1.1; NIST SP 800-63B-4, 3.1.1.2";
const RENEW: &str = "Renew it, and find out why it was not renewed automatically";

/// What a handshake has shown.
struct Handshake {
    /// When the certificate expires.
    not_after: UnixTime,
    version: ProtocolVersion,
}

/// Looks at the certificate and the version of TLS. Says nothing if nobody answers: the check of the address does.
pub(super) async fn look(origin: &str, now: UnixTime) -> Vec<Check> {
    let Some(tcp) = connect(origin).await else { return Vec::new() };
    match shake_hands(origin, tcp).await {
        Ok(Handshake { not_after, version }) => vec![
            Check::new("tls-cert", certificate(not_after, now)).asked_by(CERTIFICATE),
            Check::new("tls", spoken(version)).asked_by(VERSIONS),
        ],
        Err(error) => {
            let found = format!("browsers cannot trust the address: {error:#}");
            let cure = "Check the certificate of the reverse proxy, and the host name in it";
            vec![Check::new("tls-cert", Finding::error(found, cure)).asked_by(CERTIFICATE)]
        }
    }
}

async fn connect(origin: &str) -> Option<TcpStream> {
    let url = Url::parse(origin).ok()?;
    let address = (url.host_str()?.trim_matches(['[', ']']).to_owned(), url.port_or_known_default()?);
    timeout(PATIENCE, TcpStream::connect(address)).await.ok()?.ok()
}

async fn shake_hands(origin: &str, tcp: TcpStream) -> anyhow::Result<Handshake> {
    let url = Url::parse(origin)?;
    let host = url.host_str().context("the address has no host")?.trim_matches(['[', ']']).to_owned();
    let config = ClientConfig::builder().with_native_roots().context("no certificates")?.with_no_client_auth();
    let connector = TlsConnector::from(Arc::new(config));
    let tls =
        timeout(PATIENCE, connector.connect(ServerName::try_from(host)?, tcp)).await.context("no answer in time")??;
    let (_, connection) = tls.get_ref();
    let version = connection.protocol_version().context("no version")?;
    let chain = connection.peer_certificates().unwrap_or_default();
    let own = chain.first().context("no certificate")?;
    let (_, own) =
        X509Certificate::from_der(own).map_err(|error| anyhow!("the certificate cannot be read: {error}"))?;
    Ok(Handshake { not_after: own.validity().not_after.timestamp(), version })
}

fn certificate(not_after: UnixTime, now: UnixTime) -> Finding {
    let days = (not_after - now) / DAY_S;
    let found = format!("the certificate expires in {days} days, on {}", rfc3339(not_after).0);
    match days {
        ..NOW_DAYS => Finding::error(found, RENEW),
        NOW_DAYS..SOON_DAYS => Finding::warning(found, RENEW),
        _ => Finding::ok(found),
    }
}

fn spoken(version: ProtocolVersion) -> Finding {
    match version {
        ProtocolVersion::TLSv1_3 => Finding::ok("the address speaks TLS 1.3"),
        _ => Finding::warning("the address does not speak TLS 1.3", "Enable TLS 1.3 in the reverse proxy"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::checks::Severity;
    use super::*;

    #[test]
    fn a_certificate_that_ends_soon_is_a_warning_and_in_a_week_an_error() {
        let severity = |days: i64| certificate(days * DAY_S + 1, 0).severity;
        assert_eq!([60, 21, 20, 7, 6, -1].map(severity), {
            use Severity::{Error, Ok, Warning};
            [Ok, Ok, Warning, Warning, Error, Error]
        });
    }

    #[test]
    fn an_address_without_the_latest_version_of_tls_is_a_warning() {
        assert_eq!(spoken(ProtocolVersion::TLSv1_3).severity, Severity::Ok);
        assert_eq!(spoken(ProtocolVersion::TLSv1_2).severity, Severity::Warning);
    }
}
