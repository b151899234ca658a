//! Says in the log why requests of clients are refused, so that the operator can mend what a client sends. Each reason of each client is
//! said at most once in [`EVERY_S`] seconds: anybody can send such requests.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::auth::token::Token;
use crate::clock::UnixTime;
use crate::oidc::client::Client;
use crate::oidc::refusal::{ENDED, OAuthError, REFRESH_TOKEN, Refusal};

/// The same is said again after this many seconds.
const EVERY_S: i64 = 60;
/// The most reasons that are remembered. Then all are forgotten.
const MOST: usize = 1_000;
/// How many characters of what was sent are logged.
const SHOWN: usize = 200;

/// What was said, and when.
#[derive(Debug, Default)]
pub struct Complaints(Mutex<HashMap<(String, &'static str), UnixTime>>);

impl Complaints {
    /// Says that a request was refused. `client` is `None` if it is not known: all such clients count as one. `sent` is what is wrong.
    /// It may be anything, so it is left out if it looks like a secret that was entered in the wrong place.
    pub fn say(&self, client: Option<&Client>, refusal: Refusal, sent: &str, now: UnixTime) {
        let client = client.map_or("", |client| client.name.as_str());
        if is_for_the_operator(refusal) && self.is_due(client.to_owned(), refusal.error_description, now) {
            let (error, reason) = (refusal.error.as_str(), refusal.error_description);
            let sent = if Token::parse(sent).is_some() { String::new() } else { sent.chars().take(SHOWN).collect() };
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

/// Whether the client or its registration is wrong. The others are the answers of users, what a log-in without pages is for, or the end of a
/// session.
fn is_for_the_operator(refusal: Refusal) -> bool {
    let is_usual = refusal == ENDED || refusal == REFRESH_TOKEN;
    !is_usual
        && !matches!(
            refusal.error,
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
        assert!(is_for_the_operator(SECRET) && !is_for_the_operator(LOGIN_REQUIRED) && !is_for_the_operator(ENDED));
    }
}
