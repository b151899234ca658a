//! The correct code that completes a log-in.

use postern_types::Factor;

use crate::auth::cipher::Sealed;
use crate::auth::password::PasswordHash;
use crate::auth::totp::TimeStep;

/// The correct code.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Proof<'a> {
    /// A code of the user's active factor, with its time step.
    Code(TimeStep),
    /// The first code of the secret that this log-in is setting up, with its time step.
    FirstCode {
        /// That secret.
        sealed: &'a Sealed,
        /// The time step.
        step: TimeStep,
        /// Hash of the set-up code that was shown, if an account demands one.
        set_up_code: Option<&'a PasswordHash>,
    },
    /// A recovery code.
    RecoveryCode {
        /// Its hash.
        hash: &'a PasswordHash,
        /// How many the user has besides it.
        left: u32,
    },
}

impl Proof<'_> {
    pub(super) const fn factor(self) -> Factor {
        match self {
            Self::Code(_) | Self::FirstCode { .. } => Factor::Totp,
            Self::RecoveryCode { .. } => Factor::RecoveryCode,
        }
    }

    pub(super) const fn step(self) -> Option<TimeStep> {
        match self {
            Self::Code(step) | Self::FirstCode { step, .. } => Some(step),
            Self::RecoveryCode { .. } => None,
        }
    }
}
