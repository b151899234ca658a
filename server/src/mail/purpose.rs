//! What a recovery code was used for.

use serde::{Deserialize, Serialize};

/// What a recovery code was used for, in the mail about it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub enum CodePurpose {
    /// A log-in, with the password before it.
    #[default]
    SignIn,
    /// The lockdown of the user account, during a session.
    Lockdown,
}
