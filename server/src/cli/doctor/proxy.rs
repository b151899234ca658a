//! What the doctor finds about the way from the public address to the server: it sends a request with a forged address, and the server
//! says what it believes.

use anyhow::{Context, ensure};
use http_body_util::Full;
use hyper::Request;
use hyper::body::Bytes;

use crate::auth::cipher::Cipher;
use crate::cli::checks::{Check, Finding};
use crate::clock::UnixTime;
use crate::http::probe::{self, PATH, PROBE, SeenRequest};
use crate::provider::sender::Sender;

/// The address that the request claims to come from: one for documentation (RFC 5737), so nobody's.
const FORGED: &str = "192.0.2.1";
const ADDRESSES: &str = "ASVS 5.0, 4.1.3; NIST SP 800-63B-4, 3.2.2";
const VERSIONS: &str = "ASVS 5.0, 15.2.1";

/// Asks the running server how a request through its public address looks to it.
pub(super) async fn look(origin: &str, cipher: &Cipher, now: UnixTime) -> Vec<Check> {
    match ask(origin, cipher, now).await {
        Ok(seen) => vec![
            Check::new("proxy", judged(&seen, origin.starts_with("https:"))).asked_by(ADDRESSES),
            Check::new("version", version(&seen.version)).asked_by(VERSIONS),
        ],
        Err(error) => vec![Check::of("proxy", Err(error)).asked_by(ADDRESSES)],
    }
}

async fn ask(origin: &str, cipher: &Cipher, now: UnixTime) -> anyhow::Result<SeenRequest> {
    let request = Request::get(format!("{origin}{PATH}"))
        .header(PROBE, probe::seal(cipher, now).as_str())
        .header("x-forwarded-for", FORGED)
        .body(Full::<Bytes>::default())
        .context("the address cannot be used")?;
    let answer = Sender::new()?.send(request).await?;
    let status = answer.status();
    ensure!(
        status == 200,
        "the server answers the doctor's probe with {status}: its master keys or its version differ from those of this command"
    );
    serde_json::from_slice(answer.body()).context("the answer cannot be read")
}

fn judged(seen: &SeenRequest, is_https: bool) -> Finding {
    let SeenRequest { address, peer, is_trusted, forwarded_for, .. } = seen;
    let is_changed = forwarded_for != &[FORGED];
    match (is_trusted, is_changed) {
        (true, false) if !is_https => Finding::note(
            format!(
                "this machine ({peer}) is itself in server.trusted_proxies, so nothing can be said about the proxy"
            ),
            "Check again through the reverse proxy",
        ),
        (true, _) if address == FORGED => Finding::error(
            "the portal believes what clients write into X-Forwarded-For, so clients can choose the address that limits apply to",
            "Let the reverse proxy replace the header, as the examples in docs/proxies do",
        ),
        (true, _) if address == "unknown" => Finding::error(
            format!("the reverse proxy at {peer} sends no address in X-Forwarded-For that can be read"),
            "Let the reverse proxy send the client's address, as the examples in docs/proxies do",
        ),
        (false, _) if is_changed || is_https => Finding::warning(
            format!(
                "requests come through a reverse proxy at {peer}: all users seem to have its address, and share one limit"
            ),
            format!(
                "Add {peer} to server.trusted_proxies, if it is your proxy, and let the proxy replace X-Forwarded-For"
            ),
        ),
        _ => Finding::ok(format!("the portal sees this machine as {address}, and not as the forged address {FORGED}")),
    }
}

fn version(running: &str) -> Finding {
    let own = env!("CARGO_PKG_VERSION");
    if running == own {
        return Finding::ok(format!("the server is Postern {running}, like this command"));
    }
    Finding::warning(
        format!("the server is Postern {running}, and this command is {own}"),
        "Restart the server after an update, or use a command of the same version",
    )
}

#[cfg(test)]
mod tests {
    use super::super::super::checks::Severity;
    use super::*;

    fn severity(address: &str, is_trusted: bool, forwarded_for: &[&str], is_https: bool) -> Severity {
        let forwarded_for = forwarded_for.iter().map(|&line| line.to_owned()).collect();
        let (version, peer) = ("1.0.0".to_owned(), "10.0.0.2".to_owned());
        let seen = SeenRequest { version, address: address.to_owned(), peer, is_trusted, forwarded_for };
        judged(&seen, is_https).severity
    }

    #[test]
    fn a_proxy_that_passes_on_what_clients_claim_is_an_error() {
        assert_eq!(severity(FORGED, true, &[FORGED], true), Severity::Error);
        assert_eq!(severity(FORGED, true, &[FORGED, "10.0.0.2"], true), Severity::Error);
        assert_eq!(severity("unknown", true, &["-"], true), Severity::Error);
    }

    #[test]
    fn a_proxy_that_is_not_trusted_is_a_warning() {
        assert_eq!(severity("10.0.0.2", false, &["192.0.2.1, 203.0.113.9"], false), Severity::Warning);
        assert_eq!(severity("10.0.0.2", false, &[FORGED], true), Severity::Warning, "something speaks TLS");
    }

    #[test]
    fn a_proxy_that_says_who_asks_is_sound_and_so_is_none() {
        assert_eq!(severity("203.0.113.9", true, &["203.0.113.9"], true), Severity::Ok);
        assert_eq!(severity("203.0.113.9", true, &["192.0.2.1, 203.0.113.9"], true), Severity::Ok);
        assert_eq!(severity("127.0.0.1", false, &[FORGED], false), Severity::Ok);
        assert_eq!(severity(FORGED, true, &[FORGED], false), Severity::Note, "the doctor is a trusted proxy itself");
    }

    #[test]
    fn a_server_of_another_version_is_a_warning() {
        assert_eq!(version(env!("CARGO_PKG_VERSION")).severity, Severity::Ok);
        assert_eq!(version("0.0.1").severity, Severity::Warning);
    }
}
