//! Says in the log why requests of clients are refused, so that the operator can mend what a client sends. Each reason of each client is
//! said at most once in [`EVERY_S`] seconds: anybody can send such requests.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::clock::UnixTime;
use crate::oidc::refusal::{OAuthError, Refusal};

/// The same is said again after this many seconds.
const EVERY_S: i64 = 60;
/// The most reasons that are remembered. Then all are forgotten.
const MOST: usize = 1_000;
/// How many characters of an id or address are logged.
const SHOWN: usize = 200;

/// What was said, and when.
#[derive(Debug, Default)]
pub struct Complaints(Mutex<HashMap<(String, &'static str), UnixTime>>);

impl Complaints {
    /// Says that a request was refused. `client` is the name or the id that was sent; `sent` is what is wrong, if that is no secret.
    pub fn say(&self, client: &str, refusal: Refusal, sent: &str, now: UnixTime) {
        let shown = |text: &str| text.chars().take(SHOWN).collect::<String>();
        if is_for_the_operator(refusal.error) && self.is_due(shown(client), refusal.error_description, now) {
            let (error, reason) = (refusal.error.as_str(), refusal.error_description);
            let (client, sent) = (shown(client), shown(sent));
            tracing::warn!(client, error, reason, sent, "a request of an OpenID Connect client was refused");
        }
    }

    fn is_due(&self, client: String, reason: &'static str, now: UnixTime) -> bool {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (client, reason);
        if said.get(&key).is_some_and(|at| (*at..*at + EVERY_S).contains(&now)) {
            return false;
        }
        if said.len() >= MOST {
            said.clear();
        }
        said.insert(key, now);
        true
    }
}

/// Whether the client or its registration is wrong. The others are the answers of users, or what a log-in without pages is for.
const fn is_for_the_operator(error: OAuthError) -> bool {
    !matches!(
        error,
        OAuthError::AccessDenied
            | OAuthError::LoginRequired
            | OAuthError::InteractionRequired
            | OAuthError::ConsentRequired
            | OAuthError::InvalidToken
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oidc::refusal::{LOGIN_REQUIRED, SECRET};

    #[test]
    fn the_same_is_said_once_a_minute() {
        let complaints = Complaints::default();
        let is_due = |client: &str, now| complaints.is_due(client.to_owned(), "reason", now);
        assert_eq!([is_due("a", 0), is_due("a", 59), is_due("b", 59), is_due("a", 60)], [true, false, true, true]);
        assert!(is_due("a", 10), "after the clock was set back");
        assert!(is_for_the_operator(SECRET.error) && !is_for_the_operator(LOGIN_REQUIRED.error));
    }
}
