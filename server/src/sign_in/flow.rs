//! The order of the steps of a log-in. The only place that knows it; see the drawing in `postern-types`' documentation.

use postern_types::Method;

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

    /// How the user can show one, the preferred method first.
    #[must_use]
    pub fn methods(self) -> Vec<Method> {
        self.totp.then_some(Method::Totp).into_iter().collect()
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
    /// Every factor was shown.
    Complete,
}

/// The next step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// E-mail and password.
    Credentials,
    /// Set-up of a second factor.
    SetUp,
    /// A second factor, by one of these methods.
    SecondFactor {
        /// The preferred one first.
        methods: Vec<Method>,
    },
    /// A new password.
    NewPassword,
    /// Logged in.
    SignedIn,
}

/// Decides the next step. An existing second factor is always required; a required one that is missing must be set up first.
#[must_use]
pub fn next_step(standing: Standing) -> Next {
    match standing {
        Standing::Nobody => Next::Credentials,
        Standing::PasswordShown { factors, .. } | Standing::Pending { factors } if factors.any() => {
            Next::SecondFactor { methods: factors.methods() }
        }
        Standing::PasswordShown { required: true, .. } | Standing::Pending { .. } => Next::SetUp,
        Standing::PasswordOutdated => Next::NewPassword,
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
        let code = || Next::SecondFactor { methods: vec![Method::Totp] };
        assert_eq!(next_step(Standing::Nobody), Next::Credentials);
        assert_eq!(shown(NONE, false), Next::SignedIn);
        assert_eq!(shown(NONE, true), Next::SetUp);
        assert_eq!(shown(APP, false), code(), "a factor that is there is asked for everywhere");
        assert_eq!(shown(APP, true), code());
        assert_eq!(next_step(Standing::Pending { factors: NONE }), Next::SetUp);
        assert_eq!(next_step(Standing::Pending { factors: APP }), code());
        assert_eq!(next_step(Standing::PasswordOutdated), Next::NewPassword);
        assert_eq!(next_step(Standing::Complete), Next::SignedIn);
    }
}
