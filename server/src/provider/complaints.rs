//! Says in the log why requests of clients are refused, so that the operator can mend what a client sends. Each reason of each client is
//! said at most once a minute: anybody can send such requests.

use crate::auth::token::Token;
use crate::clock::UnixTime;
use crate::oidc::client::Client;
use crate::oidc::refusal::{ENDED, OAuthError, REFRESH_TOKEN, Refusal};
use crate::sparing::Sparing;

/// How many characters of what was sent are logged.
const SHOWN: usize = 200;

/// What was said lately: by client and reason.
#[derive(Debug, Default)]
pub struct Complaints(Sparing<(String, &'static str)>);

impl Complaints {
    /// Says that a request was refused. `client` is `None` if it is not known: all such clients count as one. `sent` is what is wrong.
    /// It may be anything, so it is left out if it looks like a secret that was entered in the wrong place.
    pub fn say(&self, client: Option<&Client>, refusal: Refusal, sent: &str, now: UnixTime) {
        let client = client.map_or("", |client| client.name.as_str());
        if is_for_the_operator(refusal) && self.0.is_due((client.to_owned(), refusal.error_description), now).is_some()
        {
            let (error, reason) = (refusal.error.as_str(), refusal.error_description);
            let sent = if Token::parse(sent).is_some() { String::new() } else { sent.chars().take(SHOWN).collect() };
            tracing::warn!(client, error, reason, sent, "a request of an OpenID Connect client was refused");
        }
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
    fn the_end_of_a_session_is_no_fault_of_a_client() {
        assert!(is_for_the_operator(SECRET) && !is_for_the_operator(LOGIN_REQUIRED) && !is_for_the_operator(ENDED));
    }
}
