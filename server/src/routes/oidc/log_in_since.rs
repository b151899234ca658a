//! The time since when a log-in counts for a request that demands one. A request carries it on its way to the log-in and back, sealed:
//! whoever could choose it could skip the log-in.

use crate::auth::associated_data::AssociatedData;
use crate::auth::cipher::{Cipher, Sealed};
use crate::clock::UnixTime;
use crate::oidc::parameters::Parameters;
use crate::oidc::request::{APPLICATION, LOG_IN_SINCE};

/// The parameters of a request with the time at which its user was sent to the log-in.
pub(super) fn keep(cipher: &Cipher, parameters: &Parameters, now: UnixTime) -> Parameters {
    parameters.with(
        LOG_IN_SINCE,
        cipher.seal(now.to_string().as_bytes(), AssociatedData::LogInSince(&asked(parameters))).as_str(),
    )
}

/// The time at which the user was sent to the log-in, for exactly this request. `None` if that never happened.
pub(super) fn read(cipher: &Cipher, parameters: &Parameters) -> Option<UnixTime> {
    let sealed = Sealed::from_stored(parameters.get(LOG_IN_SINCE).ok()??.to_owned());
    let time = cipher.open(&sealed, AssociatedData::LogInSince(&asked(parameters))).ok()?;
    str::from_utf8(&time).ok()?.parse().ok()
}

/// Everything that the client has sent. Another request of it has another `state` or `nonce`.
fn asked(parameters: &Parameters) -> String {
    parameters.without(LOG_IN_SINCE).without(APPLICATION).encoded()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_counts_for_the_same_request_alone() {
        let cipher = Cipher::random();
        let asked = Parameters::parse(b"client_id=c&state=s&prompt=login");
        let kept = keep(&cipher, &asked, 1_000).with(APPLICATION, "a");
        assert_eq!(read(&cipher, &Parameters::parse(kept.encoded().as_bytes())), Some(1_000));
        assert_eq!(read(&cipher, &asked), None);
        assert_eq!(read(&cipher, &kept.with("state", "t")), None);
        assert_eq!(read(&cipher, &asked.with(LOG_IN_SINCE, "1000")), None);
        assert_eq!(read(&Cipher::random(), &kept), None);
    }
}
