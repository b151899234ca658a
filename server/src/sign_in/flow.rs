//! The order of the steps of a log-in. Nothing else knows it; see the diagram in the documentation of `postern-types`.

/// The second factors that a user has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SecondFactors {
    /// An authenticator app.
    pub totp: bool,
}

impl SecondFactors {
    /// Whether the user has any.
    #[must_use]
    pub const fn any(self) -> bool {
        self.totp
    }
}

/// How far a log-in has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nobody is logging in.
    Nobody,
    /// This request showed the correct password.
    PasswordShown {
        /// What the user has set up.
        factors: SecondFactors,
        /// Whether at least one of the user's accounts requires a second factor.
        required: bool,
    },
    /// An earlier request showed the password. A second factor was required then and still is, even if settings have changed.
    Pending {
        /// What the user has set up.
        factors: SecondFactors,
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
        Standing::PasswordShown { factors, .. } | Standing::Pending { factors } if factors.any() => Next::SecondFactor,
        Standing::PasswordShown { required: true, .. } | Standing::Pending { .. } => Next::SetUp,
        Standing::PasswordOutdated => Next::NewPassword,
        Standing::RecoveryCodesUnsaved => Next::RecoveryCodes,
        Standing::PasswordShown { .. } | Standing::Complete => Next::SignedIn,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: SecondFactors = SecondFactors { totp: false };
    const APP: SecondFactors = SecondFactors { totp: true };

    #[test]
    fn every_transition() {
        let shown = |factors, required| next_step(Standing::PasswordShown { factors, required });
        assert_eq!(next_step(Standing::Nobody), Next::Credentials);
        assert_eq!(shown(NONE, false), Next::SignedIn);
        assert_eq!(shown(NONE, true), Next::SetUp);
        assert_eq!(shown(APP, false), Next::SecondFactor, "a factor that is there is asked for everywhere");
        assert_eq!(shown(APP, true), Next::SecondFactor);
        assert_eq!(next_step(Standing::Pending { factors: NONE }), Next::SetUp);
        assert_eq!(next_step(Standing::Pending { factors: APP }), Next::SecondFactor);
        assert_eq!(next_step(Standing::PasswordOutdated), Next::NewPassword);
        assert_eq!(next_step(Standing::RecoveryCodesUnsaved), Next::RecoveryCodes);
        assert_eq!(next_step(Standing::Complete), Next::SignedIn);
    }
}
