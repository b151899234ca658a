//! A session as it is read from the database. Nobody can make one by hand: its fields are private to this file.

use postern_types::Email;

use crate::auth::factors::ShownFactors;
use crate::clock::UnixTime;
use crate::ids::{SessionId, UserId};

/// A live session and whose it is.
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
    /// Lasting id; the token changes, the id does not.
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

    /// Since when every factor was shown; `None` while only the password was.
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

    /// Since when the password must be replaced before the session is worth anything.
    #[must_use]
    pub const fn new_password_since(&self) -> Option<UnixTime> {
        self.new_password_since
    }

    /// Since when the password is one that somebody else chose.
    #[must_use]
    pub const fn password_temporary_since(&self) -> Option<UnixTime> {
        self.password_temporary_since
    }

    /// Last request, to the minute.
    #[must_use]
    pub const fn last_seen_at(&self) -> UnixTime {
        self.last_seen_at
    }

    /// Absolute end.
    #[must_use]
    pub const fn expires_at(&self) -> UnixTime {
        self.expires_at
    }

    /// The log-in before this one.
    #[must_use]
    pub const fn previous_sign_in_at(&self) -> Option<UnixTime> {
        self.previous_sign_in_at
    }

    /// Where that came from.
    #[must_use]
    pub fn previous_sign_in_address(&self) -> Option<&str> {
        self.previous_sign_in_address.as_deref()
    }
}
