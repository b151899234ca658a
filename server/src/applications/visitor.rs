//! The user who makes a request, and what the session and the database say about them.

use serde::{Deserialize, Serialize};

use crate::addresses::{AddressList, ClientAddress};
use crate::clock::UnixTime;
use crate::ids::AccountId;

/// The user of a session, in relation to an application.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visitor {
    /// When every required factor had been shown; `None` while only the password has been.
    pub authenticated_at: Option<UnixTime>,
    /// When the session last showed a second factor.
    pub factor_shown_at: Option<UnixTime>,
    /// Since when the user has a second factor.
    pub two_factor_since: Option<UnixTime>,
    /// Since when the password must be replaced before the session can be used.
    pub new_password_since: Option<UnixTime>,
    /// The accounts in which the user is active and that have the application.
    pub grants: Vec<Grant>,
}

/// An account that has the application, in relation to one of its active users.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The account.
    pub account_id: AccountId,
    /// Whether this user may use the application: everyone in the account may, or the administrators have chosen the user.
    pub is_chosen: bool,
    /// Whether the account requires a second factor.
    pub needs_factor: bool,
    /// The account's address list; `None` if it is damaged, which allows nobody.
    pub addresses: Option<AddressList>,
    /// The previous list.
    pub previous_addresses: Option<AddressList>,
    /// When the previous list comes into force again; `None` if the latest list is confirmed.
    pub addresses_confirm_by: Option<UnixTime>,
    /// The user's own list for this account.
    pub user_addresses: Option<AddressList>,
}

/// Whether a user may use an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Yes.
    MayUse,
    /// The user is not active in any account that has the application.
    NotGiven,
    /// The administrators have not chosen the user.
    NotChosen,
    /// The accounts cannot be used from this address.
    AddressRefused,
}

impl Visitor {
    /// Whether every account through which the user may use the application from this address requires a second factor.
    /// True without such an account.
    #[must_use]
    pub fn needs_factor(&self, address: ClientAddress, at: UnixTime) -> bool {
        let mut usable = self.grants.iter().filter(|grant| grant.is_chosen && grant.allows(address, at));
        usable.all(|grant| grant.needs_factor)
    }

    /// Whether every required factor has been shown and the password need not be replaced.
    #[must_use]
    pub const fn is_logged_in(&self) -> bool {
        self.authenticated_at.is_some() && self.new_password_since.is_none()
    }
}

impl Standing {
    /// Whether a user with these grants may use the application from this address.
    #[must_use]
    pub fn of(grants: &[Grant], address: ClientAddress, at: UnixTime) -> Self {
        let mut chosen = grants.iter().filter(|grant| grant.is_chosen).peekable();
        match (grants.is_empty(), chosen.peek().is_none()) {
            (true, _) => Self::NotGiven,
            (false, true) => Self::NotChosen,
            (false, false) if chosen.any(|grant| grant.allows(address, at)) => Self::MayUse,
            (false, false) => Self::AddressRefused,
        }
    }
}

impl Grant {
    /// Whether the user can use the account from this address: both lists must allow it.
    #[must_use]
    pub fn allows(&self, address: ClientAddress, at: UnixTime) -> bool {
        let is_undone = self.addresses_confirm_by.is_some_and(|confirm_by| confirm_by <= at);
        let in_force = if is_undone { &self.previous_addresses } else { &self.addresses };
        let allows = |list: &Option<AddressList>| list.as_ref().is_some_and(|list| list.allows(address));
        allows(in_force) && allows(&self.user_addresses)
    }
}
