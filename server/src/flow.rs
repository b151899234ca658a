//! The order of a log-in. The only place that knows it; drawn in `postern-types`' crate documentation.

/// How far somebody has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nobody is logging in.
    Nobody,
    /// The password was right just now.
    PasswordShown {
        /// The user has set up a second factor.
        has_factor: bool,
        /// At least one of the user's accounts requires one.
        required: bool,
    },
    /// An earlier request showed the password; a second factor was asked for then and still is, whatever was switched since.
    Pending {
        /// The user has set up a second factor.
        has_factor: bool,
    },
    /// Everything was shown, and the password is temporary or too old.
    PasswordOutdated,
    /// Everything was shown.
    Complete,
}

/// What the screen shows next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// E-mail and password.
    Credentials,
    /// Set-up of a second factor.
    SetUp,
    /// The one-time code.
    Code,
    /// A new password.
    NewPassword,
    /// Who is logged in.
    SignedIn,
}

/// The next step. A second factor that is there is always asked for; one that is required is set up before anything else.
#[must_use]
pub const fn next_step(standing: Standing) -> Next {
    match standing {
        Standing::Nobody => Next::Credentials,
        Standing::PasswordShown { has_factor: true, .. } | Standing::Pending { has_factor: true } => Next::Code,
        Standing::PasswordShown { required: true, .. } | Standing::Pending { has_factor: false } => Next::SetUp,
        Standing::PasswordOutdated => Next::NewPassword,
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
        assert_eq!(shown(true, false), Next::Code, "a factor that is there is asked for everywhere");
        assert_eq!(shown(true, true), Next::Code);
        assert_eq!(next_step(Standing::Pending { has_factor: false }), Next::SetUp);
        assert_eq!(next_step(Standing::Pending { has_factor: true }), Next::Code);
        assert_eq!(next_step(Standing::PasswordOutdated), Next::NewPassword);
        assert_eq!(next_step(Standing::Complete), Next::SignedIn);
    }
}
