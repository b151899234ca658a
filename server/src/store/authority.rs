//! By what right somebody changes something. What a request was admitted by may be gone when its transaction gets its turn: the
//! transaction checks it again (`transactions/claim.rs`).

use super::Session;
use super::events::Act;
use crate::addresses::ClientAddress;
use crate::auth::freshness::Freshness;
use crate::auth::token::TokenHash;
use crate::clock::UnixTime;
use crate::ids::AccountId;

/// Somebody who is logged in, and changes something of their own.
#[derive(Clone, Copy, Debug)]
pub struct Authority<'a> {
    /// The session, as it was when the request came.
    pub session: &'a Session,
    /// Hash of the token that the request showed.
    pub token: &'a TokenHash,
    /// The client's address.
    pub address: ClientAddress,
    /// When the request came.
    pub at: UnixTime,
    /// The second factor that the change needs.
    pub freshness: Freshness,
}

/// An administrator, who changes something in an account.
#[derive(Clone, Copy, Debug)]
pub struct AdminAuthority<'a> {
    /// The administrator.
    pub user: Authority<'a>,
    /// The account.
    pub account_id: &'a AccountId,
}

impl<'a> Authority<'a> {
    /// Who acts, for the record.
    #[must_use]
    pub const fn act(&self) -> Act<'a> {
        Act::of_person(self.session.email(), self.at, self.address)
    }
}

impl<'a> AdminAuthority<'a> {
    /// Who acts, for the record.
    #[must_use]
    pub const fn act(&self) -> Act<'a> {
        self.user.act()
    }
}
