//! The order of the steps of a log-in. The only place that knows it; see the drawing in `postern-types`' documentation.

/// How far a log-in has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nobody is logging in.
    Nobody,
    /// This request showed the correct password.
    PasswordShown {
        /// Whether the user has a second factor.
        has_factor: bool,
        /// Whether at least one of the user's accounts requires a second factor.
        required: bool,
    },
    /// An earlier request showed the password. A second factor was required then and still is, even if settings have changed.
    Pending {
        /// Whether the user has a second factor.
        has_factor: bool,
    },
    /// Every factor was shown, but the password is temporary or expired.
    PasswordOutdated,
    /// Every factor was shown, and there are new recovery codes to save.
    RecoveryCodesUnsaved,
    /// Every factor was shown.
    Complete,
}

/// The next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// E-mail and password.
    Credentials,
    /// Set-up of a second factor.
    SetUp,
    /// A second factor.
    SecondFactor,
    /// A new password.
    NewPassword,
    /// New recovery codes.
    RecoveryCodes,
    /// Logged in.
    SignedIn,
}

/// Decides the next step. An existing second factor is always required; a required one that is missing must be set up first.
#[must_use]
pub const fn next_step(standing: Standing) -> Next {
    match standing {
        Standing::Nobody => Next::Credentials,
        Standing::PasswordShown { has_factor: true, .. } | Standing::Pending { has_factor: true } => Next::SecondFactor,
        Standing::PasswordShown { required: true, .. } | Standing::Pending { .. } => Next::SetUp,
        Standing::PasswordOutdated => Next::NewPassword,
        Standing::RecoveryCodesUnsaved => Next::RecoveryCodes,
        Standing::PasswordShown { .. } | Standing::Complete => Next::SignedIn,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_transition() {
        let shown = |has_factor, required| next_step(Standing::PasswordShown { has_factor, required });
        assert_eq!(next_step(Standing::Nobody), Next::Credentials);
        assert_eq!(shown(false, false), Next::SignedIn);
        assert_eq!(shown(false, true), Next::SetUp);
        assert_eq!(shown(true, false), Next::SecondFactor, "a factor that is there is asked for everywhere");
        assert_eq!(shown(true, true), Next::SecondFactor);
        assert_eq!(next_step(Standing::Pending { has_factor: false }), Next::SetUp);
        assert_eq!(next_step(Standing::Pending { has_factor: true }), Next::SecondFactor);
        assert_eq!(next_step(Standing::PasswordOutdated), Next::NewPassword);
        assert_eq!(next_step(Standing::RecoveryCodesUnsaved), Next::RecoveryCodes);
        assert_eq!(next_step(Standing::Complete), Next::SignedIn);
    }
}
