//! A session as read from the database. Its fields are private to this file, so nothing else can create one.

use postern_types::Email;

use crate::auth::factors::ShownFactors;
use crate::clock::UnixTime;
use crate::ids::{SessionId, UserId};

/// A live session and its user.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Session {
    id: SessionId,
    user_id: UserId,
    email: Email,
    name: String,
    two_factor_since: Option<UnixTime>,
    authenticated_at: Option<UnixTime>,
    #[sqlx(try_from = "String")]
    factors: ShownFactors,
    factor_shown_at: Option<UnixTime>,
    new_password_since: Option<UnixTime>,
    password_temporary_since: Option<UnixTime>,
    last_seen_at: UnixTime,
    expires_at: UnixTime,
    previous_sign_in_at: Option<UnixTime>,
    previous_sign_in_address: Option<String>,
}

impl Session {
    /// The id, which stays when the token changes.
    #[must_use]
    pub const fn id(&self) -> &SessionId {
        &self.id
    }

    /// The user's id.
    #[must_use]
    pub const fn user_id(&self) -> &UserId {
        &self.user_id
    }

    /// The user name.
    #[must_use]
    pub const fn email(&self) -> &Email {
        &self.email
    }

    /// The display name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Since when the user has a second factor.
    #[must_use]
    pub const fn two_factor_since(&self) -> Option<UnixTime> {
        self.two_factor_since
    }

    /// When every required factor was shown; `None` while only the password was.
    #[must_use]
    pub const fn authenticated_at(&self) -> Option<UnixTime> {
        self.authenticated_at
    }

    /// The factors that this session has shown.
    #[must_use]
    pub const fn factors(&self) -> &ShownFactors {
        &self.factors
    }

    /// When this session last showed a second factor.
    #[must_use]
    pub const fn factor_shown_at(&self) -> Option<UnixTime> {
        self.factor_shown_at
    }

    /// Since when the password must be replaced before the session can be used.
    #[must_use]
    pub const fn new_password_since(&self) -> Option<UnixTime> {
        self.new_password_since
    }

    /// Since when the password is a temporary one that somebody else chose.
    #[must_use]
    pub const fn password_temporary_since(&self) -> Option<UnixTime> {
        self.password_temporary_since
    }

    /// The last request, to the minute.
    #[must_use]
    pub const fn last_seen_at(&self) -> UnixTime {
        self.last_seen_at
    }

    /// When the session expires at the latest.
    #[must_use]
    pub const fn expires_at(&self) -> UnixTime {
        self.expires_at
    }

    /// The log-in before this one.
    #[must_use]
    pub const fn previous_sign_in_at(&self) -> Option<UnixTime> {
        self.previous_sign_in_at
    }

    /// The client's address of that log-in.
    #[must_use]
    pub fn previous_sign_in_address(&self) -> Option<&str> {
        self.previous_sign_in_address.as_deref()
    }
}
