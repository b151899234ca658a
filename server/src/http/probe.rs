//! How a real request reaches the server: `postern doctor` asks this through the public address. With a sealed time it proves that it has
//! the master keys; nobody else gets an answer.

use axum::http::{HeaderMap, HeaderName};
use serde::{Deserialize, Serialize};

use crate::auth::associated_data::AssociatedData;
use crate::auth::cipher::{Cipher, Sealed};
use crate::clock::{SKEW_S, UnixTime};

/// Where the question is answered.
pub const PATH: &str = "/api/probe";
/// The header that holds the sealed time.
pub const PROBE: HeaderName = HeaderName::from_static("x-postern-probe");
/// How long a probe is answered, in seconds.
const LIVES_S: i64 = 60;

/// How a request looked to the server.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, utoipa::ToSchema)]
#[schema(example = json!({"version": "0.1.0", "address": "203.0.113.9", "peer": "127.0.0.1", "is_trusted": true,
    "forwarded_for": ["203.0.113.9"]}))]
pub struct SeenRequest {
    /// The version of the server.
    pub version: String,
    /// The client's address that the server believes; `unknown` if a trusted proxy has sent none.
    pub address: String,
    /// The address at the other end of the connection.
    pub peer: String,
    /// Whether that is a trusted proxy.
    pub is_trusted: bool,
    /// The lines of `X-Forwarded-For`, as they arrived.
    pub forwarded_for: Vec<String>,
}

/// A probe that is sent now.
#[must_use]
pub fn seal(cipher: &Cipher, now: UnixTime) -> Sealed {
    cipher.seal(now.to_string().as_bytes(), AssociatedData::Probe)
}

/// Whether a request is a probe that was sealed a short while ago.
#[must_use]
pub fn is_probe(headers: &HeaderMap, cipher: &Cipher, now: UnixTime) -> bool {
    let sent_at = || {
        let sealed = Sealed::from_stored(headers.get(PROBE)?.to_str().ok()?.to_owned());
        let opened = cipher.open(&sealed, AssociatedData::Probe).ok()?;
        std::str::from_utf8(&opened).ok()?.parse::<UnixTime>().ok()
    };
    sent_at().is_some_and(|sent_at| (now - LIVES_S..=now + SKEW_S).contains(&sent_at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probe_is_answered_for_a_minute_and_only_to_who_has_the_keys() {
        let cipher = Cipher::random();
        let sealed = seal(&cipher, 1_000);
        let headers = HeaderMap::from_iter([(PROBE, sealed.as_str().parse().unwrap())]);
        let answered = [1_000, 1_060, 1_061].map(|now| is_probe(&headers, &cipher, now));
        assert_eq!(answered, [true, true, false]);
        assert!(!is_probe(&headers, &Cipher::random(), 1_000) && !is_probe(&HeaderMap::new(), &cipher, 1_000));
    }
}
