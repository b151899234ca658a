use postern_types::ApiError;

use crate::store::Error;

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeRefused {
    /// Whoever wants the change may no longer make it.
    #[error("no longer allowed: {0}")]
    NoAuthority(ApiError),
    /// There is no such user in the account.
    #[error("no such user in the account")]
    NoSuchUser,
    /// There is no such request to reset a second factor.
    #[error("no such request")]
    NoSuchRequest,
    /// There is already a request to reset the user's second factor.
    #[error("there is already a request to reset this second factor")]
    ResetRequested,
    /// The user has a second factor, or the account demands no set-up code.
    #[error("a set-up code is not needed")]
    NoCodeNeeded,
    /// The reset needs a set-up code, which is yet to be drawn.
    #[error("a set-up code is needed")]
    CodeNeeded,
    /// The user has no such session.
    #[error("no such session")]
    NoSuchSession,
    /// The user has no such passkey.
    #[error("no such passkey")]
    NoSuchPasskey,
    /// The user has not agreed to such a client.
    #[error("no such consent")]
    NoSuchConsent,
    /// It is the last second factor of a user who must have one.
    #[error("the last second factor")]
    LastFactor,
    /// An account would be left without an active administrator.
    #[error("the last active administrator of an account")]
    LastAdministrator,
    /// The person also belongs to another account.
    #[error("the person also belongs to another account")]
    Shared,
    /// There is already a user with this e-mail.
    #[error("there is already a user with this e-mail")]
    EmailTaken,
    /// There is no second factor to reset.
    #[error("the user has no second factor")]
    NoSecondFactor,
    /// The user is locked or has a password, so there is no link to send.
    #[error("there is no link to send")]
    NothingToSend,
    /// The user has never logged in, so the e-mail cannot be changed.
    #[error("the user has never logged in")]
    NeverSignedIn,
    /// The database fails.
    #[error(transparent)]
    Database(#[from] Error),
}
