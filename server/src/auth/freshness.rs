//! How recently a session must have shown a second factor.

use postern_types::ApiError;

use crate::clock::UnixTime;

/// How long a second factor allows sensitive actions after it was shown, in seconds.
pub const FRESH_S: i64 = 600;

/// The second factor that an action needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// None.
    Any,
    /// One that was shown within [`FRESH_S`], if the user has one: settings must be possible before anybody has.
    FreshIfSetUp,
    /// One that was shown within [`FRESH_S`] (R22).
    Fresh,
}

impl Freshness {
    /// Refuses a session that has not shown what is needed.
    ///
    /// # Errors
    /// `second_factor_required` if the user has none, otherwise `step_up_required`.
    pub fn check(
        self,
        two_factor_since: Option<UnixTime>,
        factor_shown_at: Option<UnixTime>,
        now: UnixTime,
    ) -> Result<(), ApiError> {
        match (self, two_factor_since) {
            (Self::Any, _) | (Self::FreshIfSetUp, None) => Ok(()),
            (Self::Fresh, None) => Err(ApiError::SecondFactorRequired),
            _ if factor_shown_at.is_some_and(|shown_at| shown_at > now - FRESH_S) => Ok(()),
            _ => Err(ApiError::StepUpRequired),
        }
    }
}
