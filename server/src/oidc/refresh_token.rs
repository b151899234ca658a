//! Refresh tokens. A token names its grant, so that one that was used before is recognised without keeping it.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::auth::token::{Token, TokenHash};
use crate::ids::GrantId;

/// `<grant id>.<256 random bits>`.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct RefreshToken {
    #[zeroize(skip)]
    grant_id: GrantId,
    secret: Token,
}

impl RefreshToken {
    /// A new token of a grant.
    #[must_use]
    pub fn random(grant_id: GrantId) -> Self {
        Self { grant_id, secret: Token::random() }
    }

    /// Parses what a client sent.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (grant_id, secret) = text.split_once('.')?;
        let is_id = grant_id.len() == 32 && grant_id.bytes().all(|byte| byte.is_ascii_hexdigit());
        Some(Self { secret: Token::parse(secret).filter(|_| is_id)?, grant_id: GrantId::named(grant_id.to_owned()) })
    }

    /// The grant.
    #[must_use]
    pub const fn grant_id(&self) -> &GrantId {
        &self.grant_id
    }

    /// The hash that is stored.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        self.secret.hash()
    }

    /// The text, only for the response to the client.
    #[must_use]
    pub fn expose(&self) -> String {
        format!("{}.{}", self.grant_id, self.secret.expose())
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RefreshToken").field("grant_id", &self.grant_id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_names_its_grant_and_hides_its_secret() {
        let token = RefreshToken::random(GrantId::random());
        let read = RefreshToken::parse(&token.expose()).unwrap();
        assert_eq!((read.grant_id(), read.hash()), (token.grant_id(), token.hash()));
        let secret = token.expose().split('.').nth(1).unwrap().to_owned();
        assert!(!format!("{token:?}").contains(&secret));
        for text in ["", ".", "x.y", &secret, &format!("x.{secret}")] {
            assert!(RefreshToken::parse(text).is_none(), "{text}");
        }
    }
}
