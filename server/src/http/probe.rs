//! How a real request reaches the server: what `postern doctor` asks through the public address. It proves that it holds the master keys
//! with a sealed time, so nobody else is answered.

use axum::http::{HeaderMap, HeaderName};

use crate::auth::associated_data::AssociatedData;
use crate::auth::cipher::{Cipher, Sealed};
use crate::clock::{SKEW_S, UnixTime};

/// The header that holds the sealed time.
pub const PROBE: HeaderName = HeaderName::from_static("x-postern-probe");
/// How long a probe is answered, in seconds.
const LIVES_S: i64 = 60;

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
