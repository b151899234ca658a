//! A session as read from the database. Its fields are private to this file, so nothing else can create one.

use postern_types::Email;
use serde::{Deserialize, Serialize};

use super::cache::{Cacheable, packed, unpacked};
use super::sql::Subject;
use crate::auth::factors::ShownFactors;
use crate::clock::UnixTime;
use crate::ids::{SessionId, UserId};

/// A live session and its user.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Session {
    #[sqlx(flatten)]
    columns: Columns,
}

#[derive(Clone, Debug, sqlx::FromRow, Serialize, Deserialize)]
struct Columns {
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
    recovery_codes_since: Option<UnixTime>,
    password_temporary_since: Option<UnixTime>,
    locked_down_at: Option<UnixTime>,
    code_replayed_at: Option<UnixTime>,
    code_replayed_from: Option<String>,
    last_seen_at: UnixTime,
    expires_at: UnixTime,
    previous_sign_in_at: Option<UnixTime>,
    previous_sign_in_address: Option<String>,
}

impl Session {
    /// The id, which stays when the token changes.
    #[must_use]
    pub const fn id(&self) -> &SessionId {
        &self.columns.id
    }

    /// The user's id.
    #[must_use]
    pub const fn user_id(&self) -> &UserId {
        &self.columns.user_id
    }

    /// The user name.
    #[must_use]
    pub const fn email(&self) -> &Email {
        &self.columns.email
    }

    /// The display name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.columns.name
    }

    /// Since when the user has a second factor.
    #[must_use]
    pub const fn two_factor_since(&self) -> Option<UnixTime> {
        self.columns.two_factor_since
    }

    /// Whether the user has a second factor.
    #[must_use]
    pub const fn has_second_factor(&self) -> bool {
        self.columns.two_factor_since.is_some()
    }

    /// When every required factor was shown; `None` while only the password was.
    #[must_use]
    pub const fn authenticated_at(&self) -> Option<UnixTime> {
        self.columns.authenticated_at
    }

    /// The factors that this session has shown.
    #[must_use]
    pub const fn factors(&self) -> &ShownFactors {
        &self.columns.factors
    }

    /// When this session last showed a second factor.
    #[must_use]
    pub const fn factor_shown_at(&self) -> Option<UnixTime> {
        self.columns.factor_shown_at
    }

    /// Since when the password must be replaced before the session can be used.
    #[must_use]
    pub const fn new_password_since(&self) -> Option<UnixTime> {
        self.columns.new_password_since
    }

    /// Since when the session shows new recovery codes, which the user has not saved yet.
    #[must_use]
    pub const fn recovery_codes_since(&self) -> Option<UnixTime> {
        self.columns.recovery_codes_since
    }

    /// Since when the password is a temporary one that somebody else chose.
    #[must_use]
    pub const fn password_temporary_since(&self) -> Option<UnixTime> {
        self.columns.password_temporary_since
    }

    /// When the user account was locked down, if the password has not been replaced since.
    #[must_use]
    pub const fn locked_down_at(&self) -> Option<UnixTime> {
        self.columns.locked_down_at
    }

    /// When, and from which address, a code of the user was entered again; `None` once the session has dismissed that.
    #[must_use]
    pub fn code_replayed(&self) -> Option<(UnixTime, &str)> {
        Some((self.columns.code_replayed_at?, self.columns.code_replayed_from.as_deref()?))
    }

    /// Time of the last request, with a precision of a tenth of the idle limit.
    #[must_use]
    pub const fn last_seen_at(&self) -> UnixTime {
        self.columns.last_seen_at
    }

    /// When the session expires at the latest.
    #[must_use]
    pub const fn expires_at(&self) -> UnixTime {
        self.columns.expires_at
    }

    /// The log-in before this one.
    #[must_use]
    pub const fn previous_sign_in_at(&self) -> Option<UnixTime> {
        self.columns.previous_sign_in_at
    }

    /// The client's address of that log-in.
    #[must_use]
    pub fn previous_sign_in_address(&self) -> Option<&str> {
        self.columns.previous_sign_in_address.as_deref()
    }

    /// Whether it has neither expired nor been idle for `idle_s` seconds (R26). A session that has shown only the password is
    /// never idle.
    pub(super) const fn is_live(&self, now: UnixTime, idle_s: i64) -> bool {
        let is_idle = self.columns.authenticated_at.is_some() && self.columns.last_seen_at <= now - idle_s;
        self.columns.expires_at > now && !is_idle
    }

    /// The session after a request.
    pub(super) const fn seen(mut self, now: UnixTime) -> Self {
        self.columns.last_seen_at = now;
        self
    }
}

impl Cacheable for Session {
    fn subjects(&self) -> Vec<Subject> {
        vec![Subject::of(self.user_id().as_str())]
    }

    fn pack(&self) -> Vec<u8> {
        packed(&self.columns)
    }

    fn unpack(bytes: &[u8]) -> Option<Self> {
        Some(Self { columns: unpacked(bytes)? })
    }
}
